/** Scripts for the compare page: made from typed texts, or from what a note's journal holds. Pure. */

import type { JournalEntry } from "../../crdt/base/journal.ts";
import { diffText, type Splice } from "../../crdt/base/splice.ts";
import { CLEAR, type LinkConditions } from "../../crdt/network/conditions.ts";
import { conditionsOf } from "../../crdt/lab/recorded-conditions.ts";
import { REPLICA_NAMES, type ReplicaName, type Script, type TimedAction } from "../../crdt/lab/script.ts";
import { startTextOf } from "../../crdt/lab/start-text.ts";

/** Edits of one script; of a longer recording only the last ones are replayed. */
export const EDITS_MAX = 2_000;
/** An edit that took longer to reach the server was made apart, where no condition of its link is on record that says so. */
const APART_MS = 2_000;
/** Longer pauses are shortened to this. */
const PAUSE_MS_MAX = 5_000;

/** A recording as a script, and what of it the script does not hold. */
export interface Recording {
  readonly script: Script;
  /** Whether the text that it begins in is what was there; otherwise dots stand for it. */
  readonly isStartKnown: boolean;
  readonly edits: number;
  /** Replicas beyond the sixth: their edits are left out. */
  readonly replicasLeftOut: number;
  /** Edits before the last `EDITS_MAX`. */
  readonly editsLeftOut: number;
  /** Changes of links that the journal has. */
  readonly conditions: number;
}

/** Two people are cut off; A turns `startText` into `textOfA`, a second later B turns it into `textOfB`; then both are healed. */
export function scriptOfTwo(startText: string, textOfA: string, textOfB: string): Script {
  return scriptOf(
    "Two typed texts",
    startText,
    ["A", "B"],
    [
      { atMs: 0, action: { do: "partition", cut: ["A", "B"] } },
      ...editsOf("A", 1_000, diffText(startText, textOfA)),
      ...editsOf("B", 2_000, diffText(startText, textOfB)),
      { atMs: 3_000, action: { do: "heal" } },
    ],
  );
}

type Intent = Extract<JournalEntry, { readonly kind: "intent" }>;
interface Moment {
  readonly atMs: number;
  readonly rank: 0 | 1 | 2;
  readonly actions: readonly TimedAction[];
}

/**
 * The recorded edits of one note under the network as it is on record: latency, jitter, bandwidth and cuts of each replica's links,
 * from the journal. Where that says nothing of a replica's link, as when a browser was offline, an author whose edit took longer
 * than 2 s to reach the server is cut both ways from the edit to its arrival. Where the text that the recording begins in is not
 * known, dots stand for it. null when nothing was recorded.
 */
export function scriptOfJournal(entries: readonly JournalEntry[]): Recording | null {
  const all = uniqueIntents(entries);
  const last = all.slice(-EDITS_MAX);
  const replicas = [...new Set(last.map(({ replica }) => replica))];
  const [first] = last;
  if (first === undefined) return null;
  const names = new Map(REPLICA_NAMES.slice(0, replicas.length).map((name, n) => [replicas[n]!, name]));
  const moments: Moment[] = [];
  let [edits, conditions] = [0, 0];
  for (const [replica, by] of names) {
    const arrivals = entries
      .filter((entry) => entry.kind === "received" && entry.hop === "session" && entry.frame === "numbered" && entry.replica === replica)
      .map(({ atMs }) => atMs)
      .sort((a, b) => a - b);
    const links = linksOf(entries, replica);
    for (const { atMs, up, down } of links) moments.push({ atMs, rank: 0, actions: conditionsTo(by, atMs, up, down) });
    conditions += links.length;
    let cutUntilMs = -Infinity;
    for (const { atMs, splices } of last.filter((intent) => intent.replica === replica)) {
      if (atMs >= cutUntilMs && isClearAt(links, atMs)) {
        const arrivalMs = arrivals.find((at) => at >= atMs) ?? Infinity;
        if (arrivalMs - atMs > APART_MS) {
          cutUntilMs = arrivalMs;
          moments.push({ atMs, rank: 0, actions: linkOf(by, atMs, "blackhole") });
          if (arrivalMs !== Infinity) moments.push({ atMs: arrivalMs, rank: 2, actions: linkOf(by, arrivalMs, "open") });
        }
      }
      edits++;
      moments.push({ atMs, rank: 1, actions: editsOf(by, atMs, splices) });
    }
  }
  const { startText, isKnown } = startTextOf(first);
  const script = scriptOf("A recorded note", startText, [...names.values()], withoutPauses(moments));
  return {
    script,
    isStartKnown: isKnown,
    edits,
    replicasLeftOut: replicas.length - names.size,
    editsLeftOut: all.length - last.length,
    conditions,
  };
}

