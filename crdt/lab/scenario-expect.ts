/** What a scenario of the full format says should come out. */

import { isStrategyName } from "../strategy/registry.ts";
import { choiceAt, countAt, fieldsAt, flagAt, listAt, objectAt, optionalAt, ScenarioError, type Shape, textAt } from "./json-shape.ts";
import { isKnownEngine } from "./judge.ts";
import { isEngineName } from "./meta-engines.ts";
import { type Expectation, NODE_NAMES, type NodeName, type ReplicaName, type ScriptReplica } from "./script.ts";

const FIELDS = "text texts converged lost hash refused paused skipped rests messages drafts meta metas anomalies".split(" ");
const META_FIELDS = ["title", "tags", "views", "votes", "pins", "folders", "isDeleted", "lostEdits", "unseenTitles", "lock"];

/** By name of a strategy, of an engine that stands for some, or of one that holds metadata. @throws ScenarioError */
export function parseExpect(
  value: unknown,
  path: string,
  replicas: readonly ScriptReplica[],
  nodes: readonly NodeName[] = NODE_NAMES.slice(0, 1),
): Map<string, Expectation> {
  const out = new Map<string, Expectation>();
  for (const [name, entry] of Object.entries(optionalAt(value, path, objectAt, {}))) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (!isStrategyName(name) && !isEngineName(name) && !isKnownEngine(name))
      throw new ScenarioError(at, `there is no strategy and no engine of the name ${JSON.stringify(name)}`);
    out.set(name, parseExpectation(objectAt(entry, at), at, replicas, nodes));
  }
  return out;
}

function parseExpectation(shape: Shape, at: string, replicas: readonly ScriptReplica[], nodes: readonly NodeName[]): Expectation {
  fieldsAt(shape, FIELDS, at);
  const { text, texts, converged, lost, hash, refused, paused, skipped, rests, messages, drafts, meta, metas, anomalies } = shape;
  return {
    ...(text === undefined ? {} : { text: textAt(text, `${at}.text`) }),
    ...(texts === undefined ? {} : { texts: byReplica(texts, `${at}.texts`, [...named(replicas), ...nodes], textAt) }),
    ...(converged === undefined ? {} : { converged: flagAt(converged, `${at}.converged`) }),
    ...(lost === undefined ? {} : { lost: countAt(lost, `${at}.lost`) }),
    ...(hash === undefined ? {} : { hash: textAt(hash, `${at}.hash`) }),
    ...(refused === undefined ? {} : { refused: countAt(refused, `${at}.refused`) }),
    ...(paused === undefined
      ? {}
      : { paused: listAt(paused, `${at}.paused`).map((name, n) => choiceAt(name, named(replicas), `${at}.paused[${n}]`)) }),
    ...(skipped === undefined ? {} : { skipped: countAt(skipped, `${at}.skipped`) }),
    ...(rests === undefined ? {} : { rests: flagAt(rests, `${at}.rests`) }),
    ...(messages === undefined ? {} : { messages: countAt(messages, `${at}.messages`) }),
    ...(drafts === undefined ? {} : { drafts: byReplica(drafts, `${at}.drafts`, named(replicas), textAt) }),
    ...(meta === undefined ? {} : { meta: metaAt(meta, `${at}.meta`) }),
    ...(metas === undefined ? {} : { metas: byReplica(metas, `${at}.metas`, [...named(replicas), "S1"], metaAt) }),
    ...(anomalies === undefined
      ? {}
      : { anomalies: listAt(anomalies, `${at}.anomalies`).map((name, n) => textAt(name, `${at}.anomalies[${n}]`)) }),
  };
}

function named(replicas: readonly ScriptReplica[]): ReplicaName[] {
  return replicas.map(({ name }) => name);
}

function byReplica<K extends string, T>(
  value: unknown,
  path: string,
  names: readonly K[],
  read: (value: unknown, path: string) => T,
): Partial<Record<K, T>> {
  const shape = objectAt(value, path);
  fieldsAt(shape, names, path);
  const out: Partial<Record<K, T>> = {};
  for (const name of names) if (shape[name] !== undefined) out[name] = read(shape[name], `${path}.${name}`);
  return out;
}

function metaAt(value: unknown, path: string): Shape {
  const shape = objectAt(value, path);
  fieldsAt(shape, META_FIELDS, path);
  return shape;
}
