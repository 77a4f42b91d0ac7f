"use client";

import { useMemo, useState } from "react";
import { COMPARED_MAX, type DifferenceRow, differenceOf, type RunDifference } from "../../crdt/lab/run-difference.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import listStyles from "./event-list.module.css";
import { eventText, timeText } from "./lab-words.ts";
import type { EarlierRun } from "./lab-run.ts";
import styles from "./run-difference.module.css";

/** So many rows are shown, from where the runs part. */
const ROWS_MAX = 300;

export interface RunDifferenceProps {
  readonly events: readonly RunEvent[];
  readonly length: number;
  readonly options: SandboxOptions;
  readonly isRunning: boolean;
  readonly before: EarlierRun | null;
  readonly kept: EarlierRun | null;
  readonly onKeep: () => void;
  readonly onChoose: (n: number) => void;
}

/** This run beside another one: where they part, and what only one of them has. */
export function RunDifferenceView({ events, length, options, isRunning, before, kept, onKeep, onChoose }: RunDifferenceProps) {
  const [wanted, setWanted] = useState<"before" | "kept">("kept");
  const other = wanted === "kept" ? (kept ?? before) : (before ?? kept);
  // Not while time goes by: there would be another answer for every frame.
  const seen = isRunning ? null : length;
  const found = useMemo(
    () => (other === null || seen === null ? null : differenceOf(other.events, events.slice(0, seen))),
    [other, events, seen],
  );
  return (
    <div data-testid="run-difference">
      <div className={styles.bar}>
        <button type="button" disabled={length === 0} onClick={onKeep} data-testid="keep-run">
          Keep this run
        </button>
        {before !== null && kept !== null && (
          <label>
            Compare with{" "}
            <select value={wanted} onChange={({ target }) => setWanted(target.value === "before" ? "before" : "kept")}>
              <option value="kept">the kept run: {titleOf(kept)}</option>
              <option value="before">the run before: {titleOf(before)}</option>
            </select>
          </label>
        )}
        {other !== null && (before === null || kept === null) && (
          <span>
            Compared with {kept === null ? "the run before" : "the kept run"}: {titleOf(other)}
          </span>
        )}
      </div>
      <p role="status" className={styles.sentence} data-testid="difference-words">
        {other === null
          ? "There is no other run yet. Keep this one, or fork it, reset it, or play it under another strategy: then the two are compared here."
          : found === null
            ? "This run goes on. Pause it to compare."
            : differenceText(found, options, other.options)}
      </p>
      {other !== null && found !== null && found.rows.length > 0 && (
        <Rows found={found} options={options} other={other.options} onChoose={onChoose} />
      )}
    </div>
  );
}

interface RowsProps {
  readonly found: RunDifference;
  readonly options: SandboxOptions;
  readonly other: SandboxOptions;
  readonly onChoose: (n: number) => void;
}

function Rows({ found, options, other, onChoose }: RowsProps) {
  return (
    <div className={listStyles.scroll} tabIndex={0} role="group" aria-label="Where the runs differ">
      <table className={`${listStyles.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">In</th>
            <th scope="col">Other run</th>
            <th scope="col">This run</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {found.rows.slice(0, ROWS_MAX).map(({ left, right }) => (
            <tr
              key={`${left?.n ?? ""}-${right?.n ?? ""}`}
              className={right === null ? styles.gone : left === null ? styles.come : ""}
              data-in={sideOf({ left, right })}
            >
              <th scope="row">{SIDES[sideOf({ left, right })]}</th>
              <td>{left === null ? "" : timeText(left.atMs)}</td>
              <td>
                {right !== null && (
                  <button type="button" onClick={() => onChoose(right.n)} aria-label={`Show event ${right.n}`}>
                    {timeText(right.atMs)}
                  </button>
                )}
              </td>
              <td>{right === null ? eventText(left!, other) : eventText(right, options)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.rows.length > ROWS_MAX && <p>{found.rows.length - ROWS_MAX} more.</p>}
    </div>
  );
}

const SIDES = { both: "both", other: "− other", this: "+ this" } as const;

function sideOf({ left, right }: DifferenceRow): keyof typeof SIDES {
  return right === null ? "other" : left === null ? "this" : "both";
}

/** Where the runs part and by how much, in a sentence or two. */
function differenceText(found: RunDifference, options: SandboxOptions, other: SandboxOptions): string {
  const { common, rows, onlyLeft, onlyRight, isCutOff } = found;
  if (rows.length === 0) return common === 0 ? "Nothing has happened in either." : `The same ${common} events happened in both.`;
  const first = rows.find(({ left, right }) => left === null || right === null);
  if (first === undefined) return `The same events happened in both, the first ${common} in one order; after that, not.`;
  const { left, right } = first;
  const event = (right ?? left)!;
  const where = right === null ? "only in the other run" : "only in this run";
  return [
    `The same ${common} events come first. Then, at ${timeText(event.atMs)}, ${where}: ${eventText(event, right === null ? other : options)}.`,
    `${onlyRight} events are only in this run, ${onlyLeft} only in the other.`,
    ...(isCutOff ? [`Of each line, ${COMPARED_MAX} events from there on are compared.`] : []),
  ].join(" ");
}

function titleOf({ options, events }: EarlierRun): string {
  return `${STRATEGY_TITLES[options.strategy]}, seed ${options.seed}, ${events.length} events`;
}
