"use client";

import type { Splice } from "../../crdt/base/splice.ts";
import { restoredAround } from "../../crdt/sync/restored-around.ts";
import { isByStamp, latenessOf } from "../../crdt/sync/lateness.ts";
import { numberText } from "../_client/number-text.ts";
import { useControl } from "../_client/use-control.ts";
import { useNoteStrategy } from "../_convergence/use-agreement.ts";
import { CopyButton } from "./copy-button.tsx";
import styles from "./ledger-panel.module.css";
import { latenessSentence, orphansSentence, ruleSentence } from "./loss-text.ts";
import { rememberRestored, wasRestored } from "./restored.ts";
import { LostWords } from "./lost-words.tsx";
import { OrphanWords } from "./orphan-words.tsx";
import { timeText } from "./time-text.ts";
import { type LostRun, lostRuns, wordsOf } from "./lost-runs.ts";

export interface LedgerPanelProps {
  /** Whether these words stand in the note (or are its title) as this tab has it. */
  readonly isStanding: (words: string, field: "text" | "title") => boolean;
  /** Puts discarded words back: into the note, near `index`, or as its title. */
  readonly onRestore: (words: string, field: "text" | "title", index: number) => void;
  /** Puts back what was deleted around an orphan: `splicesIn` says by which splices in the note's text. */
  readonly onRestoreAround: (splicesIn: (text: string) => readonly Splice[]) => void;
}

/** The ledger drawer: every write that a rule threw away, word for word. */
export function LedgerPanel(props: LedgerPanelProps) {
  const { replicas, ledger } = useControl();
  const strategy = useNoteStrategy(replicas);
  const losses = ledger?.losses ?? [];
  const losesWrites = strategy?.traits.losesWrites ?? false;
  const alone = orphansSentence(losses.filter(({ loss }) => loss.rule === "orphaned").length);
  return (
    <section className={styles.panel} aria-label="Lost writes" data-testid="drawer-ledger">
      {ledger !== null && ledger.typed > 0 && (
        <p className={styles.header} data-testid="ledger-kept">
          Kept {numberText(ledger.kept)} of {numberText(ledger.typed)} characters
        </p>
      )}
      {losses.length === 0 ? (
        <p className={styles.note} data-testid="ledger-empty">
          {strategy === null || losesWrites ? "Nothing lost so far." : "Nothing lost: this strategy keeps every edit."}
        </p>
      ) : (
        <>
          {!losesWrites && strategy !== null && !losses.some(({ loss }) => loss.field === "text" && loss.rule !== "orphaned") && (
            <p className={styles.note}>
              No text was lost: this strategy keeps every edit.
              {losses.some(({ loss }) => loss.field === "title") && " Titles are last-write-wins in every note."}
            </p>
          )}
          {alone !== null && (
            <p className={styles.note} data-testid="ledger-orphans">
              {alone}
            </p>
          )}
          <ol className={styles.list}>
            {lostRuns(losses)
              .toReversed()
              .map((run) => (
                <LossRow key={run.entries[0]!.loss.id} run={run} {...props} />
              ))}
          </ol>
        </>
      )}
    </section>
  );
}

function LossRow({ run, isStanding, onRestore, onRestoreAround }: LedgerPanelProps & { readonly run: LostRun }) {
  const { ledger } = useControl();
  const { entries, removedText } = run;
  const { loss, authorName } = entries[0]!;
  const words = wordsOf(run);
  const { clocks } = entries.at(-1)!;
  const lateness = latenessSentence(entries.at(-1)!);
  const isSkew = clocks !== undefined && latenessOf(clocks).kind === "skew";
  const { around } = loss;
  const restore = (): void => {
    rememberRestored(loss.id);
    if (around === undefined) onRestore(words, loss.field, run.splices[0]?.index ?? 0);
    else onRestoreAround((text) => restoredAround(text, loss));
  };
  // An orphan is in the note; what may come back is what it stood in.
  const stands = words !== "" && isStanding(around === undefined ? words : around.before + words + around.after, loss.field);
  // Words that merely stand somewhere else may still be put back; a passage of an orphan is nowhere else.
  const isRestored = stands && (around !== undefined || wasRestored(loss.id));
  return (
    <li className={styles.row} data-testid="ledger-row" data-loss={loss.id}>
      <div className={styles.title}>
        <strong>{authorName ?? "Somebody"}</strong>
        <time className={styles.note} dateTime={new Date(loss.atMs).toISOString()}>
          {timeText(loss.atMs)}
        </time>
        {loss.field === "title" && <span className={styles.note}>title</span>}
        {around !== undefined && <span className={styles.note}>orphaned</span>}
        {stands && (
          <span className={styles.standing} data-testid="ledger-standing">
            {isRestored && "Restored. "}
            {loss.field === "title" ? "The title now" : "In the note now"}
          </span>
        )}
      </div>
      {around !== undefined && <OrphanWords words={words} around={around} />}
      {words !== "" && around === undefined && <LostWords words={words} stands={stands} />}
      {removedText !== "" && (
        <p className={styles.note}>
          Its deletion of <q className={styles.removed}>{removedText}</q> is undone.
        </p>
      )}
      {lateness !== null && (
        <p className={isSkew ? styles.skew : styles.note} data-testid="ledger-lateness" data-lateness={isSkew ? "skew" : "later"}>
          {lateness}
        </p>
      )}
      <p className={styles.note}>{ruleSentence(entries.at(-1)!)}</p>
      {isByStamp(loss) && ledger !== null && (
        <p className={styles.note}>
          <a href={`/compare?note=${ledger.noteId}&by=clocks`}>Run these edits again under every clock</a>
        </p>
      )}
      {words !== "" && (
        <div className={styles.buttons}>
          <button type="button" disabled={isRestored} onClick={restore}>
            {isRestored ? "Restored" : around === undefined ? "Restore" : "Restore around it"}
          </button>
          <CopyButton text={words} />
        </div>
      )}
    </li>
  );
}
