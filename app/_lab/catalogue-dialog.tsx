"use client";

import { useEffect, useRef } from "react";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CatalogueList } from "./catalogue-list.tsx";
import styles from "./source-bar.module.css";

/** The scenarios where there is no room for them beside the world. */
export function CatalogueDialog({ strategy, onClose }: { readonly strategy: StrategyName; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="catalogue-title" onClose={onClose} data-testid="catalogue">
      <div className={styles.sheet}>
        <div className={styles.row}>
          <h2 id="catalogue-title">Scenarios</h2>
          <span className={styles.space} />
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <CatalogueList strategy={strategy} />
      </div>
    </dialog>
  );
}
