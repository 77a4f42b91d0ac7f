/** Events as programs outside give them and get them: recorded histories in, runs out; and versions, as the events at their ends. */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { compareIds, type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import { readId } from "./anchors.ts";
import { DELETE, type EventLog, INSERT } from "./event-log.ts";
import { addEvents } from "./run-intake.ts";
import { wellFormed } from "./surrogates.ts";
import type { TextState } from "./text-state.ts";
import type { EventId } from "./update-codec.ts";

/** One entry of a recorded history. */
export interface RecordedEvent {
  readonly agent: ReplicaId;
  readonly seq: number;
  readonly parents: readonly (readonly [ReplicaId, number])[];
  readonly ops: readonly Splice[];
}

/** Events of one agent, each built on the one before. */
export interface EventRun {
  readonly agent: ReplicaId;
  readonly seq: number;
  /** Of the first event. */
  readonly parents: readonly EventId[];
  /** `delete` removes at one place, `delete-back` one unit further left with each event. */
  readonly kind: "insert" | "delete" | "delete-back";
  /** Of the first event, in the text that the parents make. */
  readonly position: number;
  readonly length: number;
  /** What an insertion inserted; empty otherwise. */
  readonly text: string;
}

const KIND_NAMES = ["insert", "delete", "delete-back"] as const;

/**
 * Adds a recorded history, in order of dependency; one agent's events may be concurrent.
 * @throws RangeError when an entry has more than one splice, or a parent that is not there.
 */
export function addRecorded(state: TextState, events: Iterable<RecordedEvent>): void {
  const { log } = state;
  for (const { agent: author, seq, parents, ops } of events) {
    const [op] = ops;
    if (op === undefined || ops.length > 1) throw new RangeError(`Event ${author}:${seq} has ${ops.length} splices: expected one`);
    if (op.remove > 0 && op.insert !== "") throw new RangeError(`Event ${author}:${seq} replaces: record a deletion and an insertion`);
    if (seq !== log.seqOf(author)) throw new RangeError(`Event ${author}:${seq} is out of order: expected ${log.seqOf(author)}`);
    const lvs = parents.map(([parent, parentSeq]) => {
      const lv = log.lvOf(parent, parentSeq);
      if (lv < 0) throw new RangeError(`Event ${parent}:${parentSeq} is not here`);
      return lv;
    });
    const isInsert = op.insert !== "";
    const length = isInsert ? op.insert.length : op.remove;
    if (length > 0) addEvents(state, author, lvs, isInsert ? INSERT : DELETE, op.index, length, wellFormed(op.insert), null);
  }
}

/** Everything that happened, in the order in which it came here; from the cut on, where there is one. */
export function* eventRunsOf(log: EventLog): Generator<EventRun> {
  for (let lv = log.firstLv; lv < log.count;) {
    const to = log.runEnd(lv, log.count);
    const kind = log.kindAt(lv);
    const parents = log.parentsOf(lv).map((parent): EventId => [log.idOf(parent).agent, log.seqAt(parent)]);
    const text = kind === INSERT ? log.textAt(lv, to) : "";
    const { agent, seq } = log.idOf(lv);
    yield { agent, seq, parents, kind: KIND_NAMES[kind], position: log.positionAt(lv), length: to - lv, text };
    lv = to;
  }
}

/** The events that nobody has built upon. Sorted, so that equal versions are equal bytes. */
export function frontierOf(state: TextState): Uint8Array {
  const ids = [...state.tips()].sort(([a, s], [b, t]) => compareIds(a, b) || s - t);
  const writer = new ByteWriter().varUint(ids.length);
  for (const [agent, seq] of ids) writer.varUint(replicaNumber(agent)).varUint(seq);
  return writer.finish();
}

/** Those events, ascending. @throws DecodeError on foreign bytes, RangeError when an event of it is not here. */
export function tipsOf(state: TextState, frontier: Uint8Array): number[] {
  const { log } = state;
  const reader = new ByteReader(frontier);
  const tips: number[] = [];
  for (let count = reader.count(2); count > 0; count--) {
    const { agent, seq } = readId(reader);
    const lv = log.lvOf(agent, seq);
    if (lv < 0) throw new RangeError(`Event ${agent}:${seq} is not here`);
    if (lv < log.firstLv - 1) throw new RangeError(`Event ${agent}:${seq} is in the history that was cut off`);
    tips.push(lv);
  }
  reader.end();
  if (tips.length === 0 && log.firstLv > 0) throw new RangeError("The beginning is in the history that was cut off");
  return tips.sort((a, b) => a - b);
}
