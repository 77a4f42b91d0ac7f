/** What is told of many messages on their way: some of them one by one, and of the others how many and where. Pure. */

import type { Middle, NodeFlight } from "./held-messages.ts";

/** So many are told one by one, of all links together. */
export const TOLD_MAX = 40;

/** How many of each of these queues are told: as many of each as of the others, at least one, and if possible `max` in all. */
export function fairDepth(lengths: readonly number[], max = TOLD_MAX): number {
  const longest = Math.max(0, ...lengths);
  let depth = 0;
  while (depth < longest && lengths.reduce((sum, length) => sum + Math.min(length, depth + 1), 0) <= max) depth++;
  // Where even one of each is too many, each has its first.
  return Math.max(1, depth);
}

/** At least one message as one: where they are on the average, and when the last arrives. Where all wait it waits too. */
export function middleOf(messages: readonly Middle[]): Middle {
  const dues = messages.map(({ dueInMs }) => dueInMs);
  return {
    share: messages.reduce((sum, { share }) => sum + share, 0) / messages.length,
    dueInMs: dues.every((dueInMs) => dueInMs === null) ? null : Math.max(...dues.map((dueInMs) => dueInMs ?? 0)),
  };
}

/** One for each direction between two nodes. */
export function mergeFlights(flights: readonly NodeFlight[]): NodeFlight[] {
  const ways = new Map<string, NodeFlight[]>();
  for (const flight of flights) {
    const way = `${flight.from}>${flight.to}`;
    ways.set(way, [...(ways.get(way) ?? []), flight]);
  }
  return [...ways.values()].map((all): NodeFlight => {
    const first = all[0]!;
    return all.length === 1 ? first : { ...first, ...middleOf(all), count: all.length };
  });
}
