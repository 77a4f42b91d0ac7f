"use client";

import { type ClockSetting, offsetAt, TRUE_CLOCK } from "../../crdt/base/wall-clock.ts";
import type { ControlCommand, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { CLOCK_DRIFT_PPM_MAX, CLOCK_OFFSET_MS_MAX, type ClockPatch } from "../../crdt/sync/clock-board.ts";
import { timeText } from "../_ledger/time-text.ts";
import { ClockFace } from "./clock-face.tsx";
import { offsetText } from "./clock-words.ts";
import styles from "./clocks.module.css";
import { usePendingValue } from "./pending-value.ts";
import { ReplicaGlyph } from "./replica-glyph.tsx";

const MINUTE = 60_000;
const HOUR = 3_600_000;

export interface TickingReplica extends Pick<ReplicaStatus, "replicaId" | "name" | "colour" | "kind"> {
  /** undefined: it was never set off. */
  readonly clock: ClockSetting | undefined;
}

export interface ClockRowProps {
  readonly replica: TickingReplica;
  readonly isSelf: boolean;
  /** True time, by the server. */
  readonly nowMs: number;
  readonly mayBreak: boolean;
  readonly send: (command: ControlCommand) => void;
}

/** One replica's clock, or a node's: what it shows, how far it is off, and what sets it. */
export function ClockRow({ replica, isSelf, nowMs, mayBreak, send }: ClockRowProps) {
  const { replicaId, name, colour, kind, clock = TRUE_CLOCK } = replica;
  const offMs = offsetAt(clock, nowMs);
  const isOff = replica.clock !== undefined;
  const set = (patch: ClockPatch | null): void =>
    send(kind === "node" ? { type: "set-node-clock", node: name, clock: patch } : { type: "set-clock", replicaId, clock: patch });
  return (
    <li className={styles.row} aria-label={`Clock of ${name}`} data-testid="clock-row" data-replica={replicaId}>
      <div className={styles.title}>
        <ReplicaGlyph name={name} colour={colour} kind={kind} />
        <strong className={styles.name}>{name}</strong>
        {isSelf && <span className={styles.note}>this tab</span>}
        {kind === "node" && <span className={styles.note}>server</span>}
        <ClockFace atMs={nowMs + offMs} isOff={isOff} />
        <span className={styles.reading} data-testid="clock-reading">
          {timeText(nowMs + offMs)}
        </span>
        <span className={isOff ? styles.off : styles.right} data-testid="clock-offset">
          {offsetText(offMs)}
          {clock.driftPpm !== 0 && `, drifts by ${clock.driftPpm.toLocaleString("en")} ppm`}
        </span>
      </div>
      {mayBreak && (
        <div className={styles.controls}>
          <button type="button" aria-label={`Set the clock of ${name} 5 minutes behind`} onClick={() => set({ offsetMs: -5 * MINUTE })}>
            5 min behind
          </button>
          <button type="button" aria-label={`Set the clock of ${name} 5 minutes ahead`} onClick={() => set({ offsetMs: 5 * MINUTE })}>
            5 min ahead
          </button>
          <button
            type="button"
            aria-label={`Step the clock of ${name} back by an hour`}
            title="As NTP steps a clock that was wrong"
            onClick={() => set({ stepMs: -HOUR })}
          >
            Step back 1 h
          </button>
          <Field
            label="Off by"
            spoken={`Clock of ${name}: off by this many seconds`}
            unit="s"
            step={60}
            max={CLOCK_OFFSET_MS_MAX / 1_000}
            value={Math.round(clock.offsetMs / 1_000)}
            onValue={(seconds) => set({ offsetMs: seconds * 1_000 })}
          />
          <Field
            label="Drift"
            spoken={`Drift of the clock of ${name} in millionths`}
            unit="ppm"
            step={1_000}
            max={CLOCK_DRIFT_PPM_MAX}
            value={clock.driftPpm}
            onValue={(driftPpm) => set({ driftPpm })}
          />
          <button type="button" aria-label={`Set the clock of ${name} right`} disabled={!isOff} onClick={() => set(null)}>
            Set right
          </button>
        </div>
      )}
    </li>
  );
}

interface FieldProps {
  readonly label: string;
  readonly spoken: string;
  readonly unit: string;
  readonly step: number;
  /** Either way. */
  readonly max: number;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function Field({ label, spoken, unit, step, max, value, onValue }: FieldProps) {
  const [shown, choose] = usePendingValue(value, onValue);
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        type="number"
        min={-max}
        max={max}
        step={step}
        value={shown}
        aria-label={spoken}
        onChange={({ target }) => {
          const next = Number(target.value);
          if (target.value !== "" && Number.isFinite(next)) choose(Math.max(-max, Math.min(max, Math.round(next))));
        }}
      />
      <span>{unit}</span>
    </label>
  );
}
