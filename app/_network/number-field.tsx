"use client";

import { parseMs } from "./link-state.ts";
import styles from "./network-panel.module.css";

export interface NumberFieldProps {
  /** Stands before the box; left out: what stands around it says enough. */
  readonly title?: string;
  /** The whole name, for whoever does not see what stands around it. */
  readonly label: string;
  readonly unit: string;
  readonly value: number;
  readonly max: number;
  readonly step?: number;
  readonly onValue: (value: number) => void;
}

/** A number from 0 to `max` with its unit. What is no number is not taken. */
export function NumberField({ title, label, unit, value, max, step = 1, onValue }: NumberFieldProps) {
  const box = (
    <span className={styles.box}>
      <input
        type="number"
        min={0}
        max={max}
        step={step}
        value={value}
        aria-label={label}
        onChange={({ target }) => {
          const parsed = parseMs(target.value, max);
          if (parsed !== null) onValue(parsed);
        }}
      />
      <span>{unit}</span>
    </span>
  );
  if (title === undefined) return box;
  return (
    <label className={styles.field}>
      <span>{title}</span>
      {box}
    </label>
  );
}
