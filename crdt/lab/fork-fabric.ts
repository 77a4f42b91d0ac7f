/** The nodes of a live note, the links between them and the places of replicas, from the facts in its journal. Pure. */

import type { JournalEntry } from "../base/journal.ts";
import { countOf } from "../base/listed.ts";
import { factOf, isOfDatagrams } from "../network/fabric-facts.ts";
import type { NodeCount } from "./fabric-world.ts";
import type { Deed, Told } from "./fork-deeds.ts";
import { NODE_NAMES, type NodeName } from "./script.ts";

/** A connection that a node took with it is found to be closed within this. */
const CLOSED_MS = 1_000;

/** The nodes of a recording. */
export interface Fabric {
  readonly nodes: NodeCount;
  readonly leaseMs: number;
  readonly leader: NodeName | null;
  /** By replica, where it first was. */
  readonly homes: ReadonlyMap<number, NodeName>;
  readonly deeds: readonly Told[];
  /** Whether a node was down or stood still then. */
  readonly isOut: (node: NodeName, atMs: number) => boolean;
}

/** null: one node, or a recording that does not say. */
export function fabricOf(entries: readonly JournalEntry[], people: readonly string[], told: string[]): Fabric | null {
  const facts = entries.flatMap((entry, at) => {
    const fact = entry.kind === "fabric" ? factOf(entry.text) : null;
    return fact === null ? [] : [{ ...fact, at, atMs: entry.atMs, replica: entry.replica }];
  });
  const size = facts.findLast((fact) => fact.what === "nodes");
  if (size?.what !== "nodes") {
    const deeds = entries.filter(({ kind }) => kind === "fabric").length;
    if (deeds > 0)
      told.push(
        `How many nodes there were is not on record, and the run has one: ${countOf(deeds, "deed")} to nodes and to links between them ${deeds === 1 ? "is" : "are"} left out.`,
      );
    return null;
  }
  const { count, leaseMs } = size;
  if (count === 1) return null;
  const nodes = count === 3 || count === 5 ? count : null;
  if (nodes === null) {
    told.push(`The run has one node: a laboratory has 1, 3 or 5 of them, and the note was on ${count}.`);
    return null;
  }
  const nameOf = (id: string): NodeName | undefined => NODE_NAMES.slice(0, nodes).find((name) => name === id);
  const deeds: Told[] = [];
  const homes = new Map<number, NodeName>();
  const lastHomes = new Map<number, NodeName>();
  const outs = new Map<NodeName, { readonly fromMs: number; untilMs: number }[]>();
  const states = new Map<NodeName, "up" | "down" | "lost">();
  let leader: NodeName | null = null;
  const strange = new Set<string>();
  for (const [n, fact] of facts.entries()) {
    const { atMs } = fact;
    const add = (deed: Deed): void => void deeds.push({ n: fact.at, deed });
    if (fact.what === "nodes") continue;
    if (fact.what === "link") {
      const [from, to] = [nameOf(fact.from), nameOf(fact.to)];
      const entry = entries[fact.at];
      if (entry?.kind === "fabric" && isOfDatagrams(entry.text)) strange.add("datagrams between nodes");
      if (fact.set.flap !== null) strange.add("links between nodes that flap");
      if (from !== undefined && to !== undefined) add({ atMs, what: "node-link", from, to, set: fact.set });
      continue;
    }
    const node = nameOf(fact.node);
    if (node === undefined) continue;
    const state = states.get(node) ?? "up";
    const outsOf = outs.get(node) ?? [];
    outs.set(node, outsOf);
    switch (fact.what) {
      case "at": {
        const by = people.indexOf(fact.replica);
        if (by < 0) break;
        if (!homes.has(by)) homes.set(by, node);
        else if (lastHomes.get(by) !== node) add({ atMs, by, what: "move", to: node });
        lastHomes.set(by, node);
        break;
      }
      case "leads":
        // Who led when the recording begins, or first after that.
        leader ??= node;
        break;
      case "slow":
        add({ atMs, what: "slow", node, extraMs: fact.extraMs });
        break;
      case "paused": {
        const next = facts.slice(n + 1).find((later) => (later.what === "node" || later.what === "lost") && later.node === node);
        const durationMs = Math.round(Math.min(fact.durationMs, (next?.atMs ?? Infinity) - atMs));
        if (state !== "up" || durationMs <= 0) break;
        outsOf.push({ fromMs: atMs, untilMs: atMs + durationMs });
        add({ atMs, what: "pause", node, durationMs });
        break;
      }
      case "lost":
      case "node": {
        const isUp = fact.what === "node" && fact.state === "up";
        if (isUp && state !== "up") {
          add({ atMs, what: "restart", node, isEmpty: state === "lost" });
          outsOf.at(-1)!.untilMs = atMs;
        } else if (!isUp && state === "up") {
          add({ atMs, what: "crash", node });
          outsOf.push({ fromMs: atMs, untilMs: Infinity });
        }
        states.set(node, isUp ? "up" : fact.what === "lost" || state === "lost" ? "lost" : "down");
        break;
      }
    }
  }
  if (strange.size > 0) told.push(`Not carried over: ${[...strange].join(", ")}.`);
  const isOut = (node: NodeName, atMs: number): boolean =>
    (outs.get(node) ?? []).some(({ fromMs, untilMs }) => fromMs - CLOSED_MS <= atMs && atMs <= untilMs + CLOSED_MS);
  return { nodes, leaseMs, leader, homes, deeds, isOut };
}
