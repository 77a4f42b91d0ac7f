/**
 * What was done in a storm, as a scenario: on as many nodes as it had, with what became of them, their clocks, disks and links; or on
 * one node, S1, where whoever could not reach S1 both ways is cut off. A scenario has no words for links that flap or are reset, and
 * peace comes to it in steps, so that it may not show what the storm did: ask it.
 */

import { islandsOf } from "../../../crdt/network/cuts.ts";
import type { DirectedCut } from "../../../crdt/network/cuts.ts";
import type { ConditionsPatch } from "../../../crdt/network/fault-board.ts";
import { nodeIds } from "../../../crdt/network/node-pair.ts";
import type { Planted } from "../../../crdt/lab/open-stage.ts";
import { replay } from "../../../crdt/lab/replay.ts";
import { type Action, NODE_NAMES, type NodeName, REPLICA_NAMES, type Script, type TimedAction } from "../../../crdt/lab/script.ts";
import type { Question } from "../../../crdt/lab/shrink.ts";
import type { Strategy } from "../../../crdt/strategy/strategy.ts";
import { marksOf } from "./marks.ts";
import { countOf, TTL_MS } from "./storm.ts";
import type { StormFile } from "./storm-file.ts";

/** After that clocks which are 20 s apart have done no more harm. */
const PEACE_MS = 40_000;
const BOTH = ["up", "down"] as const;

/** Who reaches S1 at some moment of a storm. */
class Reach {
  readonly #nodes: readonly string[];
  readonly #homes: Map<string, string>;
  #cuts: readonly DirectedCut[] = [];
  readonly #down = new Set<string>();
  readonly #cutClients = new Set<number>();

  constructor(count: number) {
    this.#nodes = nodeIds(count);
    this.#homes = new Map(this.#nodes.map((node, by) => [String(by), node]));
  }

  take(act: StormFile["acts"][number]): void {
    if (act.do === "cut") this.#cuts = [...this.#cuts, ...act.cuts];
    else if (act.do === "heal") this.#cuts = [];
    else if (act.do === "crash" || act.do === "lose-disk") this.#down.add(act.node);
    else if (act.do === "restart") this.#down.delete(act.node);
    else if (act.do === "client-link") this.#cutClients.add(act.by);
    else if (act.do === "heal-client") this.#cutClients.delete(act.by);
    else if (act.do === "move") this.#homes.set(String(act.by), act.to);
  }

