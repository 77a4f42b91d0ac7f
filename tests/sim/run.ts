/**
 * `npm run sim -- [--seeds N] [--seed FIRST] [--strategy S] [--nemesis X] [--minutes M] [--out FOLDER] [--json FILE]`: storms over
 * notes on several nodes for as long as it is told to. Each seed goes through every strategy and nemesis that was asked for before
 * the next one begins. What fails is made small and kept in FOLDER, with the command that replays it and the link that shows it.
 * `--replay FILE` does one of these again; `--planted BUG` runs with a bug of planted.ts, to see it caught. 1: something failed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isStrategyName, loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { ScenarioError } from "../../crdt/lab/json-shape.ts";
import { runCatalogStorm } from "./fabric/catalog-storm.ts";
import { keepFailure } from "./fabric/failure.ts";
import { PLANTED, stormOf } from "./fabric/planted.ts";
import { optionsOf, stormFromJson } from "./fabric/storm-file.ts";
import { FABRIC_NEMESES, runStorm, type Storm, type StormOptions } from "./fabric/storm.ts";
import { rerunOf, Tally } from "./fabric/tally.ts";

const ALL = Object.keys(FABRIC_NEMESES).filter((name) => name !== "any");

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "0" },
    strategy: { type: "string" },
    nemesis: { type: "string" },
    minutes: { type: "string", default: "10" },
    json: { type: "string" },
    out: { type: "string", default: join(tmpdir(), "riftpad-sim") },
    replay: { type: "string" },
    planted: { type: "string" },
  },
});
const [seeds, firstSeed, minutes] = [values.seeds, values.seed, values.minutes].map(Number) as [number, number, number];
/** The list of notes is stormed like a note of a strategy. */
const LIST = "catalog";
const subjects = values.strategy?.split(",") ?? [...STRATEGY_NAMES, LIST];
const strategies = subjects.filter((name) => name !== LIST);
const nemeses = values.nemesis?.split(",") ?? ALL;
if (
  [seeds, firstSeed, minutes].some(Number.isNaN) ||
  !strategies.every(isStrategyName) ||
  !nemeses.every((name) => Object.hasOwn(FABRIC_NEMESES, name)) ||
  (values.planted !== undefined && !Object.hasOwn(PLANTED, values.planted))
) {
  console.error(
    "Usage: npm run sim -- [--seeds N] [--seed FIRST] [--strategy S,...] [--nemesis X,...] [--minutes M]\n" +
      "           [--out FOLDER] [--json FILE] [--planted BUG] | --replay FILE\n" +
      `strategies: ${[...STRATEGY_NAMES, LIST].join(", ")}\nnemeses: ${Object.keys(FABRIC_NEMESES).join(", ")}\n` +
      `bugs: ${Object.keys(PLANTED).join(", ")}`,
  );
  process.exit(2);
}

if (values.replay !== undefined) process.exit(await replayFile(values.replay));

const untilMs = performance.now() + minutes * 60_000;
const tally = new Tally();
const loaded = await Promise.all(strategies.map(loadNodeStrategy));
const { planted = null } = values;
let seed = firstSeed;
for (; seed < firstSeed + seeds && performance.now() < untilMs; seed++) {
  for (const options of await stormsOf(seed)) {
    if (performance.now() >= untilMs) break;
    const { strategy, nemesis } = options;
    const storm = await runStorm(options);
    tally.add(strategy.name, nemesis, storm);
    if (storm.findings.length === 0) continue;
    console.log(rerunOf(strategy.name, nemesis, seed, planted));
    console.log((await keepFailure(options, planted, storm, values.out)).lines.join("\n"));
  }
  if (!subjects.includes(LIST) || planted !== null) continue;
  for (const nemesis of nemeses) {
    if (performance.now() >= untilMs) break;
    const storm = await stormList(nemesis, seed);
    tally.add(LIST, nemesis, storm);
    if (storm.findings.length > 0) console.log(`${rerunOf(LIST, nemesis, seed)}\n  ${storm.findings.join("\n  ")}`);
  }
}
console.log(tally.report());
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ firstSeed, untilSeed: seed, ...tally.totals }, null, 2));
process.exit(tally.totals.failed === 0 ? 0 : 1);

/** Everything that was counted counts as inserted, and as acknowledged once it is found everywhere. */
async function stormList(nemesis: string, seed: number): Promise<Omit<Storm, "traceHash" | "acts">> {
  const { findings, counted } = await runCatalogStorm(nemesis, seed);
  return { findings, inserted: counted, acknowledged: findings.length === 0 ? counted : 0, losses: 0, reigns: 0 };
}

async function stormsOf(n: number): Promise<StormOptions[]> {
  if (planted !== null) return [await stormOf(planted, n)];
  return loaded.flatMap((strategy) => nemeses.map((nemesis) => ({ strategy, nemesis, seed: n })));
}

/** Does again what a file says. 0: nothing was found; 1: something; 2: no such file, or none of a storm. */
async function replayFile(path: string): Promise<0 | 1 | 2> {
  try {
    const file = stormFromJson(readFileSync(path, "utf8"));
    const { findings, traceHash } = await runStorm(await optionsOf(file));
    console.log(findings.length === 0 ? "nothing found" : findings.join("\n"));
    console.log(`trace ${traceHash}: ${traceHash === file.traceHash ? "the same as in the file" : "another than in the file"}`);
    return findings.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ScenarioError) && !(error instanceof Error && "code" in error)) throw error;
    console.error(`sim: ${path}: ${error.message}`);
    return 2;
  }
}
