/** Every case by its id, and the histories behind the materials. */

import { type History, longBranches, partings, typingTogether } from "../../../../crdt/lab/bench/history.ts";
import { loadFriends } from "../traces.ts";
import type { Case } from "./case.ts";
import { CONCURRENT, GROWTH_CONCURRENCY } from "./concurrent.ts";
import { GROWTH_DOCUMENT } from "./growth.ts";
import { MEMORY } from "./memory.ts";
import { SEQUENTIAL } from "./sequential.ts";
import { SHAPES } from "./shapes.ts";

export const DEFAULT_CASES: readonly Case[] = [...SEQUENTIAL, ...MEMORY, ...CONCURRENT, ...SHAPES];
export const GROWTH_CASES: readonly Case[] = [...GROWTH_DOCUMENT, ...GROWTH_CONCURRENCY];

/** Keystrokes of a growth case; long branches need more to have any. */
export const GROWTH_EVENTS = 16_000;
export const partingEvents = (branch: number): number => Math.max(GROWTH_EVENTS, branch * 2);

/** @throws RangeError for a name that stands for nothing. */
export function historyNamed(name: string, isQuick: boolean): History {
  const [kind, number = ""] = name.split("-");
  if (name === "friends") return loadFriends();
  if (name === "branches") return longBranches(isQuick ? 100_000 : 1_000_000);
  if (kind === "together") return typingTogether({ agents: Number(number), events: GROWTH_EVENTS, latency: 10 });
  if (kind === "parting") return partings(Number(number), partingEvents(Number(number)));
  throw new RangeError(`No history "${name}"`);
}
