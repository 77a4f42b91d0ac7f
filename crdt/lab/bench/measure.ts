/**
 * One repetition of a history through one strategy: how long its writers take, how long a reader takes to follow them, how
 * long the whole note takes to load, and how many bytes it is. The clock is an argument. A repetition in which copies
 * differ gives no number.
 */

import { EMPTY_BYTES } from "../../base/bytes.ts";
import { VirtualClock } from "../../base/clock.ts";
import { mintReplicaId, type ReplicaId } from "../../base/ids.ts";
import { createPrng } from "../../base/prng.ts";
import type { Replica, Strategy } from "../../strategy/strategy.ts";
import { type History, resolvePatch } from "./history.ts";

/** What one repetition measured. Times are means over its passes. */
export interface Sample {
  /** All edits, and what the writers received from each other meanwhile. */
  readonly writeMs: number;
  /** A reader takes in every update, one by one. null: a scenario's readers are part of its playing. */
  readonly applyMs: number | null;
  /** A copy is opened from the encoded note, up to its text. */
  readonly loadMs: number;
  /** The whole note, as a copy that has nothing is given it. */
  readonly encodedBytes: number;
  /** What all edits sent: update bytes alone; of a scenario all frames on all links. */
  readonly wireBytes: number;
  /** Edits that sent something. */
  readonly keystrokes: number;
  /** Of all characters that the note holds, visible or not; 0 to 1. */
  readonly tombstoneShare: number;
  /** Whether the text is the one that the recording ends in; null where it says nothing, or one writer leaves no choice. */
  readonly endsAsRecorded: boolean | null;
}

/** How often each phase is done within one repetition, so that it lasts longer than the steps of the clock. */
export interface Passes {
  readonly write: number;
  readonly apply: number;
  readonly load: number;
}

export const ONE_PASS: Passes = { write: 1, apply: 1, load: 1 };

export interface Measured {
  readonly sample: Sample;
  /** The whole note. */
  readonly state: Uint8Array;
}

/** Copies of one note that differ though each has received everything. */
export class DisagreementError extends Error {
  override readonly name = "DisagreementError";
}

/** With more writers than this, two readers who hear of them in opposite orders are compared instead of all writers. */
const MEETING_MAX = 8;

/**
 * Plays `history`, with fresh copies in each pass.
 * @throws DisagreementError where copies differ, or one writer's text is not the one that a plain string has.
 */
export function measureHistory(history: History, strategy: Strategy, nowMs: () => number, passes: Passes = ONE_PASS): Measured {
  const ids = idsFor(history.agents + 2);
  const open = (n: number, state?: Uint8Array): Replica =>
    strategy.open({ replica: ids[n]!, clock: new VirtualClock(), ...(state === undefined ? {} : { state }) });
  const repeated = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

  const casts = repeated(passes.write, () => Array.from({ length: history.agents }, (_, agent) => open(agent)));
  let told: Uint8Array[][] = [];
  const writeMs = timed(nowMs, passes.write, () => {
    for (const cast of casts) told = write(history, cast);
  });
  const writers = casts.at(-1) ?? [];
  const updates = told.flat();

  const readers = repeated(passes.apply, () => open(history.agents));
  const applyMs = timed(nowMs, passes.apply, () => {
    for (const reader of readers) for (const update of updates) reader.receive(update);
  });
  const reader = readers[0]!;
  const text = reader.text();
  const others = history.agents <= MEETING_MAX ? meet(history, writers, told) : [readBackwards(history, told, open(history.agents + 1))];
  for (const other of others) expectAlike(reader, other);

  const state = reader.since(EMPTY_BYTES);
  let loaded: Replica = reader;
  const loadMs = timed(nowMs, passes.load, () => {
    for (let pass = 0; pass < passes.load; pass++) {
      loaded = open(history.agents + 1, state);
      loaded.text();
    }
  });
  expectAlike(reader, loaded);

  const isRecorded = history.endContent === null ? null : text === history.endContent;
  if (history.agents === 1 && isRecorded === false)
    throw new DisagreementError(`One writer's text is not the one that was typed: ${text.length} units of ${history.endContent?.length}`);
  return {
    state,
    sample: {
      writeMs,
      applyMs,
      loadMs,
      encodedBytes: state.length,
      wireBytes: updates.reduce((sum, { length }) => sum + length, 0),
      keystrokes: updates.length,
      tombstoneShare: tombstoneShareOf(reader),
      endsAsRecorded: history.agents === 1 ? null : isRecorded,
    },
  };
}

/** Of all characters that a copy holds, the share that nobody sees. */
export function tombstoneShareOf(replica: Replica): number {
  const { tombstones } = replica.stats();
  return tombstones === 0 ? 0 : tombstones / (tombstones + replica.length);
}

/** Mean time of a pass. */
export function timed(nowMs: () => number, passes: number, work: () => void): number {
  const from = nowMs();
  work();
  return (nowMs() - from) / passes;
}

/** The updates of each step. */
function write({ steps, isRelative }: History, cast: readonly Replica[]): Uint8Array[][] {
  const told: Uint8Array[][] = [];
  for (const { agent, pulls, patches } of steps) {
    const copy = cast[agent]!;
    for (const pulled of pulls) for (const update of told[pulled]!) copy.receive(update);
    const made: Uint8Array[] = [];
    for (const patch of patches) {
      const [index, remove, insert] = resolvePatch(patch, isRelative, isRelative ? copy.length : 0);
      if (remove === 0 && insert === "") continue;
      const edited = copy.edit([{ index, remove, insert }]);
      if (!edited.isAccepted) throw new Error(`An edit was not taken: ${edited.reason}`);
      if (edited.update.length > 0) made.push(edited.update);
    }
    told.push(made);
  }
  return told;
}

/** Gives every writer what it lacks. */
function meet({ steps }: History, writers: readonly Replica[], told: readonly (readonly Uint8Array[])[]): readonly Replica[] {
  for (const [agent, writer] of writers.entries()) {
    const had = new Set<number>();
    for (const [at, step] of steps.entries()) {
      if (step.agent !== agent) continue;
      had.add(at);
      for (const pulled of step.pulls) had.add(pulled);
    }
    for (const [at, updates] of told.entries()) if (!had.has(at)) for (const update of updates) writer.receive(update);
  }
  return writers;
}

/** Tells a reader of the last writer first. What builds on what has not come waits in the copy, and is given once more in order. */
function readBackwards({ agents, steps }: History, told: readonly (readonly Uint8Array[])[], reader: Replica): Replica {
  const byAgent = Array.from({ length: agents }, (): Uint8Array[] => []);
  for (const [at, updates] of told.entries()) byAgent[steps[at]!.agent]!.push(...updates);
  let isWaiting = false;
  for (const update of byAgent.toReversed().flat()) isWaiting = reader.receive(update).isWaiting || isWaiting;
  if (isWaiting) for (const update of told.flat()) reader.receive(update);
  return reader;
}

function expectAlike(first: Replica, second: Replica): void {
  const [a, b] = [first.hash(), second.hash()];
  if (a.content !== b.content) throw new DisagreementError("Copies that received the same hold different texts");
  if (a.structure !== b.structure) throw new DisagreementError("Copies with the same text differ in what lies behind it");
}

/** As live tabs have them: 49 bits each, so that bytes on the wire are those of live notes. */
function idsFor(count: number): ReplicaId[] {
  const prng = createPrng("bench replicas");
  const ids = new Set<ReplicaId>();
  while (ids.size < count) ids.add(mintReplicaId(prng));
  return [...ids];
}
