/** The key of the link between two nodes: up is from the first to the second, down the other way. */

declare const brand: unique symbol;

/** A node's name: S1, S2 ... */
export type NodeId = string & { readonly [brand]: "NodeId" };

/** `first~second`, in the order of their names. */
export type NodePair = string & { readonly [brand]: "NodePair" };

/** S1 to S`count`. @throws RangeError unless `count` is in [1, 9]. */
export function nodeIds(count: number): readonly NodeId[] {
  if (!Number.isInteger(count) || count < 1 || count > 9) throw new RangeError(`Invalid number of nodes ${count}: expected 1 to 9`);
  return Array.from({ length: count }, (_, n) => `S${n + 1}` as NodeId);
}

/** @throws RangeError when it is one node twice. */
export function pairOf(a: NodeId, b: NodeId): NodePair {
  if (a === b) throw new RangeError(`${a} has no link to itself`);
  return (a < b ? `${a}~${b}` : `${b}~${a}`) as NodePair;
}

/** In which direction of their link `from` sends to `to`. */
export function directionOf(from: NodeId, to: NodeId): "up" | "down" {
  return from < to ? "up" : "down";
}

/** More than half of `count`. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}
