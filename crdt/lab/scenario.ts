/**
 * The full format of scenarios: replicas with clocks of their own, links, and steps at moments of virtual time.
 *
 *     { "id": "same-caret", "v": 1, "title": "...", "lesson": "...", "seed": 1, "text": "Hello !",
 *       "topology": { "nodes": 1, "replicas": [{ "id": "A", "name": "Ana" }, { "id": "B", "name": "Bo" }] },
 *       "steps": [{ "at": 0, "do": "partition", "groups": [["A"], ["B"]] },
 *                 { "at": 1000, "do": "type", "by": "A", "pos": 6, "text": "Alice" }, ...
 *                 { "at": 3000, "do": "sync", "order": ["A", "B"] }],
 *       "expect": { "<strategy>": { "text": "...", "converged": true } } }
 *
 * `at` is in ms since the beginning. What this version cannot play is refused by name, never passed over.
 */

import { BANDWIDTH_BITS_PER_S_MIN, JITTER_MS_MAX, LATENCY_MS_MAX } from "../network/conditions.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import { choiceAt, countAt, flagAt, listAt, numberAt, objectAt, optionalAt, ScenarioError, type Shape, textAt } from "./json-shape.ts";
import {
  type Action,
  ACTIONS_MAX,
  type Expectation,
  keysOf,
  replicaAt,
  type ReplicaName,
  type Script,
  type ScriptReplica,
  type TimedAction,
} from "./script.ts";

/** The one node that a scenario has for now. */
const NODE = "S1";
/** A word is five keys. */
const KEYS_PER_WORD = 5;

/** @throws ScenarioError that names what is wrong, below `path`. */
export function parseScenario(value: unknown, path = ""): Script {
  const below = (field: string): string => (path === "" ? field : `${path}.${field}`);
  const shape = objectAt(value, path);
  const id = textAt(shape.id, below("id"));
  if (shape.v !== 1) throw new ScenarioError(below("v"), `expected 1, got ${JSON.stringify(shape.v) ?? "nothing"}`);
  const replicas = parseTopology(shape.topology, below("topology"));
  const reader = new StepReader(replicas.map(({ name }) => name));
  for (const [n, step] of listAt(shape.steps, below("steps")).entries()) reader.take(step, below(`steps[${n}]`));
  return {
    id,
    title: textAt(shape.title, below("title")),
    lesson: optionalAt(shape.lesson, below("lesson"), textAt, ""),
    seed: numberAt(shape.seed, below("seed")),
    startText: textAt(shape.text, below("text")),
    replicas,
    startsCut: false,
    actions: reader.actions(),
    strategies: parseStrategies(shape.strategy, below("strategy")),
    expected: parseExpect(shape.expect, below("expect")),
  };
}

function parseTopology(value: unknown, path: string): ScriptReplica[] {
  const topology = objectAt(value, path);
  if (topology.nodes !== 1)
    throw new ScenarioError(`${path}.nodes`, `this version plays scenarios of 1 node, got ${JSON.stringify(topology.nodes)}`);
  const replicas = listAt(topology.replicas, `${path}.replicas`).map((entry, n): ScriptReplica => {
    const at = `${path}.replicas[${n}]`;
    const replica = objectAt(entry, at);
    if (optionalAt(replica.at, `${at}.at`, textAt, NODE) !== NODE) throw new ScenarioError(`${at}.at`, `there is only ${NODE}`);
    return {
      name: replicaAt(replica.id, `${at}.id`),
      clockOffsetMs: optionalAt(replica.clockOffsetMs, `${at}.clockOffsetMs`, numberAt, 0),
      driftPpm: optionalAt(replica.driftPpm, `${at}.driftPpm`, numberAt, 0),
    };
  });
  if (replicas.length === 0) throw new ScenarioError(`${path}.replicas`, "expected at least one replica");
  if (new Set(replicas.map(({ name }) => name)).size < replicas.length) throw new ScenarioError(`${path}.replicas`, "an id is used twice");
  return replicas;
}

function parseStrategies(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : listAt(value, path).map((name, n) => textAt(name, `${path}[${n}]`));
}

function parseExpect(value: unknown, path: string): Map<string, Expectation> {
  const out = new Map<string, Expectation>();
  for (const [name, entry] of Object.entries(optionalAt(value, path, objectAt, {}))) {
    const at = `${path}[${JSON.stringify(name)}]`;
    const { text, converged, lost, hash, anomalies } = objectAt(entry, at);
    if (anomalies !== undefined) throw new ScenarioError(`${at}.anomalies`, "this version does not look for anomalies");
    out.set(name, {
      ...(text === undefined ? {} : { text: textAt(text, `${at}.text`) }),
      ...(converged === undefined ? {} : { converged: flagAt(converged, `${at}.converged`) }),
      ...(lost === undefined ? {} : { lost: countAt(lost, `${at}.lost`) }),
      ...(hash === undefined ? {} : { hash: textAt(hash, `${at}.hash`) }),
    });
  }
  return out;
}

/** Collects steps; texts that are typed at a speed become keys, which those of others come between. */
class StepReader {
  readonly #names: readonly ReplicaName[];
  readonly #actions: { readonly atMs: number; readonly action: Action }[] = [];
  #typings = 0;

  constructor(names: readonly ReplicaName[]) {
    this.#names = names;
  }

  /** In order of time; steps of one moment as they were written. */
  actions(): TimedAction[] {
    return this.#actions.toSorted((a, b) => a.atMs - b.atMs);
  }

