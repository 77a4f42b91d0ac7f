"use client";

import { nameIn } from "../_client/replica-names.ts";
import type { Tab } from "../_client/tab.ts";
import { useControl } from "../_client/use-control.ts";
import { useAccess } from "../_client/use-note.ts";
import { timeText } from "../_ledger/time-text.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import styles from "./note-pane.module.css";
import { useUnseenEdits } from "./use-unseen-edits.ts";

export interface DeletedNoticeProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  readonly entry: CatalogEntry | null;
}

/** That the note is deleted, by whom, and what of this tab's work they cannot have seen. The rule: a deletion wins over edits. */
export function DeletedNotice({ tab, note, entry }: DeletedNoticeProps) {
  const { replicas, self } = useControl();
  const { isOwner } = useAccess(tab);
  const unseen = useUnseenEdits(tab, note, entry);
  if (entry?.isDeleted !== true) return null;
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
