/** The list of notes on three and five nodes, under every nemesis. `npm run sim -- --strategy catalog` runs the same for as long as it is told to. */

import { describe, expect, it } from "vitest";
import { CATALOG_CHECKERS, PLANTED_IN_CATALOG, runCatalogStorm } from "./fabric/catalog-storm.ts";
import { FABRIC_NEMESES } from "./fabric/storm.ts";
import { rerunOf } from "./fabric/tally.ts";

const SEEDS = Math.ceil(5 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const PLANTED_SEEDS_MAX = 30;

it.each(Object.keys(FABRIC_NEMESES))(
  "[M4] [M5] the list of notes holds under %s: counters are monotone, each is counted once",
  async (nemesis) => {
    let counted = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const storm = await runCatalogStorm(nemesis, seed);
      expect(storm.findings, rerunOf("catalog", nemesis, seed)).toEqual([]);
      ({ counted } = storm);
      expect(counted).toBeGreaterThan(10);
    }
  },
);

describe("a planted bug is caught", () => {
  it.each(Object.entries(PLANTED_IN_CATALOG))("%s", async (_name, { nemesis, caughtBy, plant }) => {
    expect(Object.keys(CATALOG_CHECKERS)).toContain(caughtBy);
    const found = new Set<string>();
    for (let seed = 0; seed < PLANTED_SEEDS_MAX && !found.has(caughtBy); seed++)
      for (const finding of (await runCatalogStorm(nemesis, seed, plant())).findings) found.add(finding.slice(0, finding.indexOf(":")));
    expect([...found]).toContain(caughtBy);
  });
});
