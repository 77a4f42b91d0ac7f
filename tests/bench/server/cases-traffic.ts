/** Cases of updates on their way: one busy room, and many quiet ones. */

import { setTimeout as delay } from "node:timers/promises";
import * as Y from "yjs";
import type { SyncClient } from "./client.ts";
import { type Context, type Outcome, quantile } from "./context.ts";
import { rssBytes } from "./proc.ts";
import { ClockReader, Deliveries, paced } from "./traffic.ts";
import { Writer } from "./updates.ts";

const WRITERS = 4;
const DRAIN_MS_MAX = 5_000;
/** Updates of each writer that are checked against a real document before anything is measured. */
const CHECKED = 25;

interface Room {
  readonly clients: readonly SyncClient[];
  readonly writers: readonly Writer[];
  readonly deliveries: readonly Deliveries[];
  write(w: number): void;
}

/**
 * A room of `count` clients, the first of which write. `onDelivered(w)` follows each frame that brought something of writer w.
 * Begins with a small run: what the last client got of it must make the same text in a Y.Doc as what the writers wrote.
 */
async function enter(
  context: Context,
  count: number,
  onDelivered: (w: number) => void,
  onDelay: ((ms: number) => void) | null,
): Promise<Room> {
  const reader = new ClockReader();
  const writers = Array.from({ length: WRITERS }, () => new Writer(context.claim()));
  const deliveries = writers.map(() => new Deliveries(count - 1, onDelay));
  const writerOf = new Map(writers.map(({ client }, w) => [client, w]));
  const written: Uint8Array[] = [];
  const received: Uint8Array[] = [];
  let isChecking = true;
  const clients = await context.joinAll(Array<string>(count).fill("busy"), (n) => ({
    onDocument(update) {
      const nowMs = performance.now();
      if (isChecking && n === count - 1) received.push(Uint8Array.from(update));
      for (const { client, to } of reader.read(update)) {
        const w = writerOf.get(client);
        if (w === undefined || w === n) continue;
        deliveries[w]!.onReceived(n < w ? n : n - 1, to, nowMs);
        if (!isChecking) onDelivered(w);
      }
    },
  }));
  const write = (w: number): void => {
    deliveries[w]!.onSent(performance.now());
    const update = writers[w]!.next();
    if (isChecking) written.push(update);
    clients[w]!.update(update);
  };
  const room = { clients, writers, deliveries, write };
  for (let n = 0; n < WRITERS * CHECKED; n++) write(n % WRITERS);
  await drained(room);
  isChecking = false;
  const [got, wanted] = [textOf(received), textOf(written)];
  if (got !== wanted || got.length === 0)
    throw new Error(`What arrived makes a text of ${got.length} characters, expected ${wanted.length}`);
  return room;
}

function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText("text").toJSON();
}

/** Until every update has reached everybody, at most 10 s. */
async function caughtUp(deliveries: readonly Deliveries[]): Promise<void> {
  const untilMs = performance.now() + 2 * DRAIN_MS_MAX;
  while (performance.now() < untilMs && deliveries.some(({ sent, complete }) => sent !== complete)) await delay(20);
}

/**
 * Per cent of a core that the server would need for `perSecond` deliveries, by what those cost that it made. Above 100 it
 * cannot keep up; and where others had the core for a while, what it could not do then does not count as saved.
 */
function busyAt(perSecond: number, cpuMs: number, deliveries: number): number {
  if (deliveries === 0) throw new RangeError("Nothing was delivered in the stretch that was measured");
  return ((cpuMs / deliveries) * perSecond) / 10;
}

const delivered = (room: Room): number => room.deliveries.reduce((sum, each) => sum + each.delivered, 0);

async function drained(room: Room): Promise<void> {
  for (const untilMs = performance.now() + DRAIN_MS_MAX; performance.now() < untilMs; await delay(10))
    if (room.deliveries.every(({ sent, complete }) => sent === complete)) return neverTwice(room.deliveries);
  throw new Error(
    `Not delivered within ${DRAIN_MS_MAX} ms: ${room.deliveries.map(({ sent, complete }) => `${complete} of ${sent}`).join(", ")}`,
  );
}

