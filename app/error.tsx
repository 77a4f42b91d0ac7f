"use client";

import styles from "./_ui/message-page.module.css";

/** A page of ours failed. What was typed is on this device, and what was saved on the server. */
export default function ErrorPage({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <main className={styles.page}>
      <h1>This page failed</h1>
      <p>Your notes are not affected: edits are kept on this device before they are sent.</p>
      <pre className={styles.detail}>{error.message}</pre>
      <p>
        <button type="button" onClick={reset}>
          Try again
        </button>{" "}
        <a href="/notes/welcome">Open the first note</a>
      </p>
    </main>
  );
}
