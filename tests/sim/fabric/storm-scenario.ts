/**
 * What people did in a storm, as a scenario of one node, S1: whoever could not reach S1 both ways is cut off there. What becomes of
 * the other nodes, their clocks and disks is left out, so that such a scenario may not show what the storm did: ask it.
 */

import { islandsOf } from "../../../crdt/network/cuts.ts";
import type { DirectedCut } from "../../../crdt/network/cuts.ts";
import { nodeIds } from "../../../crdt/network/node-pair.ts";
import { replay } from "../../../crdt/lab/replay.ts";
import { REPLICA_NAMES, type Script, type TimedAction } from "../../../crdt/lab/script.ts";
import type { Question } from "../../../crdt/lab/shrink.ts";
import type { Strategy } from "../../../crdt/strategy/strategy.ts";
import { marksOf } from "./marks.ts";
import { countOf } from "./storm.ts";
import type { StormFile } from "./storm-file.ts";

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

export function scenarioOf({ strategy, nemesis, seed, acts }: StormFile): Script {
  const count = countOf(seed);
  const names = REPLICA_NAMES.slice(0, count);
  const reach = new Reach(count);
  const actions: TimedAction[] = [];
  const cut = new Set<number>();
  let atMs = 0;
  for (const act of acts) {
    reach.take(act);
    for (const by of names.keys()) {
      if (cut.has(by) === !reach.has(by)) continue;
      if (reach.has(by)) cut.delete(by);
      else cut.add(by);
      for (const direction of ["up", "down"] as const)
        actions.push({ atMs, action: { do: "link", by: names[by]!, direction, set: { cut: cut.has(by) ? "blackhole" : "open" } } });
    }
    if (act.do === "run") atMs += act.ms;
    if (act.do !== "edit") continue;
    const { index, remove, insert } = act.splice;
    actions.push({ atMs, action: { do: "edit", by: names[act.by]!, pos: index, len: remove, text: insert, wallMs: null } });
  }
  actions.push({ atMs, action: { do: "heal" } });
  return {
    id: `storm-${strategy}-${nemesis}-${seed}`,
    title: `Storm ${seed}: ${strategy} under ${nemesis}, on one node`,
    lesson: "",
    seed: typeof seed === "number" ? seed : 1,
    startText: "",
    replicas: names.map((name) => ({ name, clockOffsetMs: 0, driftPpm: 0 })),
    startsCut: false,
    actions,
    strategies: [strategy],
    expected: new Map([[strategy, { converged: true }]]),
  };
}

/** Whether a scenario shows what a checker of storms found; null: what that one looks at a single node does not have. */
export function showsFinding(finding: string, strategy: Strategy): Question | null {
  switch (finding) {
    case "converged":
      return async (script) => !(await replay(script, strategy)).played.isConverged;
    case "nothing doubled":
      return async (script) => {
        const marks = marksOf((await replay(script, strategy)).played.serverText);
        return new Set(marks).size < marks.length;
      };
    case "nothing acknowledged lost":
    case "read your writes":
      return async (script) => {
        const { played, edits, losses } = await replay(script, strategy);
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
