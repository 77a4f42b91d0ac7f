"use client";

import { JITTER_MS_MAX, LATENCY_MS_MAX, type LinkConditions, type ReplicaConditions } from "../../crdt/network/conditions.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { ControlCommand } from "../../crdt/sync/control-messages.ts";
import { type DirectionChoice, latencyAt, parseMs, positionOf, SLIDER_MAX } from "./link-state.ts";
import styles from "./network-panel.module.css";
import { usePendingValue } from "./pending-value.ts";

export interface LinkControlsProps {
  /** The replica's name, for the labels. */
  readonly label: string;
  readonly replicaId: ReplicaId;
  readonly conditions: ReplicaConditions;
  readonly direction: DirectionChoice;
  readonly onDirection: (direction: DirectionChoice) => void;
  readonly send: (command: ControlCommand) => void;
}

/** Direction, latency and jitter of one replica's links. Shows the up link where both are chosen. */
export function LinkControls({ label, replicaId, conditions, direction, onDirection, send }: LinkControlsProps) {
  const shown = direction === "down" ? conditions.down : conditions.up;
  const set = (patch: Partial<LinkConditions>): void =>
    send({ type: "set-links", replicaId, ...(direction === "down" ? {} : { up: patch }), ...(direction === "up" ? {} : { down: patch }) });
  const [latencyMs, setLatency] = usePendingValue(shown.latencyMs, (value) => set({ latencyMs: value }));
  const [jitterMs, setJitter] = usePendingValue(shown.jitterMs, (value) => set({ jitterMs: value }));
  return (
    <div className={styles.controls}>
      <label className={styles.field}>
        <span>Direction</span>
        <select
          value={direction}
          aria-label={`Direction for ${label}`}
          onChange={({ target }) => onDirection(target.value as DirectionChoice)}
        >
          <option value="both">both</option>
          <option value="up">up</option>
          <option value="down">down</option>
        </select>
      </label>
      <label className={styles.slider}>
        <span>Latency</span>
        <input
          type="range"
          min={0}
          max={SLIDER_MAX}
          value={positionOf(latencyMs)}
          aria-label={`Latency for ${label}`}
          aria-valuetext={`${latencyMs} milliseconds one way`}
          onChange={({ target }) => setLatency(latencyAt(Number(target.value)))}
        />
      </label>
      <MsBox label={`Latency for ${label} in milliseconds`} value={latencyMs} max={LATENCY_MS_MAX} onValue={setLatency} />
      <label className={styles.field}>
        <span>± jitter</span>
        <MsBox label={`Jitter for ${label} in milliseconds`} value={jitterMs} max={JITTER_MS_MAX} onValue={setJitter} />
      </label>
    </div>
  );
}

function MsBox({
  label,
  value,
  max,
  onValue,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly onValue: (value: number) => void;
}) {
  return (
    <span className={styles.box}>
      <input
        type="number"
        min={0}
        max={max}
        step={1}
        value={value}
        aria-label={label}
        onChange={({ target }) => {
          const parsed = parseMs(target.value, max);
          if (parsed !== null) onValue(parsed);
        }}
      />
      <span>ms</span>
    </span>
  );
}
