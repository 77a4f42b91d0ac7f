/** What happens to everything about a note that is not its text: scenarios M1 to M9, by the types that could hold it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { Stamp } from "../../crdt/base/stamp.ts";
import { stampClock, type StampClockKind } from "../../crdt/causal/stamp-clock.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { ask, decide, mergeDecided, UNDECIDED, unseenOf, valueOf } from "../../crdt/types/decided-register.ts";
import { fateOf } from "../../crdt/types/deletion.ts";
import { mergeMoves, type Move, pathsOf } from "../../crdt/types/folder-tree.ts";
import { counterValue, type GCounter, increment, mergeCounters } from "../../crdt/types/g-counter.ts";
import { comparePositions, FIRST_POSITION, type LinePosition, positionBetween } from "../../crdt/types/line-position.ts";
import { lwwElements, type LwwElementSet, mergeElements, putElement } from "../../crdt/types/lww-element-set.ts";
import { type LwwRegister, mergeLww } from "../../crdt/types/lww-register.ts";
import { emptyMv, mergeMv, type MvRegister, writeMv } from "../../crdt/types/mv-register.ts";
import { addElement, dotsOf, elementsOf, emptySet, mergeSets, type OrSet, removeDots } from "../../crdt/types/or-set.ts";
import { mergeOrigins, type OriginRegister, shownOf, writeOrigin } from "../../crdt/types/origin-register.ts";
import { addTo, mergePn, pnValue, ZERO } from "../../crdt/types/pn-counter.ts";
import {
  addRemoveWins,
  mergeRemoveWins,
  removeRemoveWins,
  removeWinsElements,
  type RemoveWinsSet,
} from "../../crdt/types/remove-wins-set.ts";
import { addTwoPhase, mergeTwoPhase, removeTwoPhase, twoPhaseElements, type TwoPhaseSet } from "../../crdt/types/two-phase-set.ts";

const [A, B, C] = [1, 2, 3].map(replicaIdFrom) as [ReplicaId, ReplicaId, ReplicaId];

function stamp(wallMs: number, replica: ReplicaId, seq = 1): Stamp {
  return { wallMs, replica, seq };
}

function values<T>({ siblings }: MvRegister<T>): T[] {
  return siblings.map(({ value }) => value);
}

describe("[M1] two rename a note at once, B later by the clock", () => {
  it("a last-writer-wins register has B's title", () => {
    const [a, b] = [
      { value: "Ana's", stamp: stamp(10, A) },
      { value: "Bo's", stamp: stamp(11, B) },
    ];
    expect([mergeLww(a, b).value, mergeLww(b, a).value]).toEqual(["Bo's", "Bo's"]);
  });

  it("a register that checks versions refuses B's with a word to B; a blind one keeps it, and A's is in the ledger", () => {
    const start = decide("blind", ask(UNDECIDED, C, 1, "Untitled"));
    const both = mergeDecided(ask(start, A, 1, "Ana's"), ask(start, B, 1, "Bo's"));
    const ends = (["checked", "blind"] as const).map((rule) => decide(rule, both));
    expect(ends.map((end) => [valueOf(end), unseenOf(end)])).toEqual([
      ["Ana's", ["Bo's"]],
      ["Bo's", ["Ana's"]],
    ]);
    // Who has seen the other's, or only own ones, is taken.
    const later = decide("checked", ask(ask(ends[0]!, B, 2, "Bo's next"), B, 3, "Bo's last"));
    expect([valueOf(later), unseenOf(later)]).toEqual(["Bo's last", ["Bo's"]]);
  });

  it("a multi-value register has both, until somebody who saw both writes", () => {
    const start = writeMv(emptyMv<string>(), C, "Untitled");
    const both = mergeMv(writeMv(start, A, "Ana's"), writeMv(start, B, "Bo's"));
    expect(values(both)).toEqual(["Ana's", "Bo's"]);
    const settled = writeMv(both, A, "Ours");
    expect([values(mergeMv(settled, both)), values(mergeMv(both, settled))]).toEqual([["Ours"], ["Ours"]]);
  });
});

/** A writes three times, then B once, later by the clock, neither having heard of the other. */
function racedBy(kind: StampClockKind): string {
  const clock = new VirtualClock(1_000);
  const [a, b] = [stampClock(kind, A, clock), stampClock(kind, B, clock)];
  let title: LwwRegister<string> = { value: "", stamp: stamp(0, C, 0) };
  for (const value of ["A1", "A2", "A3"]) {
    clock.advance(10);
    title = mergeLww(title, { value, stamp: a.next() });
  }
  clock.advance(10);
  return mergeLww(title, { value: "B", stamp: b.next() }).value;
}

