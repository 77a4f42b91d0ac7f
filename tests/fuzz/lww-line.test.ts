/** lww-line against the array of lines that its definition speaks of: texts, splices, losses, and every byte. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { applySplices } from "../../crdt/base/splice.ts";
import { decodeUpdate } from "../../crdt/strategy/line-writes.ts";
import { lwwLineStrategy } from "../../crdt/strategy/lww-line-strategy.ts";
import type { Loss, Replica } from "../../crdt/strategy/strategy.ts";
import { comparePositions } from "../../crdt/types/line-position.ts";
import { NaiveLines } from "../support/naive-lines.ts";

const RUNS = Math.ceil(40 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const RERUN = `rerun: FUZZ_SEED=${SEED} FUZZ_SCALE=${process.env.FUZZ_SCALE ?? 1} npx vitest run tests/fuzz/lww-line.test.ts`;

/** Few different characters, so that a change could stand in many places; pairs, and halves of them. */
const TEXTS = ["a", "a\n", "\n", "\n\n", "ab", "a\na\n", "b\na", "😀", "\ud83d", ""];

interface World {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  /** Whoever writes, and what they ever said. */
  readonly writers: readonly Replica[];
  readonly updates: Uint8Array[];
}

function worldOf(name: string): World {
  const clock = new VirtualClock(1_000);
  const prng = createPrng(name);
  // Their clocks differ, so that a write may lose as soon as it is made.
  const writers = [0, 4, 9].map((aheadMs, n) =>
    lwwLineStrategy.open({
      replica: replicaIdFrom(n + 1),
      clock: { now: () => clock.now() + aheadMs, setTimer: () => () => {} },
    }),
  );
  return { clock, prng, writers, updates: [] };
}

/** Somebody writes, or reads what another has or once said. */
function act({ clock, prng, writers, updates }: World): void {
  clock.advance(prng.int(0, 3));
  const writer = writers[prng.int(0, writers.length)]!;
  const dice = prng.float();
  if (dice < 0.6) {
    const index = prng.int(0, writer.length + 1);
    const remove = prng.float() < 0.35 ? prng.int(0, Math.min(9, writer.length - index) + 1) : 0;
    // Now and then many lines at once: more than the text follows one by one.
    const insert = prng.float() < 0.03 ? "a\nb\n".repeat(25) : TEXTS[prng.int(0, TEXTS.length)]!;
    const edited = writer.edit([{ index, remove, insert }]);
    if (edited.isAccepted && edited.update.length > 0) updates.push(edited.update);
  } else if (dice < 0.8) writer.receive(writers[prng.int(0, writers.length)]!.since(writer.version()));
  else if (updates.length > 0) writer.receive(updates[prng.int(0, updates.length)]!);
}

/** How much was lost of whose: a loss joins what its author wrote in a row. */
function authorsOf(losses: readonly Loss[]): string[] {
  return [...new Set(losses.map(({ author }) => `${author}`))].sort();
}

function expectSame(copy: Replica, naive: NaiveLines): void {
  copy.checkInvariants();
  expect([copy.text(), copy.since(EMPTY_BYTES)], RERUN).toEqual([naive.text(), naive.whole()]);
}

