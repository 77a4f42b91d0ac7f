import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { parseNoteId } from "../../../../crdt/base/ids.ts";
import styles from "./stock.module.css";
import { StockClient } from "./stock-client.tsx";

export const metadata: Metadata = { title: "Stock Yjs client · Riftpad" };

/** The same note, edited by somebody else's code: y-websocket and y-codemirror.next, unchanged. */
export default async function StockPage({ params }: { readonly params: Promise<{ noteId: string }> }) {
  const noteId = parseNoteId((await params).noteId);
  if (noteId === null) notFound();
  return (
    <main className={styles.page}>
      <nav aria-label="Pages">
        <a href={`/notes/${noteId}`}>Back to the note in Riftpad</a>
      </nav>
      <h1>Stock Yjs client</h1>
      <p className={styles.lead}>
        This page holds none of Riftpad&apos;s client: it is y-websocket with y-codemirror.next, on the same note, under the same faults. It
        cannot report what it holds, so the replicas list shows it as not reported.
      </p>
      <StockClient noteId={noteId} />
    </main>
  );
}
