"use client";

import { useControl } from "../_client/use-control.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import styles from "./cut-banner.module.css";
import { isCutByHand } from "./link-state.ts";

/** So that nobody mistakes the demonstration for an outage. */
export function CutBanner() {
  const { replicas, self, isConnected, mayBreak, send } = useControl();
  const own = replicas.find(({ replicaId }) => replicaId === self);
  if (!isCutByHand(own?.conditions ?? CLEAR_BOTH)) return null;
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
