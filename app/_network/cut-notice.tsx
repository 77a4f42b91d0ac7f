"use client";

import { useControlPart, useSend } from "../_client/use-control.ts";
import styles from "./cut-notice.module.css";

/** In a tab that was cut off by hand: so that nobody mistakes the demonstration for an outage. */
export function CutNotice() {
  const send = useSend();
  const { self, isConnected, mayBreak } = useControlPart((control) => ({
    self: control.self,
    isConnected: control.isConnected,
    mayBreak: control.mayBreak,
  }));
  return (
    <span className={styles.banner} data-testid="cut-banner">
      This tab is cut off on purpose
      {mayBreak && (
        <button type="button" className={styles.heal} disabled={!isConnected} onClick={() => send({ type: "heal", replicaId: self })}>
          Heal
        </button>
      )}
    </span>
  );
}
