/**
 * A live note's recorded edits and titles again, under another clock: the same gestures at the same relative times, under the
 * links and with the clocks as they were recorded, and nothing but what writes are stamped with is another. Deterministic.
 */

import type { JournalEntry } from "../base/journal.ts";
import { countOf } from "../base/listed.ts";
import { type ClockKind, CLOCK_KINDS } from "../causal/stamp-clock.ts";
import type { LinkConditions } from "../network/conditions.ts";
import { loadNodeStrategy } from "../strategy/registry.ts";
import type { Loss, StrategyName } from "../strategy/strategy.ts";
import { SAME_MS } from "../sync/lateness.ts";
import type { Intent } from "./fork-deeds.ts";
import { uniqueIntents } from "./fork-live.ts";
import { replicaNameOf } from "./play.ts";
import { clockOf, conditionsOf, stampsOf } from "./recorded-conditions.ts";
import { replay } from "./replay.ts";
import { type Action, REPLICA_NAMES, type ReplicaName, type Script, type TimedAction } from "./script.ts";
import { DOTS_SENTENCE, startTextOf } from "./start-text.ts";

/** Of a longer recording the last edits and titles. */
export const DEEDS_MAX = 2_000;
/** Longer pauses are shortened to this: it is longer than what clocks are mostly off. */
const PAUSE_MS_MAX = 3_600_000;
/** How close a link comes to no latency at all: an edit arrives before the next key. */
const FIRST_MS = 1_000;

type Rename = Extract<JournalEntry, { readonly kind: "rename" }>;
interface Moment {
  readonly atMs: number;
  readonly actions: readonly Action[];
}

export interface ClockRecording {
  readonly script: Script;
  /** What the note was stamped with in the end. */
  readonly kind: ClockKind;
  readonly edits: number;
  readonly titles: number;
  /** Who of the recording is which replica: their ids, in order. */
  readonly people: readonly string[];
  /** What could not be carried over, in sentences. */
  readonly told: readonly string[];
}

/** What came out under one clock. All of it is computed by the run. */
export interface ClockOutcome {
  readonly kind: ClockKind;
  readonly text: string;
  /** null: nobody gave a title. */
  readonly title: string | null;
  readonly isConverged: boolean;
  /** Characters that were typed, and how many of them the strategy threw away. */
  readonly lost: number;
  readonly losses: readonly { readonly by: ReplicaName | null; readonly loss: Loss }[];
}

/** `entries` are of one note. null: no edit and no title was recorded. */
export function recordingForClocks(entries: readonly JournalEntry[]): ClockRecording | null {
  const ordered = entries.toSorted((a, b) => a.atMs - b.atMs);
  const renames = ordered.filter((entry): entry is Rename => entry.kind === "rename");
  const all = [...uniqueIntents(ordered), ...renames].sort((a, b) => a.atMs - b.atMs);
  const writes = all.slice(-DEEDS_MAX);
  const told: string[] = [];
  if (all.length > writes.length) told.push(`${countOf(all.length - writes.length, "earlier write")} are left out.`);
  const ids = [...new Set(writes.map(({ replica }) => replica))];
  const people = ids.slice(0, REPLICA_NAMES.length).sort();
  if (ids.length > people.length) told.push(`The writes of ${countOf(ids.length - people.length, "replica")} more are left out.`);
  const first = writes[0];
  if (first === undefined) return null;
  const nameOf = (replica: string): ReplicaName | undefined => REPLICA_NAMES[people.indexOf(replica as never)];
  const kept = new Set<JournalEntry>(writes);
  const clocks = new Clocks();
  const moments: Moment[] = [];
  for (const entry of ordered) {
    if (entry.kind === "conditions") clocks.note(entry.text);
    const by = nameOf(entry.replica);
    if (by === undefined) continue;
    if (entry.kind === "conditions") {
      const actions = actionsOf(by, entry.text, entry.atMs);
      clocks.set(by, actions, entry.atMs);
      if (actions.length > 0) moments.push({ atMs: Math.max(entry.atMs, first.atMs), actions });
    } else if ((entry.kind === "intent" || entry.kind === "rename") && kept.has(entry))
      moments.push({ atMs: entry.atMs, actions: [...clocks.before(by, entry), ...writesOf(by, entry)] });
  }
  const { startText, isKnown } = startTextOf(writes.find((write): write is Intent => write.kind === "intent"));
  if (!isKnown) told.push(DOTS_SENTENCE);
  return {
    script: {
      id: "clocks",
      title: "A recorded note under another clock",
      lesson: "",
      seed: "clocks",
      startText,
      replicas: people.map((_, n) => ({ name: REPLICA_NAMES[n]!, clockOffsetMs: 0, driftPpm: 0 })),
      startsCut: false,
      actions: timed(moments, told),
      strategies: [],
      expected: new Map(),
    },
    kind: clocks.kind,
    edits: writes.length - writes.filter(({ kind }) => kind === "rename").length,
    titles: writes.filter(({ kind }) => kind === "rename").length,
    people,
    told,
  };
}

