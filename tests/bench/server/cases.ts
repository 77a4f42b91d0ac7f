/** The cases by name. What their figures are called and should be: tables.ts. */

import { idle, roomsLeft, storm } from "./cases-connections.ts";
import { coldLoad, kill } from "./cases-durability.ts";
import { fairness } from "./cases-fairness.ts";
import { loop } from "./cases-loop.ts";
import { fanOut, latency, manyRooms } from "./cases-traffic.ts";
import type { Context, Outcome } from "./context.ts";
import { type ServerKind, SERVERS } from "./servers.ts";

export interface Case {
  readonly id: string;
  /** Whether it can be asked of that server; it can, when this is missing. */
  fits?(kind: ServerKind): boolean;
  run(context: Context): Promise<Outcome>;
}

const isStored = ({ isStored }: ServerKind): boolean => isStored;
/** Whether it exports how late its event loop comes. */
const isOurs = ({ title }: ServerKind): boolean => title === SERVERS.ours.title;
/** Updates of each writer on their way in the closed loop. At 1 nothing can be merged beyond four updates a frame. */
export const IN_FLIGHT = 16;

export const CASES: readonly Case[] = [
  ...[10, 50, 200].map((count): Case => ({ id: `fan-out-${count}`, run: (context) => fanOut(context, count, IN_FLIGHT) })),
  ...[10, 50, 200].map((count): Case => ({ id: `fan-out-${count}-slow`, run: (context) => fanOut(context, count, 1) })),
  { id: "latency", run: latency },
  ...[100, 1_000].map((count): Case => ({ id: `rooms-${count}`, run: (context) => manyRooms(context, count) })),
  { id: "storm", run: storm },
  { id: "idle", run: (context) => idle(context, false) },
  { id: "idle-alone", run: (context) => idle(context, true) },
  { id: "fairness", run: fairness },
  { id: "rooms-left", run: roomsLeft },
  { id: "cold-load", fits: isStored, run: coldLoad },
  { id: "kill", fits: isStored, run: kill },
  { id: "loop", fits: isOurs, run: loop },
];