function scriptOf(title: string, startText: string, names: readonly ReplicaName[], actions: readonly TimedAction[]): Script {
  return {
    id: "compare",
    title,
    lesson: "",
    seed: "compare",
    startText,
    replicas: names.map((name) => ({ name, clockOffsetMs: 0, driftPpm: 0 })),
    startsCut: false,
    actions,
    strategies: [],
    expected: new Map(),
  };
}

/** Splices mean one text: the last one first, so that each still finds its place. */
function editsOf(by: ReplicaName, atMs: number, splices: readonly Splice[]): TimedAction[] {
  return splices
    .toReversed()
    .map(({ index, remove, insert }) => ({ atMs, action: { do: "edit", by, pos: index, len: remove, text: insert, wallMs: null } }));
}

function linkOf(by: ReplicaName, atMs: number, cut: "blackhole" | "open"): TimedAction[] {
  return (["up", "down"] as const).map((direction) => ({ atMs, action: { do: "link", by, direction, set: { cut } } }));
}

interface LinkChange {
  readonly atMs: number;
  readonly up: LinkConditions;
  readonly down: LinkConditions;
}

/** What was set of a replica's links, in order; what is set again counts once. */
function linksOf(entries: readonly JournalEntry[], replica: string): LinkChange[] {
  let before = JSON.stringify({ up: CLEAR, down: CLEAR });
  return entries
    .filter((entry) => entry.kind === "conditions" && entry.replica === replica)
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap((entry) => {
      const set = entry.kind === "conditions" ? conditionsOf(entry.text) : null;
      if (set === null || JSON.stringify(set) === before) return [];
      before = JSON.stringify(set);
      return [{ atMs: entry.atMs, ...set }];
    });
}

/** Whether nothing was set of the links at that moment. */
function isClearAt(links: readonly LinkChange[], atMs: number): boolean {
  const last = links.findLast((change) => change.atMs <= atMs);
  return last === undefined || [last.up, last.down].every((link) => JSON.stringify(link) === JSON.stringify(CLEAR));
}

/** A broken connection comes back by itself: here it is a cut. Links that flap are not carried over. */
function conditionsTo(by: ReplicaName, atMs: number, up: LinkConditions, down: LinkConditions): TimedAction[] {
  return (
    [
      ["up", up],
      ["down", down],
    ] as const
  ).map(([direction, { cut, latencyMs, jitterMs, bandwidthBitsPerS }]) => ({
    atMs,
    action: { do: "link", by, direction, set: { cut: cut === "open" ? "open" : "blackhole", latencyMs, jitterMs, bandwidthBitsPerS } },
  }));
}

/** Journals of several writers may hold one edit twice. */
function uniqueIntents(entries: readonly JournalEntry[]): Intent[] {
  const out = new Map<string, Intent>();
  for (const entry of entries) {
    if (entry.kind !== "intent") continue;
    const key = `${entry.replica} ${entry.atMs} ${entry.insertIds.join()} ${JSON.stringify(entry.splices)}`;
    if (!out.has(key)) out.set(key, entry);
  }
  return [...out.values()].sort((a, b) => a.atMs - b.atMs);
}

/** Times from 0 on, in order, with long pauses shortened. */
function withoutPauses(moments: readonly Moment[]): TimedAction[] {
  const ordered = [...moments].sort((a, b) => a.atMs - b.atMs || a.rank - b.rank);
  let beforeMs = ordered[0]?.atMs ?? 0;
  let nowMs = 0;
  return ordered.flatMap(({ atMs, actions }) => {
    nowMs += Math.min(PAUSE_MS_MAX, atMs - beforeMs);
    beforeMs = atMs;
    return actions.map(({ action }) => ({ atMs: nowMs, action }));
  });
}
