"use client";

import { useEffect, useState } from "react";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { ControlCommand } from "../../crdt/sync/control-messages.ts";
import { DEFAULT_RATE, OVERLOAD_RATE } from "../../crdt/sync/rate-board.ts";
import type { ControlState } from "../_client/control-client.ts";
import { shareStructure } from "../_client/share-structure.ts";
import { useControlClient } from "../_client/use-control.ts";
import { bucketText, levelAfter } from "./bucket-level.ts";
import styles from "./network-panel.module.css";

const LOOK_MS = 200;

export interface BucketGaugeProps {
  readonly replicaId: ReplicaId;
  readonly label: string;
  readonly mayBreak: boolean;
  readonly send: (command: ControlCommand) => void;
}

/** How fast a replica may still send, as the server counts it; between two messages of the server it refills at its rate. */
export function BucketGauge({ replicaId, label, mayBreak, send }: BucketGaugeProps) {
  const client = useControlClient();
  const [gauge, setGauge] = useState(() => gaugeOf(client.state(), replicaId));
  useEffect(() => {
    const timer = setInterval(() => setGauge((before) => shareStructure(before, gaugeOf(client.state(), replicaId))), LOOK_MS);
    return () => clearInterval(timer);
  }, [client, replicaId]);
  if (gauge === null) return null;
  const { level, burst, text, isDrained, isSmall } = gauge;
  return (
    <div className={styles.bucket} data-testid="bucket" data-level={level}>
      <span>Token bucket</span>
      <meter
        className={styles.meter}
        min={0}
        max={burst}
        low={burst / 4}
        optimum={burst}
        value={Math.max(0, level)}
        aria-label={`Token bucket of ${label}`}
      />
      <span className={isDrained ? styles.drained : undefined}>{text}</span>
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

/** What is shown of it now; null: it has none. */
function gaugeOf({ replicas, heardAtMs }: ControlState, replicaId: ReplicaId) {
  const bucket = replicas.find((replica) => replica.replicaId === replicaId)?.bucket ?? null;
  if (bucket === null) return null;
  const level = levelAfter(bucket, Date.now() - heardAtMs);
  return {
    level: Math.round(level),
    burst: bucket.burst,
    text: bucketText(bucket, level),
    isDrained: level <= 0,
    isSmall: bucket.perS !== DEFAULT_RATE.perS || bucket.burst !== DEFAULT_RATE.burst,
  };
}
