"use client";

import { openGlossary } from "./glossary-state.ts";
import styles from "./glossary-sheet.module.css";
import { partsOf } from "./terms.ts";

/** A text in which each word of the glossary, where it first stands, opens it. Needs a `GlossaryButton` on the page. */
export function WithWords({ text }: { readonly text: string }) {
  return (
    <>
      {partsOf(text).map(({ text: part, term }, at) =>
        term === null ? (
          part
        ) : (
          <button
            key={at}
            type="button"
            className={styles.term}
            aria-haspopup="dialog"
            title={`What is meant: ${term}`}
            data-testid="term"
            onClick={() => openGlossary(term)}
          >
            {part}
          </button>
        ),
      )}
    </>
  );
}
