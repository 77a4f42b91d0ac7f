"use client";

import { useState } from "react";
import type { Ending } from "../../crdt/lab/lesson.ts";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { endingText, optionsOf } from "./ending-text.ts";
import styles from "./learn.module.css";
import type { Lesson } from "./lessons.ts";

export interface QuestionProps {
  readonly lesson: Lesson;
  /** null: still being computed. */
  readonly endings: readonly Ending[] | null;
  readonly onAnswer: (text: string) => void;
}

/** What will everybody see? The answers are real outcomes; none of them has to be taken. */
export function Question({ lesson, endings, onAnswer }: QuestionProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const answer = chosen === "" ? typed : chosen;
  return (
    <form
      className={styles.question}
      data-testid="question"
      onSubmit={(event) => {
        event.preventDefault();
        if (answer !== null) onAnswer(answer);
      }}
    >
      <fieldset>
        <legend>
          {lesson.askBefore === "meeting" ? "The network heals." : "Then it goes on."} With {STRATEGY_TITLES[lesson.strategy]}, what will
          everybody see in the end?
        </legend>
        {endings === null ? (
          <p role="status">Running the strategies for the answers …</p>
        ) : (
          <>
            {optionsOf(endings, lesson.strategy).map((ending) => {
              const text = endingText(ending);
              return (
                <label key={text} className={styles.option} data-testid="option">
                  <input type="radio" name="ending" checked={chosen === text} onChange={() => setChosen(text)} />
                  <pre>{text}</pre>
                </label>
              );
            })}
            <label className={styles.option}>
              <input type="radio" name="ending" checked={chosen === ""} onChange={() => setChosen("")} />
              <span>Something else:</span>
              <textarea
                aria-label="What everybody will see"
                rows={2}
                value={typed}
                onFocus={() => setChosen("")}
                onChange={({ target }) => setTyped(target.value)}
              />
            </label>
          </>
        )}
      </fieldset>
      <button type="submit" className={styles.primary} disabled={answer === null || endings === null} data-testid="heal">
        {lesson.askBefore === "meeting" ? "Heal and see" : "Go on and see"}
      </button>
    </form>
  );
}
