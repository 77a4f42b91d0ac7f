/**
 * Partitions as plain data: which end cannot send to which. An end is a node or a client; every node has a link to
 * every other, a client one to the node that it is on. All functions are pure; partitions.ts puts them into effect.
 */

import { listed } from "../base/listed.ts";

/** `from` cannot send to `to`. The other direction is a cut of its own. */
export interface DirectedCut {
  readonly from: string;
  readonly to: string;
}

/** Neither reaches the other. */
export function between(a: string, b: string): DirectedCut[] {
  return [
    { from: a, to: b },
    { from: b, to: a },
  ];
}

/** Every pair of ends that are not in one group, both ways. An end in several groups is a bridge between them. */
export function groups(...lists: readonly (readonly string[])[]): DirectedCut[] {
  const ends = [...new Set(lists.flat())];
  return pairsOf(ends).flatMap(([a, b]) => (lists.some((list) => list.includes(a) && list.includes(b)) ? [] : between(a, b)));
}

/** `end` on its own, all others together. @throws RangeError when `end` is not one of `ends`. */
export function isolate(end: string, ends: readonly string[]): DirectedCut[] {
  if (!ends.includes(end)) throw new RangeError(`Unknown end ${end}: expected one of ${ends.join(", ")}`);
  return ends.filter((other) => other !== end).flatMap((other) => between(end, other));
}

/** The first half (the smaller one) against the rest. */
export function splitInHalf(ends: readonly string[]): DirectedCut[] {
  const middle = Math.floor(ends.length / 2);
  return groups(ends.slice(0, middle), ends.slice(middle));
}

/** Each end reaches its two neighbours in the list, which is closed to a ring, and no other. */
export function ring(ends: readonly string[]): DirectedCut[] {
  const last = ends.length - 1;
  return pairsOf(ends).flatMap(([a, b]) => {
    const distance = ends.indexOf(b) - ends.indexOf(a);
    return distance === 1 || distance === last ? [] : between(a, b);
  });
}

/** Two halves that `middle` alone connects. @throws RangeError when `middle` is not one of `ends`. */
export function bridge(middle: string, ends: readonly string[]): DirectedCut[] {
  const others = ends.filter((end) => end !== middle);
  if (others.length === ends.length) throw new RangeError(`Unknown end ${middle}: expected one of ${ends.join(", ")}`);
  const half = Math.ceil(others.length / 2);
  return groups([middle, ...others.slice(0, half)], [middle, ...others.slice(half)]);
}

export interface Topology {
  readonly nodes: readonly string[];
  /** Each client with the node that it is on. */
  readonly clients: ReadonlyMap<string, string>;
}

/** Ends that all reach each other, over however many links. */
export interface Island {
  readonly ends: readonly string[];
  readonly nodes: readonly string[];
  /** Whether more than half of all nodes are here. */
  readonly hasMajority: boolean;
}

/** The strongly connected components of what is left of `topology`, in its order. Cost: cubic in the ends, of which there are few. */
export function islandsOf({ nodes, clients }: Topology, cuts: readonly DirectedCut[]): Island[] {
  const ends = [...nodes, ...clients.keys()];
  const reaches = reachability({ nodes, clients }, cuts);
  const seen = new Set<string>();
  const out: Island[] = [];
  for (const end of ends) {
    if (seen.has(end)) continue;
    const mates = ends.filter((other) => other === end || (reaches(end, other) && reaches(other, end)));
    for (const mate of mates) seen.add(mate);
    const here = mates.filter((mate) => nodes.includes(mate));
    out.push({ ends: mates, nodes: here, hasMajority: 2 * here.length > nodes.length });
  }
  return out;
}

/** What cannot reach what, in plain sentences; empty when everybody reaches everybody. */
export function describeCuts(topology: Topology, cuts: readonly DirectedCut[]): string[] {
  const islands = islandsOf(topology, cuts);
  const reaches = reachability(topology, cuts);
  const out: string[] = [];
  for (const [a, b] of pairsOf(islands)) {
    const there = reaches(a.ends[0]!, b.ends[0]!);
    const back = reaches(b.ends[0]!, a.ends[0]!);
    if (!there && !back) out.push(`${listed(a.ends)} cannot reach ${listed(b.ends)}.`);
    else if (there) out.push(`${listed(a.ends)} can send to ${listed(b.ends)}, and ${a.ends.length > 1 ? "hear" : "hears"} nothing back.`);
    else out.push(`${listed(b.ends)} can send to ${listed(a.ends)}, and ${b.ends.length > 1 ? "hear" : "hears"} nothing back.`);
  }
  return out;
}

/** Whether a message gets from one end to another, over however many links. */
function reachability({ nodes, clients }: Topology, cuts: readonly DirectedCut[]): (from: string, to: string) => boolean {
  const ends = [...nodes, ...clients.keys()];
  const reached = new Map(ends.map((end) => [end, new Set<string>()]));
  const link = (from: string, to: string): void => {
    if (!cuts.some((cut) => cut.from === from && cut.to === to)) reached.get(from)?.add(to);
  };
  for (const [a, b] of pairsOf(nodes)) {
    link(a, b);
    link(b, a);
  }
  for (const [client, node] of clients) {
    link(client, node);
    link(node, client);
  }
  for (const via of ends)
    for (const from of ends) if (reached.get(from)!.has(via)) for (const to of reached.get(via)!) reached.get(from)!.add(to);
  return (from, to) => reached.get(from)?.has(to) ?? false;
}

function pairsOf<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((a, n) => list.slice(n + 1).map((b): [T, T] => [a, b]));
}
