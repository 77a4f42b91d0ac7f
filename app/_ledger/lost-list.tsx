"use client";

import styles from "./ledger-panel.module.css";
import { CopyButton } from "./copy-button.tsx";
import { LostWords } from "./lost-words.tsx";
import { OrphanWords } from "./orphan-words.tsx";
import { ruleSentence } from "./loss-text.ts";
import { lostRuns, wordsOf } from "./lost-runs.ts";
import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";

/** A write that a strategy threw away, and the names of those that it is about. */
export type Lost = Pick<LedgerEntry, "loss" | "authorName" | "winnerName">;

interface Props {
  readonly losses: readonly Lost[];
  /** When a write was made, in words. */
  readonly when: (entry: Lost) => string;
  /** Ids of those that were put back and stand there. */
  readonly restored?: readonly string[];
  /** Puts the words back for their author, of an orphan what was deleted around it; left out: they can be copied alone. */
  readonly onRestore?: (words: string, entry: Lost, index: number) => void;
}

/** The ledger of a run that was played here: who wrote what, how it was lost, and to whom. The newest first. */
export function LostList({ losses, when, restored = [], onRestore }: Props) {
  return (
    <ol className={styles.list}>
      {lostRuns(losses)
        .toReversed()
        .map((run) => {
          const first = run.entries[0]!;
          const words = wordsOf(run);
          const { around } = first.loss;
          const isRestored = restored.includes(first.loss.id);
          return (
            <li key={first.loss.id} className={styles.row} data-testid="ledger-row">
              <div className={styles.title}>
                <strong>{first.authorName ?? "Somebody"}</strong>
                <span className={styles.note}>{when(first)}</span>
                {around !== undefined && <span className={styles.note}>orphaned</span>}
              </div>
              {around !== undefined && <OrphanWords words={words} around={around} />}
              {words !== "" && around === undefined && <LostWords words={words} stands={isRestored} />}
              {run.removedText !== "" && (
                <p className={styles.note}>
                  Its deletion of <q className={styles.removed}>{run.removedText}</q> is undone.
                </p>
              )}
              <p className={styles.note}>{ruleSentence(run.entries.at(-1)!)}</p>
              {words !== "" && (
                <div className={styles.buttons}>
                  {onRestore !== undefined && (
                    <button type="button" disabled={isRestored} onClick={() => onRestore(words, first, run.splices[0]?.index ?? 0)}>
                      {isRestored ? "Restored" : around === undefined ? "Restore" : "Restore around it"}
                    </button>
                  )}
                  <CopyButton text={words} />
                </div>
              )}
            </li>
          );
        })}
    </ol>
  );
}