  has(by: number): boolean {
    const home = this.#homes.get(String(by));
    const [first] = this.#nodes;
    if (home === undefined || this.#cutClients.has(by) || this.#down.has(home) || this.#down.has(first!)) return false;
    const up = this.#nodes.filter((node) => !this.#down.has(node));
    const islands = islandsOf({ nodes: up, clients: new Map() }, this.#cuts);
    return islands.some(({ nodes }) => nodes.includes(home) && nodes.includes(first!));
  }
}

/** On one node. */
export function scenarioOfOne({ acts, ...storm }: StormFile): Script {
  const names = REPLICA_NAMES.slice(0, countOf(storm.seed));
  const reach = new Reach(names.length);
  const actions: TimedAction[] = [];
  const cut = new Set<number>();
  let atMs = 0;
  for (const act of acts) {
    reach.take(act);
    for (const by of names.keys()) {
      if (cut.has(by) === !reach.has(by)) continue;
      if (reach.has(by)) cut.delete(by);
      else cut.add(by);
      for (const direction of BOTH)
        actions.push({ atMs, action: { do: "link", by: names[by]!, direction, set: { cut: cut.has(by) ? "blackhole" : "open" } } });
    }
    if (act.do === "run") atMs += act.ms;
    else if (act.do === "edit") actions.push({ atMs, action: editOf(act) });
  }
  actions.push({ atMs, action: { do: "heal" } });
  return scriptOf(storm, "on one node", actions);
}

/** On the nodes that it had. */
export function scenarioOf({ acts, ...storm }: StormFile): Script {
  const count = countOf(storm.seed);
  const actions: TimedAction[] = [];
  /** By `from>to`; and whose links are cut. */
  const cuts = new Map<string, { readonly from: NodeName; readonly to: NodeName }>();
  const cutClients = new Set<number>();
  const down = new Map<NodeName, "crashed" | "lost">();
  let atMs = 0;
  const add = (...some: readonly Action[]): void => void actions.push(...some.map((action): TimedAction => ({ atMs, action })));
  const heal = (by: number): void => {
    if (cutClients.delete(by)) add(...BOTH.map((direction) => linkOf(by, direction, { cut: "open" })));
  };
  const restart = (node: NodeName): void => {
    if (down.get(node) === "crashed") add({ do: "restart", node });
    // In a scenario a node that loses its disk begins anew at once.
    if (down.get(node) === "lost") add({ do: "lose-disk", node, rebuilds: false, mintsEpoch: true });
    down.delete(node);
  };
  for (const act of acts) {
    switch (act.do) {
      case "run":
        atMs += act.ms;
        break;
      case "edit":
        add(editOf(act));
        break;
      case "release":
        add({ do: "lock", by: REPLICA_NAMES[act.by]!, what: "release" });
        break;
      case "cut":
        for (const ends of act.cuts) {
          const [from, to] = [nameOf(ends.from), nameOf(ends.to)];
          cuts.set(`${from}>${to}`, { from, to });
          add({ do: "node-link", from, to, set: { cut: "blackhole" } });
        }
        break;
      case "heal":
        for (const { from, to } of cuts.values()) add({ do: "node-link", from, to, set: { cut: "open" } });
        cuts.clear();
        for (const by of cutClients) heal(by);
        break;
      case "node-link": {
        const [first, second] = act.pair.split("~").map(nameOf) as [NodeName, NodeName];
        for (const [from, to, set] of [
          [first, second, act.set.up],
          [second, first, act.set.down],
        ] as const)
          if (set !== undefined) add({ do: "node-link", from, to, set: sayable(set) });
        break;
      }
      case "crash":
      case "lose-disk": {
        const node = nameOf(act.node);
        if (!down.has(node)) add({ do: "crash", node });
        if (act.do === "lose-disk" || !down.has(node)) down.set(node, act.do === "crash" ? "crashed" : "lost");
        break;
      }
      case "restart":
        restart(nameOf(act.node));
        break;
      case "pause":
        add({ do: "pause-node", node: nameOf(act.node), durationMs: act.ms });
        break;
      case "jump-clock":
        add({ do: "node-clock", node: nameOf(act.node), stepMs: act.ms });
        break;
      case "slow-disk":
        add({ do: "slow-disk", node: nameOf(act.node), fsyncMs: act.ms === 0 ? null : act.ms });
        break;
      case "client-link":
        cutClients.add(act.by);
        for (const direction of BOTH) if (act.set[direction] !== undefined) add(linkOf(act.by, direction, sayable(act.set[direction])));
        break;
      case "heal-client":
        heal(act.by);
        break;
      case "move":
        add({ do: "move", by: REPLICA_NAMES[act.by]!, to: nameOf(act.to) });
        break;
      case "reload":
        add({ do: "close", by: REPLICA_NAMES[act.by]! }, { do: "open", by: REPLICA_NAMES[act.by]! });
        break;
    }
  }
  add({ do: "heal" });
  for (const node of NODE_NAMES.slice(0, count)) {
    restart(node);
    add({ do: "slow-disk", node, fsyncMs: null });
  }
  atMs += PEACE_MS;
  add({ do: "heal" });
  const script = scriptOf(storm, `on ${count} nodes`, actions);
  return {
    ...script,
    nodes: count,
    leaseMs: TTL_MS,
    replicas: script.replicas.map((replica, by) => ({ ...replica, at: NODE_NAMES[by]! })),
  };
}

function editOf({ by, splice }: Extract<StormFile["acts"][number], { readonly do: "edit" }>): Action {
  return { do: "edit", by: REPLICA_NAMES[by]!, pos: splice.index, len: splice.remove, text: splice.insert, wallMs: null };
}

function linkOf(by: number, direction: "up" | "down", set: ConditionsPatch): Action {
  return { do: "link", by: REPLICA_NAMES[by]!, direction, set };
}

function nameOf(node: string): NodeName {
  const name = NODE_NAMES.find((each) => each === node);
  if (name === undefined) throw new RangeError(`No scenario has a node ${node}`);
  return name;
}

function sayable({ cut, latencyMs, jitterMs }: ConditionsPatch): ConditionsPatch {
  return {
    ...(cut === undefined ? {} : { cut: cut === "open" ? ("open" as const) : ("blackhole" as const) }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
  };
}

function scriptOf({ strategy, nemesis, seed }: Omit<StormFile, "acts">, where: string, actions: readonly TimedAction[]): Script {
  return {
    id: `storm-${strategy}-${nemesis}-${seed}`,
    title: `Storm ${seed}: ${strategy} under ${nemesis}, ${where}`,
    lesson: "",
    seed: typeof seed === "number" ? seed : 1,
    startText: "",
    replicas: REPLICA_NAMES.slice(0, countOf(seed)).map((name) => ({ name, clockOffsetMs: 0, driftPpm: 0 })),
    startsCut: false,
    actions,
    strategies: [strategy],
    expected: new Map([[strategy, { converged: true }]]),
  };
}

/** Whether a scenario shows what a checker of storms found, with what is planted in its world; null: that one looks at what a scenario does not tell. */
export function showsFinding(finding: string, strategy: Strategy, planted?: Planted): Question | null {
  switch (finding) {
    case "converged":
      return async (script) => !(await replay(script, strategy, { planted })).played.isConverged;
    case "nothing doubled":
      return async (script) => {
        const marks = marksOf((await replay(script, strategy, { planted })).played.serverText);
        return new Set(marks).size < marks.length;
      };
    case "nothing acknowledged lost":
    case "read your writes":
      return async (script) => {
        const { played, edits, losses } = await replay(script, strategy, { planted });
        const taken = edits.filter(({ refusal }) => refusal === null);
        const there = [played.serverText, ...played.siblings, ...losses.flatMap(({ splices }) => splices.map(({ insert }) => insert))];
        const deleted = taken.map(({ before, index, remove }) => before.slice(index, index + remove));
        const accounted = new Set(marksOf([...there, ...deleted].join("")));
        return played.isAtRest && taken.some(({ insert }) => marksOf(insert).some((mark) => !accounted.has(mark)));
      };
    default:
      return null;
  }
}
