import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { LessonView } from "../../_learn/lesson-view.tsx";
import { lessonOf } from "../../_learn/lessons.ts";

interface LessonPageProps {
  readonly params: Promise<{ lessonId: string }>;
}

export async function generateMetadata({ params }: LessonPageProps): Promise<Metadata> {
  return { title: `${lessonOf((await params).lessonId)?.title ?? "No such lesson"} · Riftpad` };
}

/** One lesson. */
export default async function LessonPage({ params }: LessonPageProps) {
  const lesson = lessonOf((await params).lessonId);
  if (lesson === null) notFound();
  return <LessonView key={lesson.id} lesson={lesson} />;
}