describe("lww-line and the array of lines", () => {
  it("say the same of each update, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const world = worldOf(`lines ${seed}`);
        const { prng, writers, updates } = world;
        const copy = lwwLineStrategy.open({ replica: replicaIdFrom(8), clock: world.clock });
        const naive = new NaiveLines();
        const versions: Uint8Array[] = [];
        for (let n = 0; n < 80; n++) {
          act(world);
          if (updates.length === 0) continue;
          const one =
            prng.float() < 0.2
              ? writers[prng.int(0, 3)]!.since(copy.version())
              : updates[prng.int(Math.max(0, updates.length - 9), updates.length)]!;
          // Sometimes nobody has asked for the text since it was last changed.
          if (prng.float() < 0.3) expect(copy.relay!(one).forward !== null, RERUN).toBe(naive.receive(one).isNews);
          else {
            const before = copy.text();
            const [mine, theirs] = [copy.receive(one), naive.receive(one)];
            expect([mine.splices, mine.forward !== null], RERUN).toEqual([theirs.splices, theirs.isNews]);
            expect(applySplices(before, mine.splices)).toBe(naive.text());
            const lost = theirs.lost.map((key) => key.split(":")[0]!);
            expect(authorsOf(mine.losses), RERUN).toEqual([...new Set(lost)].sort());
          }
          if (prng.float() < 0.2) versions.push(copy.version());
        }
        expectSame(copy, naive);
        for (const version of versions) expect(copy.since(version), RERUN).toEqual(naive.since(version));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("write the lines that stand between the common beginning and end of all of them", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { prng, clock } = worldOf(`edits ${seed}`);
        const writer = lwwLineStrategy.open({ replica: replicaIdFrom(1), clock });
        const naive = new NaiveLines();
        for (let n = 0; n < 60; n++) {
          clock.advance(1);
          const [first, second] = [prng.int(0, writer.length + 1), prng.int(0, writer.length + 1)].toSorted((a, b) => a - b) as [
            number,
            number,
          ];
          const remove = prng.float() < 0.3 ? prng.int(0, Math.min(9, second - first) + 1) : 0;
          const splices = [
            { index: first, remove, insert: TEXTS[prng.int(0, 8)]! },
            ...(prng.float() < 0.3 ? [{ index: second, remove: 0, insert: TEXTS[prng.int(0, 8)]! }] : []),
          ].filter(({ index }, at) => at === 0 || index >= first + remove);
          const edited = writer.edit(splices);
          if (!edited.isAccepted) expect.unreachable(edited.reason);
          const written = edited.update.length === 0 ? [] : decodeUpdate(edited.update).writes;
          const told = written.map(({ position, content }) => {
            const at = naive.shown().findIndex((line) => comparePositions(line.position, position) === 0);
            return [at < 0 ? "new" : at, content!.isDeleted ? null : content!.text];
          });
          expect(told, RERUN).toEqual(naive.changes(writer.text()));
          naive.receive(edited.update);
          expect(naive.text()).toBe(writer.text());
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("fold the same when there are too many writes, and say the same of it", () => {
    const { clock, prng, writers } = worldOf("fold");
    const copy = lwwLineStrategy.open({ replica: replicaIdFrom(8), clock });
    const naive = new NaiveLines();
    // All write at the same few lines, and read one another now and then.
    for (let n = 0; n < 2_600; n++) {
      clock.advance(1);
      const writer = writers[prng.int(0, 3)]!;
      if (n % 50 === 0) for (const other of writers) writer.receive(other.since(writer.version()));
      const index = prng.int(0, writer.length + 1);
      const remove = writer.length > 40 ? Math.min(writer.length - index, 3) : 0;
      const edited = writer.edit([{ index, remove, insert: prng.float() < 0.05 ? "\n" : "a" }]);
      if (!edited.isAccepted) expect.unreachable(edited.reason);
      expect(copy.relay!(edited.update).forward !== null, RERUN).toBe(naive.receive(edited.update).isNews);
      if (n % 400 === 0) expectSame(copy, naive);
    }
    expect(naive.folded.size).toBeGreaterThan(0);
    expectSame(copy, naive);
    const { typed, kept } = copy.stats();
    expect([typed > 0, kept > 0, kept < typed]).toEqual([true, true, true]);
  });

  it("fold some of a long note at each write, until there are few enough, and lose no count", () => {
    const clock = new VirtualClock(1_000);
    const open = (n: number, state: Uint8Array = EMPTY_BYTES): Replica => lwwLineStrategy.open({ replica: replicaIdFrom(n), clock, state });
    const writer = open(1);
    const text = Array.from({ length: 9_000 }, (_, n) => `${n}`).join("\n");
    writer.edit([{ index: 0, remove: 0, insert: text }]);
    const copy = open(8, writer.since(EMPTY_BYTES));
    // Somebody who has not seen the note, and so writes over its first line.
    const other = open(2);
    const sizes: number[] = [];
    for (let n = 0; n < 2_100; n++) {
      clock.advance(1);
      const edited = other.edit([{ index: n, remove: 0, insert: "a" }]);
      if (!edited.isAccepted) expect.unreachable(edited.reason);
      copy.relay!(edited.update);
      if (n > 1_980 && n < 2_020) sizes.push(copy.stats().events);
    }
    // The lines are passed in three goes; a thousand writes are left beside them then, and what came since.
    const from = sizes.findIndex((size) => size > 11_000);
    expect([sizes.slice(from, from + 2), copy.stats().events]).toEqual([[11_001, 10_000], 10_097]);
    copy.checkInvariants();
    const typed = text.length + 2_100;
    expect(copy.stats()).toMatchObject({ typed, kept: typed - 1, pending: 0 });
    const reader = open(9, copy.since(EMPTY_BYTES));
    expect([reader.text() === copy.text(), reader.hash()]).toEqual([true, copy.hash()]);
    expect(reader.stats()).toMatchObject({ typed, kept: typed - 1 });
  });
});
