/** Replicas that meet in every way there is: single updates in any order and number, parts, wholes, and hops through others. */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, pick } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";

const SEEDS = Math.ceil(60 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const REPLICAS = 4;
const STEPS = 120;

// Copies that need a node between them meet in contract/ordered.test.ts.
const FREE = (await Promise.all(STRATEGY_NAMES.map(loadStrategy))).filter(({ traits }) => !traits.isOrdered);

describe.each(FREE.map((strategy) => [strategy.name, strategy] as const))("%s", (name, strategy) => {
  it("editors follow their replicas, and all end equal", () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const rerun = `FUZZ_SEED=${seed} FUZZ_SCALE=0.01 npx vitest run --config tests/vitest.config.ts tests/fuzz/convergence -t ${name}`;
      const prng = createPrng(`${name}/${seed}`);
      const clock = new VirtualClock(1_000);
      const open = (n: number, state?: Uint8Array): Replica =>
        strategy.open({ replica: replicaIdFrom(n), clock, ...(state === undefined ? {} : { state }) });
      const members = Array.from({ length: REPLICAS }, (_, n) => ({ id: n + 1, replica: open(n + 1), editor: "" }));
      const updates: Uint8Array[] = [];
      const take = (member: (typeof members)[number], update: Uint8Array): void => {
        member.editor = applySplices(member.editor, member.replica.receive(update).splices);
        expect(member.editor, rerun).toBe(member.replica.text());
      };
      for (let step = 0; step < STEPS; step++) {
        clock.advance(prng.int(0, 3));
        const member = pick(prng, members);
        const other = pick(prng, members);
        const dice = prng.float();
        if (dice < 0.5) {
          const splices = randomSplices(prng, member.replica.length);
          const edited = member.replica.edit(splices);
          if (!edited.isAccepted) throw new Error(`${edited.reason}; ${rerun}`);
          member.editor = applySplices(applySplices(member.editor, splices), edited.correction);
          expect(member.editor, rerun).toBe(member.replica.text());
          updates.push(edited.update);
        } else if (dice < 0.75 && updates.length > 0) take(member, pick(prng, updates));
        else if (dice < 0.9) take(member, other.replica.since(member.replica.version()));
        else if (dice < 0.95) take(member, other.replica.since(EMPTY_BYTES));
        else {
          // A reload: the same replica from what it had stored.
          member.replica = open(member.id, member.replica.since(EMPTY_BYTES));
          expect(member.replica.text(), rerun).toBe(member.editor);
        }
        member.replica.checkInvariants();
      }
      // Two rounds of meeting in a ring carry everything everywhere.
      for (let round = 0; round < 2; round++) {
        for (const [n, member] of members.entries()) {
          const next = members[(n + 1) % REPLICAS]!;
          take(next, member.replica.since(next.replica.version()));
        }
      }
      const [first] = members;
      for (const { replica } of members) {
        expect([replica.text(), replica.hash(), replica.stats().pending], rerun).toEqual([first!.replica.text(), first!.replica.hash(), 0]);
      }
    }
  });
});

function randomSplices(prng: ReturnType<typeof createPrng>, length: number): Splice[] {
  const splices: Splice[] = [];
  for (let at = 0, n = prng.int(1, 4); n > 0 && at <= length; n--) {
    const index = prng.int(at, length + 1);
    const remove = prng.float() < 0.4 ? prng.int(0, Math.min(6, length - index) + 1) : 0;
    splices.push({ index, remove, insert: prng.float() < 0.8 ? pick(prng, ["a", "bc", "😀", "\n", "é", "👩‍👩‍👧", "\r\n"]) : "" });
    at = index + remove + 1;
  }
  return splices;
}
