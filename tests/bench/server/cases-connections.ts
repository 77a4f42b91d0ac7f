/** Cases of connections: many at once, many idle ones, and many that leave. */

import { setTimeout as delay } from "node:timers/promises";
import { within } from "./client.ts";
import type { Context, Outcome } from "./context.ts";
import { usageOf } from "./proc.ts";
import { clocksOf, twoWriters } from "./updates.ts";

const SETTLE_MS = 500;
const STORM_MS_MAX = 60_000;

/** 1,000 clients at once into a room that holds 100 KB, in 1,000 pieces by two writers in turns. */
export async function storm(context: Context): Promise<Outcome> {
  await context.start();
  return besiege(context);
}

/** The same with a server that has been started. */
export async function besiege(context: Context): Promise<Outcome> {
  const [clients, pieces, chars] = [1_000, 1_000, 100];
  const [a, b] = [context.claim(), context.claim()];
  const holds = (update: Uint8Array): boolean =>
    update.length > pieces * chars && clocksOf(update).reduce((sum, { from, to }) => sum + to - from, 0) >= pieces * chars;
  let arrived = (): void => undefined;
  const there = new Promise<void>((resolve) => (arrived = resolve));
  const [writer] = await context.joinAll(["full", "full"], (n) => ({
    onDocument: (update) => void (n === 1 && holds(update) && arrived()),
  }));
  if (writer === undefined) throw new Error("Nobody writes");
  writer.update(twoWriters(pieces, chars, [a, b]));
  await within(STORM_MS_MAX, "100 KB in the room", there);
  await delay(SETTLE_MS);

  context.begin();
  const fromMs = performance.now();
  let full = 0;
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  for (let n = 0; n < clients; n++) {
    let isFull = false;
    const client = context.join("full", {
      onDocument(update) {
        if (isFull || !holds(update)) return;
        isFull = true;
        if (++full === clients) done();
      },
    });
    client.synced.catch(() => undefined);
  }
  await within(STORM_MS_MAX, `${clients} clients in sync`, all);
  const wallMs = performance.now() - fromMs;
  // What the server does after the last of them has what it wants is part of the cost.
  await quiet(context);
  const { cpuMs, seconds: _, ...disturbance } = context.end();
  return { figures: { wallMs, cpuMs }, ...disturbance };
}

/** Until the server uses less than a tenth of a core, at most 3 s. */
async function quiet({ server }: Context): Promise<void> {
  for (let round = 0; round < 15; round++) {
    const before = usageOf(server.pid).cpuMs;
    await delay(200);
    if (usageOf(server.pid).cpuMs - before < 20) return;
  }
}

/** What a connection costs that says nothing: all in one room, or each in its own. After a full collection of garbage. */
export async function idle(context: Context, isAlone: boolean): Promise<Outcome> {
  const count = context.isQuick ? 2_000 : 4_000;
  const roomOf = (n: number, round: string): string => (isAlone ? `${round}-${n}` : "idle");
  await context.start();
  // The code that serves them is compiled, pools are filled and the heap has its nursery before anything is weighed.
  await context.joinAll(Array.from({ length: count / 4 }, (_, n) => roomOf(n, "first")));
  await context.leaveAll();
  await delay(SETTLE_MS);
  context.begin();
  const before = await context.heldBytes();
  await context.joinAll(Array.from({ length: count }, (_, n) => roomOf(n, "then")));
  await delay(SETTLE_MS);
  const after = await context.heldBytes();
  const { waitShare, othersShare } = context.end();
  return { figures: { bytesEach: (after - before) / count }, waitShare, othersShare };
}

/** 20,000 rooms, each opened by one client that leaves at once. What the server holds 10 s later, after a full collection. */
export async function roomsLeft(context: Context): Promise<Outcome> {
  const count = context.isQuick ? 4_000 : 20_000;
  const batch = 200;
  await context.start();
  await context.joinAll(Array.from({ length: batch }, (_, n) => `before-${n}`));
  await context.leaveAll();
  const before = await context.heldBytes();
  context.begin();
  let peak = before;
  for (let from = 0; from < count; from += batch) {
    await context.joinAll(Array.from({ length: batch }, (_, n) => `left-${from + n}`));
    await context.leaveAll();
  }
  const { cpuMs, seconds: _, ...disturbance } = context.end();
  peak = Math.max(peak, await context.heldBytes());
  await delay(10_000);
  const after = await context.heldBytes();
  return { figures: { grownMb: (after - before) / 1e6, peakMb: peak / 1e6, cpuUsEach: (cpuMs * 1_000) / count }, ...disturbance };
}
