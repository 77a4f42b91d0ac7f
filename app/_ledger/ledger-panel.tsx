"use client";

import { isByStamp, latenessOf } from "../../crdt/sync/lateness.ts";
import { useControl } from "../_client/use-control.ts";
import { useNoteStrategy } from "../_convergence/use-agreement.ts";
import { CopyButton } from "./copy-button.tsx";
import styles from "./ledger-panel.module.css";
import { latenessSentence, ruleSentence } from "./loss-text.ts";
import { timeText } from "./time-text.ts";
import { type LostRun, lostRuns, wordsOf } from "./lost-runs.ts";

export interface LedgerPanelProps {
  /** Whether these words stand in the note (or are its title) as this tab has it. */
  readonly isStanding: (words: string, field: "text" | "title") => boolean;
  /** Puts discarded words back: into the note, near `index`, or as its title. */
  readonly onRestore: (words: string, field: "text" | "title", index: number) => void;
}

/** The ledger drawer: every write that a rule threw away, word for word. */
export function LedgerPanel(props: LedgerPanelProps) {
  const { replicas, ledger } = useControl();
  const strategy = useNoteStrategy(replicas);
  const losses = ledger?.losses ?? [];
  const losesWrites = strategy?.traits.losesWrites ?? false;
  return (
    <section className={styles.panel} aria-label="Lost writes" data-testid="drawer-ledger">
      {ledger !== null && ledger.typed > 0 && (
        <p className={styles.header} data-testid="ledger-kept">
          kept {ledger.kept} of {ledger.typed} characters
        </p>
      )}
      {losses.length === 0 ? (
        <p className={styles.note} data-testid="ledger-empty">
          {strategy === null || losesWrites ? "Nothing lost so far." : "Nothing lost: this strategy keeps every edit."}
        </p>
      ) : (
        <>
          {!losesWrites && strategy !== null && !losses.some(({ loss }) => loss.field === "text") && (
            <p className={styles.note}>No text was lost: this strategy keeps every edit. Titles are last-write-wins in every note.</p>
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

function LossRow({ run, isStanding, onRestore }: LedgerPanelProps & { readonly run: LostRun }) {
  const { ledger } = useControl();
  const { entries, removedText } = run;
  const { loss, authorName } = entries[0]!;
  const words = wordsOf(run);
  const { clocks } = entries.at(-1)!;
  const lateness = latenessSentence(entries.at(-1)!);
  const isSkew = clocks !== undefined && latenessOf(clocks).kind === "skew";
  const stands = words !== "" && isStanding(words, loss.field);
  return (
    <li className={styles.row} data-testid="ledger-row" data-loss={loss.id}>
      <div className={styles.title}>
        <strong>{authorName ?? "Somebody"}</strong>
        <time className={styles.note} dateTime={new Date(loss.atMs).toISOString()}>
          {timeText(loss.atMs)}
        </time>
        {loss.field === "title" && <span className={styles.note}>title</span>}
        {stands && <span className={styles.standing}>{loss.field === "title" ? "The title now" : "In the note now"}</span>}
      </div>
      {words !== "" && (
        <del className={styles.words} data-testid="ledger-words">
          {words}
        </del>
      )}
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
          <button type="button" onClick={() => onRestore(words, loss.field, run.splices[0]?.index ?? 0)}>
            Restore
          </button>
          <CopyButton text={words} />
        </div>
      )}
    </li>
  );
}
