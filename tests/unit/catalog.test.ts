import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { type NoteId, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, pick, shuffle } from "../../crdt/base/prng.ts";
import { Catalog, compareCatalogs } from "../../crdt/catalog/catalog.ts";
import { type Conflict, conflictsOf } from "../../crdt/catalog/conflicts.ts";
import { pinnedOf } from "../../crdt/catalog/pinned.ts";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";

const NOTE = parseNoteId("note")!;

/** What met about the note; a page asks only where that may be. */
function conflictsIn(catalog: Catalog): Conflict[] {
  const found = conflictsOf(catalog.cellsOf(NOTE));
  if (found.length > 0) expect(catalog.mayConflict(NOTE)).toBe(true);
  return found;
}

function setUp() {
  const clock = new VirtualClock(1_000);
  const open = (n: number): Catalog => new Catalog({ replica: replicaIdFrom(n), clock });
  const [a, b] = [open(1), open(2)];
  b.receive(a.addNote({ noteId: NOTE, title: "Plan", strategy: "fugue" }));
  clock.advance(10);
  return { clock, open, a, b };
}

describe("Catalog", () => {
  it("M1: of two titles the later stamp wins, and the other is reported with its words", () => {
    const { clock, a, b } = setUp();
    const first = a.rename(NOTE, "Ana's");
    clock.advance(1);
    const second = b.rename(NOTE, "Bo's");
    const atA = a.receive(second).losses;
    const atB = b.receive(first).losses;
    expect([a.find(NOTE)?.title, b.find(NOTE)?.title]).toEqual(["Bo's", "Bo's"]);
    expect(atA.map(({ field, author, splices, rule }) => [field, author, splices[0]?.insert, rule])).toEqual([
      ["title", replicaIdFrom(1), "Ana's", "lww-overwritten-unseen"],
    ]);
    expect(atB.map(({ id, rule }) => [id, rule])).toEqual([[atA[0]?.id, "lww-older-stamp"]]);
  });

  it("a title that was seen before it was replaced is not lost", () => {
    const { clock, a, b } = setUp();
    b.receive(a.rename(NOTE, "one"));
    clock.advance(1);
    expect(a.receive(b.rename(NOTE, "two")).losses).toEqual([]);
  });

  it("M4: views count once however often they are delivered", () => {
    const { a, b } = setUp();
    const updates = [a.view(NOTE), a.view(NOTE), a.view(NOTE), b.view(NOTE), b.view(NOTE)];
    for (const catalog of [a, b]) for (const update of [...updates, ...updates.toReversed()]) catalog.receive(update);
    expect([a.find(NOTE)?.views, b.find(NOTE)?.views]).toEqual([5, 5]);
  });

  it("M5: votes go both ways", () => {
    const { open, a, b } = setUp();
    const c = open(3);
    const updates = [a.since(EMPTY_BYTES), a.vote(NOTE, 1), b.vote(NOTE, -1), c.vote(NOTE, 1)];
    for (const catalog of [a, b, c]) for (const update of updates) catalog.receive(update);
    expect([a, b, c].map((catalog) => catalog.find(NOTE)?.votes)).toEqual([1, 1, 1]);
  });

  it("M6 and M7: a tag added again survives a concurrent removal; removed by both it is gone", () => {
    const { a, b } = setUp();
    b.receive(a.addTag(NOTE, "todo"));
    const removal = a.removeTag(NOTE, "todo");
    const again = b.addTag(NOTE, "todo");
    a.receive(again);
    b.receive(removal);
    expect([a.find(NOTE)?.tags, b.find(NOTE)?.tags]).toEqual([["todo"], ["todo"]]);
    const [x, y] = [a.removeTag(NOTE, "todo"), b.removeTag(NOTE, "todo")];
    a.receive(y);
    b.receive(x);
    expect([a.find(NOTE)?.tags, b.find(NOTE)?.tags]).toEqual([[], []]);
  });

  it("a deleted note stays deleted through renames until it is restored", () => {
    const { clock, a, b } = setUp();
    const deletion = a.setDeleted(NOTE, true);
    clock.advance(1);
    b.rename(NOTE, "still here?");
    b.receive(deletion);
    expect(b.find(NOTE)).toMatchObject({ isDeleted: true, title: "still here?" });
    b.setDeleted(NOTE, false);
    expect(b.find(NOTE)?.isDeleted).toBe(false);
  });

  it("keeps the strategy of whoever was first", () => {
    const { clock, open, a } = setUp();
    const c = open(3);
    clock.advance(5);
    const late = c.addNote({ noteId: NOTE, title: "Mine", strategy: "yjs" });
    c.receive(a.since(EMPTY_BYTES));
    a.receive(late);
    expect([a.find(NOTE)?.strategy, c.find(NOTE)?.strategy]).toEqual(["fugue", "fugue"]);
  });

  it("converges in any order with duplicates, and knows when something is missing", () => {
    for (let seed = 0; seed < 60; seed++) {
      const { clock, open, a, b } = setUp();
      const prng = createPrng(seed);
      const catalogs = [a, b, open(3)];
      const updates = [a.since(EMPTY_BYTES)];
      for (let step = 0; step < 30; step++) {
        clock.advance(prng.int(0, 2));
        const catalog = pick(prng, catalogs);
        const update = [
          () => catalog.rename(NOTE, `t${step}`),
          () => catalog.addTag(NOTE, pick(prng, ["x", "y"])),
          () => catalog.removeTag(NOTE, "x"),
          () => catalog.view(NOTE),
          () => catalog.vote(NOTE, 1),
          () => catalog.setDeleted(NOTE, prng.float() < 0.5),
          () => catalog.pin(NOTE, null),
          () => catalog.unpin(NOTE),
          () => catalog.receive(pick(prng, updates)) && EMPTY_BYTES,
        ][prng.int(0, 9)]!();
        if (update.length > 0) updates.push(update);
        catalog.checkInvariants();
      }
      for (const catalog of catalogs) {
        for (const update of shuffle(prng, [...updates, ...updates])) catalog.receive(update);
        for (const other of catalogs) catalog.receive(other.since(catalog.version()));
      }
      for (const catalog of catalogs) {
        expect(catalog.hash()).toEqual(a.hash());
        expect(compareCatalogs(catalog.seen(), a.seen()).ordering).toBe("same");
        expect(conflictsIn(catalog)).toEqual(conflictsIn(a));
        const copy = new Catalog({ replica: replicaIdFrom(9), clock, state: catalog.since(EMPTY_BYTES) });
        expect(copy.notes()).toEqual(a.notes());
      }
    }
  });

  it("refuses bytes that do not parse", () => {
    const { a, b } = setUp();
    b.receive(a.addTag(NOTE, "x"));
    a.removeTag(NOTE, "x");
    a.addTag(NOTE, "x");
    a.pin(NOTE, null);
    const before = a.hash();
    const good = a.since(EMPTY_BYTES);
    for (let at = 1; at < good.length; at++) expect(() => a.receive(good.subarray(0, at))).toThrow(DecodeError);
    expect(a.hash()).toEqual(before);
  });
});

