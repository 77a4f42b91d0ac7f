import { type RefObject, useEffect, useRef } from "react";
import type { Tab } from "../_client/tab.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { type UnsavedSpan, withStatus } from "./unsaved-spans.ts";

/** When this tab had something that was not saved, since it has shown the note. */
export function useUnsavedSpans(tab: Tab, note: NoteSession): RefObject<readonly UnsavedSpan[]> {
  const spans = useRef<readonly UnsavedSpan[]>([]);
  useEffect(() => {
    const take = (): void => {
      const { unsaved } = note.session.status();
      const isNew = unsaved > 0 && spans.current.at(-1)?.toMs !== null;
      const lastIntent = isNew
        ? tab.journal
            .since()
            .findLast(({ kind, replica, noteId }) => kind === "intent" && replica === note.replicaId && noteId === note.noteId)
        : undefined;
      spans.current = withStatus(spans.current, unsaved, lastIntent?.atMs ?? Date.now());
    };
    take();
    return note.session.subscribe(take);
  }, [tab, note]);
  return spans;
}
