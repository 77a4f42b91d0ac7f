"use client";

import { memo, useState } from "react";
import type { PresetName } from "../../crdt/network/conditions.ts";
import { isPresetName, PRESETS } from "../../crdt/network/presets.ts";
import type { ControlCommand, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { BotControls, type BotControlsProps } from "./bot-controls.tsx";
import { BucketGauge } from "./bucket-gauge.tsx";
import { DatagramControls } from "./datagram-controls.tsx";
import { LinkControls } from "./link-controls.tsx";
import { conditionsText, type DirectionChoice, type LinksPatch, ms } from "./link-state.ts";
import { isCutByHand, linkWord } from "./link-word.ts";
import styles from "./network-panel.module.css";
import { PresenceLane } from "./presence-lane.tsx";
import { ReplicaGlyph } from "./replica-glyph.tsx";

/** A replica without what changes with every edit. */
export type LinkedReplica = Omit<ReplicaStatus, "digest" | "bucket">;

export function linkedOf({ digest: _digest, bucket: _bucket, ...linked }: ReplicaStatus): LinkedReplica {
  return linked;
}

export interface ReplicaRowProps {
  readonly replica: LinkedReplica;
  readonly isSelf: boolean;
  /** For how long it is cut; null: it is not. */
  readonly cutForS: number | null;
  /** Whether this tab may set conditions. */
  readonly mayBreak: boolean;
  /** What types as this replica; null where that is another tab. */
  readonly bot: BotControlsProps | null;
  readonly send: (command: ControlCommand) => void;
}

/** One replica: who it is, how its links are, and the controls for them. */
export const ReplicaRow = memo(function ReplicaRow({ replica, isSelf, cutForS, mayBreak, bot, send }: ReplicaRowProps) {
  const [direction, setDirection] = useState<DirectionChoice>("both");
  const { replicaId, kind, name, colour, conditions, roundTripMs } = replica;
  const word = linkWord(replica);
  const label = kind === "node" ? "Server" : name;
  const setLinks = (patch: LinksPatch): void => send({ type: "set-links", replicaId, ...patch });
  const cutFor = cutForS === null ? "" : ` for ${cutForS} s`;
  return (
    <li className={styles.row} aria-label={label} data-testid="network-row" data-replica={replicaId}>
      <div className={styles.title}>
        <ReplicaGlyph name={name} colour={colour} kind={kind} />
        <strong className={styles.name}>{label}</strong>
        {isSelf && <span className={styles.tag}>this tab</span>}
        {kind === "stock" && <span className={styles.tag}>stock client</span>}
        <span className={`${styles.word} ${styles[word.toLowerCase()]}`} data-testid="link-word">
          {word}
          {cutFor}
        </span>
      </div>
      {kind === "node" ? (
        <p className={styles.note}>Every link ends here. It has none of its own to break.</p>
      ) : (
        <>
          <p className={styles.measured}>
            Set: up {conditionsText(conditions.up)} · down {conditionsText(conditions.down)}
            <br />
            Measured round trip: {roundTripMs === null ? "not yet" : ms(roundTripMs)}
          </p>
          <BucketGauge replicaId={replicaId} label={label} mayBreak={mayBreak} send={send} />
          {bot !== null && <BotControls {...bot} />}
          {mayBreak && (
            <>
              <LinkControls label={label} conditions={conditions} direction={direction} onDirection={setDirection} onSet={setLinks} />
              <DatagramControls label={label} conditions={conditions} direction={direction} onSet={setLinks} />
              <PresenceLane replica={replica} label={label} direction={direction} send={send} />
              <div className={styles.buttons}>
                <CutButtons replica={replica} direction={direction} label={label} send={send} />
                <label className={styles.field}>
                  <span>Preset</span>
                  <select
                    value=""
                    aria-label={`Preset for ${label}`}
                    onChange={({ target }) => {
                      if (isPresetName(target.value)) send({ type: "preset", replicaId, preset: target.value });
                    }}
                  >
                    <option value="">Choose …</option>
                    {(Object.keys(PRESETS) as PresetName[]).map((preset) => (
                      <option key={preset} value={preset}>
                        {PRESETS[preset].title}
                      </option>
                    ))}
                  </select>
                </label>
              </div>
            </>
          )}
        </>
      )}
    </li>
  );
});

function CutButtons({
  replica,
  direction,
  label,
  send,
}: Pick<ReplicaRowProps, "replica" | "send"> & { readonly direction: DirectionChoice; readonly label: string }) {
  const { replicaId, conditions, held } = replica;
  const isHeld = held?.up === true || held?.down === true;
  const cut = (how: "blackhole" | "reset"): void =>
    send({
      type: "set-links",
      replicaId,
      ...(direction === "down" ? {} : { up: { cut: how } }),
      ...(direction === "up" ? {} : { down: { cut: how } }),
    });
  const isClear = !isCutByHand(conditions) && conditionsText(conditions.up) === "clear" && conditionsText(conditions.down) === "clear";
  return (
    <>
      <button
        type="button"
        aria-label={`Cut ${label}: nothing passes, the connection stays up`}
        title="Blackhole: the connection stays up, nothing passes"
        onClick={() => cut("blackhole")}
      >
        Cut
      </button>
      <button
        type="button"
        aria-label={`Reset ${label}: the connection breaks and none can be made`}
        title="Reset: the connection breaks and none can be made"
        onClick={() => cut("reset")}
      >
        Cut (reset)
      </button>
      <button type="button" aria-label={`Heal ${label}`} disabled={isClear && !isHeld} onClick={() => send({ type: "heal", replicaId })}>
        Heal
      </button>
    </>
  );
}
