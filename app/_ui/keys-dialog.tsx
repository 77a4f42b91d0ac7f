"use client";

import { useEffect, useRef } from "react";
import styles from "./keys-dialog.module.css";

export interface KeyHelp {
  readonly keys: string;
  readonly does: string;
}

export interface KeysDialogProps {
  readonly keys: readonly KeyHelp[];
  /** What holds for all of them. */
  readonly note: string;
  readonly onClose: () => void;
}

/** A list of keys, as a dialog that is open for as long as it is there. */
export function KeysDialog({ keys: list, note, onClose }: KeysDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={styles.dialog} onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">Keyboard</h2>
      <dl className={styles.keys}>
        {list.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>{note}</p>
      <button type="button" className={styles.close} onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
