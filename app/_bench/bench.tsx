"use client";

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { PageBar } from "../_ui/page-bar.tsx";
import { BenchClient, type BenchState, rowKey } from "./bench-client.ts";
import { BenchControls } from "./bench-controls.tsx";
import { ENGINES } from "./bench-messages.ts";
import { machineOf, reportOf, type Versions } from "./bench-report.ts";
import styles from "./bench.module.css";
import { Chart } from "./chart.tsx";
import { type Choices, FIRST_CHOICES, planOf, problemOf } from "./choices.ts";
import { download } from "./download.ts";
import { MachineLine } from "./machine-line.tsx";
import { ResultsTable, type ShownRow } from "./results-table.tsx";
import { RunStatus } from "./run-status.tsx";

/** Chooses, runs, shows. All measuring is in the worker. */
export function Bench({ versions }: { readonly versions: Versions }) {
  const [client] = useState(() => new BenchClient());
  useEffect(() => {
    client.start();
    return () => client.close();
  }, [client]);
  const state = useSyncExternalStore(client.subscribe, client.state);
  const [choices, setChoices] = useState<Choices>(FIRST_CHOICES);
  const offered = useMemo(
    () => [...(state.workloads ?? []), ...state.files.map(({ workload }) => workload)],
    [state.workloads, state.files],
  );
  const rows = useMemo(
    () =>
      shownRows(
        state,
        offered.map(({ id }) => id),
        new Map(offered.map(({ id, title }) => [id, title])),
      ),
    [state, offered],
  );
  const isRunning = state.run === "running";
  const problem = problemOf(choices, offered);
  const machine = machineOf(state.clockStepMs);
  const measured = rows.flatMap(({ row }) => row ?? []);
  const rerun = ({ id, count, strategy }: ShownRow): void =>
    client.run({ workloads: [{ id, count }], engines: [strategy], repetitions: choices.repetitions, isWeighing: choices.isWeighing }, true);
  return (
    <>
      <PageBar current="Bench" />
      <main className={styles.page}>
        <h1>Bench</h1>
        <p className={styles.lead}>
          The same edits through each engine, measured in this browser, away from the page. Engines take turns within each repetition, after
          some warm-ups that do not count. Where the copies of an engine differ in the end, it gets no number.
        </p>
        {state.workloads === null ? (
          <p role="status">{state.failure === null ? "Starting …" : ""}</p>
        ) : (
          <BenchControls
            offered={offered}
            files={state.files}
            fileProblem={state.fileProblem}
            choices={choices}
            onChoices={setChoices}
            onFile={(file) => void client.open(file)}
          />
        )}
        <div className={styles.actions}>
          <button
            type="button"
            className={styles.primary}
            disabled={isRunning || state.workloads === null || problem !== null}
            onClick={() => client.run(planOf(choices, offered), false)}
          >
            Run in this browser
          </button>
          <button type="button" disabled={!isRunning} onClick={() => client.cancel()}>
            Cancel
          </button>
          <button
            type="button"
            disabled={measured.length === 0}
            onClick={() =>
              download("riftpad-bench.json", JSON.stringify(reportOf(measured, machine, versions, state.measuredAtMs ?? 0), null, 2))
            }
          >
            Download JSON
          </button>
          {problem !== null && state.workloads !== null && <span className={styles.failed}>{problem}</span>}
        </div>
        <RunStatus state={state} titleOf={(id) => offered.find((each) => each.id === id)?.title ?? id} />
        {rows.length > 0 && (
          <>
            <ResultsTable rows={rows} isRunning={isRunning} onRerun={rerun} />
            <MachineLine machine={machine} versions={versions} measuredAtMs={state.measuredAtMs} />
            {measured.length > 0 && <Chart rows={rows} />}
          </>
        )}
      </main>
    </>
  );
}

/** What was measured and what is still to be, in the order in which workloads and engines are offered. */
function shownRows({ rows, waiting, run, planned }: BenchState, order: readonly string[], titles: ReadonlyMap<string, string>): ShownRow[] {
  const all: ShownRow[] = [
    ...rows.map((row): ShownRow => {
      const { workload, count, strategy } = row;
      return {
        key: rowKey({ id: workload.id, count, strategy }),
        id: workload.id,
        title: workload.title,
        count,
        strategy,
        row,
        isWaiting: false,
      };
    }),
    ...waiting.map((each): ShownRow => ({
      ...each,
      key: rowKey(each),
      title: titles.get(each.id) ?? each.id,
      row: null,
      isWaiting: run === "running" && planned.has(rowKey(each)),
    })),
  ];
  return all.toSorted(
    (a, b) => order.indexOf(a.id) - order.indexOf(b.id) || a.count - b.count || ENGINES.indexOf(a.strategy) - ENGINES.indexOf(b.strategy),
  );
}
