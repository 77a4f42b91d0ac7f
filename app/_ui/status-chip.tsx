"use client";

import { useEffect, useState } from "react";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";
import type { ControlState } from "../_client/control-client.ts";
import { useControlPart } from "../_client/use-control.ts";
import { useStatus } from "../_client/use-note.ts";
import { useBirthWait } from "./use-birth-wait.ts";
import { statusText, wouldLoseWork } from "./status-text.ts";
import { lazyPart } from "./lazy-part.tsx";
import styles from "./status-chip.module.css";

const StatusDetails = lazyPart(async () => (await import("./status-details.tsx")).StatusDetails);

/** Beside the title, never hidden: whether the writer's own work is safe, and on demand the details. */
export function StatusChip({ note }: { readonly note: NoteSession }) {
  const status = useStatus(note.session);
  const wait = useBirthWait(note);
  const [isOpen, setOpen] = useState(false);
  const isCut = useControlPart(isCutOff);
  const waitingS = useWaitingS(status);
  const { state, text, aside } = statusText(status, { isUnborn: wait !== null, isCut, waitingS });
  const isUnsafe = wouldLoseWork(status);
  useEffect(() => {
    if (!isUnsafe) return;
    const guard = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", guard);
    return () => window.removeEventListener("beforeunload", guard);
  }, [isUnsafe]);
  return (
    <div className={styles.holder}>
      <button
        type="button"
        className={`${styles.chip} ${styles[state]}`}
        popoverTarget="status-details"
        data-testid="status-chip"
        data-state={state}
      >
        <span className={styles.mark} aria-hidden="true" />
        <span className={styles.words}>
          <span role="status">{text}</span>
          {aside !== undefined && <span aria-hidden="true"> ({aside})</span>}
        </span>
      </button>
      <div id="status-details" popover="auto" className={styles.details} onToggle={({ newState }) => setOpen(newState === "open")}>
        {isOpen && <StatusDetails note={note} wait={wait} />}
      </div>
    </div>
  );
}

/** Whether nothing that this tab sends arrives, or nothing reaches it, as the control plane says. */
function isCutOff({ replicas, self, isConnected }: ControlState): boolean {
  return isConnected && replicas.some(({ replicaId, cutSinceMs }) => replicaId === self && cutSinceMs !== null);
}

/** For how many seconds nothing was saved while something waited for it; 0 where nothing waits. */
function useWaitingS({ unsaved, savedAtMs }: SessionStatus): number {
  const [waitingS, setWaitingS] = useState(0);
  const isWaiting = unsaved > 0;
  useEffect(() => {
    if (!isWaiting) return;
    const sinceMs = Date.now();
    const timer = setInterval(() => setWaitingS(Math.round((Date.now() - sinceMs) / 1_000)), 1_000);
    return () => {
      clearInterval(timer);
      setWaitingS(0);
    };
  }, [isWaiting, savedAtMs]);
  return waitingS;
}
