/** SIGKILL while acks flow: the short form of `npm run fuzz -- durability`. */

import { expect, it } from "vitest";
import { DurabilityRounds } from "../fuzz/durability/rounds.ts";

const ROUNDS = 30;
const SEED = process.env.FUZZ_SEED ?? "0";

it(`[DU1] a server killed ${ROUNDS} times in the middle of everything has what it acknowledged, once`, { timeout: 300_000 }, async () => {
  const run = new DurabilityRounds(SEED);
  try {
    while (run.counts.rounds < ROUNDS && run.holds) await run.round();
    await run.finish();
    expect(run.counts, `again: npm run fuzz -- durability --rounds ${run.counts.rounds} --seed ${SEED}`).toMatchObject({
      lost: [],
      doubled: [],
    });
    expect(run.counts.acknowledged).toBeGreaterThan(10 * ROUNDS);
  } finally {
    await run.close();
  }
});
