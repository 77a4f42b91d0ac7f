/** A storm as a file: what was done, to be done again. The world that a scenario cannot be: several nodes, their disks and clocks. */

import { choiceAt, countAt, listAt, numberAt, objectAt, parseJson, ScenarioError, textAt } from "../../../crdt/lab/json-shape.ts";
import { isStrategyName, loadNodeStrategy } from "../../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../../crdt/strategy/strategy.ts";
import type { Act } from "./acts.ts";
import { PLANTED, stormOf } from "./planted.ts";
import { FABRIC_NEMESES, type Storm, type StormOptions } from "./storm.ts";

const ACTS = [
  "run",
  "edit",
  "release",
  "cut",
  "heal",
  "node-link",
  "crash",
  "restart",
  "lose-disk",
  "end-lease",
  "end-lock",
  "pause",
  "jump-clock",
  "slow-disk",
  "client-link",
  "heal-client",
  "move",
  "reload",
] as const satisfies readonly Act["do"][];

export interface StormFile {
  readonly strategy: StrategyName;
  readonly nemesis: string;
  readonly seed: number | string;
  /** The bug of planted.ts that was in it; null: none. */
  readonly planted: string | null;
  readonly findings: readonly string[];
  readonly traceHash: string;
  readonly acts: readonly Act[];
}

export function stormFileOf(
  { strategy, nemesis, seed }: StormOptions,
  planted: string | null,
  { findings, traceHash, acts }: Storm,
): StormFile {
  return { strategy: strategy.name, nemesis, seed, planted, findings, traceHash, acts };
}

export function stormToJson(file: StormFile): string {
  const { acts, ...head } = file;
  const lines = acts.map((act) => `    ${JSON.stringify(act)}`).join(",\n");
  return `${JSON.stringify({ v: 1, kind: "storm", ...head }, null, 2).slice(0, -2)},\n  "acts": [\n${lines}\n  ]\n}\n`;
}

/** @throws ScenarioError that names the line of what is no JSON, or the path of what is no storm. */
export function stormFromJson(text: string): StormFile {
  const shape = objectAt(parseJson(text), "");
  if (shape.v !== 1 || shape.kind !== "storm") throw new ScenarioError("v", 'expected a storm: "v": 1, "kind": "storm"');
  const strategy = textAt(shape.strategy, "strategy");
  if (!isStrategyName(strategy)) throw new ScenarioError("strategy", `unknown strategy ${JSON.stringify(strategy)}`);
  return {
    strategy,
    nemesis: choiceAt(shape.nemesis, Object.keys(FABRIC_NEMESES), "nemesis"),
    seed: typeof shape.seed === "string" ? shape.seed : numberAt(shape.seed, "seed"),
    planted: shape.planted === null ? null : choiceAt(shape.planted, Object.keys(PLANTED), "planted"),
    findings: listAt(shape.findings, "findings").map((finding, n) => textAt(finding, `findings[${n}]`)),
    traceHash: textAt(shape.traceHash, "traceHash"),
    acts: listAt(shape.acts, "acts").map((act, n) => actAt(act, `acts[${n}]`)),
  };
}

/** What `runStorm` takes to do it again. */
export async function optionsOf({ strategy, nemesis, seed, planted, acts }: StormFile): Promise<StormOptions> {
  return planted === null
    ? { strategy: await loadNodeStrategy(strategy), nemesis, seed, acts }
    : { ...(await stormOf(planted, seed)), acts };
}

/** The fields that an act of this kind must have; what a link is set to is checked where it is set. */
function actAt(value: unknown, path: string): Act {
  const shape = objectAt(value, path);
  const kind = choiceAt(shape.do, ACTS, `${path}.do`);
  if ("by" in shape) countAt(shape.by, `${path}.by`);
  if ("ms" in shape) numberAt(shape.ms, `${path}.ms`);
  for (const end of ["node", "to", "pair"] as const) if (end in shape) textAt(shape[end], `${path}.${end}`);
  if (kind === "edit") {
    const splice = objectAt(shape.splice, `${path}.splice`);
    for (const field of ["index", "remove"] as const) countAt(splice[field], `${path}.splice.${field}`);
    textAt(splice.insert, `${path}.splice.insert`);
  }
  if (kind === "cut") listAt(shape.cuts, `${path}.cuts`);
  return shape as unknown as Act;
}
