/**
 * The full format of scenarios: replicas with clocks of their own, links, and steps at moments of virtual time.
 *
 *     { "id": "same-caret", "v": 1, "title": "...", "lesson": "...", "tags": ["interleaving"], "seed": 1, "text": "Hello !",
 *       "topology": { "nodes": 1, "replicas": [{ "id": "A", "name": "Ana" }, { "id": "B", "name": "Bo" }] },
 *       "steps": [{ "at": 0, "do": "partition", "groups": [["A"], ["B"]] },
 *                 { "at": 1000, "do": "type", "by": "A", "pos": 6, "text": "Alice" }, ...
 *                 { "at": 3000, "do": "sync", "order": ["A", "B"] }],
 *       "expect": { "<strategy>": { "text": "...", "converged": true } } }
 *
 * `at` is in ms since the beginning. Steps: scenario-steps.ts. Besides: `clock`, what last-writer-wins strategies stamp with;
 * `engines`, the types that could hold metadata, one run each; `undo`: "all", an undo that knows no authors;
 * `topology.nodes`: 3 or 5, and of each replica `at`, the node that it is on; `topology.fencing`: false, nodes that trust time alone;
 * `topology.startAt`: the node where the note begins; `topology.leaseMs`: how long a note's lease lasts;
 * `topology.mode`: "datagram", links that may lose, double and reorder single messages; `topology.startsCut`: everybody is cut off
 * at the beginning. Fields that are not known, and what this version cannot play, are refused by name.
 */

import { CLOCK_KINDS } from "../causal/stamp-clock.ts";
import { ENGINE_NAMES, type EngineName, isEngineName } from "./meta-engines.ts";
import { isStrategyName, STRATEGY_NAMES } from "../strategy/registry.ts";
import { parseExpect } from "./scenario-expect.ts";
import { choiceAt, countAt, fieldsAt, flagAt, listAt, numberAt, objectAt, optionalAt, ScenarioError, textAt } from "./json-shape.ts";
import type { MetaStart } from "./meta-replica.ts";
import { leaseAt } from "./sandbox-setup.ts";
import { StepReader } from "./scenario-steps.ts";
import { NODE_NAMES, replicaAt, type Script, type ScriptReplica } from "./script.ts";
import { TEXT_SEED } from "./text-scenario.ts";

const FIELDS = [
  "id",
  "v",
  "title",
  "lesson",
  "tags",
  "seed",
  "text",
  "meta",
  "topology",
  "strategy",
  "clock",
  "engines",
  "undo",
  "steps",
  "expect",
];

/** @throws ScenarioError that names what is wrong, below `path`. */
export function parseScenario(value: unknown, path = ""): Script {
  const below = (field: string): string => (path === "" ? field : `${path}.${field}`);
  const shape = objectAt(value, path);
  const id = textAt(shape.id, below("id"));
  if (shape.v !== 1) throw new ScenarioError(below("v"), `expected 1, got ${JSON.stringify(shape.v) ?? "nothing"}`);
  fieldsAt(shape, FIELDS, path);
  const topology = parseTopology(shape.topology, below("topology"));
  const { replicas, mode } = topology;
  const nodes = NODE_NAMES.slice(0, topology.nodes ?? 1);
  const names = replicas.map(({ name }) => name);
  const reader = new StepReader(names, mode, nodes);
  for (const [n, step] of listAt(shape.steps, below("steps")).entries()) reader.take(step, below(`steps[${n}]`));
  const engines = optionalAt(shape.engines, below("engines"), parseEngines, null);
  for (const field of ["engines", "meta"])
    if (nodes.length > 1 && shape[field] !== undefined) throw new ScenarioError(below(field), "metadata goes with 1 node only");
  return {
    id,
    title: textAt(shape.title, below("title")),
    lesson: optionalAt(shape.lesson, below("lesson"), textAt, ""),
    seed: shape.seed === TEXT_SEED ? TEXT_SEED : numberAt(shape.seed, below("seed")),
    startText: textAt(shape.text, below("text")),
    ...topology,
    actions: reader.actions(),
    strategies: parseStrategies(shape.strategy, below("strategy")),
    expected: parseExpect(shape.expect, below("expect"), replicas, nodes),
    tags: optionalAt(shape.tags, below("tags"), textsAt, []),
    clock: optionalAt(shape.clock, below("clock"), (kind, at) => choiceAt(kind, CLOCK_KINDS, at), "wall"),
    undo: optionalAt(shape.undo, below("undo"), (whose, at) => choiceAt(whose, ["own", "all"] as const, at), "own"),
    ...(engines === null ? {} : { engines }),
    ...(shape.meta === undefined ? {} : { startMeta: parseMeta(shape.meta, below("meta")) }),
  };
}

