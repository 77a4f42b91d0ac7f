"use client";

import { useEffect, useRef } from "react";
import styles from "./shortcuts.module.css";

/** What the help lists, in its order. */
const SHORTCUTS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: "?", does: "Show this list (outside of text)" },
  { keys: "Ctrl K", does: "Search the notes" },
  { keys: "Alt N", does: "New note" },
  { keys: "Ctrl Shift L", does: "Network panel" },
  { keys: "Ctrl Shift O", does: "Cut this tab, or heal it" },
  { keys: "Ctrl Shift E", does: "Open another replica" },
  { keys: "Alt W", does: "Say who holds what" },
  { keys: "F6, Shift F6", does: "Next region, previous region" },
  { keys: "Escape, then Tab", does: "Leave the text" },
  { keys: "Ctrl B, Ctrl I", does: "Bold, italic" },
  { keys: "Ctrl Z, Ctrl Shift Z", does: "Undo, redo: your own edits alone" },
];

/** The list of keys, as a dialog that is open for as long as it is there. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={styles.dialog} onClose={onClose} aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">Keyboard</h2>
      <dl className={styles.keys}>
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>On a Mac, Ctrl is ⌘.</p>
      <button type="button" className={styles.close} onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
