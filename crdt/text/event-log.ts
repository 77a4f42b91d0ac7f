/**
 * Every event there ever was, in the order in which it came here, run-length encoded: what was done (rows), who did
 * it under which number (agent runs), and what they had seen (graph runs). Append-only.
 *
 * An event inserts or deletes one UTF-16 unit. Locally it is named by its place in this order, its LV; between copies
 * by (agent, seq). An event's parents are the events that its author had seen and that no other of them had seen; its
 * position counts in the text that they make.
 */

import { assert } from "../base/assert.ts";
import type { ReplicaId } from "../base/ids.ts";

export type OpKind = "insert" | "delete" | "delete-back";

/** A run of events in the order of their LVs: `delete` removes at one place, `delete-back` one unit further left each time. */
export interface OpRun {
  readonly lv: number;
  readonly length: number;
  readonly kind: OpKind;
  /** Of its first event, in the text that this event's author had. */
  readonly position: number;
}

const KINDS: readonly OpKind[] = ["insert", "delete", "delete-back"];
const INSERT = 0;
const DELETE = 1;
const DELETE_BACK = 2;

interface AgentRuns {
  readonly id: ReplicaId;
  /** Events of this agent, by seq: parallel arrays of run beginnings; a run ends where `next` or the next run begins. */
  readonly seqs: number[];
  readonly lvs: number[];
  readonly lengths: number[];
  next: number;
}

export class EventLog {
  #count = 0;
  // Rows.
  #rows = 0;
  #rowLv = new Int32Array(64);
  #rowKind = new Uint8Array(64);
  #rowLength = new Int32Array(64);
  #rowPosition = new Int32Array(64);
  /** Where a row's text begins in `#text`; for insertions. */
  #rowText = new Int32Array(64);
  #text = new Uint16Array(256);
  #textLength = 0;
  #inserted = 0;
  // Who.
  readonly #agents: AgentRuns[] = [];
  readonly #agentIndex = new Map<ReplicaId, number>();
  readonly #runLv: number[] = [];
  readonly #runAgent: number[] = [];
  readonly #runSeq: number[] = [];
  // What they had seen: an event that begins no graph run has the one before it as its parent.
  readonly #graphLv: number[] = [];
  readonly #graphParents: (readonly number[])[] = [];
  #frontier: readonly number[] = [];

  /** Events; the next one's LV. */
  get count(): number {
    return this.#count;
  }

  /** Events that inserted a unit. */
  get inserted(): number {
    return this.#inserted;
  }

  /** The events that nobody has built upon, ascending. */
  get frontier(): readonly number[] {
    return this.#frontier;
  }

  get agents(): readonly ReplicaId[] {
    return this.#agents.map(({ id }) => id);
  }

  /** How many events of `agent` are here; its next seq. */
  seqOf(agent: ReplicaId): number {
    const index = this.#agentIndex.get(agent);
    return index === undefined ? 0 : this.#agents[index]!.next;
  }

