/** What is left of a failing storm: its smallest acts as a file, as a scenario where one shows it too, and how to see it again. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "../../../crdt/lab/script.ts";
import { writeScenario } from "../../../crdt/lab/script-writer.ts";
import { fewest, shrink } from "../../../crdt/lab/shrink.ts";
import { linkLine } from "../../../server/cli/lab/lab-link.ts";
import { runStorm, type Storm, type StormOptions } from "./storm.ts";
import { stormFileOf, stormToJson } from "./storm-file.ts";
import { scenarioOf, scenarioOfOne, showsFinding } from "./storm-scenario.ts";

const TRIALS_MAX = 400;

export interface Failure {
  /** For whoever reads the terminal. */
  readonly lines: readonly string[];
  readonly stormPath: string;
  readonly scenarioPath: string;
  /** Whether a run of the scenario shows what the storm did; else it is the same acts, to be looked at. */
  readonly isShownByScenario: boolean;
}

/** The checker that found it. */
export function nameOf(finding: string): string {
  return finding.slice(0, finding.indexOf(":"));
}

/** Cost: up to `trialsMax` storms, and up to three times as many runs of scenarios. */
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
  const { script, kept, words } = await smallestScenario(options, planted, storm, smallest, trialsMax);
  const scenarioPath = `${base}.scenario.json`;
  writeFileSync(scenarioPath, `${JSON.stringify(writeScenario(script), null, 2)}\n`);
  return {
    lines: [
      ...lines,
      `  ${words}: ${scenarioPath}`,
      `  replay: npm run --silent lab -- replay ${scenarioPath} --strategy ${options.strategy.name}`,
      `  ${linkLine(script)}`,
    ],
    stormPath,
    scenarioPath,
    isShownByScenario: kept,
  };
}

/**
 * The storm as a scenario: the smallest that shows what was found, on the nodes that it had if it can be, else on one. Where none shows
 * it, or a scenario cannot be asked, that of the smallest storm.
 */
async function smallestScenario(
  options: StormOptions,
  planted: string | null,
  whole: Storm,
  smallest: Storm,
  trialsMax: number,
): Promise<{ readonly script: Script; readonly kept: boolean; readonly words: string }> {
  const { strategy, plant } = options;
  const name = nameOf(smallest.findings[0] ?? whole.findings[0]!);
  const onNodes = scenarioOf(stormFileOf(options, planted, smallest));
  const nodes = `${onNodes.nodes} nodes`;
  // What was done without need in a storm may be needed in a scenario.
  const candidates = [
    { script: onNodes, question: showsFinding(name, strategy, plant), where: nodes },
    { script: scenarioOf(stormFileOf(options, planted, whole)), question: showsFinding(name, strategy, plant), where: nodes },
    { script: scenarioOfOne(stormFileOf(options, planted, whole)), question: showsFinding(name, strategy), where: "One node" },
  ];
  for (const { script, question, where } of candidates) {
    const shrunk = question === null ? null : await shrink(script, question, trialsMax);
    if (shrunk === null) continue;
    const [from, to] = [script.actions.length, shrunk.script.actions.length];
    const shows = where === nodes ? `A scenario of ${nodes} shows it too` : "One node shows it too";
    return { script: shrunk.script, kept: true, words: `${shows}: ${from} actions became ${to}` };
  }
  return { script: onNodes, kept: false, words: `No scenario shows that; the same acts on ${nodes}` };
}