describe("[M2] four meanings of the last write", () => {
  it("by wall clock and by hybrid time B is last, by Lamport time A, who wrote more", () => {
    expect([racedBy("wall"), racedBy("hybrid"), racedBy("lamport")]).toEqual(["B", "B", "A3"]);
  });

  it("in a Y.Map the higher client id is last", () => {
    const race = (idOfA: number, idOfB: number): unknown => {
      const [a, b] = [new Y.Doc(), new Y.Doc()];
      [a.clientID, b.clientID] = [idOfA, idOfB];
      for (const value of ["A1", "A2", "A3"]) a.getMap("meta").set("title", value);
      b.getMap("meta").set("title", "B");
      Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
      return a.getMap("meta").get("title");
    };
    expect([race(1, 2), race(2, 1)]).toEqual(["B", "A3"]);
  });

  it("the lab's own register of that rule shows what a Y.Map shows, whoever writes when and hears what", () => {
    for (let seed = 0; seed < 200; seed++) {
      const prng = createPrng(seed);
      const ids = [A, B, C];
      const docs = ids.map((_, n) => Object.assign(new Y.Doc(), { clientID: n + 1 }));
      const own = ids.map((): OriginRegister<string> => []);
      for (let step = 0; step < 20; step++) {
        const [to, from] = [prng.int(0, 3), prng.int(0, 3)];
        if (prng.float() < 0.5) {
          docs[to]!.getMap("meta").set("title", `${step}`);
          own[to] = writeOrigin(own[to]!, ids[to]!, step, `${step}`);
        } else {
          Y.applyUpdate(docs[to]!, Y.encodeStateAsUpdate(docs[from]!));
          own[to] = mergeOrigins(own[to]!, own[from]!);
        }
        expect(shownOf(own[to]!)?.value, `seed ${seed}, step ${step}`).toBe(docs[to]!.getMap("meta").get("title"));
      }
    }
  });

  it("a multi-value register has A's third and B's", () => {
    let a = emptyMv<string>();
    for (const value of ["A1", "A2", "A3"]) a = writeMv(a, A, value);
    expect(values(mergeMv(a, writeMv(emptyMv<string>(), B, "B")))).toEqual(["A3", "B"]);
  });
});

describe("[M3] A's clock is an hour ahead", () => {
  const hourMs = 3_600_000;
  const afterwards = (kind: StampClockKind, laterMs: number, hasHeard: boolean): string => {
    const clock = new VirtualClock(1_000);
    const ahead = { now: () => clock.now() + hourMs, setTimer: clock.setTimer.bind(clock) };
    const first = { value: "A", stamp: stampClock(kind, A, ahead).next() };
    const b = stampClock(kind, B, clock);
    if (hasHeard) b.hear(first.stamp);
    clock.advance(laterMs);
    return mergeLww(first, { value: "B", stamp: b.next() }).value;
  };

  it("by wall clock nothing that B writes in that hour stays, though B has seen A's", () => {
    expect([1, hourMs / 2, hourMs + 1].map((laterMs) => afterwards("wall", laterMs, true))).toEqual(["A", "A", "B"]);
  });

  it("by hybrid and Lamport time B's next write stays once B has seen A's", () => {
    expect([afterwards("hybrid", 1, true), afterwards("lamport", 1, true), afterwards("hybrid", 1, false)]).toEqual(["B", "B", "A"]);
  });

  it("a wall clock that is set back makes stamps below its last, as the product's titles have them, and a hybrid one does not", () => {
    let nowMs = 500;
    const source = { now: () => nowMs, setTimer: () => () => undefined };
    const [wall, hybrid] = [stampClock("wall", A, source), stampClock("hybrid", A, source)];
    expect([wall.next().wallMs, hybrid.next().wallMs]).toEqual([500, 500]);
    nowMs = 100;
    expect([wall.next().wallMs, hybrid.next().wallMs]).toEqual([100, 501]);
  });
});

