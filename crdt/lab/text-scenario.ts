/**
 * The short format of text scenarios: everybody is cut off but for `sync`, and steps run in order.
 *
 *     { "id": "T02", "title": "...", "init": "Hello !", "steps": [
 *         { "r": "A", "ins": [6, "Alice"] },          at 6, "Alice"; with "bwd": true typed from right to left
 *         { "r": "B", "rep": [0, 5, "Bye"] },         deletes 5 at 0 and types there
 *         { "r": "B", "del": [0, 2], "ts": 3600 },    deletes 2 at 0, when B's wall clock shows 3,600 s
 *         { "sync": ["A", "B"] } ],                   A's messages reach the server before B's; both then have everything
 *       "expected": { "RGA": "..." } }
 *
 * A step's wall time is its index, from 1, in seconds. Fields that are not named here are left alone.
 */

import { flagAt, listAt, numberAt, objectAt, optionalAt, countAt, ScenarioError, type Shape, textAt } from "./json-shape.ts";
import {
  ACTIONS_MAX,
  type Expectation,
  keysOf,
  replicaAt,
  REPLICA_NAMES,
  type ReplicaName,
  type Script,
  type TimedAction,
} from "./script.ts";

/** Scenarios of this format name none: it is the same for all. */
export const TEXT_SEED = "text";
const OPERATIONS = ["ins", "rep", "del"] as const;

/** Whether `value` is meant to be of this format, be it right or wrong. */
export function isTextScenario(value: Shape): boolean {
  return "init" in value;
}

/** @throws ScenarioError that names what is wrong, below `path`. */
export function parseTextScenario(value: unknown, path = ""): Script {
  const below = (field: string): string => (path === "" ? field : `${path}.${field}`);
  const shape = objectAt(value, path);
  const id = textAt(shape.id, below("id"));
  const startText = textAt(shape.init, below("init"));
  const names = new Set<ReplicaName>();
  const actions: TimedAction[] = [];
  for (const [n, step] of listAt(shape.steps, below("steps")).entries()) {
    for (const action of parseStep(step, n + 1, below(`steps[${n}]`))) {
      if (action.do === "sync") for (const name of action.order) names.add(name);
      else if ("by" in action) names.add(action.by);
      actions.push({ atMs: null, action });
    }
    if (actions.length > ACTIONS_MAX) throw new ScenarioError(below(`steps[${n}]`), `more than ${ACTIONS_MAX} edits`);
  }
  const expected = new Map<string, Expectation>();
  const expectations = objectAt(optionalAt(shape.expected, below("expected"), objectAt, {}), below("expected"));
  for (const [name, text] of Object.entries(expectations))
    expected.set(name, { text: textAt(text, below(`expected[${JSON.stringify(name)}]`)) });
  return {
    id,
    title: optionalAt(shape.title, below("title"), textAt, id),
    lesson: optionalAt(shape.lesson, below("lesson"), textAt, ""),
    seed: TEXT_SEED,
    startText,
    replicas: REPLICA_NAMES.filter((name) => names.has(name)).map((name) => ({ name, clockOffsetMs: 0, driftPpm: 0 })),
    startsCut: true,
    actions,
    strategies: [],
    expected,
  };
}

function parseStep(value: unknown, index: number, path: string): TimedAction["action"][] {
  const step = objectAt(value, path);
  if ("sync" in step) {
    const order = listAt(step.sync, `${path}.sync`).map((name, n) => replicaAt(name, `${path}.sync[${n}]`));
    if (order.length === 0) throw new ScenarioError(`${path}.sync`, "expected at least one replica");
    if (new Set(order).size < order.length) throw new ScenarioError(`${path}.sync`, "a replica is named twice");
    if ("r" in step) throw new ScenarioError(path, "expected an edit or a sync, got both");
    return [{ do: "sync", order }];
  }
  const operations = OPERATIONS.filter((name) => name in step);
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) throw new ScenarioError(path, `expected one of ${OPERATIONS.join(", ")} or sync`);
  const by = replicaAt(step.r, `${path}.r`);
  const wallMs = 1_000 * optionalAt(step.ts, `${path}.ts`, numberAt, index);
  const isBackward = optionalAt(step.bwd, `${path}.bwd`, flagAt, false);
  const args = listAt(step[operation], `${path}.${operation}`);
  const size = operation === "rep" ? 3 : 2;
  if (args.length !== size) throw new ScenarioError(`${path}.${operation}`, `expected ${size} values, got ${args.length}`);
  const pos = countAt(args[0], `${path}.${operation}[0]`);
  const len = operation === "ins" ? 0 : countAt(args[1], `${path}.${operation}[1]`);
  const text = operation === "del" ? "" : textAt(args[size - 1], `${path}.${operation}[${size - 1}]`);
  const edit = { do: "edit", by, wallMs } as const;
  if (!isBackward) return [{ ...edit, pos, len, text }];
  const keys = keysOf(text, true).map((key) => ({ ...edit, pos, len: 0, text: key }));
  return len === 0 ? keys : [{ ...edit, pos, len, text: "" }, ...keys];
}
