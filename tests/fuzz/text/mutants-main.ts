/** `npm run fuzz -- mutants`: how many seeds the fuzzer needs for each planted bug; fails when one survives. */

import { writeFileSync } from "node:fs";
import type { FuzzOptions } from "../run.ts";
import { tryAll } from "./mutate.ts";

const SEEDS_MAX = 1_000;

export async function main({ seeds, json }: FuzzOptions): Promise<boolean> {
  const seedsMax = Math.min(seeds, SEEDS_MAX);
  const verdicts = await tryAll(seedsMax, ({ mutant, seeds: needed, message }) =>
    console.log(`${needed === null ? "SURVIVED" : `${String(needed).padStart(4)} seeds`}  ${mutant}\n            ${message}`),
  );
  const needed = verdicts.flatMap((verdict) => (verdict.seeds === null ? [] : [verdict.seeds])).sort((a, b) => a - b);
  console.log(
    `${needed.length} of ${verdicts.length} caught; median ${needed[needed.length >> 1] ?? "-"} seeds, most ${needed.at(-1) ?? "-"}, at most ${seedsMax} tried`,
  );
  if (json !== null) writeFileSync(json, `${JSON.stringify(verdicts, null, 2)}\n`);
  return needed.length === verdicts.length;
}