describe("[M4] views, A 3 and B 2 while apart, every message delivered twice", () => {
  it("a G-Counter says 5 everywhere", () => {
    const [a, b] = [increment(new Map(), A, 3), increment(new Map(), B, 2)];
    let server: GCounter = new Map();
    for (const message of [a, a, b, b]) server = mergeCounters(server, message);
    const merged = [mergeCounters(mergeCounters(a, b), b), mergeCounters(mergeCounters(b, a), a), server];
    expect(merged.map(counterValue)).toEqual([5, 5, 5]);
  });

  it("messages that say +n and are counted as they come diverge for ever: 7, 8 and 10", () => {
    const received = (own: number, messages: readonly number[]): number => messages.reduce((sum, by) => sum + by, own);
    expect([received(3, [2, 2]), received(2, [3, 3]), received(0, [3, 3, 2, 2])]).toEqual([7, 8, 10]);
  });

  it("a last-writer-wins number is the last writer's own", () => {
    const [a, b] = [
      { value: 3, stamp: stamp(10, A) },
      { value: 2, stamp: stamp(11, B) },
    ];
    expect(mergeLww(a, b).value).toBe(2);
  });
});

it("[M5] votes, A +1, B -1, C +1: a PN-Counter says +1", () => {
  const [a, b, c] = [addTo(ZERO, A, 1), addTo(ZERO, B, -1), addTo(ZERO, C, 1)];
  expect([pnValue(mergePn(mergePn(a, b), c)), pnValue(mergePn(c, mergePn(b, mergePn(a, a))))]).toEqual([1, 1]);
});

const start = {
  or: addElement(emptySet<string>(), "todo", "s:1"),
  removeWins: addRemoveWins<string>({ added: new Set(), removals: new Map(), overridden: new Set() }, "todo"),
  twoPhase: addTwoPhase<string>({ added: new Set(), removed: new Set() }, "todo"),
  lww: putElement<string>(new Map(), "todo", true, stamp(1, C)),
};

describe("[M6] A removes a tag, B takes it away and adds it again", () => {
  it("add wins in an OR-Set", () => {
    const a = removeDots(start.or, dotsOf(start.or, "todo"));
    const b = addElement(removeDots(start.or, dotsOf(start.or, "todo")), "todo", "b:1");
    expect([elementsOf(mergeSets(a, b)), elementsOf(mergeSets(b, a))]).toEqual([["todo"], ["todo"]]);
  });

  it("removal wins in a remove-wins set, and the tag can return", () => {
    const a = removeRemoveWins(start.removeWins, "todo", "a:1");
    const b = addRemoveWins(removeRemoveWins(start.removeWins, "todo", "b:1"), "todo");
    const merged = mergeRemoveWins(a, b);
    expect([removeWinsElements(b), removeWinsElements(merged), removeWinsElements(addRemoveWins(merged, "todo"))]).toEqual([
      ["todo"],
      [],
      ["todo"],
    ]);
  });

  it("in a two-phase set it is gone for good", () => {
    const a = removeTwoPhase(start.twoPhase, "todo");
    const merged = mergeTwoPhase(a, addTwoPhase(a, "todo"));
    expect([twoPhaseElements(merged), twoPhaseElements(addTwoPhase(merged, "todo"))]).toEqual([[], []]);
    expect(twoPhaseElements(addTwoPhase(removeTwoPhase({ added: new Set(), removed: new Set() }, "new"), "new"))).toEqual(["new"]);
  });

  it("in a last-writer-wins set the later stamp decides", () => {
    const removedAt = (wallMs: number): string[] => {
      const a = putElement(start.lww, "todo", false, stamp(wallMs, A));
      return lwwElements(mergeElements(a, putElement(start.lww, "todo", true, stamp(10, B))));
    };
    expect([removedAt(9), removedAt(11)]).toEqual([["todo"], []]);
  });

  it("in a Y.Map used as a set, setting beats deleting", () => {
    const [a, b] = [new Y.Doc(), new Y.Doc()];
    a.getMap("tags").set("todo", true);
    Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
    a.getMap("tags").delete("todo");
    b.getMap("tags").set("todo", true);
    Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
    expect([...a.getMap("tags").keys()]).toEqual(["todo"]);
  });
});

