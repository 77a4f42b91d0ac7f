"use client";

import dynamic from "next/dynamic";
import type { NoteId } from "../../crdt/base/ids.ts";
import styles from "./workspace.module.css";

// In the browser only: a replica has no place in the server's rendering, and Yjs must not be imported twice.
const Workspace = dynamic(() => import("./workspace.tsx").then(({ Workspace: component }) => component), {
  ssr: false,
  loading: () => <Opening />,
});

function Opening() {
  return (
    <main className={styles.opening}>
      <p role="status">Opening the note …</p>
    </main>
  );
}

/** Loads the workspace in the browser. */
export function WorkspaceClient({ noteId }: { readonly noteId: NoteId }) {
  return <Workspace noteId={noteId} />;
}
