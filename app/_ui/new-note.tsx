"use client";

import { useRef, useState } from "react";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { lazyPart } from "./lazy-part.tsx";
import styles from "./new-note.module.css";

// A first note needs none of it.
const StrategyChoices = lazyPart(async () => (await import("./strategy-choices.tsx")).StrategyChoices);

/** A button that asks for the new note's strategy, each explained in one line. */
export function NewNote({ onCreate }: { readonly onCreate: (strategy: StrategyName) => void }) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <div
      className={styles.holder}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
    >
      <button
        ref={button}
        type="button"
        className={styles.button}
        aria-expanded={isOpen}
        aria-controls="new-note-strategies"
        data-testid="new-note"
        onClick={() => setOpen(!isOpen)}
      >
        + New note
      </button>
      {isOpen && (
        <div id="new-note-strategies" className={styles.choices} role="group" aria-label="Strategy of the new note">
          <p className={styles.lead}>How should concurrent edits meet? It stays so for this note.</p>
          <StrategyChoices
            onChoose={(strategy) => {
              setOpen(false);
              onCreate(strategy);
            }}
          />
        </div>
      )}
    </div>
  );
}
