/**
 * What a live note's journal says was done, in order and in the run's own time: edits, and what happened to links, clocks, nodes
 * and to where replicas are. What was so before the first edit is how the run begins. Pure.
 */

import type { JournalEntry } from "../base/journal.ts";
import { countOf } from "../base/listed.ts";
import type { ClockSetting } from "../base/wall-clock.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import type { LinkConditions } from "../network/conditions.ts";
import { factOf, isOfDatagrams } from "../network/fabric-facts.ts";
import { CLOSE } from "../sync/close-codes.ts";
import type { NodeCount } from "./fabric-world.ts";
import { type Fabric, fabricOf } from "./fork-fabric.ts";
import { clockOf, conditionsOf, stampsOf } from "./recorded-conditions.ts";
import { NODE_NAMES, type NodeName } from "./script.ts";

/** Longer pauses are shortened to this. */
export const PAUSE_MS_MAX = 60_000;
/** From one person to another over two nodes, by links of the run that nothing was set of: sockets of one machine are faster. */
const ARRIVAL_MS = 40;
/** What comes within less is one thing: all cuts of a partition. */
const APART_MS = 2;

export type Intent = Extract<JournalEntry, { readonly kind: "intent" }>;

/** What happens to the connection, the clock or the place of one replica. */
export type ReplicaDeed =
  | { readonly atMs: number; readonly by: number; readonly what: "links"; readonly up: LinkConditions; readonly down: LinkConditions }
  | { readonly atMs: number; readonly by: number; readonly what: "clock"; readonly clock: ClockSetting }
  | { readonly atMs: number; readonly by: number; readonly what: "gone" | "back" }
  | { readonly atMs: number; readonly by: number; readonly what: "move"; readonly to: NodeName };

/** What happens to the nodes, to a link between them, or to all that write. */
export type FabricDeed =
  | { readonly atMs: number; readonly what: "node-link"; readonly from: NodeName; readonly to: NodeName; readonly set: LinkConditions }
  | { readonly atMs: number; readonly what: "crash"; readonly node: NodeName }
  /** From its disk, or with an empty one. */
  | { readonly atMs: number; readonly what: "restart"; readonly node: NodeName; readonly isEmpty: boolean }
  | { readonly atMs: number; readonly what: "pause"; readonly node: NodeName; readonly durationMs: number }
  | { readonly atMs: number; readonly what: "slow"; readonly node: NodeName; readonly extraMs: number }
  | { readonly atMs: number; readonly what: "stamps"; readonly kind: ClockKind };

export type EditDeed = { readonly atMs: number; readonly by: number; readonly what: "edit"; readonly intent: Intent };
export type Deed = ReplicaDeed | FabricDeed | EditDeed;

/** A deed, and which entry of the journal tells of it: those of one moment come as they were written. */
export interface Told {
  readonly n: number;
  readonly deed: Deed;
}

export interface LiveDeeds {
  readonly deeds: readonly Deed[];
  /** When each comes in the run: from 0, in whole ms, with long pauses shortened. */
  readonly times: readonly number[];
  readonly nodes: NodeCount;
  /** How long a note's lease lasts among them; null: there is one node. */
  readonly leaseMs: number | null;
  /** By replica: the node that each is on at the beginning. */
  readonly homes: readonly NodeName[];
  /** The node that orders the note at the beginning; null: nobody knows. */
  readonly leader: NodeName | null;
  /** What writes are stamped with at the beginning. */
  readonly stamps: ClockKind;
}

/** `entries` and `intents` are in order of time. What cannot be carried over goes into `told`, in sentences. Cost: linear, but for closed connections. */
export function deedsOf(
  entries: readonly JournalEntry[],
  intents: readonly Intent[],
  people: readonly string[],
  told: string[],
): LiveDeeds {
  const fromMs = intents[0]?.atMs ?? 0;
  const fabric = fabricOf(entries, people, told);
  const all = [...replicaDeeds(entries, intents, people, fabric, told), ...(fabric?.deeds ?? []), ...stampDeeds(entries)]
    .sort((a, b) => a.n - b.n)
    .map(({ deed }) => deed);
  const deeds: Deed[] = [];
  const before = new Map<string, Deed>();
  const homes = people.map((_, by): NodeName => fabric?.homes.get(by) ?? "S1");
  let stamps: ClockKind = "wall";
  for (const deed of all) {
    if (deed.atMs >= fromMs) deeds.push(deed);
    else if (deed.what === "move") homes[deed.by] = deed.to;
    else if (deed.what === "stamps") stamps = deed.kind;
    else before.set(keyOf(deed), deed);
  }
  const first = [...before.values()].flatMap((deed) => asOf(deed, fromMs));
  const inOrder = [...first, ...deeds];
  const { nodes = 1, leaseMs = null, leader = null } = fabric ?? {};
  return { deeds: inOrder, times: relativeTimes(inOrder, told), nodes, leaseMs, homes, leader, stamps };
}

/** Of two deeds with one key the later one is what holds. */
function keyOf(deed: Deed): string {
  switch (deed.what) {
    case "links":
    case "clock":
    case "move":
      return `${deed.what} ${deed.by}`;
    case "gone":
    case "back":
      return `here ${deed.by}`;
    case "node-link":
      return `link ${deed.from}>${deed.to}`;
    case "slow":
      return `slow ${deed.node}`;
    case "crash":
    case "restart":
    case "pause":
      return `node ${deed.node}`;
    default:
      return deed.what;
  }
}

