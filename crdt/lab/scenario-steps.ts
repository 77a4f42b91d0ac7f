/**
 * The steps of the full format, each with `at` and `do`:
 *
 *     type      by pos text [rtl] [wpm | keysMs] [wall] [view]      undo, redo  by
 *     delete    by pos len [wall] [view]      replace  by pos len text [wall] [view]
 *     meta      by field [value] [n] [after] [into]     field: title tag+ tag- view vote pin folder delete
 *     sync      order                         partition  groups           heal          move  by to
 *     link      from to set { cut latency jitter kbps, and in the datagram mode loss dup reorder }
 *     server    node action [ms] [rebuild] [epoch] [safe]    action: crash restart loseDisk slowDisk pause compact
 *     clock     by [offsetMs] [driftPpm] [stepMs]
 *     identity  by of [guard]                 ack  by set: lost | heard [again]
 *     lock      by action [ms]                action: ask release pause stop go fencing-on fencing-off
 *     rate      by [perS burst]               reload, close, open  by     ask  question
 *
 * With 3 or 5 nodes: `link` between two of them too, `partition` in groups of replicas and nodes, every node in one at least (who is in
 * none goes with its node), `clock` with a node and `stepMs`. meta, identity, ack, rate, `compact` and disks that come back otherwise go with 1 node only.
 * `keysMs`: when each key comes, in ms after the step; `wall`: what the writer's clock shows then, in ms since the beginning.
 * `view`: of a recorded edit, the text that its writer had then, in which `pos` is meant: under another text it goes where placing.ts says.
 * `stop` and `go` are a `pause` in two halves.
 */

import { BANDWIDTH_BITS_PER_S_MIN, JITTER_MS_MAX, LATENCY_MS_MAX } from "../network/conditions.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import { TOKENS_BURST, TOKENS_PER_S } from "../sync/limits.ts";
import type { DatagramPatch } from "./datagrams.ts";
import {
  choiceAt,
  countAt,
  fieldsAt,
  flagAt,
  listAt,
  numberAt,
  objectAt,
  optionalAt,
  ScenarioError,
  type Shape,
  textAt,
} from "./json-shape.ts";
import type { MetaWrite } from "./meta-replica.ts";
import { type Action, ACTIONS_MAX, keysOf, type NodeName, replicaAt, type ReplicaName, type TimedAction } from "./script.ts";

/** Steps that a world of several nodes does not have. */
const SINGLE: readonly string[] = ["meta", "identity", "ack", "rate"];
/** A word is five keys. */
const KEYS_PER_WORD = 5;
/** Longest that anything stands still, in ms. */
const STILL_MS_MAX = 600_000;

/** By kind of step, what it may say besides `at` and `do`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  type: ["by", "pos", "text", "rtl", "wpm", "keysMs", "wall", "view"],
  delete: ["by", "pos", "len", "wall", "view"],
  replace: ["by", "pos", "len", "text", "wall", "view"],
  undo: ["by"],
  redo: ["by"],
  meta: ["by", "field", "value", "n", "after", "into"],
  sync: ["order"],
  link: ["from", "to", "set"],
  partition: ["groups"],
  heal: [],
  move: ["by", "to"],
  reload: ["by"],
  close: ["by"],
  open: ["by"],
  server: ["node", "action", "ms", "rebuild", "epoch", "safe"],
  clock: ["by", "offsetMs", "driftPpm", "stepMs"],
  identity: ["by", "of", "guard"],
  ack: ["by", "set", "again"],
  lock: ["by", "action", "ms"],
  rate: ["by", "perS", "burst"],
  ask: ["question"],
};

type Add = (action: Action, laterMs?: number, view?: unknown) => void;

/** Collects steps; texts that are typed at a speed become keys, which those of others come between. */
export class StepReader {
  readonly #names: readonly ReplicaName[];
  readonly #actions: { readonly atMs: number; readonly action: Action; readonly view?: string }[] = [];
  readonly #mode: "stream" | "datagram";
  readonly #nodes: readonly NodeName[];
  #typings = 0;

