/**
 * A live note's journal as a run of the sandbox: its edits in their authors' own views at the same relative times, under the
 * network as it was recorded. An author whose recorded view had work of others that has not arrived yet in the run waits
 * for it a little. What cannot be carried over is told in sentences. Deterministic: the same journal gives the same run.
 */

import type { JournalEntry } from "../base/journal.ts";
import { type LinkConditions, CLEAR } from "../network/conditions.ts";
import type { Splice } from "../base/splice.ts";
import { offsetAt } from "../base/wall-clock.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { type Driven, finish, isCut, rest, runTo, runUntil, takeLock } from "./drive.ts";
import { clockOf, conditionsOf } from "./recorded-conditions.ts";
import { REPLICAS_MAX, REPLICAS_MIN, type SandboxCommand } from "./sandbox-record.ts";
import { Sandbox } from "./sandbox.ts";

/** One way, where no latency was set: about what tabs of one machine have. What is set comes on top. */
export const NEAR_MS = 5;
/** How long an edit waits for what its author had seen. */
const VIEW_MS_MAX = 400;
/** Longer pauses are shortened to this. */
export const PAUSE_MS_MAX = 60_000;

export type Intent = Extract<JournalEntry, { readonly kind: "intent" }>;

/** What happens to the connection of one replica. */
type LinkDeed =
  | { readonly atMs: number; readonly by: number; readonly what: "links"; readonly up: LinkConditions; readonly down: LinkConditions }
  | { readonly atMs: number; readonly by: number; readonly what: "clock"; readonly offsetMs: number }
  | { readonly atMs: number; readonly by: number; readonly what: "gone" }
  | { readonly atMs: number; readonly by: number; readonly what: "back" };
type Deed = LinkDeed | { readonly atMs: number; readonly by: number; readonly what: "edit"; readonly intent: Intent };

export interface LiveSource {
  /** Of one note; of the same instant in the order of writing. */
  readonly entries: readonly JournalEntry[];
  readonly strategy: StrategyName;
  /** Up to this instant of the recording's clock; left out: all of it, and until the world is at rest. */
  readonly untilMs?: number;
}

export interface ForkedLive extends Driven {
  /** Who of the recording is which replica: their ids, in order. Who only listened has none. */
  readonly people: readonly string[];
}

/** Cost: that of the run. Returns null where no edit was recorded. */
export async function forkLive(source: LiveSource, onProgress?: (share: number) => void): Promise<ForkedLive | null> {
  const { strategy, untilMs = Infinity } = source;
  const entries = source.entries.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
  const intents = uniqueIntents(entries);
  const [first] = intents;
  if (first === undefined) return null;
  const told: string[] = [];
  const people = mostActive(intents, told);
  const deeds = deedsOf(entries, intents, people, told);
  const times = relativeTimes(deeds, told);
  if (first.textLength > 0) told.push("What the note held before the recording began is not in the journal: dots stand for it.");
  const fabric = entries.filter(({ kind }) => kind === "fabric").length;
  if (fabric > 0)
    told.push(
      `The run has one node: ${countOf(fabric, "deed")} to nodes and to links between them ${fabric === 1 ? "is" : "are"} left out.`,
    );
  const sandbox = await Sandbox.open({
    strategy,
    seed: 1,
    replicas: Math.max(REPLICAS_MIN, people.length),
    startText: "·".repeat(first.textLength),
    latencyMs: NEAR_MS,
  });
  const tally = { misfits: 0, refusals: 0 };
  for (const [n, deed] of deeds.entries()) {
    await runTo(sandbox, times[n]!);
    if (deed.what === "edit") await redo(sandbox, deed.by, deed.intent, tally);
    else for (const command of commandsOf(sandbox, deed)) await sandbox.act(command);
    onProgress?.((n + 1) / deeds.length);
  }
  if (untilMs === Infinity) await rest(sandbox);
  else await runTo(sandbox, (times.at(-1) ?? 0) + Math.min(PAUSE_MS_MAX, Math.round(untilMs - (deeds.at(-1)?.atMs ?? untilMs))));
  if (tally.misfits > 0)
    told.push(`${countOf(tally.misfits, "edit")} met a text of another length than the recorded one: the run may differ from the note.`);
  if (tally.refusals > 0) told.push(`${countOf(tally.refusals, "edit")} ${tally.refusals === 1 ? "was" : "were"} refused in the run.`);
  return { ...finish(sandbox, told), people };
}

