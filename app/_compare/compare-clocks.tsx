"use client";

import { useEffect, useState } from "react";
import type { ClockOutcome, ClockRecording } from "../../crdt/lab/rerun-clocks.ts";
import { REPLICA_NAMES } from "../../crdt/lab/script.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOCK_LINES, CLOCK_TITLES } from "../_network/clock-words.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { ClockTable } from "./clock-table.tsx";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";
import styles from "./compare.module.css";
import { fetchForClocks } from "./recording.ts";

/** How far the last attempt has come. */
interface Progress {
  readonly state: "reading" | "running" | "done" | "empty" | "failed";
  readonly recording: ClockRecording | null;
  readonly strategy: StrategyName | null;
  readonly names: ReadonlyMap<string, string>;
  readonly outcomes: readonly ClockOutcome[];
  readonly failure: string;
}

const READING: Progress = { state: "reading", recording: null, strategy: null, names: new Map(), outcomes: [], failure: "" };

/** The recorded edits and titles of one note under every clock. */
export function CompareClocks({ noteId }: { readonly noteId: string }) {
  const [attempt, setAttempt] = useState(0);
  const { state, recording, strategy, names, outcomes, failure } = useClockRuns(noteId, attempt);
  const again = (
    <button type="button" className={styles.button} onClick={() => setAttempt((n) => n + 1)}>
      {state === "failed" ? "Try again" : "Read the recording again"}
    </button>
  );
  if (state === "reading") return <p className={styles.lead}>Reading what this note&apos;s tabs recorded …</p>;
  if (state === "failed") {
    return (
      <p className={styles.lead} role="alert">
        {failure} {again}
      </p>
    );
  }
  if (recording === null || strategy === null) {
    return (
      <p className={styles.lead}>
        Nothing is recorded of this note. <a href={`/notes/${noteId}`}>Type something in it</a>, then come back. {again}
      </p>
    );
  }
  const nameOf = (letter: string): string =>
    names.get(recording.people[REPLICA_NAMES.findIndex((name) => name === letter)] ?? "") ?? letter;
  return (
    <>
      <p className={styles.lead}>
        {countOf(recording.edits, "edit")} and {countOf(recording.titles, "title")} of {countOf(recording.people.length, "replica")}, again
        through “{STRATEGY_TITLES[strategy]}” at the same times, over the same links, with the same clocks. Only what writes are stamped
        with is another; this note is stamped with: {CLOCK_TITLES[recording.kind].toLowerCase()}. {again}
      </p>
      {recording.told.length > 0 && <p className={styles.lead}>{recording.told.join(" ")}</p>}
      <p className={state === "done" ? styles.spoken : styles.lead} role="status">
        {state === "done" ? "Run under every clock." : `Running: ${outcomes.length} of ${Object.keys(CLOCK_LINES).length} clocks.`}
      </p>
      <ClockTable outcomes={outcomes} recorded={recording.kind} nameOf={nameOf} isDone={state === "done"} />
    </>
  );
}

function useClockRuns(noteId: string, attempt: number): Progress {
  const key = `${noteId} ${attempt}`;
  const [held, setHeld] = useState<{ readonly key: string; readonly progress: Progress } | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let worker: Worker | null = null;
    let progress = READING;
    const show = (patch: Partial<Progress>): void => {
      progress = { ...progress, ...patch };
      setHeld({ key, progress });
    };
    const run = async (): Promise<void> => {
      const fetched = await fetchForClocks(noteId, abort.signal);
      if (abort.signal.aborted) return;
      if (fetched === null) return show({ state: "empty" });
      const { recording, strategy } = fetched;
      show({ state: "running", ...fetched });
      worker = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
        if (data.kind === "outcome") show({ outcomes: [...progress.outcomes, data.outcome] });
        else if (data.kind === "done") show({ state: "done" });
        else if (data.kind === "failed") show({ state: "failed", failure: data.message });
      };
      worker.onerror = (event) => show({ state: "failed", failure: event.message || "The worker did not start" });
      worker.postMessage({ kind: "clocks", recording, strategy } satisfies CompareRequest);
    };
    run().catch((error: unknown) => {
      if (!abort.signal.aborted) show({ state: "failed", failure: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      abort.abort();
      worker?.terminate();
    };
  }, [noteId, key]);
  return held?.key === key ? held.progress : READING;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
