/** `npm run fuzz -- text`: one seed after the other until the time is up, a report, and a failing seed made small. */

import { writeFileSync } from "node:fs";
import type { FuzzOptions } from "../run.ts";
import { addCounts, noCounts } from "./counts.ts";
import { rerunCommand, runSeed, STEPS } from "./engine.ts";
import { asTest, shrink } from "./shrink.ts";
import { worldFrom } from "./steps.ts";

const PROGRESS_EACH_MS = 10_000;

export function main({ minutes, seed: first, seeds, json }: FuzzOptions): boolean {
  const counts = noCounts();
  const fromMs = Date.now();
  const untilMs = fromMs + minutes * 60_000;
  let saidMs = fromMs;
  let seed = first;
  let failed: { readonly seed: number; readonly message: string; readonly test: string } | null = null;
  for (; seed < first + seeds && Date.now() < untilMs && failed === null; seed++) {
    const outcome = runSeed(seed);
    addCounts(counts, outcome.counts);
    if (outcome.failure !== null) {
      console.log(`seed ${seed} fails at step ${outcome.failure.at}: ${outcome.failure.error.stack}\nShrinking ...`);
      const shrunk = shrink(worldFrom(seed, STEPS));
      failed = { seed, message: shrunk.message, test: asTest(shrunk, `seed ${seed}, shrunk`) };
    }
    if (Date.now() - saidMs >= PROGRESS_EACH_MS) {
      saidMs = Date.now();
      console.log(
        `${seconds(fromMs)} s: seed ${seed}, ${counts.edits.toLocaleString("en")} edits, ${counts.merges.toLocaleString("en")} merges`,
      );
    }
  }
  const report = { seeds: seed - first, first, stepsPerReplica: STEPS, seconds: seconds(fromMs), ...counts, failed };
  if (json !== null) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  for (const [name, value] of Object.entries(report))
    if (typeof value === "number") console.log(`${name.padEnd(16)} ${value.toLocaleString("en")}`);
  if (failed === null) console.log("All held.");
  else console.log(`\nFAILED seed ${failed.seed}: ${failed.message}\nAgain: ${rerunCommand(failed.seed)}\n\n${failed.test}`);
  return failed === null;
}

function seconds(fromMs: number): number {
  return Math.round((Date.now() - fromMs) / 1000);
}
