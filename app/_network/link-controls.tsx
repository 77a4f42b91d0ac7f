"use client";

import {
  BANDWIDTH_BITS_PER_S_MIN,
  JITTER_MS_MAX,
  LATENCY_MS_MAX,
  type LinkConditions,
  type ReplicaConditions,
} from "../../crdt/network/conditions.ts";
import { bandwidthText, type DirectionChoice, latencyAt, type LinksPatch, positionOf, SLIDER_MAX, towards } from "./link-state.ts";
import styles from "./network-panel.module.css";
import { NumberField } from "./number-field.tsx";
import { usePendingValue } from "./pending-value.ts";

const UP_AND_DOWN = { up: "up", down: "down" } as const;

export interface LinkControlsProps {
  /** Whose link it is, for the labels. */
  readonly label: string;
  readonly conditions: ReplicaConditions;
  readonly direction: DirectionChoice;
  readonly onDirection: (direction: DirectionChoice) => void;
  /** What the two directions are called; left out: up and down. */
  readonly names?: { readonly up: string; readonly down: string };
  readonly onSet: (patch: LinksPatch) => void;
}

/** Direction, latency, jitter and bandwidth of one link. Shows the up direction where both are chosen. */
export function LinkControls({ label, conditions, direction, onDirection, names = UP_AND_DOWN, onSet }: LinkControlsProps) {
  const shown = direction === "down" ? conditions.down : conditions.up;
  const set = (patch: Partial<LinkConditions>): void => onSet(towards(direction, patch));
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
          <option value="up">{names.up}</option>
          <option value="down">{names.down}</option>
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
      <NumberField label={`Latency for ${label} in milliseconds`} unit="ms" value={latencyMs} max={LATENCY_MS_MAX} onValue={setLatency} />
      <NumberField
        title="± jitter"
        label={`Jitter for ${label} in milliseconds`}
        unit="ms"
        value={jitterMs}
        max={JITTER_MS_MAX}
        onValue={setJitter}
      />
      <label className={styles.field}>
        <span>Bandwidth</span>
        <select
          value={shown.bandwidthBitsPerS ?? ""}
          aria-label={`Bandwidth for ${label}`}
          onChange={({ target }) => set({ bandwidthBitsPerS: target.value === "" ? null : Number(target.value) })}
        >
          <option value="">unlimited</option>
          {bandwidthsWith(shown.bandwidthBitsPerS).map((bitsPerS) => (
            <option key={bitsPerS} value={bitsPerS}>
              {bandwidthText(bitsPerS)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** From a good line down to a modem. */
const BANDWIDTHS = [10_000_000, 1_500_000, 750_000, 56_000, BANDWIDTH_BITS_PER_S_MIN];

/** What is to be chosen from: one that a preset or a program has set is among it. */
function bandwidthsWith(now: number | null): readonly number[] {
  return now === null || BANDWIDTHS.includes(now) ? BANDWIDTHS : [...BANDWIDTHS, now].sort((a, b) => b - a);
}
