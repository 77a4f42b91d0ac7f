"use client";

import { useEffect, useRef, useState } from "react";
import styles from "./glossary-sheet.module.css";
import { TERMS, termId } from "./terms.ts";

export interface GlossarySheetProps {
  /** The one that was asked for; null: none. */
  readonly term: string | null;
  readonly onClose: () => void;
}

/** The words at the side of the page, which stays in sight. */
export function GlossarySheet({ term, onClose }: GlossarySheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    dialog.current?.showModal();
    if (term === null) return;
    const entry = dialog.current?.querySelector<HTMLElement>(`#sheet-${termId(term)}`);
    entry?.scrollIntoView({ block: "center" });
    entry?.focus();
  }, [term]);
  const wanted = words.trim().toLowerCase();
  const found = TERMS.filter((each) => `${each.term} ${each.means}`.toLowerCase().includes(wanted));
  return (
    <dialog
      ref={dialog}
      className={styles.sheet}
      aria-labelledby="glossary-sheet-title"
      data-testid="glossary-sheet"
      onClose={onClose}
      // A press beside the sheet closes it.
      onClick={({ target }) => target === dialog.current && dialog.current.close()}
    >
      <div className={styles.inside}>
        <div className={styles.head}>
          <h2 id="glossary-sheet-title">Words</h2>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <input
          type="search"
          aria-label="Search the words"
          placeholder="Search"
          value={words}
          onChange={({ target }) => setWords(target.value)}
        />
        {found.length === 0 && <p role="status">No word is about that.</p>}
        {/* It scrolls, and holds nothing that the keyboard stops at. */}
        <div className={styles.list} tabIndex={0} role="group" aria-label="Words and what they mean">
          <dl>
            {found.map((each) => (
              <div key={each.term} id={`sheet-${termId(each.term)}`} tabIndex={-1} data-asked={each.term === term}>
                <dt>{each.term}</dt>
                <dd>{each.means}</dd>
              </div>
            ))}
          </dl>
        </div>
        <a href="/learn#glossary">All words, with the lessons</a>
      </div>
    </dialog>
  );
}
