"use client";

import { useState } from "react";
import type { Figure } from "../../crdt/lab/bench/figures.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./bench.module.css";
import { logAxis, PERCENT_AXIS } from "./chart-scale.ts";
import { type Column, COLUMNS, figureIn, numberText } from "./columns.ts";
import type { ShownRow } from "./results-table.tsx";

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 90;
const ROW = 18;
const HEAD = 26;
const FOOT = 44;

/** One figure of all rows, as dots on one axis, and as a table. */
export function Chart({ rows }: { readonly rows: readonly ShownRow[] }) {
  const [id, setId] = useState<Column["id"]>("apply");
  const column = COLUMNS.find((each) => each.id === id) ?? COLUMNS[0]!;
  return (
    <section className={styles.section} aria-labelledby="bench-chart">
      <h2 id="bench-chart">Chart</h2>
      <label className={styles.pick}>
        Show{" "}
        <select value={id} onChange={({ target }) => setId(COLUMNS.find((each) => each.id === target.value)?.id ?? id)}>
          {COLUMNS.map(({ id: value, title, unit }) => (
            <option key={value} value={value}>
              {title}, {unit}
            </option>
          ))}
        </select>
      </label>
      <p className={styles.muted}>{column.about}</p>
      <Drawing column={column} rows={rows} />
      <Twin column={column} rows={rows} />
    </section>
  );
}

interface Figured {
  readonly shown: ShownRow;
  readonly figure: Figure;
}

function figured(column: Column, rows: readonly ShownRow[]): Figured[] {
  return rows.flatMap((shown) => {
    const figure = shown.row === null ? null : figureIn(column, shown.row);
    return figure === null ? [] : [{ shown, figure }];
  });
}

/** Rows from top to bottom, those of a workload below its name. */
function laidOut(found: readonly Figured[]) {
  const heads: { readonly title: string; readonly y: number }[] = [];
  const lines: (Figured & { readonly y: number })[] = [];
  let y = 0;
  for (const each of found) {
    const title = `${each.shown.title}, ${each.shown.count.toLocaleString("en")}`;
    if (heads.at(-1)?.title !== title) heads.push({ title, y: (y += HEAD) });
    lines.push({ ...each, y: (y += ROW) });
  }
  return { heads, lines, bottom: y + 6 };
}

function Drawing({ column, rows }: { readonly column: Column; readonly rows: readonly ShownRow[] }) {
  const found = figured(column, rows);
  if (found.length === 0) return <p>Nothing to draw: {column.title} was not measured in these rows.</p>;
  const axis = column.scale === "log" ? logAxis(found.flatMap(({ figure: { median, p95 } }) => [median, p95])) : PERCENT_AXIS;
  const { lines, heads, bottom } = laidOut(found);
  const x = (place: number): number => LEFT + place * (WIDTH - LEFT - RIGHT);
  return (
    <div className={styles.scroll} role="region" aria-label={`Chart of ${column.title}`} tabIndex={0}>
      <svg
        className={styles.chart}
        viewBox={`0 0 ${WIDTH} ${bottom + FOOT}`}
        width={WIDTH}
        height={bottom + FOOT}
        role="img"
        aria-label={`${column.title} in ${column.unit} of ${found.length} rows on a ${column.scale === "log" ? "logarithmic" : "linear"} axis; the table below has the numbers.`}
      >
        {axis.ticks.map((tick) => (
          <g key={tick}>
            <line className={styles.grid} x1={x(axis.place(tick) ?? 0)} x2={x(axis.place(tick) ?? 0)} y1={HEAD - 6} y2={bottom} />
            <text className={styles.tick} x={x(axis.place(tick) ?? 0)} y={bottom + 16} textAnchor="middle">
              {numberText(tick)}
            </text>
          </g>
        ))}
        <text className={styles.tick} x={x(0.5)} y={bottom + 36} textAnchor="middle">
          {column.title}, {column.unit}, {column.scale === "log" ? "log scale" : "linear scale"}
          {column.isTimed ? "; a line reaches from the median to p95" : ""}
        </text>
        {heads.map(({ title, y }) => (
          <text key={title} className={styles.group} x={0} y={y - 8}>
            {title}
          </text>
        ))}
        {lines.map(({ shown, figure: { median, p95 }, y }) => {
          const [from, to] = [axis.place(median), axis.place(p95)];
          return (
            <g key={shown.key}>
              <text className={styles.name} x={LEFT - 10} y={y - 5} textAnchor="end">
                {STRATEGY_TITLES[shown.strategy]}
              </text>
              {from !== null && to !== null && <line className={styles.whisker} x1={x(from)} x2={x(to)} y1={y - 9} y2={y - 9} />}
              {from !== null && <circle className={styles.dot} cx={x(from)} cy={y - 9} r={4} />}
              <text className={styles.value} x={x(Math.max(from ?? 0, to ?? 0)) + 8} y={y - 5}>
                {numberText(median)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Twin({ column, rows }: { readonly column: Column; readonly rows: readonly ShownRow[] }) {
  return (
    <details className={styles.details}>
      <summary>The chart as a table</summary>
      <div className={styles.scroll} role="region" aria-label={`Table of ${column.title}`} tabIndex={0}>
        <table className={styles.table} data-testid="bench-twin">
          <caption className={styles.caption}>
            {column.title}, {column.unit}
          </caption>
          <thead>
            <tr>
              <th scope="col">Workload</th>
              <th scope="col">Engine</th>
              <th scope="col">Median, {column.unit}</th>
              <th scope="col">p95, {column.unit}</th>
              <th scope="col">Least, {column.unit}</th>
              <th scope="col">Most, {column.unit}</th>
              <th scope="col">Repetitions</th>
            </tr>
          </thead>
          <tbody>
            {figured(column, rows).map(({ shown, figure: { median, p95, min, max, repetitions } }) => (
              <tr key={shown.key}>
                <th scope="row">
                  {shown.title} <span className={styles.unit}>{shown.count.toLocaleString("en")}</span>
                </th>
                <td className={styles.engine}>{STRATEGY_TITLES[shown.strategy]}</td>
                {[median, p95, min, max, repetitions].map((value, n) => (
                  <td key={["median", "p95", "min", "max", "repetitions"][n]}>{numberText(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
