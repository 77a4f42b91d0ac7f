"use client";

import { useEffect, useRef, useState } from "react";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { useControlPart } from "../_client/use-control.ts";
import { useStatus } from "../_client/use-note.ts";
import { ownFaults } from "../_network/own-faults.ts";
import { connectionText } from "./connection-text.ts";
import styles from "./status-chip.module.css";

export interface StatusDetailsProps {
  readonly note: NoteSession;
  /** Why the note cannot begin on this side; null: nothing stands against it. */
  readonly wait: string | null;
}

/** What the chip sums up, fact by fact. */
export function StatusDetails({ note, wait }: StatusDetailsProps) {
  const status = useStatus(note.session);
  const faults = useControlPart(({ replicas, self }) => {
    const own = replicas.find(({ replicaId }) => replicaId === self);
    return own === undefined ? [] : ownFaults(own);
  });
  const host = useRef<HTMLDListElement>(null);
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (host.current?.checkVisibility() === true) setNowMs(Date.now());
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  const { unsaved, storage, savedAtMs, epoch, refusal, interruption, pause, roundTripMs, connection } = status;
  return (
    <>
      <dl ref={host} className={styles.facts}>
        <dt>Connection</dt>
        <dd>{connectionText(status, nowMs)}</dd>
        {faults.length > 0 && (
          <>
            <dt>Faults</dt>
            {faults.map((sentence) => (
              <dd key={sentence} className={styles.fault} data-testid="own-fault">
                {sentence}
              </dd>
            ))}
          </>
        )}
        {wait !== null && (
          <>
            <dt>Not begun</dt>
            <dd>{wait}</dd>
          </>
        )}
        {refusal !== null && (
          <>
            <dt>Refused</dt>
            <dd>{refusal}</dd>
          </>
        )}
        {interruption !== null && (
          <>
            <dt>The server hung up</dt>
            <dd>{interruption}. What is not saved yet goes out with the next connection.</dd>
          </>
        )}
        {pause !== null && (
          <>
            <dt>Not saving</dt>
            <dd>{pause}</dd>
          </>
        )}
        <dt>Edits not yet saved</dt>
        <dd>{unsaved}</dd>
        <dt>Last saved</dt>
        <dd>
          {savedAtMs === null
            ? "nothing yet in this tab"
            : `${Math.max(0, Math.round((nowMs - savedAtMs) / 1_000))} s ago, on the server's disk`}
        </dd>
        <dt>This device</dt>
        <dd>{storage === "ok" ? "keeps every edit before it is sent" : storage === "full" ? "its storage is full" : "stores nothing"}</dd>
        <dt>Round trip</dt>
        <dd>{roundTripMs === null ? "not measured yet" : `${Math.round(roundTripMs)} ms`}</dd>
        <dt>Replica</dt>
        <dd className={styles.mono}>{note.replicaId}</dd>
        <dt>Epoch</dt>
        <dd className={styles.mono}>{epoch ?? "none yet: the note has no saved edit"}</dd>
      </dl>
      {(connection === "waiting" || connection === "refused") && (
        <button type="button" className={styles.retry} onClick={() => note.session.retryNow()}>
          Retry now
        </button>
      )}
    </>
  );
}