async function redo(
  sandbox: Sandbox,
  by: number,
  { splices, caret, textLength }: Intent,
  tally: { misfits: number; refusals: number },
): Promise<void> {
  if (!(await takeLock(sandbox, by))) {
    tally.refusals++;
    return;
  }
  const fits = (): boolean => sandbox.textOf(by).length === textLength;
  if (!fits() && (isCut(sandbox, by) || !(await runUntil(sandbox, VIEW_MS_MAX, fits, 1)))) tally.misfits++;
  const { length } = sandbox.textOf(by);
  const acted = await sandbox.act({ do: "edit", by, splices: within(splices, length), caret });
  if (acted !== null) tally.refusals++;
}

/** The same splices, as far as they have a place in a text of this length. */
function within(splices: readonly Splice[], length: number): Splice[] {
  return splices.map(({ index, remove, insert }) => {
    const at = Math.min(index, length);
    return { index: at, remove: Math.min(remove, length - at), insert };
  });
}

/** Journals of several writers may hold one edit twice. */
export function uniqueIntents(entries: readonly JournalEntry[]): Intent[] {
  const out = new Map<string, Intent>();
  for (const entry of entries) {
    if (entry.kind !== "intent") continue;
    out.set(`${entry.replica} ${entry.atMs} ${entry.insertIds.join()} ${JSON.stringify(entry.splices)}`, entry);
  }
  return [...out.values()];
}

