"use client";

import type { LensRowsProps } from "./lens-panel.tsx";
import styles from "./lens-panel.module.css";

const WIDTH = 64;
const MIDDLE = 96;
const ARCS_MAX = 120;

/** What hangs on what: a tree by its depth, or origins as arcs, left ones above and right ones below. */
export function LensTree(props: LensRowsProps) {
  const { kind } = props.view;
  if (kind === "writes" || kind === "order")
    return (
      <p className={styles.note}>Characters have no ids here, so nothing hangs on anything. The table has what is compared instead.</p>
    );
  return kind === "origins" ? <Arcs {...props} /> : <Depths {...props} />;
}

function Depths({ view, laneOf, isChosen, onChoose }: LensRowsProps) {
  return (
    <ul className={styles.tree} data-testid="lens-tree-view" tabIndex={0} aria-label="Items by what they hang on">
      {view.rows.map((row) => {
        const parent = view.rows[row.parentRow];
        return (
          <li key={row.id} style={{ paddingInlineStart: `${Math.min(row.depth, 16) * 18}px` }}>
            <button
              type="button"
              aria-pressed={isChosen(row)}
              className={row.state === "gone" ? styles.goneRow : ""}
              style={{ color: `var(--replica-${laneOf(row)})` }}
              onClick={() => onChoose(row)}
            >
              {row.label} {row.text === "" ? `(${row.length} gone)` : `“${row.text.replaceAll("\n", "⏎").slice(0, 24)}”`}
            </button>
            <span className={styles.note}> on {parent === undefined ? "the root" : `the run of ${parent.label}`}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Arcs({ view, laneOf, isChosen, onChoose }: LensRowsProps) {
  const rows = view.rows.slice(0, ARCS_MAX);
  const arc = (from: number, to: number, isAbove: boolean): string => {
    const [x1, x2] = [from * WIDTH + WIDTH / 2, to * WIDTH + WIDTH / 2];
    const lift = Math.min(78, 18 + Math.abs(to - from) * 10) * (isAbove ? -1 : 1);
    const y = MIDDLE + (isAbove ? -14 : 14);
    return `M${x1} ${y}C${x1} ${y + lift} ${x2} ${y + lift} ${x2} ${y}`;
  };
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Origins as arcs" data-testid="lens-tree-view">
      <svg
        width={rows.length * WIDTH}
        height={MIDDLE * 2}
        role="img"
        aria-label="Left origins above, right origins below; the table has them in words"
      >
        {rows.map((row, at) => (
          <g key={row.id} style={{ color: `var(--replica-${laneOf(row)})` }}>
            {row.leftRow >= 0 && row.leftRow < rows.length && <path d={arc(at, row.leftRow, true)} className={styles.arc} />}
            {row.rightRow >= 0 && row.rightRow < rows.length && <path d={arc(at, row.rightRow, false)} className={styles.arc} />}
            <rect
              x={at * WIDTH + 3}
              y={MIDDLE - 13}
              width={WIDTH - 6}
              height={26}
              rx={4}
              className={isChosen(row) ? styles.boxChosen : styles.box}
              strokeDasharray={row.state === "gone" ? "4 3" : undefined}
              onClick={() => onChoose(row)}
            />
            <text x={at * WIDTH + WIDTH / 2} y={MIDDLE + 4} textAnchor="middle" className={styles.boxText}>
              {row.label}
            </text>
          </g>
        ))}
      </svg>
      {view.rows.length > rows.length && <p className={styles.note}>The first {rows.length} are drawn; the table has more.</p>}
    </div>
  );
}
