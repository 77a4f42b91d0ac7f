"use client";

import { lazy, Suspense, useSyncExternalStore } from "react";
import type { NoteId } from "../../crdt/base/ids.ts";
import styles from "./workspace.module.css";

const Workspace = lazy(async () => ({ default: (await import("./workspace.tsx")).Workspace }));

function Opening() {
  return (
    <main className={styles.opening}>
      <p role="status">Opening the note …</p>
    </main>
  );
}

/** Loads the workspace, in the browser only: a replica has no place in the server's rendering. */
export function WorkspaceClient({ noteId }: { readonly noteId: NoteId }) {
  const isBrowser = useSyncExternalStore(never, inBrowser, onServer);
  if (!isBrowser) return <Opening />;
  return (
    <Suspense fallback={<Opening />}>
      <Workspace noteId={noteId} />
    </Suspense>
  );
}

function never(): () => void {
  return () => undefined;
}

function inBrowser(): boolean {
  return true;
}

function onServer(): boolean {
  return false;
}
