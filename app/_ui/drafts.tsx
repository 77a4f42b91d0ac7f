"use client";

import { useEffect, useState } from "react";
import type { Draft } from "../_client/local-database.ts";
import type { Tab } from "../_client/tab.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import styles from "./drafts.module.css";

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
  return drafts.map((draft) => (
    <details key={draft.id} className={styles.draft} data-testid="draft">
      <summary>
        Text that is not in the note is kept here as a draft of {new Date(draft.atMs).toLocaleTimeString("en-GB")} ({draft.text.length}{" "}
        characters).
      </summary>
      <pre tabIndex={0} aria-label="The draft">
        {draft.text}
      </pre>
      <div className={styles.buttons}>
        <button
          type="button"
          onClick={() => {
            onInsert(draft.text);
            drop(draft);
          }}
        >
          Insert at the end
        </button>
        <button type="button" onClick={() => void navigator.clipboard.writeText(draft.text)}>
          Copy
        </button>
        <button type="button" onClick={() => drop(draft)}>
          Discard
        </button>
      </div>
    </details>
  ));
}
