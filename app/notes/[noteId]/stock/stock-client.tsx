"use client";

import dynamic from "next/dynamic";
import type { NoteId } from "../../../../crdt/base/ids.ts";

// In the browser only: Yjs must not be imported a second time by the server's rendering.
const StockEditor = dynamic(() => import("./stock-editor.tsx").then(({ StockEditor: component }) => component), {
  ssr: false,
  loading: () => <p>Loading the stock client …</p>,
});

/** Loads the stock editor in the browser. */
export function StockClient({ noteId }: { readonly noteId: NoteId }) {
  return <StockEditor noteId={noteId} />;
}