/** What holds at `nowMs` of what was done before; nothing, where that is how every run begins. */
function asOf(deed: Deed, nowMs: number): Deed[] {
  if (deed.what === "restart" || deed.what === "back") return [];
  if (deed.what !== "pause") return [{ ...deed, atMs: nowMs }];
  const durationMs = Math.round(deed.atMs + deed.durationMs - nowMs);
  return durationMs > 0 ? [{ ...deed, atMs: nowMs, durationMs }] : [];
}

function stampDeeds(entries: readonly JournalEntry[]): Told[] {
  return entries.flatMap((entry, n): Told[] => {
    const kind = entry.kind === "conditions" ? stampsOf(entry.text) : null;
    return kind === null ? [] : [{ n, deed: { atMs: entry.atMs, what: "stamps", kind } }];
  });
}

function replicaDeeds(
  entries: readonly JournalEntry[],
  intents: readonly Intent[],
  people: readonly string[],
  fabric: Fabric | null,
  told: string[],
): Told[] {
  const kept = new Set<JournalEntry>(intents);
  const lastEditMs = people.map((replica) => intents.findLast((intent) => intent.replica === replica)?.atMs ?? -Infinity);
  const isCut = people.map(() => false);
  const homes = people.map((_, by) => fabric?.homes.get(by) ?? null);
  const deeds: Told[] = [];
  const add = (n: number, deed: Deed): void => void deeds.push({ n, deed });
  const strange = new Set<string>();
  let unread = 0;
  let unseen = 0;
  for (const [n, entry] of entries.entries()) {
    const { atMs } = entry;
    const by = people.indexOf(entry.replica);
    if (by < 0) {
      const isUpdate = entry.kind === "received" && entry.hop === "session" && entry.frame === "update";
      if (isUpdate && !intents.some(({ replica }) => replica === entry.replica)) unseen++;
      continue;
    }
    if (entry.kind === "intent") {
      if (kept.has(entry)) add(n, { atMs, by, what: "edit", intent: entry });
    } else if (entry.kind === "fabric") {
      const fact = factOf(entry.text);
      if (fact?.what === "at") homes[by] = NODE_NAMES.find((name) => name === fact.node) ?? null;
    } else if (entry.kind === "conditions") {
      const conditions = conditionsOf(entry.text);
      const clock = clockOf(entry.text);
      if (clock !== null) add(n, { atMs, by, what: "clock", clock });
      else if (conditions !== null) add(n, { atMs, by, what: "links", ...conditions });
      else if (stampsOf(entry.text) === null) unread++;
      // Not read back: here such links are streams.
      if (isOfDatagrams(entry.text)) strange.add("datagrams");
      if (conditions !== null) isCut[by] = conditions.up.cut !== "open" || conditions.down.cut !== "open";
      for (const { flap, cut } of conditions === null ? [] : [conditions.up, conditions.down]) {
        if (flap !== null) strange.add("flapping links");
        if (cut === "reset") strange.add("broken connections (here they are cuts)");
      }
    } else if (entry.kind === "state" && entry.hop === "session" && entry.state === "closed") {
      // What the run's own cuts and nodes bring about is not done to it a second time.
      const home = homes[by] ?? null;
      const isOwn = fabric !== null && (isCut[by] === true || isOfServer(entry.reason) || (home !== null && fabric.isOut(home, atMs)));
      if (isOwn) continue;
      // Who is gone for good is left where they are: nothing more comes from there.
      const nextAt = entries.findIndex(
        (later, at) => at > n && later.kind === "state" && later.hop === "session" && later.replica === entry.replica,
      );
      const next = entries[nextAt];
      const isBack = next?.kind === "state" && next.state === "open";
      if (isBack || lastEditMs[by]! > atMs) add(n, { atMs, by, what: "gone" });
      if (isBack) add(nextAt, { atMs: next.atMs, by, what: "back" });
    }
  }
  if (unseen > 0)
    told.push(`${countOf(unseen, "message")} of clients that do not tell their edits ${unseen === 1 ? "is" : "are"} left out.`);
  if (unread > 0) told.push(`${countOf(unread, "change")} of links could not be read.`);
  if (strange.size > 0) told.push(`Not carried over: ${[...strange].join(", ")}.`);
  return deeds;
}

/** Whether it was the server that closed it, for its client to come again. */
function isOfServer(reason = ""): boolean {
  return [CLOSE.moved, CLOSE.restarting, CLOSE.tryLater].some((code) => reason.startsWith(`${code} `));
}

/** Whether something that is on its way may not arrive any more. */
function breaks(deed: Deed): boolean {
  switch (deed.what) {
    case "links":
      return deed.up.cut !== "open" || deed.down.cut !== "open";
    case "node-link":
      return deed.set.cut !== "open";
    default:
      return deed.what === "crash" || deed.what === "pause" || deed.what === "gone";
  }
}

/** From 0, in whole ms, with long pauses shortened, and with time for what was said before something breaks to arrive. */
function relativeTimes(deeds: readonly Deed[], told: string[]): number[] {
  let atMs = 0;
  let beforeMs = deeds[0]?.atMs ?? 0;
  let shortened = 0;
  const times = deeds.map((deed) => {
    const pauseMs = deed.atMs - beforeMs;
    if (pauseMs > PAUSE_MS_MAX) shortened++;
    atMs += Math.max(breaks(deed) && pauseMs >= APART_MS ? ARRIVAL_MS : 0, Math.min(PAUSE_MS_MAX, pauseMs));
    beforeMs = deed.atMs;
    return Math.round(atMs);
  });
  if (shortened > 0)
    told.push(`${countOf(shortened, "pause")} of more than ${PAUSE_MS_MAX / 1_000} s ${shortened === 1 ? "is" : "are"} shortened.`);
  return times;
}
