"use client";

import { useControlPart, useSend } from "../_client/use-control.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import styles from "./cut-banner.module.css";
import { isCutByHand } from "./link-state.ts";

/** So that nobody mistakes the demonstration for an outage. */
export function CutBanner() {
  const send = useSend();
  const { self, isConnected, mayBreak, isCut } = useControlPart(({ replicas, ...control }) => ({
    self: control.self,
    isConnected: control.isConnected,
    mayBreak: control.mayBreak,
    isCut: isCutByHand(replicas.find(({ replicaId }) => replicaId === control.self)?.conditions ?? CLEAR_BOTH),
  }));
  if (!isCut) return null;
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
