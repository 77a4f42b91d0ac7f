"use client";

import { useEffect, useState } from "react";
import styles from "./compare.module.css";
import { OutcomeColumns } from "./outcome-columns.tsx";
import { fetchRecording } from "./recording.ts";
import type { Script } from "./replay.ts";
import { useOutcomes } from "./use-outcomes.ts";

/** What the last attempt brought. */
type Loaded =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly message: string }
  | { readonly state: "ready"; readonly script: Script | null };

/** The recorded edits of one note through every strategy. */
export function CompareRecorded({ noteId }: { readonly noteId: string }) {
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly loaded: Loaded } | null>(null);
  const key = `${noteId} ${attempt}`;
  useEffect(() => {
    const abort = new AbortController();
    fetchRecording(noteId, abort.signal).then(
      (script) => setAnswer({ key, loaded: { state: "ready", script } }),
      (error: unknown) => {
        if (!abort.signal.aborted)
          setAnswer({ key, loaded: { state: "failed", message: error instanceof Error ? error.message : String(error) } });
      },
    );
    return () => abort.abort();
  }, [noteId, key]);
  const loaded: Loaded = answer?.key === key ? answer.loaded : { state: "loading" };
  const script = loaded.state === "ready" ? loaded.script : null;
  const result = useOutcomes(script);
  const again = (
    <button type="button" className={styles.button} onClick={() => setAttempt((n) => n + 1)}>
      {loaded.state === "failed" ? "Try again" : "Read the recording again"}
    </button>
  );
  if (loaded.state === "loading") return <p className={styles.lead}>Reading what this note&apos;s tabs recorded …</p>;
  if (loaded.state === "failed") {
    return (
      <p className={styles.lead} role="alert">
        {loaded.message} {again}
      </p>
    );
  }
  if (script === null) {
    return (
      <p className={styles.lead}>
        Nothing is recorded of this note. <a href={`/notes/${noteId}`}>Type something in it</a>, then come back. {again}
      </p>
    );
  }
  const edits = script.moves.filter(({ kind }) => kind === "edit").length;
  return (
    <>
      <p className={styles.lead}>
        {edits} recorded {edits === 1 ? "edit" : "edits"} of {script.actors.length} {script.actors.length === 1 ? "replica" : "replicas"}.
        The network is rebuilt from when each edit reached the server.
        {script.startText !== "" &&
          ` The recording begins in a text of ${script.startText.length} characters that it does not hold: dots stand for it.`}{" "}
        {again}
      </p>
      <OutcomeColumns result={result} actors={script.actors} />
    </>
  );
}
