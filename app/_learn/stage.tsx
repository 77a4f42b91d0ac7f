import type { Moment } from "../../crdt/lab/lesson.ts";
import { REPLICA_NAMES, type ReplicaName } from "../../crdt/lab/script.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import styles from "./learn.module.css";

export interface StageProps {
  readonly moments: readonly Moment[];
  readonly at: number;
  readonly onAt: (at: number) => void;
}

/** What everybody has at one moment, and what led there. */
export function Stage({ moments, at, onAt }: StageProps) {
  const now = moments[at]!;
  const before = moments[at - 1];
  const names = Object.keys(now.texts) as ReplicaName[];
  return (
    <section className={styles.stage} aria-label="Step by step">
      <ol className={styles.steps} aria-label="What has happened">
        {moments.slice(0, at + 1).map(({ sentence }, n) => (
          // The same sentence may come twice.
          <li key={`${n} ${sentence}`} aria-current={n === at ? "step" : undefined}>
            {sentence}
          </li>
        ))}
      </ol>
      <p className={styles.spoken} role="status">
        Step {at + 1} of {moments.length}: {now.sentence}
      </p>
      <div className={styles.cards}>
        {names.map((name) => (
          <article key={name} className={styles.card} aria-label={`Replica ${name}`} data-testid={`replica-${name}`}>
            <h2>
              <ReplicaGlyph name={name} colour={REPLICA_NAMES.indexOf(name)} kind="tab" />
              <span className={styles.spoken}>Replica {name}</span>
              {/* Who changed a link, or asked for a lock, wrote nothing. */}
              {before !== undefined && before.texts[name] !== now.texts[name] && (
                <span className={styles.note}>{now.by === name ? "just wrote" : "just received"}</span>
              )}
            </h2>
            <pre tabIndex={0} role="group" aria-label={`Text of ${name}`}>
              {now.texts[name]}
            </pre>
          </article>
        ))}
      </div>
      <div className={styles.buttons}>
        <button type="button" disabled={at === 0} onClick={() => onAt(at - 1)}>
          Back
        </button>
        <button
          type="button"
          className={styles.primary}
          disabled={at >= moments.length - 1}
          data-testid="next-step"
          onClick={() => onAt(at + 1)}
        >
          Next step
        </button>
        <span className={styles.note}>
          {at + 1} of {moments.length}
        </span>
      </div>
    </section>
  );
}