describe("conflicts", () => {
  it("a title race is a conflict on both sides until somebody who saw both writes", () => {
    const { clock, a, b } = setUp();
    const first = a.rename(NOTE, "Ana's");
    clock.advance(1);
    const second = b.rename(NOTE, "Bo's");
    expect([conflictsIn(a), conflictsIn(b)]).toEqual([[], []]);
    a.receive(second);
    b.receive(first);
    const claim = (value: string, wallMs: number, n: number) => ({
      value,
      stamp: expect.objectContaining({ wallMs, replica: replicaIdFrom(n) }),
    });
    const race = [{ field: "title", winner: claim("Bo's", 1_011, 2), others: [claim("Ana's", 1_010, 1)] }];
    expect([conflictsIn(a), conflictsIn(b)]).toEqual([race, race]);
    b.receive(a.rename(NOTE, "Bo's"));
    expect([conflictsIn(a), conflictsIn(b)]).toEqual([[], []]);
  });

  it("of somebody who renamed three times unseen, the last counts; the same title twice is none", () => {
    const { clock, a, b } = setUp();
    for (const title of ["one", "two", "three"]) a.rename(NOTE, title);
    clock.advance(1);
    b.rename(NOTE, "Bo's");
    b.receive(a.since(EMPTY_BYTES));
    expect(conflictsIn(b)).toMatchObject([{ others: [{ value: "three" }] }]);
    const { a: c, b: d } = setUp();
    c.rename(NOTE, "same");
    d.rename(NOTE, "same");
    c.receive(d.since(EMPTY_BYTES));
    expect(conflictsIn(c)).toEqual([]);
  });

  it("M6: a tag that was added while it was removed is one, until somebody says again that it stays or goes", () => {
    for (const decide of [(c: Catalog) => c.addTag(NOTE, "todo"), (c: Catalog) => c.removeTag(NOTE, "todo")]) {
      const { a, b } = setUp();
      b.receive(a.addTag(NOTE, "todo"));
      const removal = a.removeTag(NOTE, "todo");
      a.receive(b.addTag(NOTE, "todo"));
      b.receive(removal);
      const met = [{ field: "tag", tag: "todo", addedBy: [replicaIdFrom(2)], removedBy: [replicaIdFrom(1)] }];
      expect([conflictsIn(a), conflictsIn(b)]).toEqual([met, met]);
      b.receive(decide(a));
      expect([conflictsIn(a), conflictsIn(b)]).toEqual([[], []]);
    }
  });

  it("a tag that comes back by somebody who had seen it go is none", () => {
    const { a, b } = setUp();
    b.receive(a.addTag(NOTE, "todo"));
    b.receive(a.removeTag(NOTE, "todo"));
    a.receive(b.addTag(NOTE, "todo"));
    expect([a.find(NOTE)?.tags, conflictsIn(a), conflictsIn(b)]).toEqual([["todo"], [], []]);
  });

  it("pinned by one and unpinned by another, the later stamp wins and both are told", () => {
    const { clock, a, b } = setUp();
    b.receive(a.pin(NOTE, null));
    const off = a.unpin(NOTE);
    clock.advance(1);
    const moved = b.pin(NOTE, null);
    a.receive(moved);
    b.receive(off);
    for (const catalog of [a, b]) {
      expect(catalog.find(NOTE)?.pin).not.toBeNull();
      expect(conflictsIn(catalog)).toMatchObject([{ field: "pin", winner: { value: true }, others: [{ value: false }] }]);
    }
  });
});

