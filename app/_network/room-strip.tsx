"use client";

import { memo, useEffect, useRef, useState } from "react";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { RoomCounts } from "../../crdt/sync/room.ts";
import { numberText } from "../_client/number-text.ts";
import { shareStructure } from "../_client/share-structure.ts";
import { useControlClient, useControlPart } from "../_client/use-control.ts";
import styles from "./network-panel.module.css";
import { homeOf } from "./node-rows.ts";
import { ratesOf, type RoomRates, type RoomSample, withSample } from "./room-rates.ts";

const LOOK_MS = 500;

/** What this note's room does right now, as the server counts it: on the node of this tab, or on another that is asked for. */
export function RoomStrip() {
  const { rooms, room, home } = useControlPart(({ fabric, self, ...control }) => ({
    rooms: (fabric?.nodes ?? []).map(({ id, note }) => ({ id, counts: note?.room ?? null })),
    room: control.room,
    home: fabric === null ? null : homeOf(self, fabric),
  }));
  const [asked, setAsked] = useState<NodeId | null>(null);
  if (rooms.length < 2) return <RoomFacts counts={room} where="This note's room" />;
  const shown = rooms.find(({ id }) => id === (asked ?? home)) ?? rooms[0]!;
  const nameOf = (id: NodeId): string => (id === home ? `${id}, this tab's node` : id);
  return (
    <div className={styles.rooms}>
      <label className={styles.field}>
        This note&apos;s room on
        <select value={shown.id} data-testid="room-node" onChange={({ target }) => setAsked(target.value as NodeId)}>
          {rooms.map(({ id }) => (
            <option key={id} value={id}>
              {nameOf(id)}
            </option>
          ))}
        </select>
      </label>
      {shown.counts === null && <p className={styles.note}>{shown.id} does not have the note open.</p>}
      <RoomFacts key={shown.id} counts={shown.counts} where={`This note's room on ${shown.id}`} />
    </div>
  );
}

function RoomFacts({ counts, where }: { readonly counts: RoomCounts | null; readonly where: string }) {
  const client = useControlClient();
  const samples = useRef<readonly RoomSample[]>([]);
  const [rates, setRates] = useState<RoomRates | null>(null);
  useEffect(() => {
    if (counts !== null) samples.current = withSample(samples.current, { atMs: client.state().heardAtMs, counts });
  }, [client, counts]);
  useEffect(() => {
    // Figures that change more often cannot be read.
    const look = (): void => setRates((before) => shareStructure(before, ratesOf(samples.current, Date.now())));
    const first = setTimeout(look, 0);
    const timer = setInterval(look, LOOK_MS);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }, []);
  return rates === null || counts === null ? null : <Facts rates={rates} where={where} />;
}

const Facts = memo(function Facts({ rates, where }: { readonly rates: RoomRates; readonly where: string }) {
  const { clients, updatesPerS, framesPerS, updatesPerFrame, bytesPerS, commitMs } = rates;
  const facts: readonly (readonly [string, string, string])[] = [
    ["Clients", String(clients), "Connections in this note's room"],
    ["Updates in", `${rounded(updatesPerS)}/s`, "Updates that the server took in"],
    ["Frames out", `${rounded(framesPerS)}/s`, "Frames that it sent because of them"],
    [
      "Merged",
      updatesPerFrame === null ? "–" : `${updatesPerFrame.toFixed(1)} a frame`,
      "Updates that shared a frame, on average: a turn's updates are joined",
    ],
    ["Bytes in", bytesPerS >= 1_000 ? `${rounded(bytesPerS / 1_000)} kB/s` : `${rounded(bytesPerS)} B/s`, "Bytes of those updates"],
    ["Commit", commitMs === null ? "–" : `${Math.round(commitMs)} ms`, "From being taken in to being on the disk"],
  ];
  return (
    <dl className={styles.room} aria-label={where} data-testid="room-strip">
      {facts.map(([name, value, title]) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
});

function rounded(value: number): string {
  return value >= 10 || value === 0 ? numberText(Math.round(value)) : value.toFixed(1);
}
