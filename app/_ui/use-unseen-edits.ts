import { useEffect, useRef, useState } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog.ts";
import { type UnsavedSpan, unseenCharacters, withStatus } from "./unseen-edits.ts";

/** Characters of this tab's that whoever deleted the note cannot have seen; 0 while it is not deleted, or deleted here. */
export function useUnseenEdits(tab: Tab, note: NoteSession, entry: CatalogEntry | null): number {
  const spans = useRef<readonly UnsavedSpan[]>([]);
  const [unseen, setUnseen] = useState(0);
  useEffect(() => {
    const isOwn = (replica: string, noteId: string): boolean => replica === note.replicaId && noteId === note.noteId;
    const take = (): void => {
      const { unsaved } = note.session.status();
      const isNew = unsaved > 0 && spans.current.at(-1)?.toMs !== null;
      const lastIntent = isNew ? tab.journal.since().findLast((e) => e.kind === "intent" && isOwn(e.replica, e.noteId)) : undefined;
      spans.current = withStatus(spans.current, unsaved, lastIntent?.atMs ?? Date.now());
    };
    take();
    return note.session.subscribe(take);
  }, [tab, note]);
  const deletion = entry?.isDeleted === true ? entry.deletionStamp : null;
  const deletedAtMs = deletion === null || deletion.replica === note.replicaId ? null : deletion.wallMs;
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
    setUnseen(count());
  }, [tab, note, deletedAtMs]);
  return unseen;
}
