"use client";

import type { Tab } from "../_client/tab.ts";
import type { CatalogEntry } from "../../crdt/catalog/catalog-entry.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { lazyPart } from "./lazy-part.tsx";
import { useUnsavedSpans } from "./use-unsaved-spans.ts";

const DeletedSentence = lazyPart(async () => (await import("./deleted-sentence.tsx")).DeletedSentence);

export interface DeletedNoticeProps {
  readonly tab: Tab;
  readonly note: NoteSession;
  readonly entry: CatalogEntry | null;
}

/** That the note is deleted, by whom, and what of this tab's work they cannot have seen. The rule: a deletion wins over edits. */
export function DeletedNotice({ tab, note, entry }: DeletedNoticeProps) {
  // From the beginning: what could not be seen was written before the deletion was heard of.
  const spans = useUnsavedSpans(tab, note);
  return entry?.isDeleted === true ? <DeletedSentence tab={tab} note={note} entry={entry} spans={spans} /> : null;
}
