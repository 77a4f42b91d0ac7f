"use client";

import { useEffect, useState } from "react";
import { useControl } from "../_client/use-control.ts";
import styles from "./network-panel.module.css";
import { ratesOf, type RoomSample, withSample } from "./room-rates.ts";

const LOOK_MS = 500;

/** What this note's room does right now, as the server counts it. */
export function RoomStrip() {
  const { room, heardAtMs } = useControl();
  const [samples, setSamples] = useState<readonly RoomSample[]>([]);
  const [nowMs, setNowMs] = useState(heardAtMs);
  const last = samples.at(-1);
  if (room !== null && last?.counts !== room) setSamples(withSample(samples, { atMs: heardAtMs, counts: room }));
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const rates = ratesOf(samples, Math.max(nowMs, heardAtMs));
  if (rates === null) return null;
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
    <dl className={styles.room} aria-label="This note's room" data-testid="room-strip">
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
