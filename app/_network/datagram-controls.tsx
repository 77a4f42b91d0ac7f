"use client";

import type { ReplicaId } from "../../crdt/base/ids.ts";
import { CLEAR_DATAGRAMS, type DatagramConditions, type ReplicaConditions } from "../../crdt/network/conditions.ts";
import type { ControlCommand } from "../../crdt/sync/control-messages.ts";
import { type DirectionChoice, parseMs } from "./link-state.ts";
import styles from "./network-panel.module.css";
import { usePendingValue } from "./pending-value.ts";

export interface DatagramControlsProps {
  /** The replica's name, for the labels. */
  readonly label: string;
  readonly replicaId: ReplicaId;
  readonly conditions: ReplicaConditions;
  readonly direction: DirectionChoice;
  readonly send: (command: ControlCommand) => void;
}

const SHARES = [
  { key: "loss", title: "lost", name: "Loss" },
  { key: "dup", title: "doubled", name: "Doubling" },
  { key: "reorder", title: "overtaken", name: "Overtaking" },
] as const;

/** What a WebSocket never does to single updates, and datagrams do: under its own name, so that nobody takes it for the real thing. */
export function DatagramControls({ label, replicaId, conditions, direction, send }: DatagramControlsProps) {
  const { datagrams = CLEAR_DATAGRAMS } = direction === "down" ? conditions.down : conditions.up;
  const isOn = conditions.up.datagrams !== undefined || conditions.down.datagrams !== undefined;
  const set = (key: keyof DatagramConditions, value: number): void => {
    const patch = { datagrams: { ...datagrams, [key]: value / 100 } };
    send({ type: "set-links", replicaId, ...(direction === "down" ? {} : { up: patch }), ...(direction === "up" ? {} : { down: patch }) });
  };
  return (
    <details className={styles.datagrams} data-testid="datagrams">
      <summary>
        Datagram mode <span className={isOn ? styles.warning : styles.measured}>{isOn ? "on" : "off"}</span>
      </summary>
      <p className={styles.note}>
        Edits on their way are lost, doubled and overtaken one by one. A WebSocket never does that: it delays or breaks. Whoever sees a gap
        asks for what is missing or connects anew.
      </p>
      <div className={styles.controls}>
        {SHARES.map(({ key, title, name }) => (
          <Share
            key={key}
            title={title}
            label={`${name} for ${label} in percent`}
            share={datagrams[key]}
            onPercent={(value) => set(key, value)}
          />
        ))}
      </div>
    </details>
  );
}

interface ShareProps {
  readonly title: string;
  readonly label: string;
  readonly share: number;
  readonly onPercent: (value: number) => void;
}

function Share({ title, label, share, onPercent }: ShareProps) {
  const [percent, setPercent] = usePendingValue(Math.round(share * 100), onPercent);
  return (
    <label className={styles.field}>
      <span>{title}</span>
      <span className={styles.box}>
        <input
          type="number"
          min={0}
          max={100}
          step={5}
          value={percent}
          aria-label={label}
          onChange={({ target }) => {
            const parsed = parseMs(target.value, 100);
            if (parsed !== null) setPercent(parsed);
          }}
        />
        <span>%</span>
      </span>
    </label>
  );
}
