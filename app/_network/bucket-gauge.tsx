"use client";

import { useEffect, useState } from "react";
import type { ControlCommand, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { DEFAULT_RATE, OVERLOAD_RATE } from "../../crdt/sync/rate-board.ts";
import { bucketText, levelAfter } from "./bucket-level.ts";
import styles from "./network-panel.module.css";

const LOOK_MS = 100;

export interface BucketGaugeProps {
  readonly replica: ReplicaStatus;
  readonly label: string;
  /** When the row was heard, by this tab's clock. */
  readonly heardAtMs: number;
  readonly mayBreak: boolean;
  readonly send: (command: ControlCommand) => void;
}

/** How fast a replica may still send, as the server counts it; between two messages of the server it refills at its rate. */
export function BucketGauge({ replica, label, heardAtMs, mayBreak, send }: BucketGaugeProps) {
  const { bucket, replicaId } = replica;
  const [nowMs, setNowMs] = useState(heardAtMs);
  const level = bucket === null ? 0 : levelAfter(bucket, nowMs - heardAtMs);
  const isFull = bucket === null || level >= bucket.burst;
  useEffect(() => {
    if (isFull) return;
    const timer = setInterval(() => setNowMs(Date.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, [isFull]);
  if (bucket === null) return null;
  const isSmall = bucket.perS !== DEFAULT_RATE.perS || bucket.burst !== DEFAULT_RATE.burst;
  return (
    <div className={styles.bucket} data-testid="bucket" data-level={Math.round(level)}>
      <span>Token bucket</span>
      <meter
        className={styles.meter}
        min={0}
        max={bucket.burst}
        low={bucket.burst / 4}
        optimum={bucket.burst}
        value={Math.max(0, level)}
        aria-label={`Token bucket of ${label}`}
      />
      <span className={level <= 0 ? styles.drained : undefined}>{bucketText(bucket, level)}</span>
      {mayBreak && (
        <button
          type="button"
          aria-pressed={isSmall}
          aria-label={`Overload ${label}: a bucket of ${OVERLOAD_RATE.burst} messages that refills by ${OVERLOAD_RATE.perS} a second`}
          title={`A bucket of ${OVERLOAD_RATE.burst} messages, ${OVERLOAD_RATE.perS} a second come back. While it is empty the server does not read this replica.`}
          onClick={() => send({ type: "set-rate", replicaId, rate: isSmall ? null : OVERLOAD_RATE })}
        >
          Overload
        </button>
      )}
    </div>
  );
}
