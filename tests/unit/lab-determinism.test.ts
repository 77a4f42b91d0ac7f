/** The same seed and steps give the same run: in Node here, in Chromium in tests/e2e/lab.spec.ts. */

import { expect, it } from "vitest";
import { recordFromJson } from "../../crdt/lab/sandbox-record.ts";
import { recordOfSeed, runOfSeed, SEEDS } from "../support/seed-runs.ts";

it("50 seeds give 50 runs, and each the same one twice, whatever the pieces of its time", async () => {
  const hashes: string[] = [];
  for (const seed of SEEDS) {
    const { hash } = recordFromJson(await recordOfSeed(seed));
    const again = await runOfSeed(seed, [7, 400, 1]);
    expect(again.hash, `seed ${seed}`).toBe(hash);
    hashes.push(hash);
    again.close();
  }
  expect(new Set(hashes).size).toBe(SEEDS.length);
});
