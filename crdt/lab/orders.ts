/**
 * Every order in which what was written apart may arrive (F19): one final text, or all endings with how many orders lead to
 * each. Up to 5,040 orders are tried one by one, which is all of 7 messages; of more, 2,000 seeded samples. Each ending keeps the
 * first order that led to it, which leads to it again (`deliver`).
 *
 * Equal copies may get any message before any other. To a node that orders, each writer's messages come over one stream: they
 * are mixed with those of others and keep their own order.
 */

import { createPrng, type Prng, shuffle } from "../base/prng.ts";
import type { Held } from "./held-updates.ts";
import { deliver, type Delivered } from "./order-delivery.ts";

export const ORDERS_MAX = 5_040;
export const SAMPLES = 2_000;
/** Messages that all orders together deliver: of very many, fewer samples are taken. */
const DELIVERIES_MAX = 200_000;
/** Orders between two looks of whoever waits. */
const ORDERS_PER_LOOK = 100;

export interface OrdersOptions {
  /** Each message comes a second time, somewhere after the first. */
  readonly hasDuplicates?: boolean;
  readonly seed?: number | string;
}

export interface OrderEnding extends Delivered {
  /** How many orders end like this. */
  readonly count: number;
  /** Different hashes of structure among them. */
  readonly structures: number;
  /** The first that did: indexes of the held updates. */
  readonly order: readonly number[];
}

export interface Orders {
  /** How many were tried. */
  readonly tried: number;
  /** Whether these are all that there are. */
  readonly isExhaustive: boolean;
  /** The most frequent first. */
  readonly endings: readonly OrderEnding[];
  /** Whether everything ends alike and nothing is left open: in text, and between equal copies in structure. */
  readonly isOneEnding: boolean;
}

/** Cost: one delivery for each order. The same updates and options give the same result. */
export function tryOrders(held: Held, options: OrdersOptions = {}): Orders {
  const trying = tryingOrders(held, options);
  for (;;) {
    const next = trying.next();
    if (next.done === true) return next.value;
  }
}

/** The same, bit by bit: yields how many orders are done, and of how many. */
export function* tryingOrders(held: Held, options: OrdersOptions = {}): Generator<readonly [number, number], Orders> {
  const { hasDuplicates = false, seed = 1 } = options;
  const prng = createPrng(seed).stream("orders");
  const writers = held.updates.map(({ by }, n) => (held.strategy.traits.isOrdered ? by : String(n)));
  const all = countOrders(writers);
  const isExhaustive = all <= ORDERS_MAX;
  const samples = Math.max(1, Math.min(SAMPLES, Math.floor(DELIVERIES_MAX / Math.max(1, writers.length))));
  const total = isExhaustive ? all : samples;
  const found = new Map<string, { ending: OrderEnding; count: number; structures: Set<string> }>();
  let tried = 0;
  for (const order of isExhaustive ? allOrders(writers) : sampledOrders(writers, samples, prng)) {
    const played = hasDuplicates ? doubled(order, prng) : order;
    const delivered = deliver(held, played);
    const { content, siblings, isSettled, refused, structure } = delivered;
    const key = JSON.stringify([content, siblings.toSorted(), isSettled, refused]);
    const known = found.get(key) ?? { ending: { ...delivered, count: 0, structures: 0, order: played }, count: 0, structures: new Set() };
    known.count++;
    known.structures.add(structure);
    found.set(key, known);
    if (++tried % ORDERS_PER_LOOK === 0) yield [tried, total];
  }
  const endings = [...found.values()]
    .map(({ ending, count, structures }) => ({ ...ending, count, structures: structures.size }))
    .toSorted((a, b) => b.count - a.count);
  const isAlike = endings.length === 1 && endings[0]!.isSettled && endings[0]!.refused === 0;
  return { tried, isExhaustive, endings, isOneEnding: isAlike && (held.strategy.traits.isOrdered || endings[0]!.structures === 1) };
}

/** How many ways there are to mix the messages of `writers`, which each writer's keep their order in; Infinity beyond 2^53. */
export function countOrders(writers: readonly string[]): number {
  const seen = new Map<string, number>();
  let count = 1;
  for (const [n, writer] of writers.entries()) {
    const own = (seen.get(writer) ?? 0) + 1;
    seen.set(writer, own);
    // A binomial coefficient is built up so that each step is an integer.
    count = (count * (n + 1)) / own;
    if (count > Number.MAX_SAFE_INTEGER) return Infinity;
  }
  return count;
}

/** All of them: the one in which they were made first. */
function* allOrders(writers: readonly string[], taken: readonly number[] = []): Generator<readonly number[]> {
  if (taken.length === writers.length) {
    yield taken;
    return;
  }
  const waiting = new Set<string>();
  for (const [n, writer] of writers.entries()) {
    if (taken.includes(n) || waiting.has(writer)) continue;
    waiting.add(writer);
    yield* allOrders(writers, [...taken, n]);
  }
}

function* sampledOrders(writers: readonly string[], samples: number, prng: Prng): Generator<readonly number[]> {
  for (let sample = 0; sample < samples; sample++) {
    const next = new Map<string, number[]>();
    for (const [n, writer] of writers.entries()) next.set(writer, [...(next.get(writer) ?? []), n]);
    const turns = [...writers];
    shuffle(prng, turns);
    yield turns.map((writer) => next.get(writer)!.shift()!);
  }
}

/** Each a second time, somewhere after the first. */
function doubled(order: readonly number[], prng: Prng): readonly number[] {
  const out = [...order];
  for (const n of order) out.splice(prng.int(out.indexOf(n) + 1, out.length + 1), 0, n);
  return out;
}
