/** What a copy tells others: its events as runs, or its whole history. */

import { ByteWriter } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { readVector, type VersionVector } from "../causal/version-vector.ts";
import { DELETE_BACK, INSERT } from "./event-log.ts";
import { HistoryDigest } from "./history-digest.ts";
import { type History, packCut, packState } from "./packed-codec.ts";
import { CUT_OFF, isUnknown } from "./run-intake.ts";
import { UNKNOWN } from "./sealed-history.ts";
import type { TextState } from "./text-state.ts";
import { encodePacked, encodeRuns, type EventId, type Run } from "./update-codec.ts";

/** What the holder of `known` lacks, as LV ranges. @throws ProtocolError when that was cut off. */
export function rangesSince({ log, cut }: TextState, known: VersionVector): (readonly [from: number, to: number])[] {
  if (cut !== null && cut.agents.some(([agent, next]) => (known.get(agent) ?? 0) < next))
    throw new ProtocolError(CUT_OFF, "The history that this copy lacks was cut off");
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index < log.agentCount; index++) {
    const agent = log.agentAt(index);
    for (const [from, to] of log.rangesOf(agent, known.get(agent) ?? 0))
      if (to > log.firstLv) ranges.push([Math.max(from, log.firstLv), to]);
  }
  return ranges.sort(([a], [b]) => a - b);
}

/** @throws ProtocolError when some of it was inserted and deleted, and is not known here any more. */
export function wireRuns(state: TextState, ranges: readonly (readonly [from: number, to: number])[]): Run[] {
  const { log } = state;
  const runs = ranges.flatMap(([from, to]) => {
    // Whoever claims to have one half of a surrogate pair gets both.
    const isInside = log.hasPairs && from > log.firstLv && log.kindAt(from) === INSERT && (log.unitAt(from) & 0xfc00) === 0xdc00;
    return [...wireRunsIn(state, isInside ? from - 1 : from, to, log.firstLv)];
  });
  for (const { agent, seq, text } of runs)
    for (let at = text.indexOf(UNKNOWN); at >= 0 && log.lacksText; at = text.indexOf(UNKNOWN, at + 1))
      if (isUnknown(state, log.lvOf(agent, seq + at)))
        throw new ProtocolError(CUT_OFF, "The deleted text that this copy lacks was given up");
  return runs;
}

/** Packed, where that can be: a history in which somebody wrote into a surrogate pair cannot be replayed without its text. */
export function encodeWhole(state: TextState, history: Exclude<History, "cut">): Uint8Array {
  if (!state.hasSnapped) return encodePacked(packState(state, history));
  const runs = encodeRuns(wireRunsOf(state));
  return state.cut === null ? runs : joined(encodePacked(packCut(state.cut, state)), runs);
}

/** The text at the last critical version that all of `passedBy` have passed, and the events since. Everything where there is none. */
export function encodeCut(state: TextState, passedBy: readonly Uint8Array[]): Uint8Array {
  const { log } = state;
  // The first event that one of them lacks.
  let bound = log.count;
  for (const vector of passedBy.map(readVector))
    for (let index = 0; index < log.agentCount; index++) {
      const lv = log.lvAt(index, vector.get(log.agentAt(index)) ?? 0);
      if (lv >= 0) bound = Math.min(bound, lv);
    }
  const lv = state.criticalBefore(bound);
  if (lv < log.firstLv) return encodeWhole(state, "full");
  const agents = Array.from({ length: log.agentCount }, (_, index): readonly [ReplicaId, number] => {
    let next = 0;
    for (const [from, to] of log.rangesOf(log.agentAt(index), 0)) next += Math.max(0, Math.min(to, lv + 1) - from);
    return [log.agentAt(index), next];
  });
  const text = state.textAt([lv]);
  const last = [log.idOf(lv).agent, log.seqAt(lv)] as const;
  const left = agents.filter(([, next]) => next > 0);
  const digest = new HistoryDigest(log, state.cut?.digests ?? null).advance(log, lv + 1);
  const digests = new Map(left.map(([agent]) => [agent, digest.of(log, agent)] as const));
  const frame = encodePacked(packCut({ text, agents: left, last, cursor: log.cursorAfter(lv), digests }, state));
  return lv === log.count - 1 ? frame : joined(frame, encodeRuns([...wireRunsIn(state, lv + 1, log.count, lv + 1)]));
}

/** All events that are here. */
export function wireRunsOf(state: TextState): Run[] {
  const { log } = state;
  return [...wireRunsIn(state, log.firstLv, log.count, log.firstLv)];
}

/** The events with LVs in [from, to) as an update says them to somebody who knows no event before `known`. */
function* wireRunsIn({ log }: TextState, from: number, to: number, known: number): Generator<Run> {
  for (let lv = from; lv < to;) {
    const end = log.runEnd(lv, to);
    const { agent, seq } = log.idOf(lv);
    const parents = log.parentsOf(lv);
    const isOwnNext = seq > 0 && parents.length === 1 && parents[0] === log.lvOf(agent, seq - 1) && parents[0]! >= known;
    const text = log.kindAt(lv) === INSERT ? log.textAt(lv, end) : "";
    const delta = isOwnNext ? log.positionAt(lv) - log.cursorAfter(parents[0]!) : 0;
    // A single deletion counts as backspace where that is nearer.
    const kind = log.kindAt(lv) !== INSERT && end - lv === 1 && delta === -1 ? DELETE_BACK : log.kindAt(lv);
    yield {
      agent,
      seq,
      parents: isOwnNext ? null : parents.map((parent): EventId => [log.idOf(parent).agent, log.seqAt(parent)]),
      kind,
      position: isOwnNext ? delta + (kind === DELETE_BACK ? 1 : 0) : log.positionAt(lv),
      length: end - lv,
      text,
    };
    lv = end;
  }
}

export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return new ByteWriter(first.length + second.length).raw(first).raw(second).finish();
}
