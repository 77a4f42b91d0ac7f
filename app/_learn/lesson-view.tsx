"use client";

import { useRef, useState } from "react";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import { PageBar } from "../_ui/page-bar.tsx";
import styles from "./learn.module.css";
import { LESSONS, type Lesson } from "./lessons.ts";
import { endingText } from "./ending-text.ts";
import { finishLesson } from "./progress.ts";
import { Question } from "./question.tsx";
import { Reveal } from "./reveal.tsx";
import { Stage } from "./stage.tsx";
import { useLesson } from "./use-lesson.ts";
import { WithWords } from "./with-words.tsx";
import { endingsOf } from "../../crdt/lab/lesson.ts";

/** One lesson from its first step to its explanation: watch, predict, see. */
export function LessonView({ lesson }: { readonly lesson: Lesson }) {
  const { runs, isDone, failure } = useLesson(lesson);
  const [at, setAt] = useState(0);
  const [guess, setGuess] = useState<string | null>(null);
  const reveal = useRef<HTMLElement>(null);
  const number = LESSONS.findIndex(({ id }) => id === lesson.id) + 1;
  const run = runs[0];
  const endings = endingsOf(runs);
  const own = endings.find(({ strategies }) => strategies.includes(lesson.strategy));
  const answer = (text: string): void => {
    setGuess(text);
    if (run !== undefined) setAt(run.before.length);
    finishLesson(lesson.id, own !== undefined && endingText(own) === text);
    setTimeout(() => reveal.current?.focus(), 0);
  };
  const moments = run === undefined ? [] : [...run.before, ...(guess === null ? [] : run.after)];
  const isAtQuestion = run !== undefined && at === run.before.length - 1;
  return (
    <>
      <PageBar current="Learn" isBelow />
      <main className={styles.page} data-testid="lesson">
        <a href="/learn">All lessons</a>
        <header>
          <p className={styles.note}>
            Lesson {number} of {LESSONS.length} · {STRATEGY_TITLES[lesson.strategy]}
          </p>
          <h1>{lesson.title}</h1>
          <p className={styles.lead}>
            <WithWords text={lesson.intro} />
          </p>
        </header>
        {failure !== null && (
          <p role="alert" className={styles.problem}>
            The lesson cannot be played: {failure}{" "}
            <button type="button" onClick={() => window.location.reload()}>
              Try again
            </button>
          </p>
        )}
        {failure === null && run === undefined && <p role="status">Playing the steps …</p>}
        {run !== undefined && <Stage moments={moments} at={at} onAt={setAt} />}
        {isAtQuestion && guess === null && <Question lesson={lesson} endings={isDone ? endings : null} onAnswer={answer} />}
        {guess !== null && run !== undefined && (
          <Reveal ref={reveal} lesson={lesson} run={run} endings={endings} guess={guess} next={LESSONS[number] ?? null} />
        )}
      </main>
    </>
  );
}
