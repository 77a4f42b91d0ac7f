/**
 * The recorded traces that tests/bench reads, as parsed JSON: one writer (`startContent`, `endContent`, `txns` of `patches`),
 * or a graph (`numAgents` too, and `agent` and `parents` in each of `txns`).
 */

import { countAt, listAt, objectAt, optionalAt, ScenarioError, textAt } from "../json-shape.ts";
import { type GraphTransaction, type History, type Patch, parseTrace, stepsOfGraph } from "./history.ts";
import { oneWriter, textAfter } from "./workloads.ts";

/** Up to here a plain string tells what one writer's text must be when not all of it is played. */
const PLAIN_STEPS_MAX = 20_000;

/** @throws ScenarioError, TypeError or RangeError that says what is wrong. */
export function parseTraceFile(name: string, value: unknown): History {
  const shape = objectAt(value, "");
  const transactions = listAt(shape.txns, "txns");
  if (shape.numAgents === undefined && shape.kind !== "concurrent") {
    for (const [n, entry] of transactions.entries()) patchesAt(entry, `txns[${n}]`);
    const { patches, endContent } = parseTrace(name, shape);
    return { ...oneWriter(patches, endContent), name };
  }
  const agents = countAt(shape.numAgents, "numAgents");
  const graph = transactions.map((entry, n): GraphTransaction => {
    const at = `txns[${n}]`;
    const { agent, parents } = objectAt(entry, at);
    const by = countAt(agent, `${at}.agent`);
    if (by >= agents) throw new ScenarioError(`${at}.agent`, `expected less than numAgents ${agents}, got ${by}`);
    const builds = listAt(parents, `${at}.parents`).map((parent, k) => countAt(parent, `${at}.parents[${k}]`));
    if (builds.some((parent) => parent >= n)) throw new ScenarioError(`${at}.parents`, "expected transactions before this one");
    return { agent: by, parents: builds, patches: patchesAt(entry, at) };
  });
  const endContent = optionalAt(shape.endContent, "endContent", textAt, null);
  return { name, agents, steps: stepsOfGraph(graph), isRelative: false, endContent };
}

/** The first `count` steps of a history; all of it where it has no more. */
export function firstSteps(history: History, count: number): History {
  if (count >= history.steps.length) return history;
  const steps = history.steps.slice(0, count);
  const isPlain = history.agents === 1 && count <= PLAIN_STEPS_MAX;
  return { ...history, steps, endContent: isPlain ? textAfter(steps.flatMap(({ patches }) => patches)) : null };
}

function patchesAt(entry: unknown, path: string): Patch[] {
  return listAt(objectAt(entry, path).patches, `${path}.patches`).map((value, n): Patch => {
    const at = `${path}.patches[${n}]`;
    const [index, remove, insert] = listAt(value, at);
    return [countAt(index, `${at}[0]`), countAt(remove, `${at}[1]`), textAt(insert, `${at}[2]`)];
  });
}
