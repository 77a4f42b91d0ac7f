/**
 * What a journal says of nodes, of the links between them and of where replicas are: in words that are read back, each a state
 * from its moment on. The server writes them, a fork of a live note reads them; what was commanded is told beside them, for people.
 */

import { CLEAR, type LinkConditions } from "./conditions.ts";
import type { NodeId } from "./node-pair.ts";

export type FabricFact =
  /** How many nodes there are, and for how long a note's lease is granted among them. */
  | { readonly what: "nodes"; readonly count: number; readonly leaseMs: number }
  /** One direction. */
  | { readonly what: "link"; readonly from: NodeId; readonly to: NodeId; readonly set: LinkConditions }
  | { readonly what: "node"; readonly node: NodeId; readonly state: "up" | "down" }
  /** It stands still for so long, unless it is said to be up before. */
  | { readonly what: "paused"; readonly node: NodeId; readonly durationMs: number }
  /** How much longer each commit of its disk takes; 0: as before. */
  | { readonly what: "slow"; readonly node: NodeId; readonly extraMs: number }
  /** It is down, and its disk is empty. */
  | { readonly what: "lost"; readonly node: NodeId }
  /** Where the entry's replica is. */
  | { readonly what: "at"; readonly node: NodeId }
  /** Which node orders the note. */
  | { readonly what: "leads"; readonly node: NodeId };

const NODE = /^S[1-9]$/;

export function factWords(fact: FabricFact): string {
  switch (fact.what) {
    case "nodes":
      return `nodes ${fact.count} lease ${fact.leaseMs}`;
    case "link":
      return `link ${fact.from}>${fact.to} ${JSON.stringify(fact.set)}`;
    case "node":
      return `node ${fact.node} ${fact.state}`;
    case "paused":
      return `paused ${fact.node} ${fact.durationMs}`;
    case "slow":
      return `slow ${fact.node} ${fact.extraMs}`;
    default:
      return `${fact.what} ${fact.node}`;
  }
}

/** null: other words, as those of a command. */
export function factOf(text: string): FabricFact | null {
  const [what = "", first = "", ...rest] = text.split(" ");
  const node = NODE.test(first) ? (first as NodeId) : null;
  const number = /^\d{1,9}$/.test(rest.at(-1) ?? "") ? Number(rest.at(-1)) : null;
  if (what === "nodes") {
    const isWhole = /^[1-9]$/.test(first) && rest.length === 2 && rest[0] === "lease" && number !== null;
    return isWhole ? { what, count: Number(first), leaseMs: number } : null;
  }
  if (what === "link") return linkOf(first, text.slice(what.length + first.length + 2));
  if (node === null) return null;
  if (what === "node" && rest.length === 1 && (rest[0] === "up" || rest[0] === "down")) return { what, node, state: rest[0] };
  if (what === "paused" && rest.length === 1 && number !== null) return { what, node, durationMs: number };
  if (what === "slow" && rest.length === 1 && number !== null) return { what, node, extraMs: number };
  if ((what === "lost" || what === "at" || what === "leads") && rest.length === 0) return { what, node };
  return null;
}

/** Of two facts with one key about one replica the later one holds, and the earlier one is over. */
export function factKey(fact: FabricFact): string {
  switch (fact.what) {
    case "nodes":
    case "at":
    case "leads":
      return fact.what;
    case "link":
      return `link ${fact.from}>${fact.to}`;
    case "slow":
      return `slow ${fact.node}`;
    default:
      return `node ${fact.node}`;
  }
}

function linkOf(ends: string, json: string): FabricFact | null {
  const [from = "", to = ""] = ends.split(">");
  if (!NODE.test(from) || !NODE.test(to) || from === to) return null;
  try {
    const set: unknown = JSON.parse(json);
    return { what: "link", from: from as NodeId, to: to as NodeId, set: linkConditionsOf(set) };
  } catch {
    return null;
  }
}

/** Whether conditions, as a journal has them, are of datagrams: that is not read back, and whoever reads them should say so. */
export function isOfDatagrams(text: string): boolean {
  return text.includes('"datagrams"');
}

/** What was written of one direction of a link, read back. Fields that are missing or of a wrong type count as clear. */
export function linkConditionsOf(value: unknown): LinkConditions {
  const { latencyMs, jitterMs, bandwidthBitsPerS, cut, flap } = Object(value) as Readonly<Record<string, unknown>>;
  return {
    ...CLEAR,
    latencyMs: wholeOf(latencyMs),
    jitterMs: wholeOf(jitterMs),
    bandwidthBitsPerS: typeof bandwidthBitsPerS === "number" ? bandwidthBitsPerS : null,
    cut: cut === "blackhole" || cut === "reset" ? cut : "open",
    flap: typeof flap === "object" && flap !== null ? { onMs: 0, offMs: 0 } : null,
  };
}

function wholeOf(value: unknown): number {
  return typeof value === "number" && value >= 0 ? Math.min(5_000, Math.round(value)) : 0;
}