it("[M7] both remove a tag: it is gone from every kind of set", () => {
  const or = removeDots(start.or, dotsOf(start.or, "todo"));
  expect(elementsOf(mergeSets(or, or))).toEqual([]);
  expect(
    removeWinsElements(
      mergeRemoveWins(removeRemoveWins(start.removeWins, "todo", "a:1"), removeRemoveWins(start.removeWins, "todo", "b:1")),
    ),
  ).toEqual([]);
  const twoPhase = removeTwoPhase(start.twoPhase, "todo");
  expect(twoPhaseElements(mergeTwoPhase(twoPhase, twoPhase))).toEqual([]);
  const lww = mergeElements(putElement(start.lww, "todo", false, stamp(5, A)), putElement(start.lww, "todo", false, stamp(6, B)));
  expect(lwwElements(lww)).toEqual([]);
});

describe("[M8] A deletes a note while B writes three lines in it", () => {
  const lines = [stamp(11, B, 4), stamp(12, B, 5), stamp(13, B, 6)];
  const known = [stamp(5, B, 3), ...lines];
  const deletionAt = (wallMs: number) => ({ stamp: stamp(wallMs, A), seen: new Map([[B, 3]]) });

  it("delete wins: it is gone, and the three lines are in the ledger", () => {
    expect(fateOf("delete-wins", deletionAt(10), known)).toEqual({ isDeleted: true, lost: lines, hasMet: true });
  });

  it("edit wins: it returns, and people are told", () => {
    expect(fateOf("edit-wins", deletionAt(20), known)).toEqual({ isDeleted: false, lost: [], hasMet: true });
  });

  it("latest stamp: whichever was later", () => {
    expect(fateOf("latest-stamp", deletionAt(12), known)).toEqual({ isDeleted: false, lost: [], hasMet: true });
    expect(fateOf("latest-stamp", deletionAt(14), known.toReversed())).toEqual({ isDeleted: true, lost: lines, hasMet: true });
  });

  it("who deleted after having seen all simply deleted", () => {
    for (const rule of ["delete-wins", "edit-wins", "latest-stamp"] as const)
      expect(fateOf(rule, { stamp: stamp(1, A), seen: new Map([[B, 6]]) }, known)).toEqual({ isDeleted: true, lost: [], hasMet: false });
    expect(fateOf("delete-wins", null, known)).toEqual({ isDeleted: false, lost: [], hasMet: false });
  });
});

it("[M9] two drop different notes at one place among the pins: both stay, by id, and a third fits between them", () => {
  const y = positionBetween(FIRST_POSITION, null, { replica: C, seq: 1 });
  const pins: [string, LinePosition][] = [
    ["x", FIRST_POSITION],
    ["y", y],
    ["B's", positionBetween(FIRST_POSITION, y, { replica: B, seq: 1 })],
    ["A's", positionBetween(FIRST_POSITION, y, { replica: A, seq: 1 })],
  ];
  const order = (): string[] => pins.toSorted(([, a], [, b]) => comparePositions(a, b)).map(([name]) => name);
  expect(pins[2]![1][0]!.digit).toBe(pins[3]![1][0]!.digit);
  expect(order()).toEqual(["x", "A's", "B's", "y"]);
  pins.push(["C's", positionBetween(pins[3]![1], pins[2]![1], { replica: C, seq: 2 })]);
  expect(order()).toEqual(["x", "A's", "C's", "B's", "y"]);
});

