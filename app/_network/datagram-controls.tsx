"use client";

import { CLEAR_DATAGRAMS, type DatagramConditions, type ReplicaConditions } from "../../crdt/network/conditions.ts";
import { type DirectionChoice, type LinksPatch, towards } from "./link-state.ts";
import styles from "./network-panel.module.css";
import { NumberField } from "./number-field.tsx";
import { usePendingValue } from "./pending-value.ts";

export interface DatagramControlsProps {
  /** Whose link it is, for the labels. */
  readonly label: string;
  readonly conditions: ReplicaConditions;
  readonly direction: DirectionChoice;
  readonly onSet: (patch: LinksPatch) => void;
}

const SHARES = [
  { key: "loss", title: "lost", name: "Loss" },
  { key: "dup", title: "doubled", name: "Doubling" },
  { key: "reorder", title: "overtaken", name: "Overtaking" },
] as const;

/** What a WebSocket never does to single updates, and datagrams do: under its own name, so that nobody takes it for the real thing. */
export function DatagramControls({ label, conditions, direction, onSet }: DatagramControlsProps) {
  const { datagrams = CLEAR_DATAGRAMS } = direction === "down" ? conditions.down : conditions.up;
  const isOn = conditions.up.datagrams !== undefined || conditions.down.datagrams !== undefined;
  const set = (key: keyof DatagramConditions, value: number): void =>
    onSet(towards(direction, { datagrams: { ...datagrams, [key]: value / 100 } }));
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
  return <NumberField title={title} label={label} unit="%" value={percent} max={100} step={5} onValue={setPercent} />;
}
