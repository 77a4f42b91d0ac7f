/**
 * Every event there ever was, in the order in which it came here, run-length encoded: what was done (rows), who did
 * it under which number (agent runs), and what they had seen (event-graph.ts). Append-only.
 *
 * An event inserts or deletes one UTF-16 unit. Locally it is named by its place in this order, its LV; between copies
 * by (agent, seq). An event's parents are the events that its author had seen and that no other of them had seen; its
 * position counts in the text that they make.
 *
 * The log may begin with a *cut*: events of which only the numbers are left. They have LVs, one after the other, and
 * no rows; everything later builds on the last of them, or on something that builds on it.
 */

import { assert } from "../base/assert.ts";
import type { ReplicaId } from "../base/ids.ts";
import { EventGraph, type VersionDiff } from "./event-graph.ts";
import { GrowingInts } from "./growing-ints.ts";
import { type Rope, unitsText } from "./rope.ts";

/** `DELETE` removes at one place, `DELETE_BACK` one unit further left with each event. */
export const INSERT = 0;
export const DELETE = 1;
export const DELETE_BACK = 2;
export type OpKind = typeof INSERT | typeof DELETE | typeof DELETE_BACK;

interface AgentRuns {
  readonly id: ReplicaId;
  /** Which of the log's agent runs are this agent's, ascending in seq and LV. */
  readonly runs: GrowingInts;
  next: number;
  /** Its last event, and where a caret would be after that. */
  lastLv: number;
  cursor: number;
}

export class EventLog {
  #count = 0;
  /** Events before this one are cut off; and where a caret would be after the last of them. */
  #firstLv = 0;
  #cutCursor = 0;
  // Rows: each ends where the next begins.
  readonly #rowLv = new GrowingInts();
  readonly #rowKind = new GrowingInts();
  /** Of its first event. */
  readonly #rowPosition = new GrowingInts();
  /** Where its text begins in `#text`. */
  readonly #rowText = new GrowingInts();
  #text = new Uint16Array(64);
  #textLength = 0;
  #inserted = 0;
  #hasPairs = false;
  /** Events before this one do not know yet what they inserted. */
  #textFrom = 0;
  #fill: (() => void) | null = null;
  #lacksText = false;
  /** Kind of the last row, and where an event of that kind would go on with it. -1: nothing can. */
  #lastKind = -1;
  #nextPosition = -1;
  /** Where a caret would be after the last event. */
  #cursor = 0;
  // Who.
  readonly #agents: AgentRuns[] = [];
  readonly #agentIndex = new Map<ReplicaId, number>();
  readonly #runLv = new GrowingInts();
  readonly #runAgent = new GrowingInts();
  readonly #runSeq = new GrowingInts();
  #lastAgent = -1;
  /** What they had seen. */
  readonly #graph = new EventGraph();

  /** Events; the next one's LV. */
  get count(): number {
    return this.#count;
  }

  /** The first event that is here with its content. */
  get firstLv(): number {
    return this.#firstLv;
  }

  /** Events that inserted a unit, those of the cut not counted. */
  get inserted(): number {
    return this.#inserted;
  }

  /** Whether a surrogate was ever inserted. */
  get hasPairs(): boolean {
    return this.#hasPairs;
  }

  /** Says that there are surrogates in what is cut off. */
  markPairs(): void {
    this.#hasPairs = true;
  }

  /** The events that nobody has built upon, ascending; the log's own array, which changes with the next event. */
  get frontier(): readonly number[] {
    return this.#graph.frontier;
  }

  /** Whether the last event has seen everything. True for a log without events. */
  get isOneHeaded(): boolean {
    return this.#graph.frontier.length < 2;
  }

  get agentCount(): number {
    return this.#agents.length;
  }

  agentAt(index: number): ReplicaId {
    return this.#agents[index]!.id;
  }

  /** The number that this log calls `agent` by; it gets one when it has none. */
  agentIndexOf(agent: ReplicaId): number {
    let index = this.#agentIndex.get(agent);
    if (index === undefined) {
      index = this.#agents.length;
      this.#agents.push({ id: agent, runs: new GrowingInts(), next: 0, lastLv: -1, cursor: 0 });
      this.#agentIndex.set(agent, index);
    }
    return index;
  }

