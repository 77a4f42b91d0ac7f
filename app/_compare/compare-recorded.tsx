"use client";

import { useEffect, useState } from "react";
import styles from "./compare.module.css";
import { CompareRun } from "./compare-run.tsx";
import { fetchRecording, type NoteRecording } from "./recording.ts";

/** What the last attempt brought. */
type Loaded =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly message: string }
  | { readonly state: "ready"; readonly recording: NoteRecording | null };

/** The recorded edits of one note through every strategy. */
export function CompareRecorded({ noteId }: { readonly noteId: string }) {
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<{ readonly key: string; readonly loaded: Loaded } | null>(null);
  const key = `${noteId} ${attempt}`;
  useEffect(() => {
    const abort = new AbortController();
    fetchRecording(noteId, abort.signal).then(
      (recording) => setAnswer({ key, loaded: { state: "ready", recording } }),
      (error: unknown) => {
        if (!abort.signal.aborted)
          setAnswer({ key, loaded: { state: "failed", message: error instanceof Error ? error.message : String(error) } });
      },
    );
    return () => abort.abort();
  }, [noteId, key]);
  const loaded: Loaded = answer?.key === key ? answer.loaded : { state: "loading" };
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
  const { recording } = loaded;
  if (recording === null) {
    return (
      <p className={styles.lead}>
        Nothing is recorded of this note. <a href={`/notes/${noteId}`}>Type something in it</a>, then come back. {again}
      </p>
    );
  }
  const { script, isStartKnown, edits, replicasLeftOut, editsLeftOut, conditions, reference, brokenBetween } = recording;
  const replicas = script.replicas.length;
  return (
    <>
      <p className={styles.lead}>
        {edits} recorded {edits === 1 ? "edit" : "edits"} of {replicas} {replicas === 1 ? "replica" : "replicas"}.{" "}
        {conditions > 0
          ? `The network is as it is on record, with ${conditions} ${conditions === 1 ? "change" : "changes"} of links.`
          : "No change of a link is on record: the network is rebuilt from when each edit reached the server."}
        {!isStartKnown &&
          ` The recording begins in a text of ${script.startText.length} characters that it does not hold: dots stand for it.`}
        {replicasLeftOut > 0 && ` At most six replicas are replayed; ${replicasLeftOut} more and their edits are left out.`}
        {editsLeftOut > 0 && ` ${editsLeftOut} earlier edits are left out.`} {again}
      </p>
      {brokenBetween > 0 && (
        <p className={styles.lead} data-testid="compare-between">
          Nodes, or links between them, failed while this was written; here everybody is on one node.{" "}
          <a href={`/lab?fork=${noteId}`}>Fork the note into the laboratory</a> and press Compare run there: a fork keeps its nodes and what
          failed.
        </p>
      )}
      <CompareRun script={script} reference={reference} />
    </>
  );
}
