"use client";

import type { ControlCommand, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { CLEAR_LANE, CLEAR_PRESENCE, isClearLane, type LaneConditions, PRESENCE_LATENCY_MS_MAX } from "../../crdt/sync/presence-board.ts";
import { type DirectionChoice, ms } from "./link-state.ts";
import styles from "./network-panel.module.css";
import { NumberField } from "./number-field.tsx";
import { usePendingValue } from "./pending-value.ts";

export interface PresenceLaneProps {
  readonly replica: Pick<ReplicaStatus, "replicaId" | "presence">;
  readonly label: string;
  readonly direction: DirectionChoice;
  readonly send: (command: ControlCommand) => void;
}

/** Faults of one replica's presence alone: its caret and its signs of life, while its edits pass. */
export function PresenceLane({ replica, label, direction, send }: PresenceLaneProps) {
  const { replicaId, presence = CLEAR_PRESENCE } = replica;
  const shown = direction === "down" ? presence.down : presence.up;
  const set = (patch: Partial<LaneConditions>): void =>
    send({
      type: "set-presence",
      replicaId,
      ...(direction === "down" ? {} : { up: patch }),
      ...(direction === "up" ? {} : { down: patch }),
    });
  const [latencyMs, setLatency] = usePendingValue(shown.latencyMs, (value) => set({ latencyMs: value }));
  const [lossPercent, setLoss] = usePendingValue(Math.round(shown.lossShare * 100), (value) => set({ lossShare: value / 100 }));
  const isClear = isClearLane(presence.up) && isClearLane(presence.down);
  return (
    <div className={styles.controls} data-testid="presence-lane">
      <span>
        Presence <span className={isClear ? styles.measured : styles.warning}>{laneText(presence.up, presence.down)}</span>
      </span>
      <button
        type="button"
        aria-pressed={shown.isCut}
        aria-label={`Cut the presence of ${label}: its edits pass, its caret and its signs of life wait`}
        title="Its edits pass; its caret and its signs of life wait for the heal"
        onClick={() => set({ isCut: !shown.isCut })}
      >
        Cut presence
      </button>
      <NumberField
        title="late by"
        label={`Delay of the presence of ${label} in milliseconds`}
        unit="ms"
        value={latencyMs}
        max={PRESENCE_LATENCY_MS_MAX}
        step={100}
        onValue={setLatency}
      />
      <NumberField
        title="lost"
        label={`Loss of the presence of ${label} in percent`}
        unit="%"
        value={lossPercent}
        max={100}
        step={10}
        onValue={setLoss}
      />
      <button
        type="button"
        aria-label={`Heal the presence of ${label}`}
        disabled={isClear}
        onClick={() => send({ type: "set-presence", replicaId, up: CLEAR_LANE, down: CLEAR_LANE })}
      >
        Heal presence
      </button>
    </div>
  );
}

/** Both directions in words: "clear", "up cut · down 2,000 ms late, 30 % lost". */
function laneText(up: LaneConditions, down: LaneConditions): string {
  const words = ({ latencyMs, lossShare, isCut }: LaneConditions): string[] => [
    ...(isCut ? ["cut"] : []),
    ...(latencyMs > 0 ? [`${ms(latencyMs)} late`] : []),
    ...(lossShare > 0 ? [`${Math.round(lossShare * 100)} % lost`] : []),
  ];
  const parts = (["up", "down"] as const).flatMap((direction) => {
    const said = words(direction === "up" ? up : down);
    return said.length === 0 ? [] : [`${direction} ${said.join(", ")}`];
  });
  return parts.length === 0 ? "clear" : parts.join(" · ");
}