  take(value: unknown, path: string): void {
    const step = objectAt(value, path);
    const atMs = countAt(step.at, `${path}.at`);
    const kind = textAt(step.do, `${path}.do`);
    const add = (action: Action, laterMs = 0): void => {
      this.#actions.push({ atMs: atMs + laterMs, action });
      if (this.#actions.length > ACTIONS_MAX) throw new ScenarioError(path, `more than ${ACTIONS_MAX} actions`);
    };
    switch (kind) {
      case "type":
        this.#type(step, path, add);
        return;
      case "delete":
      case "replace": {
        const text = kind === "delete" ? "" : textAt(step.text, `${path}.text`);
        add({
          do: "edit",
          by: this.#by(step, path),
          pos: countAt(step.pos, `${path}.pos`),
          len: countAt(step.len, `${path}.len`),
          text,
          wallMs: null,
        });
        return;
      }
      case "sync": {
        const order = listAt(step.order, `${path}.order`).map((name, n) => this.#member(name, `${path}.order[${n}]`));
        if (order.length === 0 || new Set(order).size < order.length)
          throw new ScenarioError(`${path}.order`, "expected replicas, each once");
        add({ do: "sync", order });
        return;
      }
      case "link":
        this.#link(step, path, add);
        return;
      case "partition":
        add({ do: "partition", cut: this.#cutBy(step.groups, `${path}.groups`) });
        return;
      case "heal":
        add({ do: "heal" });
        return;
      case "close":
      case "open":
        add({ do: kind, by: this.#by(step, path) });
        return;
      case "reload": {
        const by = this.#by(step, path);
        add({ do: "close", by });
        add({ do: "open", by });
        return;
      }
      case "server":
        if (step.node !== NODE) throw new ScenarioError(`${path}.node`, `expected "${NODE}", got ${JSON.stringify(step.node)}`);
        add({ do: choiceAt(step.action, ["crash", "restart"], `${path}.action`) });
        return;
      case "ask":
        // A question to whoever watches: nothing happens.
        textAt(step.question, `${path}.question`);
        return;
      default:
        throw new ScenarioError(`${path}.do`, `this version cannot play ${JSON.stringify(kind)}`);
    }
  }

  #type(step: Shape, path: string, add: (action: Action, laterMs?: number) => void): void {
    const by = this.#by(step, path);
    const pos = countAt(step.pos, `${path}.pos`);
    const text = textAt(step.text, `${path}.text`);
    const isBackward = optionalAt(step.rtl, `${path}.rtl`, flagAt, false);
    if (step.wpm === undefined && !isBackward) {
      add({ do: "edit", by, pos, len: 0, text, wallMs: null });
      return;
    }
    const wpm = optionalAt(step.wpm, `${path}.wpm`, numberAt, Infinity);
    if (!(wpm > 0)) throw new ScenarioError(`${path}.wpm`, `expected more than 0, got ${wpm}`);
    const typing = ++this.#typings;
    for (const [n, key] of keysOf(text, isBackward).entries())
      add({ do: "key", by, typing, pos, text: key, isBackward }, Math.round((n * 60_000) / (wpm * KEYS_PER_WORD)));
  }

  #link(step: Shape, path: string, add: (action: Action) => void): void {
    const isUp = step.to === NODE;
    if (!isUp && step.from !== NODE) throw new ScenarioError(path, `one end of a link is ${NODE}`);
    const by = isUp ? this.#member(step.from, `${path}.from`) : this.#member(step.to, `${path}.to`);
    add({ do: "link", by, direction: isUp ? "up" : "down", set: parseConditions(step.set, `${path}.set`) });
  }

  #cutBy(value: unknown, path: string): ReplicaName[] {
    const out: ReplicaName[] = [];
    for (const [n, group] of listAt(value, path).entries()) {
      const ends = listAt(group, `${path}[${n}]`);
      const members = ends.flatMap((end, k) => (end === NODE ? [] : [this.#member(end, `${path}[${n}][${k}]`)]));
      if (!ends.includes(NODE)) out.push(...members);
    }
    return out;
  }

  #by(step: Shape, path: string): ReplicaName {
    return this.#member(step.by, `${path}.by`);
  }

  #member(value: unknown, path: string): ReplicaName {
    const name = replicaAt(value, path);
    if (!this.#names.includes(name)) throw new ScenarioError(path, `replica ${name} is not in the topology`);
    return name;
  }
}

function parseConditions(value: unknown, path: string): ConditionsPatch {
  const { cut, latency, jitter, kbps, ...others } = objectAt(value, path);
  for (const [name, given] of Object.entries(others))
    if (given !== 0) throw new ScenarioError(`${path}.${name}`, "a live link is a stream: it has cut, latency, jitter and kbps");
  return {
    ...(cut === undefined ? {} : { cut: flagAt(cut, `${path}.cut`) ? "blackhole" : "open" }),
    ...(latency === undefined ? {} : { latencyMs: rangeAt(latency, 0, LATENCY_MS_MAX, `${path}.latency`) }),
    ...(jitter === undefined ? {} : { jitterMs: rangeAt(jitter, 0, JITTER_MS_MAX, `${path}.jitter`) }),
    ...(kbps === undefined
      ? {}
      : { bandwidthBitsPerS: 1_000 * rangeAt(kbps, BANDWIDTH_BITS_PER_S_MIN / 1_000, 1_000_000, `${path}.kbps`) }),
  };
}

function rangeAt(value: unknown, min: number, max: number, path: string): number {
  const number = numberAt(value, path);
  if (number < min || number > max) throw new ScenarioError(path, `expected ${min} to ${max}, got ${number}`);
  return number;
}
