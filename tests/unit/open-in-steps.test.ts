/** Notes that are opened a little at a time: nothing tells them from notes that were opened at once. Steps are counted, not timed. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { sortedInSteps } from "../../crdt/base/sorted-in-steps.ts";
import { ENDLESS, finished, stepsOf } from "../../crdt/base/steps.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { NoteRelay, OpenOptions, Replica, Strategy } from "../../crdt/strategy/strategy.ts";

const RUNS = Math.ceil(25 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);

const STRATEGIES = await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy));
const IN_STEPS = STRATEGIES.filter((strategy) => strategy.openInSteps !== undefined);
/** Those whose relay is a document. */
const DOCUMENTS = STRATEGIES.filter((strategy) => strategy.openRelay === undefined);

const clock = new VirtualClock(1_000);

function options(n: number, state: Uint8Array = EMPTY_BYTES): OpenOptions {
  return { replica: replicaIdFrom(n), clock, state };
}

/** A reader, at a time of its own. */
function reader(state: Uint8Array = EMPTY_BYTES): OpenOptions {
  return { ...options(9, state), clock: new VirtualClock(9_000_000) };
}

function editOf(replica: Replica, prng: Prng): Uint8Array {
  clock.advance(1);
  const index = prng.int(0, replica.length + 1);
  const remove = prng.float() < 0.3 ? prng.int(0, Math.min(8, replica.length - index) + 1) : 0;
  const insert = ["a", "bc", "😀", "\n", "line\nline\n", "é", ""][prng.int(0, 7)]!;
  const edited = replica.edit([{ index, remove, insert }]);
  return edited.isAccepted ? edited.update : expect.unreachable(edited.reason);
}

/** What three wrote at once: a state, and what came after it, some of it twice and some early. */
function historyOf(strategy: Strategy, seed: number, edits = 60): { state: Uint8Array; updates: Uint8Array[] } {
  const prng = createPrng(`steps ${strategy.name} ${seed}`);
  const copies = [1, 2, 3].map((n) => strategy.open(options(n)));
  const store = strategy.open(options(4));
  const after: Uint8Array[] = [];
  let state: Uint8Array = EMPTY_BYTES;
  for (let n = 0; n < edits; n++) {
    const copy = copies[prng.int(0, 3)]!;
    const update = editOf(copy, prng);
    if (prng.float() < 0.3) for (const other of copies) other.receive(copy.since(other.version()));
    if (n < edits * 0.7) store.receive(update);
    else if (update.length > 0) after.splice(prng.int(0, after.length + 1), 0, update, ...(prng.float() < 0.2 ? [update] : []));
    if (n === Math.ceil(edits * 0.7)) state = store.since(EMPTY_BYTES);
  }
  return { state, updates: after };
}

/** All that can be told of a copy, but for its own name. */
function facts(replica: Replica) {
  replica.checkInvariants();
  return {
    text: replica.text(),
    hash: replica.hash(),
    version: replica.version(),
    seen: replica.seen(),
    since: replica.since(EMPTY_BYTES),
    stats: replica.stats(),
    inspection: replica.inspect(),
    standing: replica.standing?.(),
    latestStamp: replica.latestStamp?.(),
  };
}

function outcome<T>(task: () => T): T | string {
  try {
    return task();
  } catch (error) {
    return String(error);
  }
}

/** How often it yields. */
function stepsIn(steps: Generator<void, unknown>): number {
  let count = 1;
  while (steps.next().done !== true) count++;
  return count;
}