  /** How many events of `agent` are here; its next seq. */
  seqOf(agent: ReplicaId): number {
    const index = this.#agentIndex.get(agent);
    return index === undefined ? 0 : this.#agents[index]!.next;
  }

  nextSeqAt(agentIndex: number): number {
    return this.#agents[agentIndex]!.next;
  }

  /** The last event of an agent; -1: it has none. */
  lastLvOf(agentIndex: number): number {
    return this.#agents[agentIndex]!.lastLv;
  }

  /** Where a caret would be after the last event of an agent, in the text that this event makes. */
  cursorOf(agentIndex: number): number {
    return this.#agents[agentIndex]!.cursor;
  }

  /** The agent of the last event; -1 for none. */
  get lastAgent(): number {
    return this.#lastAgent;
  }

  /** Where a caret would be after the last event, in the text that this event makes. */
  get cursor(): number {
    return this.#cursor;
  }

  /**
   * Appends a run by one agent, each event the parent of the next. `parents` are those of the first, ascending; null
   * means the frontier. Positions are of the first event. Returns its LV.
   */
  append(agentIndex: number, parents: readonly number[] | null, kind: OpKind, position: number, length: number, text: string): number {
    const lv = this.#count;
    if (agentIndex !== this.#lastAgent || this.#runLv.length === 0) this.#beginAgentRun(agentIndex, lv);
    const agent = this.#agents[agentIndex]!;
    agent.next += length;
    agent.lastLv = lv + length - 1;
    this.#graph.append(lv, length, parents);
    this.#appendRow(kind, position, length, text);
    agent.cursor = this.#cursor;
    this.#count = lv + length;
    return lv;
  }

  /**
   * Begins with events of which only the numbers are left. Only on an empty log. `agents`: each with its next seq; `cursor`:
   * where a caret would be after the last event.
   */
  beginCut(agents: readonly (readonly [ReplicaId, number])[], last: readonly [ReplicaId, number], cursor: number): void {
    assert(this.#count === 0, `A cut behind ${this.#count} events`);
    // The one that everything builds on is the last.
    for (const [agent, next] of [...agents.filter(([agent]) => agent !== last[0]), last]) {
      if (next === 0) continue;
      const index = this.agentIndexOf(agent);
      this.#beginAgentRun(index, this.#count);
      this.#agents[index]!.next = next;
      this.#count += next;
      this.#agents[index]!.lastLv = this.#count - 1;
    }
    this.#firstLv = this.#count;
    if (this.#count === 0) return;
    this.#agents[this.#lastAgent]!.cursor = this.#cursor = this.#cutCursor = cursor;
    this.#graph.beginAt(this.#count - 1);
  }

  /** The LV of an event, or -1 when it is not here. */
  lvOf(agent: ReplicaId, seq: number): number {
    const index = this.#agentIndex.get(agent);
    return index === undefined ? -1 : this.lvAt(index, seq);
  }

  lvAt(agentIndex: number, seq: number): number {
    const { runs, next, lastLv } = this.#agents[agentIndex]!;
    if (seq < 0 || seq >= next) return -1;
    if (seq === next - 1) return lastLv;
    let low = 0;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#runSeq.at(runs.at(middle)) <= seq) low = middle;
      else high = middle - 1;
    }
    const run = runs.at(low);
    return this.#runLv.at(run) + seq - this.#runSeq.at(run);
  }

  /** Who made an event, and under which number. */
  idOf(lv: number): { readonly agent: ReplicaId; readonly seq: number } {
    const at = this.#runLv.lastAtOrBelow(lv);
    return { agent: this.#agents[this.#runAgent.at(at)]!.id, seq: this.#runSeq.at(at) + lv - this.#runLv.at(at) };
  }

  agentOf(lv: number): number {
    return this.#runAgent.at(this.#runLv.lastAtOrBelow(lv));
  }

  seqAt(lv: number): number {
    const at = this.#runLv.lastAtOrBelow(lv);
    return this.#runSeq.at(at) + lv - this.#runLv.at(at);
  }

  /** Negative when event `a`'s id is the lower one: by agent, then by seq. */
  compareIds(a: number, b: number): number {
    const [first, second] = [this.agentOf(a), this.agentOf(b)];
    if (first === second) return this.seqAt(a) - this.seqAt(b);
    return this.#agents[first]!.id < this.#agents[second]!.id ? -1 : 1;
  }

  parentsOf(lv: number): readonly number[] {
    return this.#graph.parentsOf(lv);
  }

  /** Where the line of only children that `lv` stands in began. */
  graphStart(lv: number): number {
    return this.#graph.lineStart(lv);
  }

  /** How many lines of only children there are. */
  get graphRuns(): number {
    return this.#graph.lines;
  }

  /** The first LV from `lv` on at which another row or another line begins; at most `end`. */
  opEnd(lv: number, end: number): number {
    const rowAt = this.#rowLv.lastAtOrBelow(lv) + 1;
    let to = this.#graph.lineEnd(lv, end);
    if (rowAt < this.#rowLv.length && this.#rowLv.at(rowAt) < to) to = this.#rowLv.at(rowAt);
    return to;
  }

  /** As `opEnd`, and at most to where another agent begins. */
  runEnd(lv: number, end: number): number {
    const to = this.opEnd(lv, end);
    const agentAt = this.#runLv.lastAtOrBelow(lv) + 1;
    return agentAt < this.#runLv.length && this.#runLv.at(agentAt) < to ? this.#runLv.at(agentAt) : to;
  }

  /** Where the last piece begins: what comes next may go on with it. -1: there is none. */
  get lastPiece(): number {
    return this.#count > this.#firstLv ? this.pieceStart(this.#count - 1) : -1;
  }

  /** Where the run of one row, one line and one agent that `lv` stands in begins. */
  pieceStart(lv: number): number {
    const agentAt = this.#runLv.lastAtOrBelow(lv);
    return Math.max(this.rowStart(lv), this.graphStart(lv), this.#runLv.at(agentAt));
  }

  /** Where the row that `lv` stands in begins, whoever made it after whatever. */
  rowStart(lv: number): number {
    return this.#rowLv.at(this.#rowLv.lastAtOrBelow(lv));
  }

  /** Where the row after that of `lv` begins. */
  rowEnd(lv: number): number {
    const next = this.#rowLv.lastAtOrBelow(lv) + 1;
    return next < this.#rowLv.length ? this.#rowLv.at(next) : this.#count;
  }

  kindAt(lv: number): OpKind {
    return this.#rowKind.at(this.#rowLv.lastAtOrBelow(lv)) as OpKind;
  }

  /** Where an event acts, in the text that its parents make. */
  positionAt(lv: number): number {
    const row = this.#rowLv.lastAtOrBelow(lv);
    const kind = this.#rowKind.at(row);
    const skip = lv - this.#rowLv.at(row);
    return this.#rowPosition.at(row) + (kind === INSERT ? skip : kind === DELETE_BACK ? -skip : 0);
  }

  /** Where a caret would be after an event. */
  cursorAfter(lv: number): number {
    if (lv < this.#firstLv) return this.#cutCursor;
    return this.positionAt(lv) + (this.kindAt(lv) === INSERT ? 1 : 0);
  }

  /** What the events before `lv` inserted is not here yet; `fill` brings it when somebody asks. */
  awaitText(lv: number, fill: () => void): void {
    this.#textFrom = lv;
    this.#fill = fill;
  }

  /** Brings what is awaited. */
  requestText(): void {
    const fill = this.#fill;
    // What fills may look at what it fills.
    this.#fill = null;
    try {
      fill?.();
    } catch (error) {
      this.#fill = fill;
      throw error;
    }
    this.#textFrom = 0;
  }

  /** Whether some of what was inserted, and deleted since, is not known any more. */
  get lacksText(): boolean {
    if (this.#fill !== null) this.requestText();
    return this.#lacksText;
  }

  markUnknown(): void {
    this.#lacksText = true;
  }

  /** What the events from `lv` to `end`, all of them insertions, inserted. */
  textAt(lv: number, end: number): string {
    if (lv < this.#textFrom) this.requestText();
    const row = this.#rowLv.lastAtOrBelow(lv);
    const from = this.#rowText.at(row) + lv - this.#rowLv.at(row);
    return unitsText(this.#text, from, from + end - lv);
  }

  /** Gives what the insertions from `lv` on inserted to a rope: all of them must be insertions. */
  copyText(lv: number, end: number, rope: Rope, index: number): void {
    if (lv < this.#textFrom) this.requestText();
    const row = this.#rowLv.lastAtOrBelow(lv);
    const from = this.#rowText.at(row) + lv - this.#rowLv.at(row);
    rope.insertUnits(index, this.#text, from, from + end - lv);
  }

  /** The unit that an insertion inserted. */
  unitAt(lv: number): number {
    if (lv < this.#textFrom) this.requestText();
    const row = this.#rowLv.lastAtOrBelow(lv);
    return this.#text[this.#rowText.at(row) + lv - this.#rowLv.at(row)]!;
  }

  /** Writes what the events from `lv` on, all of them insertions, inserted. */
  fillText(lv: number, text: string): void {
    const row = this.#rowLv.lastAtOrBelow(lv);
    const from = this.#rowText.at(row) + lv - this.#rowLv.at(row);
    for (let k = 0; k < text.length; k++) this.#text[from + k] = text.charCodeAt(k);
  }

  /** Runs of one agent from `seq` on, as LV ranges. */
  *rangesOf(agent: ReplicaId, seq: number): Generator<readonly [from: number, to: number]> {
    const index = this.#agentIndex.get(agent);
    if (index === undefined) return;
    const { runs, next } = this.#agents[index]!;
    for (let at = 0; at < runs.length; at++) {
      const run = runs.at(at);
      const from = this.#runSeq.at(run);
      const to = at + 1 < runs.length ? this.#runSeq.at(runs.at(at + 1)) : next;
      const skip = Math.max(0, seq - from);
      const lv = this.#runLv.at(run);
      if (from + skip < to) yield [lv + skip, lv + to - from];
    }
  }

  /** What `a` has seen and `b` has not, and the other way round; used again by the next call. Cost: the lines between the two versions. */
  diff(a: readonly number[], b: readonly number[]): VersionDiff {
    return this.#graph.diff(a, b);
  }

  #beginAgentRun(agentIndex: number, lv: number): void {
    const agent = this.#agents[agentIndex]!;
    agent.runs.push(this.#runLv.length);
    this.#runLv.push(lv);
    this.#runAgent.push(agentIndex);
    this.#runSeq.push(agent.next);
    this.#lastAgent = agentIndex;
  }

  #appendRow(kind: OpKind, position: number, length: number, text: string): void {
    if (kind === INSERT) {
      if (this.#lastKind !== INSERT || position !== this.#nextPosition) this.#beginRow(INSERT, position);
      this.#inserted += length;
      this.#appendText(text, length);
      this.#lastKind = INSERT;
      this.#cursor = this.#nextPosition = position + length;
      return;
    }
    const lastRow = this.#rowLv.length - 1;
    const isBack = kind === DELETE_BACK;
    const end = isBack ? position - length + 1 : position;
    if (this.#lastKind === DELETE && position === this.#nextPosition && (!isBack || length === 1)) {
      // It goes on at one place.
    } else if (this.#lastKind === DELETE_BACK && position === this.#nextPosition - 1 && (isBack || length === 1)) {
      // It goes on to the left.
    } else if (
      this.#lastKind === DELETE &&
      position === this.#nextPosition - 1 &&
      (isBack || length === 1) &&
      this.#rowLv.at(lastRow) === this.#count - 1
    ) {
      // A single deletion may have been the first of either kind.
      this.#rowKind.set(lastRow, DELETE_BACK);
      this.#lastKind = DELETE_BACK;
    } else {
      this.#beginRow(kind, position);
      this.#lastKind = length === 1 ? DELETE : kind;
      if (length === 1) this.#rowKind.set(lastRow + 1, DELETE);
    }
    this.#nextPosition = this.#lastKind === DELETE_BACK ? end : position;
    this.#cursor = this.#nextPosition;
  }

  #beginRow(kind: OpKind, position: number): void {
    this.#rowLv.push(this.#count);
    this.#rowKind.push(kind);
    this.#rowPosition.push(position);
    this.#rowText.push(this.#textLength);
  }

  #appendText(text: string, units: number): void {
    const length = this.#textLength + units;
    if (length > this.#text.length) {
      const grown = new Uint16Array(Math.max(length, 2 * this.#text.length));
      grown.set(this.#text);
      this.#text = grown;
    }
    for (let k = 0; k < text.length; k++) {
      const unit = text.charCodeAt(k);
      this.#text[this.#textLength + k] = unit;
      if ((unit & 0xf800) === 0xd800) this.#hasPairs = true;
    }
    this.#textLength = length;
  }
}
