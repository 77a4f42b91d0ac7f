/**
 * A live note's journal as a run of the sandbox: its edits in their authors' own views at the same relative times, on as many
 * nodes as there were, under the network and with the clocks as they were recorded. An author whose recorded view had work of
 * others that has not arrived yet in the run waits for it a little. What cannot be carried over is told in sentences.
 * Deterministic: the same journal gives the same run.
 */

import { unreachable } from "../base/assert.ts";
import type { JournalEntry } from "../base/journal.ts";
import { countOf } from "../base/listed.ts";
import type { Splice } from "../base/splice.ts";
import { CLEAR, LATENCY_MS_MAX } from "../network/conditions.ts";
import { factOf } from "../network/fabric-facts.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { type Driven, finish, isCut, rest, runTo, runUntil, takeLock } from "./drive.ts";
import { ForkedClocks } from "./fork-clocks.ts";
import { deedsOf, type FabricDeed, type Intent, type LiveDeeds, PAUSE_MS_MAX, type ReplicaDeed } from "./fork-deeds.ts";
import type { Shape } from "./json-shape.ts";
import { REPLICAS_MAX, REPLICAS_MIN, type SandboxCommand, type SandboxOptions } from "./sandbox-record.ts";
import type { SandboxSetup } from "./sandbox-setup.ts";
import { Sandbox } from "./sandbox.ts";
import { REPLICA_NAMES, type ReplicaName } from "./script.ts";
import { DOTS_SENTENCE, startTextOf } from "./start-text.ts";

/** One way, where no latency was set: about what tabs of one machine have. What is set comes on top. */
export const NEAR_MS = 5;
/** How long an edit waits for what its author had seen. */
const VIEW_MS_MAX = 400;
/** So fast that nothing waits: a step has no word for a link that is not limited. */
const UNLIMITED_KBPS = 1_000_000;

type LinksDeed = Extract<ReplicaDeed, { readonly what: "links" }>;

export interface LiveSource {
  /** Of one note; of the same instant in the order of writing. */
  readonly entries: readonly JournalEntry[];
  readonly strategy: StrategyName;
  /** Up to this instant of the recording's clock; left out: all of it, and until the world is at rest. */
  readonly untilMs?: number;
}

export interface ForkedLive extends Driven {
  /** Who of the recording is which replica: their ids, in order. Of one node, who only listened has none. */
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
  const people = peopleOf(source.entries, intents, told);
  const live = deedsOf(entries, intents, people, told);
  const { deeds, times } = live;
  const start = startTextOf(first);
  if (!start.isKnown) told.push(DOTS_SENTENCE);
  const sandbox = await Sandbox.open(optionsOf(live, strategy, Math.max(REPLICAS_MIN, people.length), start.startText));
  const tally = { misfits: 0, refusals: 0 };
  const clocks = new ForkedClocks();
  /** What was set of each replica's links last: whoever moves takes it along. */
  const links = new Map<number, LinksDeed>();
  const act = async (commands: readonly SandboxCommand[]): Promise<void> => {
    for (const command of commands) await sandbox.act(command);
  };
  for (const [n, deed] of deeds.entries()) {
    await runTo(sandbox, times[n]!);
    switch (deed.what) {
      case "edit":
        await act(clockSteps(deed.by, clocks.keep(deed.by, deed.atMs, sandbox.nowMs)));
        await redo(sandbox, deed.by, deed.intent, tally);
        break;
      case "clock":
        await act(clockSteps(deed.by, clocks.set(deed.by, deed.clock, deed.atMs, sandbox.nowMs)));
        break;
      case "links":
        links.set(deed.by, deed);
        await act(linkCommands(sandbox, deed));
        break;
      case "move": {
        await act([step({ do: "move", by: nameOf(deed.by), to: deed.to })]);
        const set = links.get(deed.by);
        if (set !== undefined) await act(linkCommands(sandbox, set));
        break;
      }
      case "gone":
        await act([{ do: "cut", by: deed.by, direction: "both" }]);
        break;
      case "back":
        if (isCut(sandbox, deed.by)) await act([{ do: "heal", by: deed.by }]);
        break;
      default:
        await act(fabricCommands(deed));
    }
    onProgress?.((n + 1) / deeds.length);
  }
  if (untilMs === Infinity) await rest(sandbox);
  else await runTo(sandbox, (times.at(-1) ?? 0) + Math.min(PAUSE_MS_MAX, Math.round(untilMs - (deeds.at(-1)?.atMs ?? untilMs))));
  if (tally.misfits > 0)
    told.push(`${countOf(tally.misfits, "edit")} met a text of another length than the recorded one: the run may differ from the note.`);
  if (tally.refusals > 0) told.push(`${countOf(tally.refusals, "edit")} ${tally.refusals === 1 ? "was" : "were"} refused in the run.`);
  return { ...finish(sandbox, told), people };
}

