/** The textbook strategies on the shared tree: each orders as its paper says, against an oracle that shares no code with it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { fugueMaxStrategy } from "../../crdt/strategy/fuguemax-strategy.ts";
import { rgaStrategy } from "../../crdt/strategy/rga-strategy.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { encodeOps } from "../../crdt/strategy/textbook-ops.ts";
import { AgentRuns } from "../../crdt/textbook/agent-runs.ts";
import { RGA } from "../../crdt/textbook/rga.ts";
import { NaiveRga } from "../support/naive-rga.ts";

const RUNS = Math.ceil(300 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const COPIES = 4;
const clock = new VirtualClock();

function open(strategy: Strategy): Replica[] {
  return Array.from({ length: COPIES }, (_, n) => strategy.open({ replica: replicaIdFrom(n + 1), clock }));
}

function replace(replica: Replica, index: number, remove: number, insert: string): void {
  const edited = replica.edit([{ index, remove, insert }]);
  if (!edited.isAccepted) expect.unreachable(edited.reason);
}

function sync(...replicas: readonly Replica[]): string {
  for (let round = 0; round < 2; round++) for (const a of replicas) for (const b of replicas) if (a !== b) b.receive(a.since(b.version()));
  const texts = new Set(replicas.map((replica) => replica.text()));
  expect(texts.size).toBe(1);
  return replicas[0]!.text();
}

function typeBack(replica: Replica, index: number, text: string): void {
  for (const unit of Array.from(text).toReversed()) replace(replica, index, 0, unit);
}

/** Who, where (as a part of the text), how much goes, what comes; or who hears from whom. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.nat(COPIES - 1), fc.nat(99), fc.nat(4), fc.constantFrom("", "a", "bc", "def", "\n")) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(COPIES - 1), fc.nat(COPIES - 1)) },
);
const history = fc.array(step, { minLength: 2, maxLength: 60 });
/** Single letters at few places, and much talk: where algorithms differ, it is there. */
const chatter = fc.array(
  fc.oneof(
    fc.tuple(fc.nat(COPIES - 1), fc.nat(99), fc.constant(0), fc.constantFrom("a", "b", "c")),
    fc.tuple(fc.nat(COPIES - 1), fc.nat(COPIES - 1)),
  ),
  { minLength: 4, maxLength: 20 },
);

describe("one author's runs", () => {
  it("are found by their numbers, in whatever order they came, however many", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5_000), { minLength: 1, maxLength: 1_500, size: "max" }), (seqs) => {
        const runs = new AgentRuns<{ seq: number }>();
        expect([runs.last, runs.at(9), runs.all()]).toEqual([undefined, undefined, []]);
        for (const seq of seqs) runs.add({ seq });
        const sorted = seqs.toSorted((a, b) => a - b);
        expect([runs.all().map(({ seq }) => seq), runs.last!.seq]).toEqual([sorted, sorted.at(-1)]);
        for (let seq = 0; seq <= 5_000; seq += 7) expect(runs.at(seq)?.seq).toBe(sorted.findLast((known) => known <= seq));
      }),
      { numRuns: 10, seed: SEED },
    );
  });
});

describe("rga", () => {
  it("orders like the list of Roh et al. in any history", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const copies = open(rgaStrategy);
        const naive = copies.map((_, n) => new NaiveRga(n + 1));
        for (const [who, at, count, insert] of steps) {
          const [copy, other] = [copies[who]!, naive[who]!];
          if (count === undefined || insert === undefined) {
            copy.receive(copies[at]!.since(copy.version()));
            other.sync(naive[at]!);
          } else {
            const index = Math.floor((at / 100) * (copy.length + 1));
            const remove = Math.min(count, copy.length - index);
            replace(copy, index, remove, insert);
            other.replace(index, remove, insert);
          }
          copy.checkInvariants();
          expect(copy.text()).toBe(other.text());
        }
        const text = sync(...copies);
        for (const other of naive) for (const from of naive) other.sync(from);
        expect(naive.map((other) => other.text())).toEqual(naive.map(() => text));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("puts the newest next to its parent: a later word comes between a word and what it was typed behind", () => {
    const [a, b] = open(rgaStrategy) as [Replica, Replica];
    replace(a, 0, 0, "Hello!");
    sync(a, b);
    replace(a, 5, 0, " reader");
    replace(a, 5, 0, " dear");
    replace(b, 5, 0, " Alice");
    expect(sync(a, b)).toBe("Hello dear Alice reader!");
  });

  it("mixes two words that are typed backwards at one caret", () => {
    const [a, b] = open(rgaStrategy) as [Replica, Replica];
    replace(a, 0, 0, "[]");
    sync(a, b);
    typeBack(a, 1, "abc");
    typeBack(b, 1, "XYZ");
    expect(sync(a, b)).toBe("[XaYbZc]");
  });

  it("counts deletions in Lamport time, so that who deleted more stands first", () => {
    const [a, b] = open(rgaStrategy) as [Replica, Replica];
    replace(a, 0, 0, "xyz");
    sync(a, b);
    replace(a, 0, 3, "long");
    replace(b, 0, 1, "short");
    expect(sync(a, b)).toBe("longshort");
  });

  it("knows Lamport times again after a reload", () => {
    const [a, b] = open(rgaStrategy) as [Replica, Replica];
    replace(a, 0, 0, "abc");
    replace(a, 0, 3, "");
    const loaded = rgaStrategy.open({ replica: replicaIdFrom(1), clock, state: a.since(EMPTY_BYTES) });
    replace(loaded, 0, 0, "x");
    replace(b, 0, 0, "0123");
    expect(sync(loaded, b)).toBe("x0123");
  });

  it("refuses a Lamport time of 0 or beyond counting", () => {
    for (const lamport of [0, 2 ** 51]) {
      const agent = replicaIdFrom(5);
      const op = { kind: "insert", agent, seq: 0, parent: null, side: "right", rightOrigin: null, lamport, text: "x" } as const;
      expect(() => open(rgaStrategy)[0]!.receive(encodeOps([op], RGA))).toThrow(DecodeError);
    }
  });
});

describe("fuguemax", () => {
  it("orders like Walker, which is checked against the naive FugueMax, in any history", () => {
    fc.assert(
      fc.property(fc.oneof(history, chatter, chatter), (steps) => {
        const copies = open(fugueMaxStrategy);
        const walkers = open(walkerStrategy);
        for (const [who, at, count, insert] of steps) {
          for (const all of [copies, walkers]) {
            const copy = all[who]!;
            if (count === undefined || insert === undefined) copy.receive(all[at]!.since(copy.version()));
            else {
              const index = Math.floor((at / 100) * (copy.length + 1));
              replace(copy, index, Math.min(count, copy.length - index), insert);
            }
          }
          copies[who]!.checkInvariants();
          expect(copies[who]!.text()).toBe(walkers[who]!.text());
        }
        expect(sync(...copies)).toBe(sync(...walkers));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("keeps what was typed next to a word beside it, where Fugue does not (T07)", () => {
    const [a, b, c] = open(fugueMaxStrategy) as [Replica, Replica, Replica];
    replace(a, 0, 0, "a");
    replace(b, 0, 0, "b");
    c.receive(a.since(c.version()));
    replace(c, 1, 0, "c");
    b.receive(a.since(b.version()));
    replace(b, 1, 0, "d");
    expect(sync(a, b, c)).toBe("acdb");
  });
});