it("M9: two that are pinned at one place at once both stay, in one order, and another fits between them", () => {
  const { a, b } = setUp();
  const ids = ["x", "p", "q", "r"].map((id) => parseNoteId(id)!);
  const [x, p, q, r] = ids as [NoteId, NoteId, NoteId, NoteId];
  for (const noteId of ids) a.addNote({ noteId, title: noteId, strategy: "fugue" });
  a.pin(x, null);
  b.receive(a.since(EMPTY_BYTES));
  const [first, second] = [a.pin(p, x), b.pin(q, x)];
  a.receive(second);
  b.receive(first);
  const order = (catalog: Catalog): NoteId[] => pinnedOf(catalog.notes()).map(({ noteId }) => noteId);
  expect([order(a), order(b)]).toEqual([
    [x, p, q],
    [x, p, q],
  ]);
  b.receive(a.pin(r, p));
  expect([order(a), order(b)]).toEqual([
    [x, p, r, q],
    [x, p, r, q],
  ]);
});

describe("a long list of notes", () => {
  /** 900 notes: more than stand on one shelf. */
  function longList(seed: string) {
    const prng = createPrng(seed);
    const clock = new VirtualClock(1_000);
    const [a, b] = [1, 2].map((n) => new Catalog({ replica: replicaIdFrom(n), clock }));
    const ids = Array.from({ length: 900 }, (_, n) => parseNoteId(`note-${n}`)!);
    for (const noteId of ids) a!.addNote({ noteId, title: `Title ${noteId}`, strategy: "walker" });
    b!.receive(a!.since(EMPTY_BYTES));
    return { prng, clock, a: a!, b: b!, ids };
  }

  it("is written as the same bytes whatever was written of it before, and holds what its cells say", () => {
    const { prng, clock, a, b, ids } = longList("bytes");
    for (let n = 0; n < 200; n++) {
      clock.advance(1);
      const [writer, reader] = prng.float() < 0.5 ? [a, b] : [b, a];
      const noteId = pick(prng, ids);
      const change = prng.int(0, 5);
      if (change === 0) writer.rename(noteId, `Renamed ${n}`);
      else if (change === 1) writer.addTag(noteId, "tag");
      else if (change === 2) writer.removeTag(noteId, "tag");
      else if (change === 3) writer.view(noteId);
      else writer.setDeleted(noteId, prng.float() < 0.5);
      if (prng.float() < 0.3) {
        // Written once before, so that what is kept of that must follow what comes.
        reader.since(EMPTY_BYTES);
        reader.receive(writer.since(reader.version()));
      }
    }
    for (const copy of [a, b]) copy.receive((copy === a ? b : a).since(copy.version()));
    for (const copy of [a, b]) {
      copy.checkInvariants();
      const fresh = new Catalog({ replica: replicaIdFrom(3), clock, state: copy.since(EMPTY_BYTES) });
      fresh.checkInvariants();
      expect(fresh.since(EMPTY_BYTES)).toEqual(copy.since(EMPTY_BYTES));
      expect([fresh.hash(), fresh.noteCount, fresh.latestStamp()]).toEqual([a.hash(), 900, a.latestStamp()]);
    }
  });

  it("is taken in in steps, and comes to the same; a part of it is never taken for all", () => {
    const { clock, a, b, ids } = longList("steps");
    for (const noteId of ids) a.rename(noteId, "Renamed");
    const update = a.since(b.version());
    const [inSteps, atOnce] = [3, 4].map((n) => new Catalog({ replica: replicaIdFrom(n), clock, state: b.since(EMPTY_BYTES) }));
    const version = inSteps!.version();
    const steps = inSteps!.receiveInSteps(update)!;
    let count = 0;
    let taken = steps.next();
    for (; taken.done !== true; taken = steps.next()) {
      count++;
      expect(inSteps!.version()).toEqual(version);
    }
    expect(count).toBeGreaterThan(3);
    expect(taken.value).toEqual(atOnce!.receive(update));
    inSteps!.checkInvariants();
    expect([inSteps!.hash(), inSteps!.since(EMPTY_BYTES)]).toEqual([atOnce!.hash(), atOnce!.since(EMPTY_BYTES)]);
    expect(inSteps!.receiveInSteps(a.view(ids[0]!))).toBeNull();
  });
});