function optionsOf(
  { nodes, homes, leader, leaseMs, stamps }: LiveDeeds,
  strategy: StrategyName,
  replicas: number,
  startText: string,
): SandboxOptions {
  const setup: SandboxSetup = {
    ...(stamps === "wall" ? {} : { clock: stamps }),
    ...(nodes === 1 ? {} : { homes: Array.from({ length: replicas }, (_, by) => homes[by] ?? "S1") }),
    ...(nodes === 1 || leader === null ? {} : { startAt: leader }),
    ...(nodes === 1 || leaseMs === null ? {} : { leaseMs }),
  };
  return {
    strategy,
    seed: 1,
    replicas,
    startText,
    latencyMs: NEAR_MS,
    ...(nodes === 1 ? {} : { nodes }),
    ...(Object.keys(setup).length === 0 ? {} : { setup }),
  };
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

/**
 * Who the replicas are: whoever wrote most in the whole recording, so that a fork of each of its moments has the same ones; then, of
 * several nodes, who is there at its end and only listened. Ids in their own order, so that ties fall as they fell.
 */
function peopleOf(entries: readonly JournalEntry[], intents: readonly Intent[], told: string[]): string[] {
  const edits = new Map<string, number>();
  for (const { replica } of uniqueIntents(entries)) edits.set(replica, (edits.get(replica) ?? 0) + 1);
  const ranked = [...edits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([replica]) => replica);
  const people = [...ranked, ...listeners(entries).filter((replica) => !edits.has(replica))].slice(0, REPLICAS_MAX);
  const lost = intents.filter(({ replica }) => !people.includes(replica)).length;
  if (lost > 0)
    told.push(
      `${edits.size} people edited; the run has the ${REPLICAS_MAX} most active. ${countOf(lost, "edit")} of the others ${lost === 1 ? "is" : "are"} left out.`,
    );
  return people.sort();
}

/** Who is on some node when the recording ends, in the order in which they came. */
function listeners(entries: readonly JournalEntry[]): string[] {
  const here = new Map<string, boolean>();
  for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
    if (entry.kind === "fabric" && factOf(entry.text)?.what === "at") here.set(entry.replica, true);
    else if (entry.kind === "state" && entry.hop === "session" && here.has(entry.replica)) here.set(entry.replica, entry.state === "open");
  }
  return [...here].flatMap(([replica, isHere]) => (isHere ? [replica] : []));
}

function step(given: Shape): SandboxCommand {
  return { do: "step", step: given };
}

function nameOf(by: number): ReplicaName {
  return REPLICA_NAMES[by]!;
}

function clockSteps(by: number, set: Readonly<Record<string, number>> | null): SandboxCommand[] {
  return set === null ? [] : [step({ do: "clock", by: nameOf(by), ...set })];
}

function fabricCommands(deed: FabricDeed): SandboxCommand[] {
  switch (deed.what) {
    case "node-link": {
      const { cut, latencyMs, jitterMs, bandwidthBitsPerS } = deed.set;
      const kbps = bandwidthBitsPerS === null ? UNLIMITED_KBPS : bandwidthBitsPerS / 1_000;
      const latency = Math.min(latencyMs + NEAR_MS, LATENCY_MS_MAX);
      return [step({ do: "link", from: deed.from, to: deed.to, set: { cut: cut !== "open", latency, jitter: jitterMs, kbps } })];
    }
    case "crash":
      return [step({ do: "server", node: deed.node, action: "crash" })];
    case "restart":
      return [step({ do: "server", node: deed.node, action: deed.isEmpty ? "loseDisk" : "restart" })];
    case "pause":
      return [step({ do: "server", node: deed.node, action: "pause", ms: deed.durationMs })];
    case "slow":
      return [step({ do: "server", node: deed.node, action: "slowDisk", ms: deed.extraMs })];
    case "stamps":
      return [{ do: "stamps", kind: deed.kind }];
    default:
      return unreachable(deed);
  }
}

/** What a replica's links are to become. */
function linkCommands(sandbox: Sandbox, deed: LinksDeed): SandboxCommand[] {
  const { by } = deed;
  const now = sandbox.view(by);
  const out: SandboxCommand[] = [];
  for (const direction of ["up", "down"] as const) {
    const [is, was] = [deed[direction], now[direction]];
    const set = {
      latencyMs: Math.min(is.latencyMs + NEAR_MS, LATENCY_MS_MAX),
      jitterMs: is.jitterMs,
      bandwidthBitsPerS: is.bandwidthBitsPerS,
    };
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
