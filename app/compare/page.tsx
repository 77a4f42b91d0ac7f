import type { Metadata } from "next";
import styles from "../_compare/compare.module.css";
import { CompareRecorded } from "../_compare/compare-recorded.tsx";
import { CompareTyped } from "../_compare/compare-typed.tsx";
import { parseNoteId } from "../../crdt/base/ids.ts";

export const metadata: Metadata = { title: "Compare strategies · Riftpad" };

/** The same human actions through every strategy; `?note=<id>` takes them from that note's recording. */
export default async function ComparePage({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { note } = await searchParams;
  const noteId = typeof note === "string" ? parseNoteId(note) : null;
  return (
    <main className={styles.page}>
      <nav aria-label="Pages">
        <a href={noteId === null ? "/" : `/notes/${noteId}`}>{noteId === null ? "Notes" : "Back to the note"}</a>
        {" · "}
        <a href="/lab">Lab</a>
        {" · "}
        <a href="/bench">Bench</a>
        {noteId !== null && (
          <>
            {" · "}
            <a href="/compare">Compare typed texts</a>
          </>
        )}
      </nav>
      <h1>{noteId === null ? "Compare strategies" : "This note, through every strategy"}</h1>
      {noteId === null ? <CompareTyped /> : <CompareRecorded noteId={noteId} />}
    </main>
  );
}
