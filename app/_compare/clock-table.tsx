import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { ClockOutcome } from "../../crdt/lab/rerun-clocks.ts";
import { lostRuns, wordsOf } from "../_ledger/lost-runs.ts";
import { CLOCK_LINES, CLOCK_TITLES } from "../_network/clock-words.ts";
import styles from "./compare.module.css";

export interface ClockTableProps {
  readonly outcomes: readonly ClockOutcome[];
  /** What the note was stamped with. */
  readonly recorded: ClockKind;
  readonly nameOf: (letter: string) => string;
  readonly isDone: boolean;
}

/** What each clock would have kept, beside what was kept. */
export function ClockTable({ outcomes, recorded, nameOf, isDone }: ClockTableProps) {
  const then = outcomes.find(({ kind }) => kind === recorded);
  return (
    <div className={styles.scroll} tabIndex={0} role="group" aria-label="What each clock keeps" aria-busy={!isDone}>
      <table className={styles.wide} data-testid="clock-outcomes" data-state={isDone ? "done" : "running"}>
        <thead>
          <tr>
            <th scope="col">Stamped with</th>
            <th scope="col">Title</th>
            <th scope="col">Text</th>
            <th scope="col">Thrown away</th>
          </tr>
        </thead>
        <tbody>
          {outcomes.map(({ kind, title, text, losses, isConverged }) => (
            <tr key={kind} data-testid={`clock-outcome-${kind}`}>
              <th scope="row" title={CLOCK_LINES[kind]}>
                {CLOCK_TITLES[kind]}
                {kind === recorded && " (as recorded)"}
              </th>
              <td className={isOther(then?.title, title) ? styles.warn : undefined}>{title ?? "none given"}</td>
              <td className={isOther(then?.text, text) ? styles.warn : undefined}>
                <span className={styles.words}>{text === "" ? "(empty)" : text}</span>
                {!isConverged && " (not everybody agrees)"}
              </td>
              <td>
                {losses.length === 0
                  ? "nothing of the text"
                  : lostRuns(losses).map((run) => (
                      <div key={run.entries[0]!.loss.id}>
                        {nameOf(run.entries[0]!.by ?? "?")}:{" "}
                        <del className={styles.words}>{wordsOf(run) === "" ? `the deletion of “${run.removedText}”` : wordsOf(run)}</del>
                      </div>
                    ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {then !== undefined && isDone && <p data-testid="clock-summary">{summaryOf(then, outcomes)}</p>}
    </div>
  );
}

/** Which clocks would have kept something else, in one sentence. */
function summaryOf(then: ClockOutcome, outcomes: readonly ClockOutcome[]): string {
  const others = outcomes.filter(({ title, text }) => title !== then.title || text !== then.text).map(({ kind }) => CLOCK_TITLES[kind]);
  return others.length === 0 ? "Every clock keeps the same." : `Something else would have been kept by: ${others.join(", ")}.`;
}

function isOther(then: string | null | undefined, now: string | null): boolean {
  return then !== undefined && then !== now;
}
