"use client";

import { type RefObject, useEffect, useState } from "react";
import { nameIn } from "../_client/replica-names.ts";
import type { Tab } from "../_client/tab.ts";
import { useControl } from "../_client/use-control.ts";
import { useAccess } from "../_client/use-note.ts";
import { timeText } from "../_ledger/time-text.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import styles from "./note-pane.module.css";
import type { UnsavedSpan } from "./unsaved-spans.ts";
import { unseenCharacters } from "./unseen-edits.ts";

export interface DeletedSentenceProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  /** Of a note that is deleted. */
  readonly entry: CatalogEntry;
  readonly spans: RefObject<readonly UnsavedSpan[]>;
}

export function DeletedSentence({ tab, note, entry, spans }: DeletedSentenceProps) {
  const unseen = useUnseen(tab, note, entry, spans);
  const { replicas, self } = useControl();
  const { isOwner } = useAccess(tab);
  const { noteId, deletionStamp } = entry;
  const by = deletionStamp === null ? null : nameIn(replicas, self, deletionStamp.replica);
  return (
    <p className={styles.notice} role="status" data-testid="deleted-note">
      {by === null
        ? "This note is deleted."
        : `${by[0]!.toUpperCase()}${by.slice(1)} deleted this note at ${timeText(deletionStamp!.wallMs)}.`}{" "}
      {unseen > 0
        ? `${unseen} ${unseen === 1 ? "character" : "characters"} of yours could not be seen then. A deletion wins over edits, and throws none away: the text stays readable.`
        : "Its text stays readable."}{" "}
      {isOwner && (
        <button type="button" onClick={() => tab.change((catalog) => catalog.setDeleted(noteId, false))}>
          Restore the note
        </button>
      )}
    </p>
  );
}

/** Characters of this tab's that whoever deleted the note cannot have seen; 0 while it is deleted here. */
function useUnseen(tab: Tab, note: NoteSession, { deletionStamp }: CatalogEntry, spans: DeletedSentenceProps["spans"]): number {
  const [unseen, setUnseen] = useState(0);
  const deletedAtMs = deletionStamp === null || deletionStamp.replica === note.replicaId ? null : deletionStamp.wallMs;
  useEffect(() => {
    const count = (): number =>
      deletedAtMs === null
        ? 0
        : unseenCharacters(
            tab.journal.since(),
            spans.current,
            deletedAtMs,
            ({ replica, noteId }) => replica === note.replicaId && noteId === note.noteId,
          );
    // The journal is read once the sentence stands.
    const timer = setTimeout(() => setUnseen(count()), 0);
    return () => clearTimeout(timer);
  }, [tab, note, deletedAtMs, spans]);
  return unseen;
}
