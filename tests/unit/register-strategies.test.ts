/** The registers: what is theirs alone. What they have in common with all others is in contract/. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { lwwLineStrategy } from "../../crdt/strategy/lww-line-strategy.ts";
import { lwwNoteStrategy } from "../../crdt/strategy/lww-note-strategy.ts";
import { mvNoteStrategy } from "../../crdt/strategy/mv-note-strategy.ts";
import type { Loss, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import {
  comparePositions,
  FIRST_POSITION,
  type LinePosition,
  positionBetween,
  positionText,
  readPosition,
  writePosition,
} from "../../crdt/types/line-position.ts";

const SEED = Number(process.env.FUZZ_SEED ?? 1);
const clock = new VirtualClock(1_000);

function open(strategy: Strategy, n: number, state?: Uint8Array): Replica {
  return strategy.open({ replica: replicaIdFrom(n), clock, ...(state === undefined ? {} : { state }) });
}

/** Copies 1 to `count` that hold `start`, written before everything else. */
function apart(strategy: Strategy, count: number, start: string): Replica[] {
  const seed = open(strategy, 100);
  change(seed, 0, 0, start);
  return Array.from({ length: count }, (_, n) => {
    const copy = open(strategy, n + 1);
    copy.receive(seed.since(EMPTY_BYTES));
    return copy;
  });
}

function change(replica: Replica, index: number, remove: number, insert: string): void {
  clock.advance(1);
  const edited = replica.edit([{ index, remove, insert }]);
  if (!edited.isAccepted) expect.unreachable(edited.reason);
}

/** Until all have everything; returns what the first copy was told to be lost. */
function sync(...replicas: readonly Replica[]): Loss[] {
  const losses: Loss[] = [];
  for (let round = 0; round < 2; round++) {
    for (const a of replicas) {
      for (const b of replicas) {
        if (a === b) continue;
        const received = b.receive(a.since(b.version()));
        if (b === replicas[0]) losses.push(...received.losses);
        b.checkInvariants();
      }
    }
  }
  for (const replica of replicas) expect([replica.text(), replica.hash()]).toEqual([replicas[0]!.text(), replicas[0]!.hash()]);
  return losses;
}

describe("line positions", () => {
  const name = (seq: number) => ({ replica: replicaIdFrom(seq % 3), seq });

  it("there is room everywhere, in any order of insertion", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(999), { maxLength: 200 }), (places) => {
        const list: LinePosition[] = [FIRST_POSITION];
        for (const [n, place] of places.entries()) {
          const at = place % (list.length + 1);
          list.splice(at, 0, positionBetween(list[at - 1] ?? null, list[at] ?? null, name(n + 1)));
        }
        for (let n = 1; n < list.length; n++) expect(comparePositions(list[n - 1]!, list[n]!)).toBeLessThan(0);
        expect(list.toSorted(comparePositions)).toEqual(list);
        expect(new Set(list.map(positionText)).size).toBe(list.length);
        for (const position of list)
          expect(readPosition(new ByteReader(writePosition(new ByteWriter(), position).finish()))).toEqual(position);
      }),
      { seed: SEED },
    );
  });

  it.each<[string, (list: LinePosition[]) => number]>([
    ["at the end", (list) => list.length],
    ["at the beginning", () => 0],
    ["behind the last new one, before the second line", (list) => list.length - 1],
    ["before the last new one, behind the first line", () => 1],
  ])("2,000 lines %s keep positions short", (_, placeIn) => {
    const list: LinePosition[] = [FIRST_POSITION, positionBetween(FIRST_POSITION, null, name(0))];
    let steps = 0;
    for (let n = 1; n <= 2_000; n++) {
      const at = placeIn(list);
      const added = positionBetween(list[at - 1] ?? null, list[at] ?? null, name(n));
      steps = Math.max(steps, added.length);
      list.splice(at, 0, added);
    }
    expect(list.toSorted(comparePositions)).toEqual(list);
    expect(steps).toBeLessThanOrEqual(4);
  });

  it("between two that were chosen at once for the same gap there is a third (M9)", () => {
    const end = positionBetween(FIRST_POSITION, null, name(0));
    const [a, b] = [positionBetween(FIRST_POSITION, end, name(1)), positionBetween(FIRST_POSITION, end, name(2))];
    expect(a[0]!.digit).toBe(b[0]!.digit);
    const between = positionBetween(a, b, name(3));
    expect([comparePositions(a, between) < 0, comparePositions(between, b) < 0]).toEqual([true, true]);
  });
});

