/** What somebody lacks, written a little at a time: the bytes are those of the moment when it was begun, whatever comes meanwhile. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { compareIds, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { readVector } from "../../crdt/causal/version-vector.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { decodeOps, encodeOps, insertsOf, type DeleteOp, type InsertOp, type Op, trimmed } from "../../crdt/strategy/textbook-ops.ts";
import { FUGUE } from "../../crdt/textbook/fugue.ts";

const RUNS = Math.ceil(15 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);

const STRATEGIES = await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy));
const clock = new VirtualClock(1_000);
const IN_STEPS = STRATEGIES.filter((strategy) => open(strategy, 1).sinceInSteps !== undefined);

function open(strategy: Strategy, n: number, state: Uint8Array = EMPTY_BYTES): Replica {
  return strategy.open({ replica: replicaIdFrom(n), clock, state });
}

function editOf(replica: Replica, prng: Prng, texts: readonly string[]): Uint8Array {
  clock.advance(1);
  const index = prng.int(0, replica.length + 1);
  const remove = prng.float() < 0.3 ? prng.int(0, Math.min(6, replica.length - index) + 1) : 0;
  const edited = replica.edit([{ index, remove, insert: texts[prng.int(0, texts.length)]! }]);
  return edited.isAccepted ? edited.update : expect.unreachable(edited.reason);
}

/** How many steps are taken, and what they come to. */
function taken(steps: Generator<void, Uint8Array>): { count: number; bytes: Uint8Array } {
  for (let count = 1; ; count++) {
    const { done, value } = steps.next();
    if (done === true) return { count, bytes: value };
  }
}

it("the notes that are documents and can be long are written in steps", () => {
  expect(IN_STEPS.map(({ name }) => name).sort()).toEqual(["fugue", "fuguemax", "lww-line", "rga"]);
});

