import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { BenchState } from "./bench-client.ts";
import styles from "./bench.module.css";

/** How far a run is, and how the last one ended. Spoken when a run begins and ends, not in between. */
export function RunStatus({ state, titleOf }: { readonly state: BenchState; readonly titleOf: (id: string) => string }) {
  const { run, progress, failure, rows, waiting } = state;
  return (
    <div className={styles.status} data-testid="bench-status" data-state={run}>
      {run === "running" && (
        <div className={styles.progress}>
          <progress max={progress?.total ?? 1} value={progress?.done ?? 0} aria-label="Progress" />
          {progress !== null && (
            <span>
              {titleOf(progress.workload)}, {STRATEGY_TITLES[progress.strategy]}:{" "}
              {progress.repetition < 1 ? "warm-up" : `repetition ${progress.repetition}`} · {progress.done} of {progress.total}
            </span>
          )}
        </div>
      )}
      <p role="status" className={run === "running" ? styles.spoken : undefined}>
        {run === "none" && "Nothing measured yet. Choose what to run, then run it in this browser."}
        {run === "running" && "Measuring."}
        {run === "done" && `Done: ${rows.length} ${rows.length === 1 ? "row" : "rows"}.`}
        {run === "cancelled" && `Cancelled. ${rows.length} of ${rows.length + waiting.length} rows were measured; each can be run alone.`}
      </p>
      {run === "failed" && (
        <p role="alert" className={styles.failed}>
          The run stopped. {failure}
        </p>
      )}
    </div>
  );
}
