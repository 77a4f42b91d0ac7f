"use client";

import { useEffect, useState } from "react";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
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
  const { state, text } = statusText(status, wait !== null);
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
        <span role="status">{text}</span>
      </button>
      <div id="status-details" popover="auto" className={styles.details} onToggle={({ newState }) => setOpen(newState === "open")}>
        {isOpen && <StatusDetails note={note} wait={wait} />}
      </div>
    </div>
  );
}
