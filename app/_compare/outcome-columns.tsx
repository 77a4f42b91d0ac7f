import { lostRuns, wordsOf } from "../_ledger/lost-runs.ts";
import styles from "./compare.module.css";
import type { Outcome } from "./replay.ts";
import { STRATEGY_LINES } from "../_ui/strategy-lines.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import type { Outcomes } from "./use-outcomes.ts";

/** One column for each strategy: what everybody ended with, whether they agree, and what was lost. */
export function OutcomeColumns({ result, actors }: { readonly result: Outcomes; readonly actors: readonly string[] }) {
  if (result.state === "failed") {
    return (
      <p className={styles.lead} role="alert">
        The replay stopped: {result.message}
      </p>
    );
  }
  return (
    <>
      <p className={styles.spoken} role="status">
        {result.state === "done" ? `Replayed through ${result.outcomes.length} strategies.` : ""}
      </p>
      <div className={styles.columns} aria-busy={result.state === "running"} data-testid="compare-columns" data-state={result.state}>
        {result.outcomes.map((outcome) => (
          <Column key={outcome.strategy} outcome={outcome} actors={actors} />
        ))}
      </div>
    </>
  );
}

function Column({ outcome, actors }: { readonly outcome: Outcome; readonly actors: readonly string[] }) {
  const { strategy, serverText, texts, isAgreed, losses, refused, typed, kept, messages, bytes, viewsDiffered } = outcome;
  const [title, line] = [STRATEGY_TITLES[strategy], STRATEGY_LINES[strategy]];
  return (
    <section className={styles.column} aria-labelledby={`compare-${strategy}`} data-testid={`outcome-${strategy}`}>
      <h2 id={`compare-${strategy}`}>{title}</h2>
      <p className={styles.muted}>{line}</p>
      <p className={!isAgreed ? styles.bad : losses.length > 0 ? styles.warn : styles.ok} data-testid="verdict">
        {verdictOf(outcome)}
      </p>
      <Text label="Everybody holds" text={serverText} isShown={isAgreed} />
      {!isAgreed && (
        <>
          <Text label="The server holds" text={serverText} isShown />
          {texts.map((text, n) => (
            <Text key={actors[n]} label={`${actors[n]} holds`} text={text} isShown />
          ))}
        </>
      )}
      <p className={styles.muted}>
        kept {kept} of {typed} characters{refused > 0 ? `, ${refused} ${refused === 1 ? "edit" : "edits"} not taken` : ""}
      </p>
      {losses.length === 0 ? (
        <p className={styles.muted}>Nothing lost.</p>
      ) : (
        <ul className={styles.losses}>
          {lostRuns(losses.map((loss) => ({ loss }))).map((run) => (
            <li key={run.entries[0]?.loss.id}>
              <del>{wordsOf(run)}</del>
              {run.removedText !== "" && <span className={styles.muted}> (its deletion of “{run.removedText}” is undone)</span>}
            </li>
          ))}
        </ul>
      )}
      <p className={styles.muted}>
        {messages.toLocaleString("en")} messages, {bytes.toLocaleString("en")} bytes on the wire
      </p>
      {viewsDiffered > 0 && (
        <p className={styles.warn}>
          ⚠ {viewsDiffered} {viewsDiffered === 1 ? "edit" : "edits"} met another text than the one they were made in: the same gesture, not
          the same document.
        </p>
      )}
    </section>
  );
}

function Text({ label, text, isShown }: { readonly label: string; readonly text: string; readonly isShown: boolean }) {
  if (!isShown) return null;
  return (
    <div>
      <h3 className={styles.label}>{label}</h3>
      {/* Focusable, since a long text scrolls. */}
      <pre className={styles.text} tabIndex={0} role="group" aria-label={label} data-testid="outcome-text">
        {text === "" ? "(empty)" : text}
      </pre>
    </div>
  );
}

function verdictOf({ isAgreed, agreedAfterMs, losses }: Outcome): string {
  const lost = losses.reduce((sum, { splices }) => sum + splices.reduce((length, { insert }) => length + insert.length, 0), 0);
  const agreed = !isAgreed
    ? "Not agreed"
    : agreedAfterMs === null
      ? "Agreed"
      : agreedAfterMs < 10
        ? "Agreed at once"
        : `Agreed in ${(agreedAfterMs / 1_000).toFixed(2)} s`;
  return `${agreed} · Lost ${lost} ${lost === 1 ? "character" : "characters"}`;
}