/** @throws Error when a server has sent the same update twice: its figures would be of another work. */
function neverTwice(deliveries: readonly Deliveries[]): void {
  const repeated = deliveries.reduce((sum, each) => sum + each.repeated, 0);
  if (repeated > 0) throw new Error(`${repeated} frames brought nothing new`);
}

/**
 * A closed loop in a room of `count`: each of four writers keeps `inFlight` updates on their way, and sends the next one
 * when all others have its oldest. Microseconds of the server's CPU per update and receiving client.
 */
export async function fanOut(context: Context, count: number, inFlight: number): Promise<Outcome> {
  await context.start();
  let isOn = true;
  const fill = (w: number): void => {
    const { sent, complete } = room.deliveries[w]!;
    for (let free = inFlight - (sent - complete); isOn && free > 0; free--) room.write(w);
  };
  const room = await enter(context, count, fill, null);
  for (let w = 0; w < WRITERS; w++) fill(w);
  await delay(context.isQuick ? 500 : 1_500);
  const before = delivered(room);
  context.begin();
  await delay(context.isQuick ? 1_500 : 4_000);
  const { cpuMs, seconds, ...disturbance } = context.end();
  const deliveries = delivered(room) - before;
  isOn = false;
  await drained(room);
  return { figures: { cpuUs: (cpuMs * 1_000) / deliveries, perSecond: deliveries / seconds, busy: cpuMs / 10 / seconds }, ...disturbance };
}

/** Open loop: 50 clients, 200 updates a second in the room, from four writers in turns. */
export async function latency(context: Context): Promise<Outcome> {
  await context.start();
  const delays: number[] = [];
  let isOn = false;
  const room = await enter(
    context,
    50,
    () => undefined,
    (ms) => void (isOn && delays.push(ms)),
  );
  const run = (ms: number): Promise<unknown> => paced(200, ms, (n) => room.write(n % WRITERS));
  await run(context.isQuick ? 1_000 : 2_000);
  isOn = true;
  context.begin();
  await run(context.isQuick ? 2_000 : 6_000);
  const { cpuMs, seconds: _, ...disturbance } = context.end();
  const busy = busyAt(200 * 49, cpuMs, delays.length);
  await drained(room);
  return { figures: { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), busy }, ...disturbance };
}

/** `count` rooms of two, each client with five updates a second, all evenly spread. */
export async function manyRooms(context: Context, count: number): Promise<Outcome> {
  await context.start();
  const names = Array.from({ length: 2 * count }, (_, n) => `room-${n >> 1}`);
  const writers = names.map(() => new Writer(context.claim()));
  const delays: number[] = [];
  let isOn = false;
  const deliveries = names.map(() => new Deliveries(1, (ms) => void (isOn && delays.push(ms))));
  const reader = new ClockReader();
  const clients = await context.joinAll(names, (n) => ({
    onDocument(update) {
      const nowMs = performance.now();
      const partner = n ^ 1;
      for (const { client, to } of reader.read(update))
        if (client === writers[partner]!.client) deliveries[partner]!.onReceived(0, to, nowMs);
    },
  }));
  // Rooms take turns; the two of a room are half a round apart.
  const write = (n: number): void => {
    const k = n % names.length;
    const client = k < count ? 2 * k : 2 * (k - count) + 1;
    deliveries[client]!.onSent(performance.now());
    clients[client]!.update(writers[client]!.next());
  };
  const perSecond = 5 * names.length;
  await paced(perSecond, context.isQuick ? 1_000 : 3_000, write);
  // The first update of a room may cost more than all later ones: what it left to do is not measured.
  await caughtUp(deliveries);
  isOn = true;
  context.begin();
  const { lateMsMax } = await paced(perSecond, context.isQuick ? 2_000 : 6_000, write);
  const { cpuMs, seconds: _, ...disturbance } = context.end();
  const busy = busyAt(perSecond, cpuMs, delays.length);
  const rssMb = rssBytes(context.server.pid) / 1e6;
  await caughtUp(deliveries);
  neverTwice(deliveries);
  const open = deliveries.reduce((sum, { sent, complete }) => sum + sent - complete, 0);
  return {
    figures: { busy, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), rssMb, lateMsMax, open },
    ...disturbance,
  };
}
