/** `npm run fuzz -- durability [--rounds 500] [--seed S]`: kills the server again and again, and counts what is missing. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FuzzOptions } from "../run.ts";
import { DurabilityRounds } from "./rounds.ts";

const PROGRESS_MS = 5_000;
const SHOWN = 10;

export async function main({ seed, rounds, json }: FuzzOptions): Promise<boolean> {
  const built = spawnSync(process.execPath, [fileURLToPath(new URL("../../../server/cli/scripts/run.mjs", import.meta.url)), "build"], {
    stdio: "inherit",
  });
  if (built.status !== 0) return false;
  const fromMs = Date.now();
  const run = new DurabilityRounds(String(seed));
  const { counts } = run;
  const seconds = (): number => Math.round((Date.now() - fromMs) / 1_000);
  let problem: string | null = null;
  try {
    for (let saidMs = fromMs; counts.rounds < rounds && run.holds;) {
      await run.round();
      if (Date.now() - saidMs < PROGRESS_MS) continue;
      saidMs = Date.now();
      console.log(
        `${counts.rounds} of ${rounds} rounds, ${counts.acknowledged.toLocaleString("en")} acknowledged, ${counts.lost.length} lost, ${seconds()} s`,
      );
    }
    await run.finish();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    await run.close();
  }
  const { moments, lost, doubled } = counts;
  const kinds = Object.entries(moments).map(([moment, times]) => `${times} at ${moment}`);
  console.log(
    [
      `${counts.rounds} rounds (${kinds.join(", ")}), ${counts.notes} notes, ${seconds()} s`,
      `${counts.typed.toLocaleString("en")} words typed in tabs, ${counts.acknowledged.toLocaleString("en")} acknowledged: ${lost.length} lost, ${doubled.length} doubled`,
      `${counts.comebacks} replicas came back with what had not been acknowledged`,
    ].join("\n"),
  );
  if (json !== null) writeFileSync(json, `${JSON.stringify({ seed, seconds: seconds(), problem, ...counts }, null, 2)}\n`);
  if (run.holds && problem === null) return true;
  for (const word of lost.slice(0, SHOWN)) console.log(`lost: ${word}`);
  for (const word of doubled.slice(0, SHOWN)) console.log(`doubled: ${word}`);
  if (problem !== null) console.log(problem);
  console.log(`Again: npm run fuzz -- durability --rounds ${counts.rounds} --seed ${seed}`);
  return false;
}