/**
 * The recording under each kind of clock. Edits are placed in the texts that their authors had when they were recorded: those of a
 * run under the recorded clock. Cost: five runs.
 */
export async function* rerunUnderClocks({ script, kind }: ClockRecording, name: StrategyName): AsyncGenerator<ClockOutcome> {
  const strategy = await loadNodeStrategy(name);
  const recorded = await replay({ ...script, clock: kind }, strategy);
  const views = new Map(recorded.edits.map(({ step, before }) => [step, before]));
  for (const clock of CLOCK_KINDS) {
    const { played, losses } = clock === kind ? recorded : await replay({ ...script, clock }, strategy, { views });
    const title = played.fields.S1?.title;
    yield {
      kind: clock,
      text: played.serverText,
      title: typeof title === "string" && title !== "" ? title : null,
      isConverged: played.isConverged,
      lost: played.lost,
      losses: losses.map((loss) => ({ by: replicaNameOf(loss.author), loss })),
    };
  }
}

/** How far each clock is off in the run, so that a write whose author told of another offset sets it right first. */
class Clocks {
  kind: ClockKind = "wall";
  readonly #off = new Map<ReplicaName, { offsetMs: number; driftPpm: number; atMs: number }>();

  note(text: string): void {
    this.kind = stampsOf(text) ?? this.kind;
  }

  set(by: ReplicaName, actions: readonly Action[], atMs: number): void {
    for (const action of actions)
      if (action.do === "clock") this.#off.set(by, { offsetMs: action.offsetMs ?? 0, driftPpm: action.driftPpm ?? 0, atMs });
  }

  before(by: ReplicaName, { stamp, atMs }: Intent | Rename): Action[] {
    // By the other kinds no clock of one's own was read, or one that was pushed on.
    if (stamp === undefined || this.kind === "lamport" || this.kind === "node") return [];
    const known = this.#off.get(by) ?? { offsetMs: 0, driftPpm: 0, atMs };
    const reckonedMs = known.offsetMs + ((atMs - known.atMs) * known.driftPpm) / 1_000_000;
    if (Math.abs(reckonedMs - stamp.offsetMs) < SAME_MS) return [];
    this.#off.set(by, { ...known, offsetMs: stamp.offsetMs, atMs });
    return [{ do: "clock", by, offsetMs: stamp.offsetMs, driftPpm: null, stepMs: null }];
  }
}

/** What a journal's words say of a replica's links or clock. */
function actionsOf(by: ReplicaName, text: string, atMs: number): Action[] {
  const clock = clockOf(text);
  if (clock !== null) {
    const offsetMs = clock.offsetMs + ((atMs - clock.sinceMs) * clock.driftPpm) / 1_000_000;
    return [{ do: "clock", by, offsetMs, driftPpm: clock.driftPpm, stepMs: null }];
  }
  const links = conditionsOf(text);
  if (links === null) return [];
  const linkOf = (direction: "up" | "down", { latencyMs, jitterMs, bandwidthBitsPerS, cut }: LinkConditions): Action => ({
    do: "link",
    by,
    direction,
    // A connection that is broken off comes back by itself: as a cut it takes the rest of the run along.
    set: { latencyMs, jitterMs, bandwidthBitsPerS, cut: cut === "reset" ? "blackhole" : cut },
  });
  return [linkOf("up", links.up), linkOf("down", links.down)];
}

/** Splices mean one text: the last one first, so that each still finds its place. */
function writesOf(by: ReplicaName, entry: Intent | Rename): Action[] {
  if (entry.kind === "rename") return [{ do: "meta", by, write: { field: "title", value: entry.title, by: 1, after: null } }];
  return entry.splices
    .toReversed()
    .map(({ index, remove, insert }) => ({ do: "edit", by, pos: index, len: remove, text: insert, wallMs: null }));
}

/** Times in whole ms, with long pauses shortened. */
function timed(moments: readonly Moment[], told: string[]): TimedAction[] {
  let atMs = FIRST_MS;
  let beforeMs = moments[0]?.atMs ?? 0;
  let shortened = 0;
  const out = moments.flatMap((moment) => {
    const pauseMs = moment.atMs - beforeMs;
    if (pauseMs > PAUSE_MS_MAX) shortened++;
    atMs += Math.min(PAUSE_MS_MAX, pauseMs);
    beforeMs = moment.atMs;
    return moment.actions.map((action) => ({ atMs: Math.round(atMs), action }));
  });
  if (shortened > 0) told.push(`${countOf(shortened, "pause")} of more than an hour ${shortened === 1 ? "is" : "are"} shortened.`);
  return out;
}
