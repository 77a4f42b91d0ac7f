/**
 * `npm run sim -- [--seeds N] [--seed FIRST] [--strategy S] [--nemesis X] [--minutes M] [--json FILE]`: storms over notes on several
 * nodes for as long as it is told to. Each seed goes through every strategy and nemesis that was asked for before the next one
 * begins. Ends with 1 and the commands that replay what failed.
 */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isStrategyName, loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { runCatalogStorm } from "./fabric/catalog-storm.ts";
import { FABRIC_NEMESES, runStorm, type Storm } from "./fabric/storm.ts";
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
  !nemeses.every((name) => Object.hasOwn(FABRIC_NEMESES, name))
) {
  console.error(
    "Usage: npm run sim -- [--seeds N] [--seed FIRST] [--strategy S,...] [--nemesis X,...] [--minutes M] [--json FILE]\n" +
      `strategies: ${[...STRATEGY_NAMES, LIST].join(", ")}\nnemeses: ${Object.keys(FABRIC_NEMESES).join(", ")}`,
  );
  process.exit(2);
}

const untilMs = performance.now() + minutes * 60_000;
const tally = new Tally();
const loaded = await Promise.all(strategies.map(loadNodeStrategy));
let seed = firstSeed;
for (; seed < firstSeed + seeds && performance.now() < untilMs; seed++)
  for (const subject of subjects)
    for (const nemesis of nemeses) {
      if (performance.now() >= untilMs) break;
      const strategy = loaded.find(({ name }) => name === subject);
      const storm = strategy === undefined ? await stormList(nemesis, seed) : await runStorm({ strategy, nemesis, seed });
      tally.add(subject, nemesis, storm);
      if (storm.findings.length > 0) console.log(`${rerunOf(subject, nemesis, seed)}\n  ${storm.findings.join("\n  ")}`);
    }
console.log(tally.report());
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ firstSeed, untilSeed: seed, ...tally.totals }, null, 2));
process.exit(tally.totals.failed === 0 ? 0 : 1);

/** Everything that was counted counts as inserted, and as acknowledged once it is found everywhere. */
async function stormList(nemesis: string, seed: number): Promise<Omit<Storm, "traceHash">> {
  const { findings, counted } = await runCatalogStorm(nemesis, seed);
  return { findings, inserted: counted, acknowledged: findings.length === 0 ? counted : 0, losses: 0, reigns: 0 };
}
