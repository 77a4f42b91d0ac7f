/** The share of CI: seeds that must hold, and how a failing one is told. */

import { describe, expect, it } from "vitest";
import { addCounts, noCounts } from "./counts.ts";
import { rerunCommand, runSeed, STEPS } from "./engine.ts";
import { asTest, shrink } from "./shrink.ts";
import { worldFrom } from "./steps.ts";

/** Shrinking in CI stops early; the command that is printed goes on. */
const CI_TRIES_MAX = 300;
const SEEDS = Math.ceil(200 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);

/** `part` of `parts`: one test file each, so that they run side by side. */
export function fuzzPart(part: number, parts: number): void {
  describe(`TextDocument, part ${part} of ${parts}`, () => {
    it(`orders like FugueMax after each of ${STEPS} steps a replica, on 3 to 5 replicas`, { timeout: 600_000 }, () => {
      const total = noCounts();
      for (let seed = FIRST_SEED + part - 1; seed < FIRST_SEED + SEEDS; seed += parts) {
        const { counts, failure } = runSeed(seed);
        addCounts(total, counts);
        if (failure === null) continue;
        const shrunk = shrink(worldFrom(seed, STEPS), undefined, CI_TRIES_MAX);
        throw new Error(
          `seed ${seed}, step ${failure.at}: ${shrunk.message}\n\n${rerunCommand(seed)}\n\n${asTest(shrunk, `seed ${seed}`)}`,
          {
            cause: failure.error,
          },
        );
      }
      for (const what of ["edits", "merges", "early", "loads", "replays", "checkouts", "anchors", "twins", "refused"] as const)
        expect(total[what], `the fuzzer no longer comes to ${what}`).toBeGreaterThan(0);
    });
  });
}
