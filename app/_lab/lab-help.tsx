import { useEffect, useRef } from "react";
import styles from "../_ui/shortcuts.module.css";
import { LAB_KEYS } from "./use-lab-keys.ts";

/** The list of keys, as a dialog. */
export function LabHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
    if (!isOpen) dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className={styles.dialog} onClose={onClose} aria-labelledby="lab-keys-title">
      <h2 id="lab-keys-title">Keyboard</h2>
      <dl className={styles.keys}>
        {LAB_KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>1 to 6</kbd>
          </dt>
          <dd>Go to a replica&#39;s text; Tab leaves it</dd>
        </div>
        <div>
          <dt>
            <kbd>Alt Enter</kbd>
          </dt>
          <dd>In a text: why the character behind the caret is there. Alt and a click asks too</dd>
        </div>
        <div>
          <dt>
            <kbd>Home, End</kbd>
          </dt>
          <dd>On the timeline: the beginning, the present</dd>
        </div>
      </dl>
      <p className={styles.note}>Single keys act outside of text alone.</p>
      <button type="button" className={styles.close} onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
