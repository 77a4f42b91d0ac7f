import type { Ref } from "react";
import type { Ending, LessonRun } from "../../crdt/lab/lesson.ts";
import { STRATEGY_LINES } from "../_ui/strategy-lines.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { decisionsOf, endingText, lostSentence } from "./ending-text.ts";
import styles from "./learn.module.css";
import { WithWords } from "./with-words.tsx";
import type { Lesson } from "./lessons.ts";

/** Where more was decided, so many are shown at once. */
const DECISIONS_SHOWN = 4;

export interface RevealProps {
  readonly ref: Ref<HTMLElement>;
  readonly lesson: Lesson;
  readonly run: LessonRun;
  readonly endings: readonly Ending[];
  readonly guess: string;
  readonly next: Lesson | null;
}

/** What came out, what decided it, and what every other strategy makes of the same keys. */
export function Reveal({ ref, lesson, run, endings, guess, next }: RevealProps) {
  const own = endings.find(({ strategies }) => strategies.includes(lesson.strategy))!;
  const guessed = endings.find((ending) => endingText(ending) === guess);
  const isRight = guessed === own;
  const { played } = run;
  const kept = played.lost === 0;
  const decisions = decisionsOf(run);
  // One more than what is shown needs no folding.
  const shown = decisions.length > DECISIONS_SHOWN + 1 ? DECISIONS_SHOWN : decisions.length;
  return (
    <section ref={ref} tabIndex={-1} className={styles.reveal} aria-labelledby="reveal-title" data-testid="reveal">
      <h2 id="reveal-title">{isRight ? "As you said" : "Not what you said"}</h2>
      {!isRight && (
        <p>
          {guessed === undefined
            ? "None of the strategies ends in your answer."
            : `Your answer is what ${titles(guessed)} ${guessed.strategies.length === 1 ? "makes" : "make"} of it.`}
        </p>
      )}
      <p className={styles.lead}>
        <WithWords text={lesson.rule} />
      </p>
      <h3>What decided</h3>
      <ul data-testid="decisions">
        {[...run.comparisons, ...decisions.slice(0, shown)].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {shown < decisions.length && (
          <li>
            <details>
              <summary>And {decisions.length - shown} more</summary>
              <ul>
                {decisions.slice(shown).map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </details>
          </li>
        )}
        {played.lost > 0 && <li>{lostSentence(played.lost)}</li>}
        <li>
          {played.isConverged ? "All copies are equal, in text and in structure" : "The copies are not equal"}
          {kept ? ", and every character that was typed is still there or was deleted by somebody." : "."}
        </li>
      </ul>
      <h3>The same keys through every strategy</h3>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Every strategy">
        <table className={styles.table} data-testid="endings">
          <thead>
            <tr>
              <th scope="col">Ends in</th>
              <th scope="col">Strategies</th>
            </tr>
          </thead>
          <tbody>
            {endings.map((ending) => (
              <tr key={endingText(ending)} data-own={ending === own}>
                <td>
                  <pre>{endingText(ending)}</pre>
                </td>
                <td>
                  {ending.strategies.map((name) => (
                    <span key={name} className={styles.strategy} title={STRATEGY_LINES[name]}>
                      {STRATEGY_TITLES[name]}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.buttons}>
        <a className={styles.primary} href={`/lab?scenario=${lesson.scenario}&strategy=${lesson.strategy}`}>
          Break it yourself
        </a>
        <a href={`/compare?scenario=${lesson.scenario}`}>Compare in detail</a>
        {next === null ? <a href="/learn">Back to the lessons</a> : <a href={`/learn/${next.id}`}>Next: {next.title}</a>}
      </p>
    </section>
  );
}

function titles({ strategies }: Ending): string {
  const names = strategies.map((name) => STRATEGY_TITLES[name]);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
