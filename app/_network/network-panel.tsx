"use client";

import { useState } from "react";
import { useControl } from "../_client/use-control.ts";
import { ClocksPanel, type ClocksPanelProps } from "./clocks-panel.tsx";
import { FabricPanel } from "./fabric-panel.tsx";
import type { Choice } from "./held-rows.ts";
import { LeasePanel } from "./lease-panel.tsx";
import { MessagesPanel } from "./messages-panel.tsx";
import { clockText, isCutByHand } from "./link-state.ts";
import styles from "./network-panel.module.css";
import type { BotControlsProps } from "./bot-controls.tsx";
import { ReplicaRow } from "./replica-row.tsx";
import { RoomStrip } from "./room-strip.tsx";
import { useServerNow } from "./use-server-now.ts";

export interface NetworkPanelProps extends ClocksPanelProps {
  /** null: this tab may not write. */
  readonly bot: BotControlsProps | null;
}

/** The network drawer: every replica of this note with its links, and what can be done to them. */
export function NetworkPanel({ bot, ...clocks }: NetworkPanelProps) {
  const { replicas, fabric, healAtMs: clientsHealAtMs, serverOffsetMs, heardAtMs, isConnected, self, error, mayBreak, send } = useControl();
  const [choice, setChoice] = useState<Choice | null>(null);
  const healAtMs = latest(clientsHealAtMs, fabric?.healAtMs ?? null);
  const nowMs = useServerNow(serverOffsetMs, healAtMs === null && !replicas.some(({ cutSinceMs }) => cutSinceMs !== null) ? null : 1_000);
  const clients = replicas.filter(({ kind }) => kind !== "node");
  // Of several nodes each has a row of its own above.
  const nodes = fabric === null ? replicas.filter(({ kind }) => kind === "node") : [];
  return (
    <section className={styles.panel} aria-label="Network" data-testid="drawer-network">
      <header className={styles.header}>
        {mayBreak && (
          <button
            type="button"
            className={styles.heal}
            disabled={healAtMs === null}
            onClick={() => send({ type: "heal" })}
            data-testid="heal-everything"
          >
            Heal everything
          </button>
        )}
        <p className={styles.note}>
          {healAtMs === null
            ? "No faults. Every link is as fast as the real one."
            : `Everything heals by itself in ${clockText(healAtMs - nowMs)}.`}
        </p>
      </header>
      {!mayBreak && (
        <p className={styles.note} data-testid="no-faults">
          Links cannot be broken from here: faults are switched off on this server, or are its owner&apos;s to set.
        </p>
      )}
      {!isConnected && (
        <p className={styles.warning} role="status">
          The control connection is down. What follows is the last that was heard; it is tried again by itself.
        </p>
      )}
      {error !== null && (
        <p className={styles.warning} role="alert">
          The server did not take that: {error}
        </p>
      )}
      <FabricPanel chosen={choice?.key ?? null} onChoose={(key) => setChoice({ key, at: 0 })} />
      <LeasePanel note={clocks.note} />
      <RoomStrip />
      {clients.length === 0 && <p className={styles.note}>No replica of this note is open.</p>}
      <ul className={styles.list}>
        {[...clients]
          .sort((a, b) => Number(b.replicaId === self) - Number(a.replicaId === self))
          .map((replica) => (
            <ReplicaRow
              key={replica.replicaId}
              replica={replica}
              isSelf={replica.replicaId === self}
              nowMs={nowMs}
              heardAtMs={heardAtMs}
              mayBreak={mayBreak}
              bot={replica.replicaId === self ? bot : null}
              send={send}
            />
          ))}
        {nodes.map((replica) => (
          <ReplicaRow
            key={replica.replicaId}
            replica={replica}
            isSelf={false}
            nowMs={nowMs}
            heardAtMs={heardAtMs}
            mayBreak={mayBreak}
            bot={null}
            send={send}
          />
        ))}
      </ul>
      {clients.some(({ conditions }) => isCutByHand(conditions)) && (
        <p className={styles.note}>A cut holds for this note and for the list of notes. It outlives a reload.</p>
      )}
      <ClocksPanel {...clocks} />
      <MessagesPanel choice={choice} onChoose={setChoice} />
    </section>
  );
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