/** Replica ids in their own order, so that ties fall as they fell. */
function mostActive(intents: readonly Intent[], told: string[]): string[] {
  const edits = new Map<string, number>();
  for (const { replica } of intents) edits.set(replica, (edits.get(replica) ?? 0) + 1);
  const ranked = [...edits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const left = ranked.slice(REPLICAS_MAX);
  if (left.length > 0) {
    const lost = left.reduce((sum, [, count]) => sum + count, 0);
    told.push(
      `${edits.size} people edited; the run has the ${REPLICAS_MAX} most active. ${countOf(lost, "edit")} of the others ${lost === 1 ? "is" : "are"} left out.`,
    );
  }
  return ranked
    .slice(0, REPLICAS_MAX)
    .map(([replica]) => replica)
    .sort();
}

function deedsOf(entries: readonly JournalEntry[], intents: readonly Intent[], people: readonly string[], told: string[]): Deed[] {
  const kept = new Set<JournalEntry>(intents);
  const lastEditMs = people.map((replica) => intents.findLast((intent) => intent.replica === replica)?.atMs ?? -Infinity);
  const deeds: Deed[] = [];
  const strange = new Set<string>();
  let unread = 0;
  let unseen = 0;
  for (const [n, entry] of entries.entries()) {
    const by = people.indexOf(entry.replica);
    if (by < 0) {
      const isUpdate = entry.kind === "received" && entry.hop === "session" && entry.frame === "update";
      if (isUpdate && !intents.some(({ replica }) => replica === entry.replica)) unseen++;
      continue;
    }
    if (entry.kind === "intent") {
      if (kept.has(entry)) deeds.push({ atMs: entry.atMs, by, what: "edit", intent: entry });
    } else if (entry.kind === "conditions") {
      const conditions = conditionsOf(entry.text);
      const clock = clockOf(entry.text);
      if (clock !== null) {
        deeds.push({ atMs: entry.atMs, by, what: "clock", offsetMs: Math.round(offsetAt(clock, entry.atMs)) });
        if (clock.driftPpm !== 0) strange.add("clocks that drift (here they are off by what they were when they were set)");
      } else if (conditions === null) unread++;
      else deeds.push({ atMs: entry.atMs, by, what: "links", ...conditions });
      for (const { flap, cut } of conditions === null ? [] : [conditions.up, conditions.down]) {
        if (flap !== null) strange.add("flapping links");
        if (cut === "reset") strange.add("broken connections (here they are cuts)");
      }
    } else if (entry.kind === "state" && entry.hop === "session" && entry.state === "closed") {
      // Who is gone for good is left where they are: nothing more comes from there.
      const next = entries
        .slice(n + 1)
        .find((later) => later.kind === "state" && later.hop === "session" && later.replica === entry.replica);
      if (next?.kind === "state" && next.state === "open") {
        deeds.push({ atMs: entry.atMs, by, what: "gone" }, { atMs: next.atMs, by, what: "back" });
      } else if (lastEditMs[by]! > entry.atMs) deeds.push({ atMs: entry.atMs, by, what: "gone" });
    }
  }
  if (unseen > 0)
    told.push(`${countOf(unseen, "message")} of clients that do not tell their edits ${unseen === 1 ? "is" : "are"} left out.`);
  if (unread > 0) told.push(`${countOf(unread, "change")} of links could not be read.`);
  if (strange.size > 0) told.push(`Not carried over: ${[...strange].join(", ")}.`);
  return deeds.sort((a, b) => a.atMs - b.atMs);
}

/** From 0, in whole ms, with long pauses shortened. */
function relativeTimes(deeds: readonly Deed[], told: string[]): number[] {
  let atMs = 0;
  let beforeMs = deeds[0]?.atMs ?? 0;
  let shortened = 0;
  const times = deeds.map((deed) => {
    const pauseMs = deed.atMs - beforeMs;
    if (pauseMs > PAUSE_MS_MAX) shortened++;
    atMs += Math.min(PAUSE_MS_MAX, pauseMs);
    beforeMs = deed.atMs;
    return Math.round(atMs);
  });
  if (shortened > 0)
    told.push(`${countOf(shortened, "pause")} of more than ${PAUSE_MS_MAX / 1_000} s ${shortened === 1 ? "is" : "are"} shortened.`);
  return times;
}

function commandsOf(sandbox: Sandbox, deed: LinkDeed): SandboxCommand[] {
  const { by } = deed;
  if (deed.what === "clock") return [{ do: "clock", by, offsetMs: deed.offsetMs }];
  if (deed.what === "gone") return [{ do: "cut", by, direction: "both" }];
  if (deed.what === "back") return isCut(sandbox, by) ? [{ do: "heal", by }] : [];
  const now = sandbox.view(by);
  const out: SandboxCommand[] = [];
  for (const direction of ["up", "down"] as const) {
    const [is, was] = [deed[direction], now[direction]];
    const set = { latencyMs: Math.min(is.latencyMs + NEAR_MS, 5_000), jitterMs: is.jitterMs, bandwidthBitsPerS: is.bandwidthBitsPerS };
    const isSame = set.latencyMs === was.latencyMs && set.jitterMs === was.jitterMs && set.bandwidthBitsPerS === was.bandwidthBitsPerS;
    if (!isSame) out.push({ do: "link", by, direction, set });
  }
  const wasCut = [now.up, now.down].map(({ cut }) => cut !== "open");
  const isNowCut = [deed.up, deed.down].map(({ cut }) => cut !== CLEAR.cut);
  if (wasCut.every((was, n) => was === isNowCut[n])) return out;
  if (wasCut.some((was, n) => was && !isNowCut[n])) out.push({ do: "heal", by });
  if (isNowCut.every(Boolean)) out.push({ do: "cut", by, direction: "both" });
  else if (isNowCut[0]) out.push({ do: "cut", by, direction: "up" });
  else if (isNowCut[1]) out.push({ do: "cut", by, direction: "down" });
  return out;
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