describe("lww-line", () => {
  it("keeps edits to different lines, and of one line the later", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "Milk\nEggs\nBread") as [Replica, Replica];
    change(a, 4, 0, " 2L");
    change(a, 8 + 4, 0, "!");
    change(b, 10, 0, "Rye ");
    change(b, 9, 0, "?");
    const losses = sync(a, b);
    expect(a.text()).toBe("Milk 2L\nEggs?\nRye Bread");
    expect(losses.map(({ rule, splices, author }) => [rule, splices, author])).toEqual([
      ["lww-line-overwritten-unseen", [{ index: 12, remove: 0, insert: "!" }], replicaIdFrom(1)],
    ]);
    expect(a.stats().typed - a.stats().kept).toBe(1);
  });

  it("brings a deleted line back for whoever wrote in it later, and tells of the deletion", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "Intro\nThe fox\nEnd") as [Replica, Replica];
    change(a, 6, 8, "");
    expect(a.text()).toBe("Intro\nEnd");
    change(b, 10, 0, "quick ");
    const losses = sync(a, b);
    expect([a.text(), losses.map(({ removedText, splices }) => [removedText, splices.map(({ insert }) => insert)])]).toEqual([
      "Intro\nThe quick fox\nEnd",
      [["The fox", [""]]],
    ]);
  });

  it("a write with an older stamp than the line's loses at once, and the editor is told", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "one\ntwo") as [Replica, Replica];
    clock.advance(3_600_000);
    change(a, 0, 3, "A");
    const late = lwwLineStrategy.open({ replica: replicaIdFrom(3), clock: new VirtualClock(5), state: a.since(EMPTY_BYTES) });
    const edited = late.edit([
      { index: 0, remove: 0, insert: "again " },
      { index: 5, remove: 0, insert: "\nnew" },
    ]);
    expect([late.text(), edited.isAccepted && edited.correction.length]).toEqual(["A\ntwo\nnew", 1]);
    sync(a, b, late);
    expect(b.text()).toBe("A\ntwo\nnew");
  });

  it("a split line stands twice when another edits its tail", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "alpha beta") as [Replica, Replica];
    change(a, 5, 1, "\n");
    change(b, 10, 0, "!");
    sync(a, b);
    expect(a.text()).toBe("alpha beta!\nbeta");
  });

  it("a line that goes where a deleted one was stands before it, when that comes back", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "one\ntwo\nthree") as [Replica, Replica];
    change(a, 4, 4, "");
    change(a, 3, 0, "\nnew");
    change(b, 7, 0, "!");
    sync(a, b);
    expect(a.text()).toBe("one\nnew\ntwo!\nthree");
  });

  it("goes on from a note in which every line was deleted", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "one\ntwo") as [Replica, Replica];
    change(a, 0, 4, "");
    change(b, 3, 4, "");
    sync(a, b);
    const { length } = a;
    change(a, 0, length, "fresh\nstart");
    sync(a, b);
    expect(b.text()).toBe("fresh\nstart");
  });

  it("holds a position in its line while lines come and go above", () => {
    const [a, b] = apart(lwwLineStrategy, 2, "one\ntwo\nthree") as [Replica, Replica];
    const anchor = a.anchor(10, 1);
    change(b, 0, 0, "zero\n");
    sync(a, b);
    expect(a.text().slice(a.resolve(anchor))).toBe("ree");
    change(b, a.text().indexOf("three") - 1, 6, "");
    sync(a, b);
    expect(a.resolve(anchor)).toBe(a.length);
  });
});

describe("mv-note", () => {
  it("shows the later text and keeps the other beside it", () => {
    const [a, b, c] = apart(mvNoteStrategy, 3, "v0") as [Replica, Replica, Replica];
    change(a, 2, 0, " Ana");
    change(b, 2, 0, " Bo");
    const losses = sync(a, b, c);
    expect([c.text(), c.siblings?.().map(({ text }) => text), losses]).toEqual(["v0 Bo", ["v0 Bo", "v0 Ana"], []]);
    expect(c.stats().typed).toBe(c.stats().kept);
  });

  it("a new write supersedes what its author saw, and that is told", () => {
    const [a, b, c] = apart(mvNoteStrategy, 3, "v0") as [Replica, Replica, Replica];
    change(a, 2, 0, " Ana");
    change(b, 2, 0, " Bo");
    change(c, 2, 0, " Cy");
    sync(a, b);
    change(a, 5, 0, "!");
    const losses = sync(a, b, c);
    // Cy's was not seen: it stays a sibling.
    expect(a.siblings?.().map(({ text }) => text)).toEqual(["v0 Bo!", "v0 Cy"]);
    expect(losses).toEqual([]);
    const [fresh] = apart(mvNoteStrategy, 1, "");
    const told = fresh!.receive(b.since(EMPTY_BYTES)).losses;
    expect(told.map(({ rule, splices }) => [rule, splices.map(({ insert }) => insert)])).toEqual([["mv-superseded", [" Ana"]]]);
    expect(a.stats().typed - a.stats().kept).toBe(4);
  });

  it("making the text into a sibling's chooses that one: the other is what is lost", () => {
    const [a, b] = apart(mvNoteStrategy, 2, "v0") as [Replica, Replica];
    change(a, 2, 0, " Ana");
    change(b, 2, 0, " Bo");
    sync(a, b);
    change(b, 3, 2, "Ana");
    const losses = sync(a, b);
    expect([a.text(), a.siblings?.().length]).toEqual(["v0 Ana", 1]);
    expect(losses.map(({ splices }) => splices)).toEqual([[{ index: 2, remove: 0, insert: " Bo" }]]);
    expect(a.stats().typed - a.stats().kept).toBe(3);
  });

  it("a clock that is behind does not lose: the write supersedes all the same", () => {
    const [a] = apart(mvNoteStrategy, 1, "v0") as [Replica];
    clock.advance(3_600_000);
    change(a, 2, 0, " late");
    const behind = mvNoteStrategy.open({ replica: replicaIdFrom(2), clock: new VirtualClock(5), state: a.since(EMPTY_BYTES) });
    behind.edit([{ index: 0, remove: 7, insert: "now" }]);
    sync(a, behind);
    expect([a.text(), a.siblings?.().length]).toEqual(["now", 1]);
  });

  it("is read from a store that is older than what a sender says it has seen", () => {
    const stored = "0002e80701010000010000036f6e65000001036f6e65e907020100000100000374776f0000010374776f0202010101";
    const state = Uint8Array.from(stored.match(/../g)!, (byte) => Number.parseInt(byte, 16));
    const copy = mvNoteStrategy.open({ replica: replicaIdFrom(3), clock: new VirtualClock(), state });
    expect(copy.siblings!().map(({ text }) => text)).toEqual(["two", "one"]);
    copy.checkInvariants();
  });
});

