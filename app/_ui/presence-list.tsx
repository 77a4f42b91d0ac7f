"use client";

import { useSyncExternalStore } from "react";
import type { ControlState } from "../_client/control-client.ts";
import { agoText, durationText } from "../_client/ago-text.ts";
import { useControlPart } from "../_client/use-control.ts";
import { useStatusPart } from "../_client/use-note.ts";
import { linkWord, presenceWord } from "../_network/link-word.ts";
import { ReplicaGlyph } from "../_network/replica-glyph.tsx";
import { replicaNumber } from "../../crdt/base/ids.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { type Reach, reachOf } from "../../crdt/sync/reach.ts";
import styles from "./presence-list.module.css";

/** How many glyphs stand in the bar before the rest becomes a number. */
const SHOWN_MAX = 6;

/** Who is here: one glyph for each replica of this note, this tab first; of others also whether this tab hears them. */
export function PresenceList({ note }: { readonly note: NoteSession | null }) {
  const { here, self } = useControlPart((control) => ({ here: personsOf(control), self: control.self }));
  const rest = here.length - SHOWN_MAX;
  return (
    <ul className={styles.list} aria-label="Replicas of this note" data-testid="presence-list">
      {here
        .slice(0, SHOWN_MAX)
        .map((replica) =>
          replica.replicaId === self ? (
            <Self key={replica.replicaId} replica={replica} />
          ) : note === null ? (
            <Other key={replica.replicaId} replica={replica} reach={null} nowMs={0} />
          ) : (
            <Heard key={replica.replicaId} replica={replica} note={note} />
          ),
        )}
      {rest > 0 && <li className={styles.more}>+{rest}</li>}
    </ul>
  );
}

type Person = Omit<ReplicaStatus, "digest" | "bucket" | "roundTripMs">;

/** This tab first; without what changes with every edit. */
function personsOf({ replicas, self }: Pick<ControlState, "replicas" | "self">): Person[] {
  return replicas
    .filter(({ kind }) => kind !== "node")
    .sort((a, b) => Number(b.replicaId === self) - Number(a.replicaId === self))
    .map(({ digest: _digest, bucket: _bucket, roundTripMs: _roundTrip, ...person }) => person);
}

function Self({ replica }: { readonly replica: Person }) {
  const { name, colour, kind } = replica;
  return (
    <li
      className={styles.self}
      title={`${name} (this tab): ${linkWord(replica)}${presenceWord(replica)}`}
      data-presence={presenceWord(replica)}
    >
      <ReplicaGlyph name={name} colour={colour} kind={kind} />
      <span className={styles.name}>{name}</span>
    </li>
  );
}

function Heard({ replica, note }: { readonly replica: Person; readonly note: NoteSession }) {
  const nowMs = useSyncExternalStore(eachSecond, thisSecondMs, thisSecondMs);
  const isLinked = useStatusPart(note.session, ({ connection }) => connection === "synced");
  const known = note.session.presence.known().get(replicaNumber(replica.replicaId));
  return <Other replica={replica} reach={known === undefined ? null : reachOf(known, nowMs, isLinked)} nowMs={nowMs} />;
}

/** `reach`: null: nothing was heard of it yet. */
function Other({ replica, reach, nowMs }: { readonly replica: Person; readonly reach: Reach | null; readonly nowMs: number }) {
  const { replicaId, name, colour, kind } = replica;
  const text = `${name}: ${linkWord(replica)}${presenceWord(replica)}${reach === null ? "" : reachText(reach, nowMs)}`;
  return (
    <li
      className={styles.other}
      title={text}
      data-reach={reach?.kind ?? "unknown"}
      data-presence={presenceWord(replica)}
      data-replica={replicaId}
    >
      <ReplicaGlyph name={name} colour={colour} kind={kind} />
      {reach?.kind === "unreachable" && <span className={styles.ago}>{durationText(nowMs - reach.heardAtMs)}</span>}
      <span className={styles.spoken}>{text}</span>
    </li>
  );
}

function reachText(reach: Reach, nowMs: number): string {
  switch (reach.kind) {
    case "active":
      return "";
    case "idle":
      return `, idle for ${durationText(nowMs - reach.sinceMs)}`;
    case "unreachable":
      return `, last heard ${agoText(nowMs - reach.heardAtMs)}`;
  }
}

function eachSecond(listener: () => void): () => void {
  const timer = setInterval(listener, 1_000);
  return () => clearInterval(timer);
}

function thisSecondMs(): number {
  return Math.floor(Date.now() / 1_000) * 1_000;
}