describe.each(IN_STEPS.map((strategy) => [strategy.name, strategy] as const))("%s", (name, strategy) => {
  /** A line or a character each, so that there is something to write down. */
  const long = (prng: Prng, edits: number): Replica => {
    const [first, second] = [open(strategy, 1), open(strategy, 2)];
    first.edit([{ index: 0, remove: 0, insert: "abc\n".repeat(1_000) }]);
    second.receive(first.since(EMPTY_BYTES));
    for (let n = 0; n < edits; n++) editOf(first, prng, ["x", "yz\n", ""]);
    for (let n = 0; n < edits; n++) editOf(second, prng, ["u\n", "v"]);
    first.receive(second.since(first.version()));
    return first;
  };

  it("writes the moment in which it was begun, whatever is typed or received between the steps", () => {
    const prng = createPrng(`meanwhile ${name}`);
    const copy = long(prng, 1_500);
    const other = open(strategy, 3, copy.since(EMPTY_BYTES));
    const early = open(strategy, 4, copy.since(EMPTY_BYTES)).version();
    for (let n = 0; n < 700; n++) editOf(copy, prng, ["p", "q\n"]);
    let steps = 0;
    for (const version of [EMPTY_BYTES, early, other.version(), copy.version()]) {
      const expected = toBase64(copy.since(version));
      const writing = copy.sinceInSteps!(version);
      for (;;) {
        const { done, value } = writing.next();
        steps++;
        if (done !== true) {
          for (let n = 0; n < 40; n++) editOf(copy, prng, ["r", "s\nt", ""]);
          copy.receive(editOf(other, prng, ["w"]));
          continue;
        }
        expect(toBase64(value) === expected).toBe(true);
        break;
      }
    }
    expect(steps).toBeGreaterThan(6);
    copy.checkInvariants();
  });

  it("takes steps for what is lacking, and one where that is nothing", () => {
    const prng = createPrng(`lacking ${name}`);
    const copy = long(prng, 2_000);
    const before = copy.version();
    for (let n = 0; n < 20; n++) editOf(copy, prng, ["z"]);
    const whole = taken(copy.sinceInSteps!(EMPTY_BYTES));
    expect([whole.count > 2, taken(copy.sinceInSteps!(before)).count, taken(copy.sinceInSteps!(copy.version())).count]).toEqual([
      true,
      1,
      1,
    ]);
    expect(open(strategy, 5, whole.bytes).hash()).toEqual(copy.hash());
  });

  it("refuses a version that makes no sense before the first step", () => {
    const copy = open(strategy, 1);
    expect(() => copy.sinceInSteps!(Uint8Array.of(255))).toThrow("at byte");
  });

  it("a node passes on what it would with an editor, and says the same of it", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const prng = createPrng(`node ${name} ${seed}`);
        const writers = [1, 2, 3].map((n) => open(strategy, n));
        const [copy, relay] = [
          open(strategy, 8),
          openRelay(strategy, { replica: replicaIdFrom(9), clock, updates: [], onDocumentOpened() {} }),
        ];
        const updates: Uint8Array[] = [];
        for (let n = 0; n < 60; n++) {
          const writer = writers[prng.int(0, 3)]!;
          updates.push(editOf(writer, prng, ["a", "b\n", "😀", "c\nd\n", ""]));
          if (prng.float() < 0.3) writer.receive(updates[prng.int(0, updates.length)]!);
          const one = updates[prng.int(0, updates.length)]!;
          const { splices, ...received } = copy.receive(one);
          expect([relay.receive(one), splices.length >= 0]).toEqual([received, true]);
        }
        expect([relay.document().text(), relay.document().hash()]).toEqual([copy.text(), copy.hash()]);
        expect(relay.since(EMPTY_BYTES)).toEqual(copy.since(EMPTY_BYTES));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

describe("fugue", () => {
  /** All operations of each agent in the order of its numbers, joined where one goes on in the next. */
  function naive(ops: readonly Op[], known: ReadonlyMap<ReplicaId, number>): Uint8Array {
    const out: Op[] = [];
    for (const agent of [...new Set(ops.map((op) => op.agent))].sort(compareIds)) {
      const from = known.get(agent) ?? 0;
      const own = ops.filter((op) => op.agent === agent).toSorted((a, b) => a.seq - b.seq);
      const inserts = own.filter((op): op is InsertOp => op.kind === "insert");
      const deletes = own.filter((op): op is DeleteOp => op.kind === "delete" && op.seq + op.count > from);
      const lacking = [...insertsOf(inserts, from), ...deletes.map((op) => trimmed(op, from))];
      out.push(...lacking.toSorted((a, b) => a.seq - b.seq));
    }
    return encodeOps(out, FUGUE);
  }

  it("writes what a list of all operations comes to, for whoever has any part of them", () => {
    const strategy = STRATEGIES.find((one) => one.name === "fugue")!;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const prng = createPrng(`naive ${seed}`);
        const writers = [1, 2, 3].map((n) => open(strategy, n));
        const ops: Op[] = [];
        const versions: Uint8Array[] = [EMPTY_BYTES];
        for (let n = 0; n < 80; n++) {
          const writer = writers[prng.int(0, 3)]!;
          const update = editOf(writer, prng, ["a", "bc", "def", ""]);
          if (update.length > 0) ops.push(...decodeOps(update, FUGUE));
          if (prng.float() < 0.4) writer.receive(writers[prng.int(0, 3)]!.since(writer.version()));
          if (prng.float() < 0.2) versions.push(writer.version());
        }
        const [copy] = writers;
        for (const other of writers) copy!.receive(other.since(copy!.version()));
        for (const version of versions)
          expect(copy!.since(version)).toEqual(naive(ops, version.length === 0 ? new Map() : readVector(version)));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

it("lww-line: what was folded is told of before an older answer comes, or instead of it: whoever asks has all of it", () => {
  const strategy = STRATEGIES.find(({ name }) => name === "lww-line")!;
  const [writer, node, reader] = [open(strategy, 1), open(strategy, 2), open(strategy, 3)];
  writer.edit([{ index: 0, remove: 0, insert: "first\nsecond" }]);
  node.receive(writer.since(EMPTY_BYTES));
  const answer = node.since(reader.version());
  // More than is kept one by one.
  for (let n = 0; n < 3_000; n++) {
    clock.advance(1);
    writer.edit([{ index: writer.length, remove: 0, insert: "x" }]);
  }
  const news = writer.since(node.version());
  node.receive(news);
  const isWaiting = reader.receive(news).isWaiting;
  // It claims nothing that it lacks: its connection may be lost before the older answer has come.
  const lost = open(strategy, 4);
  lost.receive(news);
  reader.receive(answer);
  expect([isWaiting, reader.text()]).toEqual([true, writer.text()]);
  for (const copy of [reader, lost]) {
    copy.receive(node.since(copy.version()));
    expect([copy.text(), copy.hash()]).toEqual([writer.text(), writer.hash()]);
    copy.checkInvariants();
  }
});
