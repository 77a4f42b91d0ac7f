"use client";

import { useEffect, useState } from "react";
import type { Draft } from "../_client/local-database.ts";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import { lazyPart } from "./lazy-part.tsx";

// Mostly there are none.
const DraftList = lazyPart(async () => (await import("./draft-list.tsx")).DraftList);

export interface DraftsProps {
  readonly tab: Tab;
  readonly noteId: NoteId;
  /** What this page itself had to give up; it is among the stored ones unless there is no storage. */
  readonly own: string | null;
  readonly onInsert: (text: string) => void;
}

/** The id of a draft that this page alone has. */
const UNSTORED = -1;

/** Work that could not be merged, or had to wait for its turn, kept until its writer has decided. */
export function Drafts({ tab, noteId, own, onInsert }: DraftsProps) {
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void tab.database.drafts(noteId).then((found) => {
      if (!isCurrent) return;
      const isStored = own === null || found.some(({ text }) => text === own);
      setDrafts(isStored ? found : [...found, { id: UNSTORED, noteId, text: own, atMs: Date.now() }]);
    });
    return () => {
      isCurrent = false;
    };
  }, [tab, noteId, own]);
  const drop = (draft: Draft): void => {
    setDrafts((held) => held.filter(({ id }) => id !== draft.id));
    void tab.database.removeDraft(draft.id);
  };
  return drafts.length === 0 ? null : <DraftList drafts={drafts} onInsert={onInsert} onDrop={drop} />;
}