describe.each(IN_STEPS.map((strategy) => [strategy.name, strategy] as const))("%s, opened in steps", (_, strategy) => {
  const inSteps = (state: Uint8Array, updates: readonly Uint8Array[] = []): Replica =>
    finished(strategy.openInSteps!(reader(state), updates));
  /** As it was before there were steps: what a copy receives. */
  const atOnce = (state: Uint8Array, updates: readonly Uint8Array[] = []): Replica => {
    const replica = strategy.open(reader());
    for (const update of [state, ...updates]) replica.receive(update);
    return replica;
  };

  it("is what a copy is that received it all", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { state, updates } = historyOf(strategy, seed);
        const expected = facts(atOnce(state));
        expect([facts(inSteps(state)), facts(strategy.open(options(9, state)))]).toEqual([expected, expected]);
        expect(facts(inSteps(state, updates))).toEqual(facts(atOnce(state, updates)));
        // What is early waits on, and is told of; the rest comes later.
        const [some, late] = [inSteps(EMPTY_BYTES, updates), atOnce(EMPTY_BYTES, updates)];
        expect(facts(some)).toEqual(facts(late));
        for (const copy of [some, late]) copy.receive(state);
        expect(facts(some)).toEqual(facts(late));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("goes on as any copy does", () => {
    const { state, updates } = historyOf(strategy, 1);
    const sent = [inSteps(state, updates), atOnce(state, updates)].map((copy) => {
      const prng = createPrng("on");
      return Array.from({ length: 20 }, () => editOf(copy, prng));
    });
    expect(sent[0]).toEqual(sent[1]);
  });

  it("refuses bytes that make no note, for the same reason", () => {
    const prng = createPrng(`damage ${strategy.name}`);
    const { state, updates } = historyOf(strategy, 2);
    let refused = 0;
    for (let n = 0; n < 300; n++) {
      const broken = state.slice(0, prng.float() < 0.2 ? prng.int(1, state.length) : state.length);
      for (let k = prng.int(0, 3); k >= 0; k--) broken[prng.int(0, broken.length)] = prng.int(0, 256);
      const expected = outcome(() => facts(atOnce(broken, updates)));
      expect(outcome(() => facts(inSteps(broken, updates)))).toEqual(expected);
      if (typeof expected === "string") refused++;
    }
    expect(refused).toBeGreaterThan(50);
  });

  it("takes a step for so many operations, whether they stand in one update or in many", () => {
    const writer = strategy.open(options(1));
    const updates: Uint8Array[] = [];
    for (let n = 0; n < 2_000; n++) {
      clock.advance(1);
      const edited = writer.edit([{ index: 0, remove: 0, insert: `${n % 10}\n` }]);
      if (edited.isAccepted) updates.push(edited.update);
    }
    const state = writer.since(EMPTY_BYTES);
    expect(stepsIn(strategy.openInSteps!(options(9, state)))).toBeGreaterThan(2_000 / 200);
    const apart = stepsIn(strategy.openInSteps!(options(9), updates));
    expect([apart > 2_000 / 200, apart < 2_000 / 20]).toEqual([true, true]);
    expect(stepsIn(strategy.openInSteps!(options(9, updates[0]!)))).toBe(1);
  });
});

describe.each(DOCUMENTS.map((strategy) => [strategy.name, strategy] as const))("%s, as a node holds it", (name, strategy) => {
  const hold = (state: Uint8Array, updates: readonly Uint8Array[]) => {
    let opened = 0;
    const relay = openRelay(strategy, { ...options(9, state), updates, onDocumentOpened: () => opened++ });
    return { relay, opened: () => opened };
  };
  /** Long lines, so that every strategy's bytes are many. */
  const long = (lines: number): { state: Uint8Array; updates: Uint8Array[] } => {
    const prng = createPrng(`long ${name}`);
    const writer = strategy.open(options(1));
    writer.edit([{ index: 0, remove: 0, insert: Array.from({ length: lines }, () => `${prng.float()}`).join("\n") }]);
    const state = writer.since(EMPTY_BYTES);
    return { state, updates: Array.from({ length: 20 }, () => editOf(writer, prng)).filter(({ length }) => length > 0) };
  };

  it("a short note is open at once", () => {
    const { state, updates } = historyOf(strategy, 3, 20);
    const { relay, opened } = hold(state, updates);
    expect([relay.isDocumentOpen, relay.prepare?.(null) ?? null, opened()]).toEqual([true, null, 1]);
  });

  it("a long one is built step by step, and lives in its document from then on", () => {
    const { state, updates } = long(1_500);
    const { relay, opened } = hold(state, updates);
    expect([state.length > 16 * 1024, relay.isDocumentOpen, opened()]).toEqual([true, false, 0]);
    expect(relay.prepare?.(updates[0]!)).toBeNull();
    const step = relay.prepare!(null)!;
    while (!step()) expect(relay.isDocumentOpen).toBe(false);
    relay.dropDocument();
    expect([relay.isDocumentOpen, relay.prepare!(null), opened()]).toEqual([true, null, 1]);
    const whole = strategy.open(options(9, state));
    for (const update of updates) whole.receive(update);
    expect(facts(relay.document())).toEqual(facts(whole));
  });

  it.each<readonly [string, (relay: NoteRelay) => unknown]>([
    ["version", (relay) => relay.version()],
    ["since", (relay) => relay.since(EMPTY_BYTES)],
    ["seen", (relay) => relay.seen()],
    ["receive", (relay) => relay.receive(EMPTY_BYTES)],
    ["document", (relay) => relay.document().text()],
  ])("what is left of it is built at once for %s", (__, ask) => {
    const { state, updates } = long(1_500);
    const expected = ask(hold(state, updates).relay);
    const { relay, opened } = hold(state, updates);
    const step = relay.prepare!(null)!;
    step();
    expect([ask(relay), relay.isDocumentOpen, step(), opened()]).toEqual([expected, true, true, 1]);
  });

  it("what is stored and makes no note is refused: a short one at once, a long one in a step or when it is asked", () => {
    const [short, more] = [long(10).state, long(1_500)];
    expect(() => hold(short.slice(0, -1), [])).toThrow();
    const prepared = hold(more.state.slice(0, -1), more.updates).relay.prepare!(null)!;
    expect(() => {
      while (!prepared());
    }).toThrow();
    const { relay } = hold(more.state, [...more.updates, Uint8Array.of(255)]);
    expect(() => relay.since(EMPTY_BYTES)).toThrow();
    expect(() => relay.since(EMPTY_BYTES)).toThrow();
    expect(relay.isDocumentOpen).toBe(false);
  });
});

describe("sorting in steps", () => {
  it("sorts as an array does, equal items as they stood, and leaves what it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat())), (items) => {
        const given = [...items];
        const compare = ([a]: readonly [number, number], [b]: readonly [number, number]): number => a - b;
        expect(finished(sortedInSteps(items, compare, ENDLESS))).toEqual(given.toSorted(compare));
        expect(items).toEqual(given);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("looks once at what is in order, and yields for each so many comparisons", () => {
    const items = Array.from({ length: 1_000 }, (_, n) => n);
    const compare = (a: number, b: number): number => a - b;
    expect(stepsIn(sortedInSteps(items, compare, stepsOf(100)))).toBe(11);
    expect(stepsIn(sortedInSteps(items.toReversed(), compare, stepsOf(100)))).toBeGreaterThan(100);
  });
});
