"use client";

import { useState } from "react";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { BenchRow } from "../../crdt/lab/bench/bench-run.ts";
import styles from "./bench.module.css";
import { type Column, COLUMNS, figureIn } from "./columns.ts";
import { FigureCell } from "./figure-cell.tsx";

/** A row with or without figures. */
export interface ShownRow {
  readonly key: string;
  readonly id: string;
  readonly title: string;
  readonly count: number;
  readonly strategy: BenchRow["strategy"];
  readonly row: BenchRow | null;
  /** Whether the running plan is to measure it. */
  readonly isWaiting: boolean;
}

export interface ResultsTableProps {
  /** In the plan's order. */
  readonly rows: readonly ShownRow[];
  readonly isRunning: boolean;
  readonly onRerun: (row: ShownRow) => void;
}

interface Sorting {
  readonly by: "workload" | "engine" | Column["id"];
  readonly isDescending: boolean;
}

/** Every row with its figures and the button that measures it again. */
export function ResultsTable({ rows, isRunning, onRerun }: ResultsTableProps) {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const sort = (by: Sorting["by"]): void => setSorting((before) => ({ by, isDescending: before?.by === by && !before.isDescending }));
  const header = (by: Sorting["by"], title: string, unit: string, about?: string) => (
    <th scope="col" aria-sort={sorting?.by !== by ? "none" : sorting.isDescending ? "descending" : "ascending"} key={by}>
      <button type="button" className={styles.sort} onClick={() => sort(by)} title={about}>
        <span>
          {title}
          <span aria-hidden="true">{sorting?.by !== by ? "" : sorting.isDescending ? " ↓" : " ↑"}</span>
        </span>
        {unit !== "" && <span className={styles.unit}>{unit}</span>}
      </button>
    </th>
  );
  return (
    <div className={`${styles.scroll} ${styles.results}`} role="region" aria-label="Results" tabIndex={0}>
      <table className={styles.table} data-testid="bench-results">
        <caption className={styles.caption}>Medians; point at a time or focus it for p95. Less is better.</caption>
        <thead>
          <tr>
            {header("workload", "Workload", "N")}
            {header("engine", "Engine", "")}
            {COLUMNS.map(({ id, title, unit, about }) => header(id, title, unit, about))}
            <th scope="col">
              <span className={styles.spoken}>Again</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted(rows, sorting).map((shown) => (
            <Row key={shown.key} shown={shown} isRunning={isRunning} onRerun={onRerun} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ shown, isRunning, onRerun }: { readonly shown: ShownRow } & Pick<ResultsTableProps, "isRunning" | "onRerun">) {
  const { title, count, strategy, row } = shown;
  const engine = STRATEGY_TITLES[strategy];
  return (
    <tr data-testid={`bench-row-${shown.id}-${strategy}`} data-state={row?.state ?? (shown.isWaiting ? "waiting" : "missing")}>
      <th scope="row">
        {title} <span className={styles.unit}>{count.toLocaleString("en")}</span>
      </th>
      <td className={styles.engine}>{engine}</td>
      {row?.state === "done" ? (
        COLUMNS.map((column) => <FigureCell key={column.id} column={column} row={row} />)
      ) : (
        <td colSpan={COLUMNS.length} className={row === null ? styles.absent : styles.failed}>
          {row !== null ? `Failed, so no number: ${row.reason}` : shown.isWaiting ? "waiting" : "not measured"}
        </td>
      )}
      <td>
        <button
          type="button"
          disabled={isRunning}
          aria-label={`Rerun ${title}, ${count.toLocaleString("en")}, ${engine}`}
          onClick={() => onRerun(shown)}
        >
          Rerun
        </button>
      </td>
    </tr>
  );
}

/** Rows without the figure come last, whichever way. */
function sorted(rows: readonly ShownRow[], sorting: Sorting | null): readonly ShownRow[] {
  if (sorting === null) return rows;
  const { by, isDescending } = sorting;
  const sign = isDescending ? -1 : 1;
  if (by === "workload" || by === "engine") {
    const word = ({ title, strategy }: ShownRow): string => (by === "workload" ? title : STRATEGY_TITLES[strategy]);
    return rows.toSorted((a, b) => sign * word(a).localeCompare(word(b), "en", { numeric: true }));
  }
  const column = COLUMNS.find(({ id }) => id === by);
  const value = ({ row }: ShownRow): number | null =>
    column === undefined || row === null ? null : (figureIn(column, row)?.median ?? null);
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (x - y);
  });
}
