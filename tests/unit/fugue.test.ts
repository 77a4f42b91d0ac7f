import { expect, test } from "vitest";
import { ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { applySplices } from "../../crdt/base/splice.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { NaiveFugue, type NaiveOp } from "../support/naive-fugue.ts";

const clock = new VirtualClock();
const open = (n: number): Replica => fugueStrategy.open({ replica: replicaIdFrom(n), clock });

function type(replica: Replica, index: number, insert: string, remove = 0): Uint8Array {
  const edited = replica.edit([{ index, remove, insert }]);
  if (!edited.isAccepted) throw new Error(edited.reason);
  return edited.update;
}

function sync(...replicas: Replica[]): void {
  for (let round = 0; round < 2; round++) for (const a of replicas) for (const b of replicas) if (a !== b) b.receive(a.since(b.version()));
}

function trio(start: string): [Replica, Replica, Replica] {
  const all: [Replica, Replica, Replica] = [open(1), open(2), open(3)];
  const seed = open(0);
  if (start !== "") type(seed, 0, start);
  for (const replica of all) replica.receive(seed.since(EMPTY_BYTES));
  return all;
}

test("words typed at one caret stay whole, lower replica first", () => {
  const [a, b] = trio("Hello !");
  type(a, 6, "Alice");
  type(b, 6, "Charlie");
  sync(a, b);
  expect(a.text()).toBe("Hello AliceCharlie!");
  expect(b.text()).toBe("Hello AliceCharlie!");
});

test("words typed backwards at one caret do not interleave", () => {
  const [a, b] = trio("[]");
  for (const unit of "cba") type(a, 1, unit);
  for (const unit of "ZYX") type(b, 1, unit);
  sync(a, b);
  expect([a.text(), b.text()]).toEqual(["[abcXYZ]", "[abcXYZ]"]);
});

test("a concurrent insert does not part a word prepended in two sessions", () => {
  const [a, b, c] = trio("");
  type(c, 0, "b");
  a.receive(c.since(a.version()));
  type(a, 0, "a");
  type(b, 0, "x");
  sync(a, b, c);
  expect([a.text(), b.text(), c.text()]).toEqual(["xab", "xab", "xab"]);
});

test("the case that separates Fugue from FugueMax", () => {
  const [a, b, c] = trio("");
  type(a, 0, "a");
  type(b, 0, "b");
  sync(a, c);
  type(c, 1, "c");
  sync(a, b);
  type(b, 1, "d");
  sync(a, b, c);
  expect([a.text(), b.text(), c.text()]).toEqual(["adcb", "adcb", "adcb"]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("three replicas agree with the naive tree (seed %i)", (seed) => {
  const prng = createPrng(seed);
  const fast = [open(1), open(2), open(3)];
  const naive = fast.map((_, i) => new NaiveFugue(String(i + 1)));
  const logs: NaiveOp[][] = [[], [], []];
  const taken = [0, 1, 2].map(() => [0, 0, 0]);
  for (let step = 0; step < 120; step++) {
    const i = prng.int(0, 3);
    const replica = fast[i]!;
    if (prng.int(0, 4) === 0) {
      // A state carries all that its copy knows, hence the ops of third copies too.
      const j = prng.int(0, 3);
      const before = replica.text();
      const { splices } = replica.receive(fast[j]!.since(replica.version()));
      expect(applySplices(before, splices)).toBe(replica.text());
      for (let k = 0; k < 3; k++) {
        const upTo = taken[j]![k]!;
        for (const op of logs[k]!.slice(taken[i]![k], upTo)) if ("insert" in op) naive[i]!.apply(op);
      }
      for (let k = 0; k < 3; k++) {
        const upTo = taken[j]![k]!;
        for (const op of logs[k]!.slice(taken[i]![k], upTo)) if ("remove" in op) naive[i]!.apply(op);
        taken[i]![k] = Math.max(taken[i]![k]!, upTo);
      }
    } else {
      const index = prng.int(0, replica.length + 1);
      const remove = prng.int(0, 3) === 0 ? Math.min(prng.int(0, 5), replica.length - index) : 0;
      const insert = prng.int(0, 3) === 0 && remove > 0 ? "" : "abcdefgh".slice(prng.int(0, 4), prng.int(4, 8));
      type(replica, index, insert, remove);
      logs[i]!.push(...naive[i]!.remove(index, remove), ...naive[i]!.insert(index, insert));
      taken[i]![i] = logs[i]!.length;
    }
    expect(replica.text()).toBe(naive[i]!.text());
    replica.checkInvariants();
  }
  sync(...fast);
  expect(new Set(fast.map((replica) => JSON.stringify(replica.hash()))).size).toBe(1);
  const reopened = fugueStrategy.open({ replica: replicaIdFrom(9), clock, state: fast[0]!.since(EMPTY_BYTES) });
  expect(reopened.hash()).toEqual(fast[0]!.hash());
  expect(fugueStrategy.compare(reopened.seen(), fast[1]!.seen())).toEqual({ ordering: "same", firstLacks: 0, secondLacks: 0 });
});

test("updates in any order, repeated, arrive at one state", () => {
  const author = open(1);
  const updates = Array.from("the quick brown fox").map((unit, i) => type(author, i, unit));
  updates.push(type(author, 4, "", 6), type(author, 4, "🦊 slow"));
  const reader = open(2);
  expect(reader.receive(updates[3]!)).toMatchObject({ forward: null, isWaiting: true });
  let last = reader.receive(updates[0]!);
  for (const update of updates.toReversed()) last = reader.receive(update);
  for (const update of updates) expect(reader.receive(update).forward).toBeNull();
  expect(last.isWaiting).toBe(false);
  expect(reader.hash()).toEqual(author.hash());
  reader.checkInvariants();
});

test("edits are snapped to code points", () => {
  const replica = open(1);
  type(replica, 0, "a🦊b");
  const edited = replica.edit([{ index: 2, remove: 1, insert: "x" }]);
  expect(replica.text()).toBe("axb");
  expect(edited.isAccepted && applySplices("a\ud83exb", edited.correction)).toBe("axb");
  type(replica, 0, "\ud800");
  expect(replica.text()).toBe("\ufffdaxb");
});

test("hostile updates leave the copy unchanged", () => {
  const [a] = trio("Hi 🦊");
  const before = a.hash();
  const good = a.since(EMPTY_BYTES);
  for (let cut = 1; cut < good.length; cut++) expect(() => a.receive(good.subarray(0, cut))).toThrow(DecodeError);
  // One author (replica 0), one insert at number 0 below the root, with other text than is known.
  const forged = new ByteWriter().varUint(1).varUint(0).varUint(1).varUint(0).varUint(0).varUint(0).varString("Ho").finish();
  expect(() => a.receive(forged)).toThrow(ProtocolError);
  expect(a.hash()).toEqual(before);
  a.checkInvariants();
});

test("anchors hold through concurrent edits", () => {
  const [a, b] = trio("one two");
  const after = a.anchor(3, -1);
  const before = a.anchor(3, 1);
  b.receive(EMPTY_BYTES);
  type(b, 3, "!!");
  expect([b.resolve(after), b.resolve(before)]).toEqual([3, 5]);
  type(b, 0, "", 3);
  expect(b.resolve(after)).toBe(0);
  expect(() => b.resolve(EMPTY_BYTES)).toThrow(DecodeError);
});