type Topology = Pick<Script, "replicas" | "startsCut" | "nodes" | "hasFencing" | "startAt" | "leaseMs"> & {
  readonly mode: "stream" | "datagram";
};

function parseTopology(value: unknown, path: string): Topology {
  const topology = objectAt(value, path);
  fieldsAt(topology, ["nodes", "fencing", "startAt", "leaseMs", "mode", "startsCut", "replicas"], path);
  const count = topology.nodes;
  if (count !== 1 && count !== 3 && count !== 5)
    throw new ScenarioError(`${path}.nodes`, `expected 1, 3 or 5, got ${JSON.stringify(count) ?? "nothing"}`);
  const isSingle = count === 1;
  const nodes = NODE_NAMES.slice(0, count);
  const replicas = listAt(topology.replicas, `${path}.replicas`).map((entry, n): ScriptReplica => {
    const at = `${path}.replicas[${n}]`;
    const replica = objectAt(entry, at);
    fieldsAt(replica, ["id", "name", "clockOffsetMs", "driftPpm", "at"], at);
    optionalAt(replica.name, `${at}.name`, textAt, "");
    const home = optionalAt(replica.at, `${at}.at`, (node, where) => choiceAt(node, nodes, where), "S1");
    return {
      name: replicaAt(replica.id, `${at}.id`),
      clockOffsetMs: optionalAt(replica.clockOffsetMs, `${at}.clockOffsetMs`, numberAt, 0),
      driftPpm: optionalAt(replica.driftPpm, `${at}.driftPpm`, numberAt, 0),
      ...(home === "S1" ? {} : { at: home }),
    };
  });
  if (replicas.length === 0) throw new ScenarioError(`${path}.replicas`, "expected at least one replica");
  if (new Set(replicas.map(({ name }) => name)).size < replicas.length) throw new ScenarioError(`${path}.replicas`, "an id is used twice");
  const mode = optionalAt(topology.mode, `${path}.mode`, (kind, at) => choiceAt(kind, ["stream", "datagram"] as const, at), "stream");
  if (!isSingle && mode === "datagram") throw new ScenarioError(`${path}.mode`, "datagrams go with 1 node only");
  for (const field of ["fencing", "startAt", "leaseMs"])
    if (isSingle && topology[field] !== undefined) throw new ScenarioError(`${path}.${field}`, "goes with several nodes only");
  const hasFencing = optionalAt(topology.fencing, `${path}.fencing`, flagAt, true);
  const startsCut = optionalAt(topology.startsCut, `${path}.startsCut`, flagAt, false);
  return {
    replicas,
    mode,
    startsCut,
    ...(isSingle ? {} : { nodes: count }),
    ...(hasFencing ? {} : { hasFencing }),
    ...(topology.startAt === undefined ? {} : { startAt: choiceAt(topology.startAt, nodes, `${path}.startAt`) }),
    ...(topology.leaseMs === undefined ? {} : { leaseMs: leaseAt(topology.leaseMs, `${path}.leaseMs`) }),
  };
}

function parseStrategies(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  const known = (name: unknown, at: string): string => {
    const text = textAt(name, at);
    if (!isStrategyName(text))
      throw new ScenarioError(at, `unknown strategy ${JSON.stringify(text)}: there are ${STRATEGY_NAMES.join(", ")}`);
    return text;
  };
  return typeof value === "string" ? [known(value, path)] : listAt(value, path).map((name, n) => known(name, `${path}[${n}]`));
}

function parseEngines(value: unknown, path: string): EngineName[] {
  return listAt(value, path).map((name, n) => {
    const text = textAt(name, `${path}[${n}]`);
    if (!isEngineName(text))
      throw new ScenarioError(`${path}[${n}]`, `unknown engine ${JSON.stringify(text)}: there are ${ENGINE_NAMES.join(", ")}`);
    return text;
  });
}

function parseMeta(value: unknown, path: string): MetaStart {
  const meta = objectAt(value, path);
  fieldsAt(meta, ["title", "tags", "views"], path);
  return {
    ...(meta.title === undefined ? {} : { title: textAt(meta.title, `${path}.title`) }),
    ...(meta.tags === undefined ? {} : { tags: textsAt(meta.tags, `${path}.tags`) }),
    ...(meta.views === undefined ? {} : { views: countAt(meta.views, `${path}.views`) }),
  };
}

function textsAt(value: unknown, path: string): string[] {
  return listAt(value, path).map((text, n) => textAt(text, `${path}[${n}]`));
}
