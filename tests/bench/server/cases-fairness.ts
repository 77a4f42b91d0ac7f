/** What a quiet room feels of one that is flooded. */

import { setTimeout as delay } from "node:timers/promises";
import type { SyncClient } from "./client.ts";
import { type Context, type Outcome, quantile } from "./context.ts";
import { ClockReader, Deliveries, paced } from "./traffic.ts";
import { Writer } from "./updates.ts";

const FLOODERS = 4;
/** A flooder writes on as soon as less than this waits for the network: it is stopped by nothing but the server. */
const WAITING_BYTES_MAX = 128 * 1024;
/** So that the generator has time for the quiet room. */
const UPDATES_A_TURN = 100;
const QUIET_PER_S = 50;
const DRAIN_MS_MAX = 30_000;

/** Writes as fast as the network takes it, until `isOver`. Returns how many updates that were. */
async function flood(client: SyncClient, writer: Writer, isOver: () => boolean): Promise<number> {
  let sent = 0;
  for (; !isOver(); await delay(1))
    for (let n = 0; n < UPDATES_A_TURN && client.wire.waitingBytes < WAITING_BYTES_MAX; n++, sent++) client.update(writer.next());
  return sent;
}

/**
 * A room of two, 50 updates a second, beside a room of four that all write as fast as they can: how long the quiet ones wait for
 * each other, at most 30 s after the flood, and how many updates a second were sent into the flooded room.
 */
export async function fairness(context: Context): Promise<Outcome> {
  await context.start();
  const ms = context.isQuick ? 3_000 : 8_000;
  const delays: number[] = [];
  const writers = [new Writer(context.claim()), new Writer(context.claim())] as const;
  const deliveries = writers.map(() => new Deliveries(1, (waited) => void delays.push(waited)));
  const reader = new ClockReader();
  const quiet = await context.joinAll(["quiet", "quiet"], (n) => ({
    onDocument(update) {
      const nowMs = performance.now();
      for (const { client, to: clock } of reader.read(update))
        if (client === writers[n === 0 ? 1 : 0].client) deliveries[1 - n]!.onReceived(0, clock, nowMs);
    },
  }));
  const flooders = await context.joinAll(Array<string>(FLOODERS).fill("flooded"));
  let isOver = false;
  context.begin();
  const floods = flooders.map((client) => flood(client, new Writer(context.claim()), () => isOver));
  const { lateMsMax } = await paced(QUIET_PER_S, ms, (n) => {
    deliveries[n % 2]!.onSent(performance.now());
    quiet[n % 2]!.update(writers[n % 2 === 0 ? 0 : 1].next());
  });
  isOver = true;
  const { seconds, cpuMs, ...disturbance } = context.end();
  const sent = (await Promise.all(floods)).reduce((sum, count) => sum + count, 0);
  // Who has not got it by the end has waited until then.
  for (const untilMs = performance.now() + DRAIN_MS_MAX; performance.now() < untilMs; await delay(20))
    if (deliveries.every((each) => each.sent === each.complete)) break;
  const nowMs = performance.now();
  for (const each of deliveries) delays.push(...each.waitingMs(nowMs));
  return {
    figures: {
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      longest: quantile(delays, 1),
      floodPerSecond: sent / seconds,
      busy: cpuMs / 10 / seconds,
      lateMsMax,
    },
    ...disturbance,
  };
}