describe.each([lwwLineStrategy, mvNoteStrategy])("$name with thousands of writes", (strategy) => {
  it("folds old ones, counts the same, and fills copies old and new", { timeout: 60_000 }, () => {
    const prng = createPrng(`fold ${strategy.name}`);
    const [a, b] = apart(strategy, 2, "one\ntwo\nthree") as [Replica, Replica];
    const sleeper = open(strategy, 3, a.since(EMPTY_BYTES));
    change(sleeper, 0, 0, "sleeper ");
    for (let n = 0; n < 6_000; n++) {
      const copy = prng.float() < 0.5 ? a : b;
      const index = prng.int(0, Math.min(copy.length, 40) + 1);
      change(
        copy,
        index,
        Math.min(prng.int(0, 2), copy.length - index),
        prng.float() < 0.1 && copy.length < 40 ? "\n" : String.fromCharCode(97 + (n % 26)),
      );
      if (prng.float() < 0.05) {
        b.receive(a.since(b.version()));
        a.receive(b.since(a.version()));
      }
    }
    sync(a, b, sleeper);
    const fresh = open(strategy, 4, sleeper.since(EMPTY_BYTES));
    sync(fresh, a);
    for (const copy of [a, b, sleeper, fresh]) {
      const { events, typed, kept, pending } = copy.stats();
      expect(events).toBeLessThan(3_000);
      expect([pending, kept <= typed, kept > 0]).toEqual([0, true, true]);
      expect(typed).toBeGreaterThan(5_500);
      // What is folded where differs; what was typed does not.
      expect(typed).toBe(a.stats().typed);
    }
  });
});

describe.each([lwwNoteStrategy, mvNoteStrategy])("$name with more writes than are held one by one", (strategy) => {
  it("counts none of them twice when another copy says what it folded", () => {
    const clock = new VirtualClock();
    const [author, reader] = [1, 2].map((n) => strategy.open({ replica: replicaIdFrom(n), clock }));
    for (let n = 0; n < 2_500; n++) {
      author!.edit([{ index: n, remove: 0, insert: "a" }]);
      if (n === 500 || n === 1_900) reader!.receive(author!.since(reader!.version()));
    }
    // All of it, as a server says it whose own log has been folded.
    reader!.receive(author!.since(EMPTY_BYTES));
    reader!.checkInvariants();
    for (const copy of [author!, reader!]) expect(copy.stats()).toMatchObject({ typed: 2_500, kept: 2_500 });
  });

  it("says of each write what became of it, however long the note's history is", () => {
    const clock = new VirtualClock();
    const [author, other] = [1, 2].map((n) => strategy.open({ replica: replicaIdFrom(n), clock }));
    for (let n = 0; n < 1_500; n++) {
      const edited = author!.edit([{ index: n, remove: 0, insert: "a" }]);
      expect(edited.isAccepted && other!.receive(edited.update).losses).toEqual([]);
    }
    // Two at once, on top of the same write; the later stamp wins.
    clock.advance(1);
    const early = author!.edit([{ index: 0, remove: 0, insert: "early" }]);
    clock.advance(1);
    other!.edit([{ index: 0, remove: 0, insert: "late" }]);
    const losses = early.isAccepted ? other!.receive(early.update).losses : [];
    expect(losses.map(({ splices }) => splices[0]?.insert)).toEqual(strategy === lwwNoteStrategy ? ["early"] : []);
  });
});
