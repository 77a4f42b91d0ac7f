"use client";

import { useControlPart, useSend } from "../_client/use-control.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { isCutByHand } from "./link-word.ts";
import styles from "./quick-faults.module.css";

/** What the Latency switch adds, each way. */
const SWITCH_LATENCY_MS = 800;

/** The two switches that are always in the bar: slow this tab down, cut this tab off. */
export function QuickFaults() {
  const send = useSend();
  const { self, isConnected, mayBreak, conditions } = useControlPart(({ replicas, ...control }) => ({
    self: control.self,
    isConnected: control.isConnected,
    mayBreak: control.mayBreak,
    conditions: replicas.find(({ replicaId }) => replicaId === control.self)?.conditions ?? null,
  }));
  const { up, down } = conditions ?? CLEAR_BOTH;
  const isSlow = up.latencyMs > 0 || down.latencyMs > 0;
  const isCut = isCutByHand({ up, down });
  const isReady = isConnected && conditions !== null;
  const setBoth = (patch: { readonly latencyMs: number } | { readonly cut: "open" | "blackhole" }): void =>
    send({ type: "set-links", replicaId: self, up: patch, down: patch });
  if (!mayBreak) return null;
  return (
    <div className={styles.group} role="group" aria-label="Faults of this tab">
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={isSlow}
        disabled={!isReady}
        title={`Adds ${SWITCH_LATENCY_MS} ms each way to this tab`}
        data-testid="toggle-latency"
        onClick={() => setBoth({ latencyMs: isSlow ? 0 : SWITCH_LATENCY_MS })}
      >
        Latency
        <span className={styles.value}>{isSlow ? `${Math.max(up.latencyMs, down.latencyMs).toLocaleString("en")} ms` : "0 ms"}</span>
      </button>
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={isCut}
        disabled={!isReady}
        title="Cuts this tab off: the connection stays up and nothing passes"
        data-testid="toggle-partition"
        onClick={() => setBoth({ cut: isCut ? "open" : "blackhole" })}
      >
        Partition
        <span className={styles.value}>{isCut ? "cut" : "off"}</span>
      </button>
    </div>
  );
}
