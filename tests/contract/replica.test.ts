/** Every strategy through one suite: what the seam promises to rooms, providers and editors. */

import { beforeEach, describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng, shuffle } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { Ordering } from "../support/ordering.ts";

const SEEDS = Math.ceil(40 * Number(process.env.FUZZ_SCALE ?? 1));

function insert(index: number, text: string): Splice[] {
  return [{ index, remove: 0, insert: text }];
}

function randomEdit(prng: Prng, length: number): Splice[] {
  const index = prng.int(0, length + 1);
  const remove = prng.float() < 0.4 ? prng.int(0, Math.min(5, length - index) + 1) : 0;
  return [{ index, remove, insert: prng.float() < 0.8 ? ["a", "bc", "😀", "\n", "é"][prng.int(0, 5)]! : "" }];
}

const STRATEGIES = await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy));

describe.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))("%s", (name, strategy) => {
  const { isOrdered } = strategy.traits;
  const clock = new VirtualClock(1_000);
  /** Where one node orders, it has a say in every edit of a test before others hear of it. */
  let ordering: Ordering;
  beforeEach(() => void (ordering = new Ordering(strategy, clock)));
  const open = (n: number, state?: Uint8Array): Replica =>
    strategy.open({ replica: replicaIdFrom(n), clock, ...(state === undefined ? {} : { state }) });
  const edit = (replica: Replica, splices: readonly Splice[]): Uint8Array => {
    clock.advance(1);
    const before = replica.text();
    const edited = replica.edit(splices);
    if (!edited.isAccepted) throw new Error(edited.reason);
    expect(applySplices(applySplices(before, splices), edited.correction)).toBe(replica.text());
    return ordering.commit(replica, edited.update);
  };

  it("begins empty and holds what is typed", () => {
    const a = open(1);
    expect([a.text(), a.length]).toEqual(["", 0]);
    edit(a, insert(0, "hello"));
    edit(a, [
      { index: 0, remove: 1, insert: "J" },
      { index: 5, remove: 0, insert: "!" },
    ]);
    expect([a.text(), a.length]).toEqual(["Jello!", 6]);
  });

  it("refuses an edit outside the text", () => {
    expect(() => open(1).edit(insert(3, "x"))).toThrow(RangeError);
  });

  it("gives splices that keep an editor equal to the text", () => {
    const [a, b] = [open(1), open(2)];
    let editor = "";
    for (const text of ["one ", "two ", "three"]) {
      editor = applySplices(editor, b.receive(edit(a, insert(a.length, text))).splices);
      expect(editor).toBe(b.text());
    }
    expect(editor).toBe("one two three");
  });

  it("takes an update twice without learning anything", () => {
    const [a, b] = [open(1), open(2)];
    const update = edit(a, insert(0, "once"));
    expect(b.receive(update).forward).not.toBeNull();
    const again = b.receive(update);
    expect([again.forward, again.splices, again.losses]).toEqual([null, [], []]);
  });

  it("fills a new copy from nothing and an old one from its version", () => {
    const [a, b] = [open(1), open(2)];
    b.receive(edit(a, insert(0, "first ")));
    const version = b.version();
    edit(a, insert(6, "second"));
    b.receive(a.since(version));
    expect(b.text()).toBe("first second");
    const loaded = open(3, a.since(EMPTY_BYTES));
    expect([loaded.text(), loaded.hash()]).toEqual([a.text(), a.hash()]);
    edit(loaded, insert(0, "> "));
    a.receive(loaded.since(a.version()));
    expect(a.text()).toBe("> first second");
  });

  it("compares copies by what they have seen: an undelivered deletion reads behind", () => {
    const [a, b] = [open(1), open(2)];
    b.receive(edit(a, insert(0, "abc")));
    expect(strategy.compare(a.seen(), b.seen())).toEqual({ ordering: "same", firstLacks: 0, secondLacks: 0 });
    a.edit([{ index: 1, remove: 1, insert: "" }]);
    expect(strategy.compare(b.seen(), a.seen())).toEqual({ ordering: "behind", firstLacks: 1, secondLacks: 0 });
    expect(strategy.compare(a.seen(), b.seen()).ordering).toBe("ahead");
    b.edit(insert(0, "x"));
    expect(strategy.compare(a.seen(), b.seen()).ordering).toBe("concurrent");
  });

  it("never cuts an emoji, and says how the editor must follow", () => {
    const a = open(1);
    edit(a, insert(0, "a😀b"));
    clock.advance(1);
    const edited = a.edit([{ index: 2, remove: 1, insert: "" }]);
    expect(a.text()).toBe("ab");
    expect(edited.isAccepted && applySplices("a\ud83db", edited.correction)).toBe("ab");
  });

  it("holds a position while others edit", () => {
    const a = open(1);
    edit(a, insert(0, "hello world"));
    const anchor = a.anchor(6, 1);
    expect(a.resolve(anchor)).toBe(6);
    edit(a, insert(11, "!"));
    expect(a.resolve(anchor)).toBe(6);
  });

  it("agrees with a plain string while one person types", () => {
    const prng = createPrng(`${name}/plain`);
    const a = open(1);
    const b = open(2);
    let text = "";
    for (let step = 0; step < 300; step++) {
      const splices = [{ index: prng.int(0, text.length + 1), remove: 0, insert: "xyz"[prng.int(0, 3)]! }];
      if (text.length > 3 && prng.float() < 0.4) splices[0] = { index: prng.int(0, text.length - 2), remove: 2, insert: "" };
      text = applySplices(text, splices);
      b.receive(edit(a, splices));
      expect([a.text(), b.text()]).toEqual([text, text]);
    }
  });

  it("answers mutated bytes with DecodeError or ProtocolError and stays as it was", () => {
    const prng = createPrng(`${name}/mutants`);
    const a = open(1);
    const good = [
      edit(a, insert(0, "hello")),
      edit(a, insert(5, " world")),
      edit(a, [{ index: 2, remove: 4, insert: "" }]),
      a.since(EMPTY_BYTES),
    ];
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const bytes = Uint8Array.from(good[prng.int(0, good.length)]!);
      if (prng.float() < 0.3) bytes.fill(prng.int(0, 256), prng.int(0, bytes.length));
      else bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
      const victim = open(9, good.at(-1));
      const before = victim.hash();
      try {
        victim.receive(bytes);
      } catch (error) {
        refused++;
        if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
        expect(victim.hash()).toEqual(before);
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  // What follows is true of copies that need nobody between them; ordered.test.ts has the others' part.
  if (isOrdered) return;

  describe("as a node holds it", () => {
    const hold = (state: Uint8Array = EMPTY_BYTES, updates: readonly Uint8Array[] = []) =>
      openRelay(strategy, { replica: replicaIdFrom(90), clock, state, updates, onDocumentOpened: () => undefined });
    const write = (prng: Prng): { updates: Uint8Array[]; copies: Replica[] } => {
      const copies = [open(1), open(2), open(3)];
      const updates: Uint8Array[] = [];
      for (let step = 0; step < 40; step++) {
        const copy = copies[prng.int(0, 3)]!;
        const update = edit(copy, randomEdit(prng, copy.length));
        if (update.length > 0) updates.push(update);
        if (prng.float() < 0.4) for (const other of copies) other.receive(copy.since(other.version()));
      }
      for (const update of updates) for (const copy of copies) copy.receive(update);
      return { updates, copies };
    };

    it("knows nothing in a version of one byte", () => {
      expect(hold().version().length).toBeLessThanOrEqual(1);
      expect(open(1).version().length).toBeLessThanOrEqual(1);
    });

    it("passes on what is news and nothing else, and is what a copy is", () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const prng = createPrng(`relay ${name} ${seed}`);
        const { updates, copies } = write(prng);
        const relay = hold();
        const reader = open(9);
        // Brought again until nothing waits.
        let queue = shuffle(prng, [...updates, ...updates.slice(0, 4)]);
        for (let round = 0; queue.length > 0 && round <= updates.length; round++) {
          queue = queue.filter((update) => {
            const { forward, isWaiting } = relay.receive(update);
            if (forward !== null) reader.receive(forward);
            return isWaiting;
          });
        }
        const { hash } = { hash: copies[0]!.hash() };
        expect([queue.length, reader.hash(), relay.document().hash()]).toEqual([0, hash, hash]);
        expect(strategy.compare(relay.seen(), copies[0]!.seen()).ordering).toBe("same");
        expect(relay.receive(updates[0]!).forward).toBeNull();
        // Loaded from its state, and from a state and what came after it; told in pieces; told to one that has a part.
        const loaded = hold(relay.since(EMPTY_BYTES));
        const some = open(8);
        for (const update of updates.slice(0, 10)) some.receive(update);
        const tail = hold(some.since(EMPTY_BYTES), updates);
        for (const other of [loaded, tail]) {
          const told = open(7);
          for (const piece of other.pieces?.(EMPTY_BYTES) ?? [other.since(EMPTY_BYTES)]) told.receive(piece);
          expect(told.hash()).toEqual(hash);
          const behind = open(6, some.since(EMPTY_BYTES));
          behind.receive(other.since(behind.version()));
          expect(behind.hash()).toEqual(hash);
        }
        tail.rebase?.(relay.document().since(EMPTY_BYTES), tail.version());
        expect([open(5, tail.since(EMPTY_BYTES)).hash(), tail.receive(updates.at(-1)!).forward]).toEqual([hash, null]);
      }
    });

    it("refuses what does not parse, and stays as it is", () => {
      const relay = hold(EMPTY_BYTES, write(createPrng("whole")).updates);
      const before = relay.since(EMPTY_BYTES);
      for (const bytes of [[255], [1, 2, 3], [0, 9, 9, 9]]) expect(() => relay.receive(Uint8Array.from(bytes))).toThrow(DecodeError);
      expect(relay.since(EMPTY_BYTES)).toEqual(before);
    });
  });

  it("says of each update whether it waits: one author's gap is not another's", () => {
    const [gappy, other, reader] = [open(1), open(2), open(3)];
    const missing = edit(gappy, insert(0, "a"));
    const early = edit(gappy, insert(1, "b"));
    const { isWaiting, forward } = reader.receive(early);
    expect(isWaiting).toBe(true);
    expect(reader.receive(edit(other, insert(0, "c"))).isWaiting).toBe(false);
    // A register has taken it: whoever has no more than that cannot be asked for the rest again and again.
    expect(reader.receive(early).isWaiting).toBe(forward === null);
    expect(reader.receive(missing).isWaiting).toBe(false);
    expect([reader.receive(early).isWaiting, reader.stats().pending]).toEqual([false, 0]);
  });

  it("converges under any order, duplication and partial delivery", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const prng = createPrng(`${name}/${seed}`);
      const replicas = [1, 2, 3].map((n) => open(n));
      const updates: Uint8Array[] = [];
      for (let step = 0; step < 40; step++) {
        const replica = replicas[prng.int(0, 3)]!;
        if (prng.float() < 0.6) updates.push(edit(replica, randomEdit(prng, replica.length)));
        else if (updates.length > 0) {
          const before = replica.text();
          expect(applySplices(before, replica.receive(updates[prng.int(0, updates.length)]!).splices)).toBe(replica.text());
        }
        replica.checkInvariants();
      }
      for (const replica of replicas) for (const update of shuffle(prng, [...updates, ...updates])) replica.receive(update);
      const [first, ...others] = replicas;
      for (const other of others) {
        expect(other.text(), `seed ${seed}: FUZZ_SCALE=${process.env.FUZZ_SCALE ?? 1} npx vitest run tests/contract/replica.test.ts`).toBe(
          first!.text(),
        );
        expect(other.hash()).toEqual(first!.hash());
        expect(strategy.compare(other.seen(), first!.seen()).ordering).toBe("same");
        expect(other.stats().pending).toBe(0);
      }
    }
  });
});
