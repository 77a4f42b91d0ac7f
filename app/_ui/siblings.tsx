"use client";

import { useCallback, useSyncExternalStore } from "react";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import type { Sibling } from "../../crdt/strategy/strategy.ts";
import styles from "./drafts.module.css";

export interface SiblingsProps {
  readonly note: NoteSession;
  readonly isReadOnly: boolean;
  /** Makes the note's text that of the sibling. */
  readonly onChoose: (text: string) => void;
  readonly onInsert: (text: string) => void;
}

/** What was written at the same time as the text that is shown, as choices. Whoever goes on writing has chosen. */
export function Siblings({ note, isReadOnly, onChoose, onInsert }: SiblingsProps) {
  const subscribe = useCallback((listener: () => void) => note.session.subscribe(listener), [note]);
  // As text, so that it is the same until something in it changes.
  const snapshot = useCallback(() => {
    const [shown, ...besides] = note.replica.siblings?.() ?? [];
    return JSON.stringify(besides.filter(({ text }) => text !== shown?.text));
  }, [note]);
  const others = JSON.parse(useSyncExternalStore(subscribe, snapshot, () => "[]")) as readonly Sibling[];
  return others.map(({ author, atMs, text }) => (
    <details key={`${author} ${atMs}`} className={styles.draft} data-testid="sibling">
      <summary>
        Another version was written at the same time, at {new Date(atMs).toLocaleTimeString("en-GB")} ({text.length} characters). The next
        edit goes on from the one below, and replaces this one.
      </summary>
      <pre tabIndex={0} role="group" aria-label="The other version">
        {text}
      </pre>
      <div className={styles.buttons}>
        {!isReadOnly && (
          <>
            <button type="button" onClick={() => onChoose(text)}>
              Use this version
            </button>
            <button type="button" onClick={() => onInsert(text)}>
              Insert at the end
            </button>
          </>
        )}
        <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>
          Copy
        </button>
      </div>
    </details>
  ));
}