describe("[M10] A moves folder P into Q while B moves Q into P", () => {
  const made: Move[] = [
    { stamp: stamp(1, C, 1), folder: "P", into: null },
    { stamp: stamp(2, C, 2), folder: "Q", into: null },
  ];
  const both = mergeMoves(
    [...made, { stamp: stamp(3, A), folder: "P", into: "Q" }],
    [...made, { stamp: stamp(4, B), folder: "Q", into: "P" }],
  );

  it("a register for each parent: both are gone from the top", () => {
    expect(pathsOf("lww", both)).toEqual([]);
  });

  it("moves in the order of their stamps: the later one is passed over", () => {
    expect(pathsOf("move", both)).toEqual(["Q", "Q/P"]);
  });

  it("put back where the tree is read: nothing is gone", () => {
    expect(pathsOf("reattach", both)).toEqual(["Q", "Q/P"]);
  });

  it("no folder is lost and none is in itself, whatever is moved where", () => {
    const name = fc.constantFrom("P", "Q", "R", "S");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.option(name), fc.nat(20), fc.nat(2)), { maxLength: 20 }), (list) => {
        const tops = ["P", "Q", "R", "S"].map((folder, n): Move => ({ stamp: stamp(-1, C, n), folder, into: null }));
        const moves = list.map(([folder, into, wallMs, who], n): Move => ({
          stamp: stamp(wallMs, replicaIdFrom(who), n + 9),
          folder,
          into: folder === into ? null : into,
        }));
        const [one, other] = [mergeMoves(tops, moves), mergeMoves(moves.toReversed(), tops)];
        for (const rule of ["move", "reattach"] as const) {
          expect(
            pathsOf(rule, one)
              .map((path) => path.slice(-1))
              .toSorted(),
          ).toEqual(["P", "Q", "R", "S"]);
          expect(pathsOf(rule, other)).toEqual(pathsOf(rule, one));
        }
      }),
      { seed: 7 },
    );
  });
});

describe("merging is commutative, associative and idempotent", () => {
  const ops = fc.array(fc.tuple(fc.nat(2), fc.constantFrom("p", "q"), fc.boolean(), fc.nat(20)), { maxLength: 12 });

  function laws<S>(
    empty: S,
    apply: (state: S, op: [number, string, boolean, number], n: number) => S,
    merge: (a: S, b: S) => S,
    read: (state: S) => unknown,
  ): void {
    fc.assert(
      fc.property(ops, (list) => {
        const copies = [empty, empty, empty];
        for (const [n, op] of list.entries()) copies[op[0]] = apply(copies[op[0]]!, op, n);
        const [a, b, c] = copies as [S, S, S];
        const all = read(merge(merge(a, b), c));
        expect(read(merge(c, merge(b, a)))).toEqual(all);
        expect(read(merge(merge(a, merge(b, c)), merge(b, b)))).toEqual(all);
      }),
      { seed: 7 },
    );
  }
  const sorted = (list: readonly string[]): string[] => list.toSorted();

  it("multi-value register", () =>
    laws<MvRegister<string>>(emptyMv(), (state, [who, value], n) => writeMv(state, replicaIdFrom(who), `${value}${n}`), mergeMv, values));
  it("OR-Set", () =>
    laws<OrSet<string>>(
      emptySet(),
      (state, [who, tag, isAdd], n) => (isAdd ? addElement(state, tag, `${who}:${n}`) : removeDots(state, dotsOf(state, tag))),
      mergeSets,
      (state) => sorted(elementsOf(state)),
    ));
  it("remove-wins set", () =>
    laws<RemoveWinsSet<string>>(
      { added: new Set(), removals: new Map(), overridden: new Set() },
      (state, [who, tag, isAdd], n) => (isAdd ? addRemoveWins(state, tag) : removeRemoveWins(state, tag, `${who}:${n}`)),
      mergeRemoveWins,
      (state) => sorted(removeWinsElements(state)),
    ));
  it("two-phase set", () =>
    laws<TwoPhaseSet<string>>(
      { added: new Set(), removed: new Set() },
      (state, [, tag, isAdd]) => (isAdd ? addTwoPhase(state, tag) : removeTwoPhase(state, tag)),
      mergeTwoPhase,
      (state) => sorted(twoPhaseElements(state)),
    ));
  it("last-writer-wins set", () =>
    laws<LwwElementSet<string>>(
      new Map(),
      (state, [who, tag, isAdd, wallMs], n) => putElement(state, tag, isAdd, stamp(wallMs, replicaIdFrom(who), n + 1)),
      mergeElements,
      (state) => sorted(lwwElements(state)),
    ));
});