  /** Appends a run by one agent, each event the parent of the next. `parents` are those of the first. Returns its LV. */
  append(agent: ReplicaId, parents: readonly number[], kind: OpKind, position: number, length: number, text: string): number {
    const lv = this.#count;
    this.#appendAgent(agent, lv, length);
    if (!(parents.length === 1 && parents[0] === lv - 1) || this.#graphLv.length === 0) {
      this.#graphLv.push(lv);
      this.#graphParents.push(parents);
    }
    this.#appendRow(kind, position, length, text);
    this.#count += length;
    const last = this.#count - 1;
    this.#frontier =
      this.#frontier.length === 1 && parents.length === 1 && parents[0] === this.#frontier[0]
        ? [last]
        : [...this.#frontier.filter((tip) => !parents.includes(tip)), last];
    return lv;
  }

  /** The LV of an event, or -1 when it is not here. */
  lvOf(agent: ReplicaId, seq: number): number {
    const index = this.#agentIndex.get(agent);
    if (index === undefined) return -1;
    const { seqs, lvs, lengths } = this.#agents[index]!;
    const at = lastAtOrBelow(seqs, seq);
    return at < 0 || seq >= seqs[at]! + lengths[at]! ? -1 : lvs[at]! + seq - seqs[at]!;
  }

  /** Whether this is the event that came last. */
  isLast(agent: ReplicaId, seq: number): boolean {
    const at = this.#runLv.length - 1;
    if (at < 0) return false;
    const { id, next, lvs, lengths } = this.#agents[this.#runAgent[at]!]!;
    return id === agent && next === seq + 1 && lvs.at(-1)! + lengths.at(-1)! === this.#count;
  }

  /** Who made an event, and under which number. */
  idOf(lv: number): { readonly agent: ReplicaId; readonly seq: number } {
    const at = lastAtOrBelow(this.#runLv, lv);
    return { agent: this.#agents[this.#runAgent[at]!]!.id, seq: this.#runSeq[at]! + lv - this.#runLv[at]! };
  }

  parentsOf(lv: number): readonly number[] {
    const at = lastAtOrBelow(this.#graphLv, lv);
    return this.#graphLv[at] === lv ? this.#graphParents[at]! : [lv - 1];
  }

  /** Where the line of only children that `lv` stands in began. */
  graphStart(lv: number): number {
    return this.#graphLv[lastAtOrBelow(this.#graphLv, lv)]!;
  }

  /** The first LV from `lv` on at which another agent, another row or another line begins; at most `end`. */
  runEnd(lv: number, end: number): number {
    const agentAt = lastAtOrBelow(this.#runLv, lv) + 1;
    const graphAt = lastAtOrBelow(this.#graphLv, lv) + 1;
    const row = this.#rowAt(lv);
    return Math.min(end, this.#runLv[agentAt] ?? Infinity, this.#graphLv[graphAt] ?? Infinity, this.#rowLv[row]! + this.#rowLength[row]!);
  }

  /** What was done from `lv` to `end`, which must lie in one row. */
  opAt(lv: number, end: number): OpRun {
    const row = this.#rowAt(lv);
    const skip = lv - this.#rowLv[row]!;
    assert(end <= this.#rowLv[row]! + this.#rowLength[row]!, `Events ${lv} to ${end} lie in more than one row`);
    const kind = this.#rowKind[row]!;
    const position = this.#rowPosition[row]! + (kind === INSERT ? skip : kind === DELETE_BACK ? -skip : 0);
    return { lv, length: end - lv, kind: KINDS[kind]!, position };
  }

  /** What the insertions from `lv` to `end`, in one row, inserted. */
  textAt(lv: number, end: number): string {
    const row = this.#rowAt(lv);
    const from = this.#rowText[row]! + lv - this.#rowLv[row]!;
    let out = "";
    for (let at = from; at < from + end - lv; at += 4096)
      out += String.fromCharCode.apply(null, this.#text.subarray(at, Math.min(at + 4096, from + end - lv)) as unknown as number[]);
    return out;
  }

  /** Runs of one agent from `seq` on, as LV ranges. */
  *rangesOf(agent: ReplicaId, seq: number): Generator<readonly [from: number, to: number]> {
    const index = this.#agentIndex.get(agent);
    if (index === undefined) return;
    const { seqs, lvs, lengths } = this.#agents[index]!;
    for (let at = Math.max(0, lastAtOrBelow(seqs, seq)); at < seqs.length; at++) {
      const skip = Math.max(0, seq - seqs[at]!);
      if (skip < lengths[at]!) yield [lvs[at]! + skip, lvs[at]! + lengths[at]!];
    }
  }

  /**
   * What `a` has seen and `b` has not, and the other way round, as LV ranges in descending order.
   * Cost: the graph runs between the two versions.
   */
  diff(
    a: readonly number[],
    b: readonly number[],
  ): { readonly onlyA: [from: number, to: number][]; readonly onlyB: [from: number, to: number][] } {
    const onlyA: [number, number][] = [];
    const onlyB: [number, number][] = [];
    /** LV -> 1: seen by a, 2: by b, 3: by both. */
    const flags = new Map<number, number>();
    const queue: number[] = [];
    let shared = 0;
    const push = (lv: number, flag: number): void => {
      const held = flags.get(lv);
      if (held === undefined) {
        flags.set(lv, flag);
        let at = queue.length;
        while (at > 0 && queue[at - 1]! > lv) at--;
        queue.splice(at, 0, lv);
        if (flag === 3) shared++;
      } else if (held !== flag && held !== 3) {
        flags.set(lv, 3);
        shared++;
      }
    };
    for (const lv of a) push(lv, 1);
    for (const lv of b) push(lv, 2);
    while (queue.length > shared) {
      const lv = queue.pop()!;
      const flag = flags.get(lv)!;
      flags.delete(lv);
      if (flag === 3) shared--;
      const start = this.graphStart(lv);
      const next = queue.at(-1) ?? -1;
      const from = Math.max(start, next + 1);
      if (flag === 1) onlyA.push([from, lv + 1]);
      else if (flag === 2) onlyB.push([from, lv + 1]);
      if (next >= start) push(next, flag);
      else for (const parent of this.parentsOf(start)) push(parent, flag);
    }
    return { onlyA, onlyB };
  }

  #appendAgent(agent: ReplicaId, lv: number, length: number): void {
    let index = this.#agentIndex.get(agent);
    if (index === undefined) {
      index = this.#agents.length;
      this.#agents.push({ id: agent, seqs: [], lvs: [], lengths: [], next: 0 });
      this.#agentIndex.set(agent, index);
    }
    const runs = this.#agents[index]!;
    const last = runs.lvs.length - 1;
    if (last >= 0 && runs.lvs[last]! + runs.lengths[last]! === lv) {
      runs.lengths[last]! += length;
    } else {
      runs.seqs.push(runs.next);
      runs.lvs.push(lv);
      runs.lengths.push(length);
      this.#runLv.push(lv);
      this.#runAgent.push(index);
      this.#runSeq.push(runs.next);
    }
    runs.next += length;
  }

  #appendRow(kind: OpKind, position: number, length: number, text: string): void {
    const last = this.#rows - 1;
    if (kind === "insert") {
      this.#inserted += length;
      this.#appendText(text);
    }
    if (last >= 0) {
      const lastKind = this.#rowKind[last]!;
      const lastPosition = this.#rowPosition[last]!;
      const lastLength = this.#rowLength[last]!;
      let continues = false;
      if (kind === "insert") continues = lastKind === INSERT && position === lastPosition + lastLength;
      else if (lastKind === DELETE && kind === "delete" && position === lastPosition) continues = true;
      else if (length === 1 && lastKind === DELETE_BACK && position === lastPosition - lastLength) continues = true;
      else if (length === 1 && lastKind === DELETE && lastLength === 1 && position === lastPosition - 1) {
        this.#rowKind[last] = DELETE_BACK;
        continues = true;
      } else if (lastKind === DELETE_BACK && kind === "delete-back" && position === lastPosition - lastLength) continues = true;
      if (continues) {
        this.#rowLength[last] = lastLength + length;
        return;
      }
    }
    if (this.#rows === this.#rowLv.length) this.#growRows();
    this.#rowLv[this.#rows] = this.#count;
    this.#rowKind[this.#rows] = KINDS.indexOf(kind);
    this.#rowLength[this.#rows] = length;
    this.#rowPosition[this.#rows] = position;
    this.#rowText[this.#rows] = this.#textLength - text.length;
    this.#rows++;
  }

  #appendText(text: string): void {
    const length = this.#textLength + text.length;
    if (length > this.#text.length) {
      const grown = new Uint16Array(Math.max(length, 2 * this.#text.length));
      grown.set(this.#text);
      this.#text = grown;
    }
    for (let k = 0; k < text.length; k++) this.#text[this.#textLength + k] = text.charCodeAt(k);
    this.#textLength = length;
  }

  #growRows(): void {
    const size = 2 * this.#rowLv.length;
    const grow = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(column);
      return grown;
    };
    this.#rowLv = grow(this.#rowLv);
    this.#rowLength = grow(this.#rowLength);
    this.#rowPosition = grow(this.#rowPosition);
    this.#rowText = grow(this.#rowText);
    const kinds = new Uint8Array(size);
    kinds.set(this.#rowKind);
    this.#rowKind = kinds;
  }

  #rowAt(lv: number): number {
    let low = 0;
    let high = this.#rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rowLv[middle]! <= lv) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Index of the last element at or below `value` in an ascending list; -1 when there is none. */
export function lastAtOrBelow(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
