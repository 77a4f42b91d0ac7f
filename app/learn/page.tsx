import type { Metadata } from "next";
import { Concepts } from "../_learn/concepts.tsx";
import { Glossary } from "../_learn/glossary.tsx";
import { PageBar } from "../_ui/page-bar.tsx";
import styles from "../_learn/learn.module.css";
import { LessonList } from "../_learn/lesson-list.tsx";

export const metadata: Metadata = { title: "Learn · Riftpad" };

/** Lessons, the ideas behind them with the places where each can be seen, and the words. */
export default function LearnPage() {
  return (
    <>
      <PageBar current="Learn" />
      <main className={styles.page}>
        <h1>Learn by breaking it</h1>
        <p className={styles.lead}>
          Each lesson stops before the copies meet and asks what everybody will see. The answers on offer are what other strategies really
          make of the same keys. Three to five minutes each; what you have finished is kept in this browser alone.
        </p>
        <LessonList />
        <Concepts />
        <Glossary />
      </main>
    </>
  );
}
