"use client";

import { useState } from "react";
import type { LensRow } from "../../crdt/lab/lens.ts";
import type { LensRowsProps } from "./lens-panel.tsx";
import styles from "./lens-panel.module.css";

const COLUMNS = ["place", "id", "text", "time", "left", "right", "state", "deletedBy", "bytes"] as const;
type Column = (typeof COLUMNS)[number];

/** Every row with all that is known of it, sorted by any column: the lens for whoever reads or listens. */
export function LensTable({ view, laneOf, isChosen, onChoose }: LensRowsProps) {
  const [sort, setSort] = useState<{ readonly by: Column; readonly isDown: boolean }>({ by: "place", isDown: false });
  const titles: Readonly<Record<Column, string>> = {
    place: "#",
    id: "Id",
    text: "Text",
    time: view.timeTitle,
    left: view.kind === "tree" || view.kind === "origins" ? "Left" : "Made on",
    right: "Right",
    state: "State",
    deletedBy: "Deleted by",
    bytes: "Text bytes",
  };
  const hasSides = view.kind === "tree" || view.kind === "origins";
  const columns = COLUMNS.filter((column) => hasSides || (column !== "right" && column !== "deletedBy"));
  const rows = view.rows.map((row, place) => ({ row, place }));
  const keyOf = ({ row, place }: (typeof rows)[number]): string | number =>
    sort.by === "place" ? place : sort.by === "id" ? row.label : sort.by === "state" ? row.word : (row[sort.by] ?? "");
  rows.sort((a, b) => {
    const [first, second] = [keyOf(a), keyOf(b)];
    const order =
      typeof first === "number" && typeof second === "number"
        ? first - second
        : String(first) < String(second)
          ? -1
          : first === second
            ? 0
            : 1;
    return (sort.isDown ? -order : order) || a.place - b.place;
  });
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Items">
      <table className={styles.table} data-testid="lens-rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" aria-sort={sort.by !== column ? "none" : sort.isDown ? "descending" : "ascending"}>
                <button type="button" onClick={() => setSort({ by: column, isDown: sort.by === column && !sort.isDown })}>
                  {titles[column]}
                  {sort.by === column && <span aria-hidden="true">{sort.isDown ? " ↓" : " ↑"}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, place }) => (
            <tr key={row.id} data-chosen={isChosen(row)} className={row.state === "gone" ? styles.goneRow : ""}>
              {columns.map((column) => (
                <Cell
                  key={column}
                  column={column}
                  row={row}
                  place={place}
                  lane={laneOf(row)}
                  isChosen={isChosen(row)}
                  onChoose={onChoose}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly column: Column;
  readonly row: LensRow;
  readonly place: number;
  readonly lane: number;
  readonly isChosen: boolean;
  readonly onChoose: (row: LensRow) => void;
}

function Cell({ column, row, place, lane, isChosen, onChoose }: CellProps) {
  const none = <span className={styles.note}>not recorded</span>;
  switch (column) {
    case "place":
      return <td>{place + 1}</td>;
    case "id":
      return (
        <th scope="row">
          <button type="button" aria-pressed={isChosen} style={{ color: `var(--replica-${lane})` }} onClick={() => onChoose(row)}>
            {row.label}
          </button>
          {row.length > 1 && <span className={styles.note}> ×{row.length}</span>}
        </th>
      );
    case "text":
      return (
        <td className={styles.text}>{row.text === "" ? <span className={styles.note}>{row.length} gone</span> : shortened(row.text)}</td>
      );
    case "time":
      return <td>{row.time ?? none}</td>;
    case "state":
      return <td>{row.word}</td>;
    case "bytes":
      return <td>{row.bytes}</td>;
    default:
      return <td>{row[column] ?? none}</td>;
  }
}

function shortened(text: string): string {
  const shown = text.replaceAll("\n", "⏎");
  return shown.length > 32 ? `${shown.slice(0, 31)}…` : shown;
}
