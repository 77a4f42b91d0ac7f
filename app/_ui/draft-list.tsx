"use client";

import type { Draft } from "../_client/local-database.ts";
import styles from "./drafts.module.css";

export interface DraftListProps {
  readonly drafts: readonly Draft[];
  readonly onInsert: (text: string) => void;
  readonly onDrop: (draft: Draft) => void;
}

/** Drafts of one note, each with what can be done about it. */
export function DraftList({ drafts, onInsert, onDrop }: DraftListProps) {
  return drafts.map((draft) => (
    <details key={draft.id} className={styles.draft} data-testid="draft">
      <summary>
        Text that is not in the note is kept here as a draft of {new Date(draft.atMs).toLocaleTimeString("en-GB")} ({draft.text.length}{" "}
        characters).
      </summary>
      <pre tabIndex={0} role="group" aria-label="The draft">
        {draft.text}
      </pre>
      <div className={styles.buttons}>
        <button
          type="button"
          onClick={() => {
            onInsert(draft.text);
            onDrop(draft);
          }}
        >
          Insert at the end
        </button>
        <button type="button" onClick={() => void navigator.clipboard.writeText(draft.text)}>
          Copy
        </button>
        <button type="button" onClick={() => onDrop(draft)}>
          Discard
        </button>
      </div>
    </details>
  ));
}
