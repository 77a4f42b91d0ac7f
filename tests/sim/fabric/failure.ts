/** What is left of a failing storm: its smallest acts as a file, as a scenario where one shows it too, and how to see it again. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeScenario } from "../../../crdt/lab/script-writer.ts";
import { fewest, shrink } from "../../../crdt/lab/shrink.ts";
import { linkLine } from "../../../server/cli/lab/lab-link.ts";
import { runStorm, type Storm, type StormOptions } from "./storm.ts";
import { stormFileOf, stormToJson } from "./storm-file.ts";
import { scenarioOf, showsFinding } from "./storm-scenario.ts";

const TRIALS_MAX = 400;

export interface Failure {
  /** For whoever reads the terminal. */
  readonly lines: readonly string[];
  readonly stormPath: string;
  /** null: one node does not show it. */
  readonly scenarioPath: string | null;
}

/** The checker that found it. */
export function nameOf(finding: string): string {
  return finding.slice(0, finding.indexOf(":"));
}

/** Cost: up to `trialsMax` storms, and as many runs of the scenario. */
export async function keepFailure(
  options: StormOptions,
  planted: string | null,
  storm: Storm,
  folder: string,
  trialsMax = TRIALS_MAX,
): Promise<Failure> {
  const name = nameOf(storm.findings[0]!);
  let trials = 0;
  const acts = await fewest(storm.acts, async (some) => {
    if (trials++ >= trialsMax) return false;
    return (await runStorm({ ...options, acts: some })).findings.some((finding) => nameOf(finding) === name);
  });
  const smallest = await runStorm({ ...options, acts });
  const base = join(folder, `${options.strategy.name}-${options.nemesis}-${options.seed}`);
  mkdirSync(folder, { recursive: true });
  const stormPath = `${base}.storm.json`;
  const file = stormFileOf(options, planted, smallest);
  writeFileSync(stormPath, stormToJson(file));
  const bound = trials > trialsMax ? "; stopped there: a smaller one may exist" : "";
  const lines = [
    ...smallest.findings.map((finding) => `  ${finding}`),
    `  ${storm.acts.length} acts became ${acts.length} in ${Math.min(trials, trialsMax)} runs${bound}: ${stormPath}`,
    `  replay: npm run sim -- --replay ${stormPath}`,
  ];
  // Of all acts: those that are too many on several nodes may be needed on one.
  const script = scenarioOf(stormFileOf(options, planted, storm));
  const question = showsFinding(name, options.strategy);
  const shrunk = question === null ? null : await shrink(script, question, trialsMax);
  if (shrunk === null) {
    const nearest = linkLine(script);
    return {
      lines: [...lines, "  One node does not show it. The same edits and cuts on one node:", `  ${nearest}`],
      stormPath,
      scenarioPath: null,
    };
  }
  const scenarioPath = `${base}.scenario.json`;
  writeFileSync(scenarioPath, `${JSON.stringify(writeScenario(shrunk.script), null, 2)}\n`);
  return {
    lines: [
      ...lines,
      `  One node shows it too: ${script.actions.length} actions became ${shrunk.script.actions.length}: ${scenarioPath}`,
      `  replay: npm run --silent lab -- replay ${scenarioPath} --strategy ${options.strategy.name}`,
      `  ${linkLine(shrunk.script)}`,
    ],
    stormPath,
    scenarioPath,
  };
}
