"use client";

import { useCallback, useState } from "react";
import type { ControlState } from "../_client/control-client.ts";
import { useControlPart, useSend } from "../_client/use-control.ts";
import { ClocksPanel, type ClocksPanelProps } from "./clocks-panel.tsx";
import { FabricPanel } from "./fabric-panel.tsx";
import type { Choice } from "./held-rows.ts";
import { LeasePanel } from "./lease-panel.tsx";
import { MessagesPanel } from "./messages-panel.tsx";
import { clockText } from "./link-state.ts";
import { isCutByHand } from "./link-word.ts";
import styles from "./network-panel.module.css";
import type { BotControlsProps } from "./bot-controls.tsx";
import { linkedOf, ReplicaRow } from "./replica-row.tsx";
import { RoomStrip } from "./room-strip.tsx";
import { useServerNow } from "./use-server-now.ts";

export interface NetworkPanelProps extends ClocksPanelProps {
  /** null: this tab may not write. */
  readonly bot: BotControlsProps | null;
}

/** The network drawer: every replica of this note with its links, and what can be done to them. */
export function NetworkPanel({ bot, ...clocks }: NetworkPanelProps) {
  const send = useSend();
  const { clients, nodes, healAtMs, isConnected, self, error, mayBreak } = useControlPart(shown);
  const [choice, setChoice] = useState<Choice | null>(null);
  const onChooseKey = useCallback((key: string) => setChoice({ key, at: 0 }), []);
  const isTicking = healAtMs !== null || clients.some(({ cutSinceMs }) => cutSinceMs !== null);
  const nowMs = useServerNow(isTicking ? 1_000 : null);
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
            : `Faults are set on this server. All of them heal by themselves in ${clockText(healAtMs - nowMs)}.`}
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
      <FabricPanel chosen={choice?.key ?? null} onChoose={onChooseKey} />
      <LeasePanel note={clocks.note} />
      <RoomStrip />
      {clients.length === 0 && <p className={styles.note}>No replica of this note is open.</p>}
      <ul className={styles.list}>
        {[...clients, ...nodes].map((replica) => (
          <ReplicaRow
            key={replica.replicaId}
            replica={replica}
            isSelf={replica.replicaId === self}
            cutForS={replica.cutSinceMs === null ? null : Math.max(0, Math.round((nowMs - replica.cutSinceMs) / 1_000))}
            mayBreak={mayBreak}
            bot={replica.replicaId === self ? bot : null}
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

function shown({ replicas, fabric, healAtMs, isConnected, self, error, mayBreak }: ControlState) {
  const rows = replicas.map(linkedOf);
  return {
    clients: rows.filter(({ kind }) => kind !== "node").sort((a, b) => Number(b.replicaId === self) - Number(a.replicaId === self)),
    // Of several nodes each has a row of its own above.
    nodes: fabric === null ? rows.filter(({ kind }) => kind === "node") : [],
    healAtMs: latest(healAtMs, fabric?.healAtMs ?? null),
    isConnected,
    self,
    error,
    mayBreak,
  };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
