"use client";

import { useEffect, useState } from "react";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { RoomCounts } from "../../crdt/sync/room.ts";
import { useControl } from "../_client/use-control.ts";
import styles from "./network-panel.module.css";
import { homeOf } from "./node-rows.ts";
import { ratesOf, type RoomSample, withSample } from "./room-rates.ts";

const LOOK_MS = 500;

/** What this note's room does right now, as the server counts it: on the node of this tab, or on another that is asked for. */
export function RoomStrip() {
  const { room, fabric, self } = useControl();
  const [asked, setAsked] = useState<NodeId | null>(null);
  if (fabric === null || fabric.nodes.length < 2) return <RoomFacts counts={room} where="This note's room" />;
  const home = homeOf(self, fabric);
  const shown = fabric.nodes.find(({ id }) => id === (asked ?? home)) ?? fabric.nodes[0]!;
  const nameOf = (id: NodeId): string => (id === home ? `${id}, this tab's node` : id);
  return (
    <div className={styles.rooms}>
      <label className={styles.field}>
        This note&apos;s room on
        <select value={shown.id} data-testid="room-node" onChange={({ target }) => setAsked(target.value as NodeId)}>
          {fabric.nodes.map(({ id }) => (
            <option key={id} value={id}>
              {nameOf(id)}
            </option>
          ))}
        </select>
      </label>
      {shown.note?.room == null && <p className={styles.note}>{shown.id} does not have the note open.</p>}
      <RoomFacts key={shown.id} counts={shown.note?.room ?? null} where={`This note's room on ${shown.id}`} />
    </div>
  );
}

function RoomFacts({ counts, where }: { readonly counts: RoomCounts | null; readonly where: string }) {
  const { heardAtMs } = useControl();
  const [samples, setSamples] = useState<readonly RoomSample[]>([]);
  const [nowMs, setNowMs] = useState(heardAtMs);
  const last = samples.at(-1);
  if (counts !== null && last?.counts !== counts) setSamples(withSample(samples, { atMs: heardAtMs, counts }));
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const rates = ratesOf(samples, Math.max(nowMs, heardAtMs));
  if (rates === null || counts === null) return null;
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
}

function rounded(value: number): string {
  return value >= 10 || value === 0 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}
