"use client";

import { useMemo, useSyncExternalStore } from "react";
import { STRATEGY_TITLES } from "../_ui/strategy-titles.ts";
import styles from "./learn.module.css";
import { LESSONS } from "./lessons.ts";
import { forgetProgress, onProgress, parseProgress, progressText } from "./progress.ts";

/** The lessons in their order, with what this browser has finished. */
export function LessonList() {
  const kept = useSyncExternalStore(onProgress, progressText, () => "{}");
  const progress = useMemo(() => parseProgress(kept), [kept]);
  const done = LESSONS.filter(({ id }) => id in progress).length;
  const next = LESSONS.find(({ id }) => !(id in progress));
  return (
    <section aria-labelledby="lessons-title">
      <h2 id="lessons-title">Lessons</h2>
      <p className={styles.note} data-testid="lessons-done">
        {done} of {LESSONS.length} finished.{" "}
        {next !== undefined && <a href={`/learn/${next.id}`}>{done === 0 ? "Begin with the first" : `Go on: ${next.title}`}</a>}{" "}
        {done > 0 && (
          <button type="button" onClick={forgetProgress}>
            Start over
          </button>
        )}
      </p>
      <ol className={styles.lessons}>
        {LESSONS.map(({ id, title, strategy }) => (
          <li key={id}>
            <a href={`/learn/${id}`} className={styles.lesson} data-testid={`lesson-${id}`}>
              <span className={styles.lessonTitle}>{title}</span>
              <span className={styles.note}>
                {STRATEGY_TITLES[strategy]}
                {id in progress && (progress[id] === true ? " · finished, predicted rightly" : " · finished")}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