  constructor(names: readonly ReplicaName[], mode: "stream" | "datagram", nodes: readonly NodeName[] = ["S1"]) {
    this.#names = names;
    this.#mode = mode;
    this.#nodes = nodes;
  }

  /** In order of time; steps of one moment as they were written. */
  actions(): TimedAction[] {
    return this.#actions.toSorted((a, b) => a.atMs - b.atMs);
  }

  take(value: unknown, path: string): void {
    const step = objectAt(value, path);
    const atMs = countAt(step.at, `${path}.at`);
    const kind = textAt(step.do, `${path}.do`);
    const known = Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined;
    if (known === undefined) throw new ScenarioError(`${path}.do`, `this version cannot play ${JSON.stringify(kind)}`);
    fieldsAt(step, ["at", "do", ...known], path);
    if (this.#nodes.length > 1 && SINGLE.includes(kind))
      throw new ScenarioError(`${path}.do`, `${JSON.stringify(kind)} goes with 1 node only`);
    if (this.#nodes.length === 1 && kind === "move") throw new ScenarioError(`${path}.do`, '"move" goes with several nodes only');
    const add: Add = (action, laterMs = 0, view) => {
      this.#actions.push({ atMs: atMs + laterMs, action, ...(view === undefined ? {} : { view: textAt(view, `${path}.view`) }) });
      if (this.#actions.length > ACTIONS_MAX) throw new ScenarioError(path, `more than ${ACTIONS_MAX} actions`);
    };
    switch (kind) {
      case "type":
        this.#type(step, path, add);
        return;
      case "delete":
      case "replace": {
        const text = kind === "delete" ? "" : textAt(step.text, `${path}.text`);
        const wallMs = optionalAt(step.wall, `${path}.wall`, numberAt, null);
        const [pos, len] = [countAt(step.pos, `${path}.pos`), countAt(step.len, `${path}.len`)];
        add({ do: "edit", by: this.#by(step, path), pos, len, text, wallMs }, 0, step.view);
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
        if (this.#nodes.length > 1) add({ do: "split", groups: this.#groups(step.groups, `${path}.groups`) });
        else add({ do: "partition", cut: this.#cutBy(step.groups, `${path}.groups`) });
        return;
      case "heal":
        add({ do: "heal" });
        return;
      case "close":
      case "open":
      case "undo":
      case "redo":
        add({ do: kind, by: this.#by(step, path) });
        return;
      case "reload": {
        const by = this.#by(step, path);
        add({ do: "close", by });
        add({ do: "open", by });
        return;
      }
      case "meta":
        add({ do: "meta", by: this.#by(step, path), write: parseMetaWrite(step, path) });
        return;
      case "server":
        add(parseServer(step, path, choiceAt(step.node, this.#nodes, `${path}.node`), this.#nodes.length === 1));
        return;
      case "move":
        add({ do: "move", by: this.#by(step, path), to: choiceAt(step.to, this.#nodes, `${path}.to`) });
        return;
      case "clock":
        add(this.#clock(step, path));
        return;
      case "identity": {
        const [by, of] = [this.#by(step, path), this.#member(step.of, `${path}.of`)];
        if (by === of) throw new ScenarioError(`${path}.of`, "a tab is no duplicate of itself");
        add({ do: "identity", by, of, isGuarded: optionalAt(step.guard, `${path}.guard`, flagAt, true) });
        return;
      }
      case "ack": {
        const isLost = choiceAt(step.set, ["lost", "heard"] as const, `${path}.set`) === "lost";
        const isRetriedAnew = optionalAt(step.again, `${path}.again`, flagAt, false);
        if (isLost && isRetriedAnew) throw new ScenarioError(`${path}.again`, 'goes with "heard" only');
        add({ do: "ack", by: this.#by(step, path), isLost, isRetriedAnew });
        return;
      }
      case "lock":
        this.#lock(step, path, add);
        return;
      case "rate":
        add({ do: "rate", by: this.#by(step, path), rate: parseRate(step, path) });
        return;
      case "ask":
        // A question to whoever watches: nothing happens.
        textAt(step.question, `${path}.question`);
        return;
    }
  }

  #clock(step: Shape, path: string): Action {
    const node = this.#nodes.length > 1 ? this.#nodeNamed(step.by) : null;
    if (node !== null) {
      for (const field of ["offsetMs", "driftPpm"])
        if (step[field] !== undefined) throw new ScenarioError(`${path}.${field}`, "goes with replicas only");
      return { do: "node-clock", node, stepMs: rangeAt(step.stepMs, -STILL_MS_MAX, STILL_MS_MAX, `${path}.stepMs`) };
    }
    const by = this.#by(step, path);
    const [offsetMs, driftPpm, stepMs] = ["offsetMs", "driftPpm", "stepMs"].map((field) =>
      optionalAt(step[field], `${path}.${field}`, numberAt, null),
    ) as [number | null, number | null, number | null];
    if (offsetMs === null && driftPpm === null && stepMs === null) throw new ScenarioError(path, "expected offsetMs, driftPpm or stepMs");
    return { do: "clock", by, offsetMs, driftPpm, stepMs };
  }

  #lock(step: Shape, path: string, add: Add): void {
    const by = this.#by(step, path);
    const what = choiceAt(step.action, ["ask", "release", "pause", "stop", "go", "fencing-on", "fencing-off"] as const, `${path}.action`);
    if (what !== "pause") {
      if (step.ms !== undefined) throw new ScenarioError(`${path}.ms`, 'goes with "pause" only');
      add(what === "stop" || what === "go" ? { do: "stall", by, isOver: what === "go" } : { do: "lock", by, what });
      return;
    }
    add({ do: "stall", by, isOver: false });
    add({ do: "stall", by, isOver: true }, rangeAt(step.ms, 1, STILL_MS_MAX, `${path}.ms`));
  }

  #type(step: Shape, path: string, add: Add): void {
    const by = this.#by(step, path);
    const pos = countAt(step.pos, `${path}.pos`);
    const text = textAt(step.text, `${path}.text`);
    const isBackward = optionalAt(step.rtl, `${path}.rtl`, flagAt, false);
    if (step.wpm === undefined && step.keysMs === undefined && !isBackward) {
      add({ do: "edit", by, pos, len: 0, text, wallMs: optionalAt(step.wall, `${path}.wall`, numberAt, null) }, 0, step.view);
      return;
    }
    for (const field of ["wall", "view"])
      if (step[field] !== undefined) throw new ScenarioError(`${path}.${field}`, "goes with a text that is typed at once");
    const keys = keysOf(text, isBackward);
    const keysMs = optionalAt(step.keysMs, `${path}.keysMs`, timesAt, null);
    if (keysMs !== null && step.wpm !== undefined) throw new ScenarioError(`${path}.keysMs`, "goes in the place of wpm");
    if (keysMs !== null && keysMs.length !== keys.length)
      throw new ScenarioError(`${path}.keysMs`, `expected ${keys.length} times, one for each key, got ${keysMs.length}`);
    const wpm = optionalAt(step.wpm, `${path}.wpm`, numberAt, Infinity);
    if (!(wpm > 0)) throw new ScenarioError(`${path}.wpm`, `expected more than 0, got ${wpm}`);
    const typing = ++this.#typings;
    for (const [n, key] of keys.entries()) add({ do: "key", by, typing, pos, text: key, isBackward }, keysMs?.[n] ?? keyAtMs(n, wpm));
  }

  #link(step: Shape, path: string, add: Add): void {
    const [from, to] = [this.#nodeNamed(step.from), this.#nodeNamed(step.to)];
    const { conditions, datagrams } = parseConditions(step.set, `${path}.set`, this.#mode);
    if (from !== null && to !== null) {
      if (from === to) throw new ScenarioError(`${path}.to`, `${to} has no link to itself`);
      add({ do: "node-link", from, to, set: conditions });
      return;
    }
    if (from === null && to === null) throw new ScenarioError(path, `one end of a link is ${this.#nodes.join(" or ")}`);
    const by = to !== null ? this.#member(step.from, `${path}.from`) : this.#member(step.to, `${path}.to`);
    const direction = to !== null ? "up" : "down";
    if (Object.keys(datagrams).length > 0) add({ do: "datagram", by, direction, set: datagrams });
    if (Object.keys(conditions).length > 0 || Object.keys(datagrams).length === 0) add({ do: "link", by, direction, set: conditions });
  }

  #nodeNamed(value: unknown): NodeName | null {
    return this.#nodes.find((node) => node === value) ?? null;
  }

  #cutBy(value: unknown, path: string): ReplicaName[] {
    const out: ReplicaName[] = [];
    for (const [n, group] of listAt(value, path).entries()) {
      const ends = listAt(group, `${path}[${n}]`);
      const members = ends.flatMap((end, k) => (this.#nodeNamed(end) !== null ? [] : [this.#member(end, `${path}[${n}][${k}]`)]));
      if (members.length === ends.length) out.push(...members);
    }
    return out;
  }

  #groups(value: unknown, path: string): (ReplicaName | NodeName)[][] {
    const groups = listAt(value, path).map((group, n) =>
      listAt(group, `${path}[${n}]`).map((end, k) => this.#nodeNamed(end) ?? this.#member(end, `${path}[${n}][${k}]`)),
    );
    const missing = this.#nodes.find((node) => !groups.some((group) => group.includes(node)));
    if (missing !== undefined) throw new ScenarioError(path, `${missing} is in no group`);
    return groups;
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

function parseConditions(
  value: unknown,
  path: string,
  mode: "stream" | "datagram",
): { readonly conditions: ConditionsPatch; readonly datagrams: DatagramPatch } {
  const shape = objectAt(value, path);
  fieldsAt(shape, ["cut", "latency", "jitter", "loss", "dup", "reorder", "kbps"], path);
  const { cut, latency, jitter, kbps } = shape;
  const datagrams: { loss?: number; dup?: number; reorder?: number } = {};
  for (const name of ["loss", "dup", "reorder"] as const) {
    const given = shape[name];
    if (given === undefined || (given === 0 && mode === "stream")) continue;
    if (mode === "stream")
      throw new ScenarioError(
        `${path}.${name}`,
        'a live link is a stream: it has cut, latency, jitter and kbps; set "mode": "datagram" in the topology',
      );
    datagrams[name] = rangeAt(given, 0, 1, `${path}.${name}`);
  }
  const conditions = {
    ...(cut === undefined ? {} : { cut: flagAt(cut, `${path}.cut`) ? ("blackhole" as const) : ("open" as const) }),
    ...(latency === undefined ? {} : { latencyMs: rangeAt(latency, 0, LATENCY_MS_MAX, `${path}.latency`) }),
    ...(jitter === undefined ? {} : { jitterMs: rangeAt(jitter, 0, JITTER_MS_MAX, `${path}.jitter`) }),
    ...(kbps === undefined
      ? {}
      : { bandwidthBitsPerS: 1_000 * rangeAt(kbps, BANDWIDTH_BITS_PER_S_MIN / 1_000, 1_000_000, `${path}.kbps`) }),
  };
  return { conditions, datagrams };
}

function parseMetaWrite(step: Shape, path: string): MetaWrite {
  const field = choiceAt(step.field, ["title", "tag+", "tag-", "view", "vote", "pin", "folder", "delete"] as const, `${path}.field`);
  const isCount = field === "view" || field === "vote";
  const hasValue = !isCount && field !== "delete";
  const refuse = (name: string, isAllowed: boolean): void => {
    if (!isAllowed && step[name] !== undefined) throw new ScenarioError(`${path}.${name}`, `a ${field} has none`);
  };
  refuse("value", hasValue);
  refuse("n", isCount);
  refuse("after", field === "pin");
  refuse("into", field === "folder");
  const by = optionalAt(step.n, `${path}.n`, numberAt, 1);
  if (!Number.isSafeInteger(by) || by === 0) throw new ScenarioError(`${path}.n`, `expected an integer that is not 0, got ${by}`);
  return {
    field,
    value: hasValue ? textAt(step.value, `${path}.value`) : "",
    by,
    after: field === "folder" ? optionalAt(step.into, `${path}.into`, textAt, null) : optionalAt(step.after, `${path}.after`, textAt, null),
  };
}

function parseServer(step: Shape, path: string, node: NodeName, isSingle: boolean): Action {
  const action = choiceAt(step.action, ["crash", "restart", "loseDisk", "slowDisk", "pause", "compact"] as const, `${path}.action`);
  const only = (name: string, ...actions: string[]): void => {
    if (step[name] !== undefined && !actions.includes(action))
      throw new ScenarioError(`${path}.${name}`, `goes with ${actions.join(" and ")} only`);
  };
  only("ms", "slowDisk", "pause");
  only("rebuild", "loseDisk");
  only("epoch", "loseDisk");
  only("safe", "compact");
  if (!isSingle) {
    for (const name of ["rebuild", "epoch"])
      if (step[name] !== undefined) throw new ScenarioError(`${path}.${name}`, "goes with 1 node only");
    if (action === "compact") throw new ScenarioError(`${path}.action`, "goes with 1 node only");
  }
  switch (action) {
    case "crash":
    case "restart":
      return { do: action, node };
    case "loseDisk": {
      const epoch = optionalAt(step.epoch, `${path}.epoch`, (value, at) => choiceAt(value, ["new", "same"] as const, at), "new");
      return { do: "lose-disk", node, rebuilds: optionalAt(step.rebuild, `${path}.rebuild`, flagAt, false), mintsEpoch: epoch === "new" };
    }
    case "slowDisk": {
      const fsyncMs = rangeAt(step.ms, 0, STILL_MS_MAX, `${path}.ms`);
      return { do: "slow-disk", node, fsyncMs: fsyncMs === 0 ? null : fsyncMs };
    }
    case "pause":
      return { do: "pause-node", node, durationMs: rangeAt(step.ms, 1, STILL_MS_MAX, `${path}.ms`) };
    case "compact":
      return { do: "compact", isSafe: optionalAt(step.safe, `${path}.safe`, flagAt, true) };
  }
}

function parseRate(step: Shape, path: string): { readonly perS: number; readonly burst: number } | null {
  if (step.perS === undefined && step.burst === undefined) return null;
  return {
    perS: rangeAt(step.perS, 1, TOKENS_PER_S, `${path}.perS`),
    burst: rangeAt(step.burst, 1, TOKENS_BURST, `${path}.burst`),
  };
}

/** When key `n` of a text is typed, in ms after the first; `wpm` may be Infinity. */
export function keyAtMs(n: number, wpm: number): number {
  return Math.round((n * 60_000) / (wpm * KEYS_PER_WORD));
}

/** Times in ms, none before the one before it. */
function timesAt(value: unknown, path: string): number[] {
  let leastMs = 0;
  return listAt(value, path).map((time, n) => {
    leastMs = rangeAt(time, leastMs, Number.MAX_SAFE_INTEGER, `${path}[${n}]`);
    return leastMs;
  });
}

function rangeAt(value: unknown, min: number, max: number, path: string): number {
  const number = numberAt(value, path);
  if (number < min || number > max) throw new ScenarioError(path, `expected ${min} to ${max}, got ${number}`);
  return number;
}
