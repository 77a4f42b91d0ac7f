/**
 * Updates as bytes. Each stands alone: every run names its author, its number and what it builds on. Several can be put
 * one behind the other.
 *
 * update  := frame*
 * frame   := varUint(8 * length + 4 * hasDelta + kind) varUint(agent) varUint(seq) [varInt(delta)] [text]
 *          | varUint(3) varUint(agents) varUint(agent)^n varUint(runs) run^m
 *          | varUint(7) packed, see packed-codec.ts
 * run     := varUint(16 * length + 8 * hasParents + 4 * hasPlace + kind) varUint(agent index) varInt(seq - expected)
 *            [varUint(n) (varUint(agent index) varUint(seq))^n] [place] [text]
 * place   := varUint(position) with parents, varInt(delta) without
 * kind    := 0 insert (with text) | 1 delete | 2 delete-back
 * text    := UTF-8 of `length` UTF-16 units
 *
 * The first kind of frame is what a keystroke makes. A run without parents builds on its author's event before; its delta
 * counts from where the caret was left then, and from one unit before that for delete-back. Expected is the seq behind the
 * last run of this agent in the frame, at first 0.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { DELETE_BACK, INSERT, type OpKind } from "./event-log.ts";
import { hasLoneSurrogate } from "./surrogates.ts";

/** Units that one run may hold, and the greatest position; so sums stay exact and LVs below the ids of placeholders. */
export const RUN_UNITS_MAX = 2 ** 28;
export const RUNS_FRAME = 3;
export const PACKED_FRAME = 7;
/** Updates up to this size are cut from shared memory. */
const SLAB_BYTES = 4096;
const SMALL_BYTES = 64;
const RECENT_IDS_MAX = 256;
const PARENTS_COMPARED_MAX = 64;

/** Events that there can be for each unit ever inserted: as if so many people had deleted all of it at once. */
const EVENTS_PER_UNIT = 16;
const EVENTS_ALWAYS = 2 ** 24;

/** How many events a text can have of which `inserted` units were ever inserted: without a bound a few bytes could claim any number. */
export function eventsMax(inserted: number): number {
  return EVENTS_PER_UNIT * inserted + EVENTS_ALWAYS;
}

export type EventId = readonly [agent: ReplicaId, seq: number];

/** Events of one agent, each built on the one before. */
export interface Run {
  readonly agent: ReplicaId;
  /** Characters that the agent had inserted and deleted before. */
  readonly seq: number;
  /** Of the first event. null: the agent's own event before. */
  readonly parents: readonly EventId[] | null;
  readonly kind: OpKind;
  /** Of the first event: in the text that the parents make; without parents, how far from where that is expected. */
  readonly position: number;
  readonly length: number;
  /** What an insertion inserts; empty otherwise. */
  readonly text: string;
}

/** What `decodeFrames` tells of the parts of an update. */
export interface Frames {
  readonly runs: readonly Run[];
  /** Bodies of packed frames. */
  readonly packed: readonly Uint8Array[];
}

export function encodeRuns(runs: readonly Run[]): Uint8Array {
  const [first] = runs;
  if (first === undefined) return new Uint8Array(0);
  if (runs.length === 1 && first.parents === null) return keystrokes.encode(replicaNumber(first.agent), first).slice();
  const table = new Map<ReplicaId, number>();
  const indexOf = (agent: ReplicaId): number => {
    const known = table.get(agent);
    if (known !== undefined) return known;
    table.set(agent, table.size);
    return table.size - 1;
  };
  const expected = new Map<ReplicaId, number>();
  const body = new ByteWriter(16 + 8 * runs.length).varUint(runs.length);
  for (const { agent, seq, parents, kind, position, length, text } of runs) {
    const hasPlace = position !== 0;
    body.varUint(16 * length + (parents === null ? 0 : 8) + (hasPlace ? 4 : 0) + kind);
    body.varUint(indexOf(agent)).varInt(seq - (expected.get(agent) ?? 0));
    expected.set(agent, seq + length);
    if (parents !== null) {
      body.varUint(parents.length);
      for (const [parent, parentSeq] of parents) body.varUint(indexOf(parent)).varUint(parentSeq);
      if (hasPlace) body.varUint(position);
    } else if (hasPlace) body.varInt(position);
    if (kind === INSERT) body.text(text);
  }
  const head = new ByteWriter(16 + body.length).varUint(RUNS_FRAME).varUint(table.size);
  for (const agent of table.keys()) head.varUint(replicaNumber(agent));
  return head.raw(body.finish()).finish();
}

export function encodePacked(body: Uint8Array): Uint8Array {
  return new ByteWriter(body.length + 8).varUint(PACKED_FRAME).varBytes(body).finish();
}

/** The runs of an update without packed frames. @throws DecodeError when `bytes` is no update, or has packed frames. */
export function decodeRuns(bytes: Uint8Array): readonly Run[] {
  const { runs, packed } = decodeFrames(bytes);
  if (packed.length > 0) throw new DecodeError("A packed history where an update was expected", 0);
  return runs;
}

/** @throws DecodeError when `bytes` is not exactly one update. Packed frames are not looked into. */
export function decodeFrames(bytes: Uint8Array): Frames {
  const reader = new ByteReader(bytes);
  const runs: Run[] = [];
  const packed: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const head = reader.varUint();
    if (head === RUNS_FRAME) for (const frame = new RunsFrame(reader); frame.left > 0;) runs.push(frame.next());
    else if (head === PACKED_FRAME) packed.push(reader.varBytes());
    else runs.push(readKeystroke(reader, head));
  }
  return { runs, packed };
}

/** The part of a run from number `seq` on; the run itself when that is no later. Never half a surrogate pair. */
export function runFrom(run: Run, seq: number): Run {
  let skip = seq - run.seq;
  if (skip <= 0) return run;
  if ((run.text.charCodeAt(skip) & 0xfc00) === 0xdc00) skip--;
  if (skip === 0) return run;
  return { ...run, seq: run.seq + skip, parents: null, position: 0, length: run.length - skip, text: run.text.slice(skip) };
}

/** The runs of one frame, in order. */
export class RunsFrame {
  /** How many are still to be read. */
  left: number;
  readonly #reader: ByteReader;
  readonly #agents: ReplicaId[] = [];
  /** Of each agent, the seq behind its last run. */
  readonly #expected: number[];

  constructor(reader: ByteReader) {
    this.#reader = reader;
    for (let count = reader.count(); count > 0; count--) this.#agents.push(readAgent(reader));
    this.#expected = this.#agents.map(() => 0);
    this.left = reader.count(3);
  }

  next(): Run {
    const [reader, agents, expected] = [this.#reader, this.#agents, this.#expected];
    this.left--;
    const head = reader.varUint();
    const [length, kind] = [Math.floor(head / 16), head & 3];
    const index = readIndex(reader, agents);
    const agent = agents[index]!;
    const seq = expected[index]! + reader.varInt();
    checkRun(reader, kind, length, seq);
    expected[index] = seq + length;
    const parents = (head & 8) === 0 ? null : readParents(reader, agent, seq, agents);
    const position = (head & 4) === 0 ? 0 : parents === null ? reader.varInt() : reader.varUint();
    checkPlace(reader, parents !== null, kind as OpKind, length, position, seq);
    return { agent, seq, parents, kind: kind as OpKind, position, length, text: kind === INSERT ? readText(reader, length) : "" };
  }
}

function readIndex(reader: ByteReader, agents: readonly ReplicaId[]): number {
  const index = reader.varUint();
  if (index >= agents.length) throw reader.error(`Agent ${index} of ${agents.length}`);
  return index;
}

export function readKeystroke(reader: ByteReader, head: number): Run {
  const [length, kind] = [Math.floor(head / 8), head & 3];
  const agent = readAgent(reader);
  const seq = reader.varUint();
  checkRun(reader, kind, length, seq);
  const position = (head & 4) === 0 ? 0 : reader.varInt();
  checkPlace(reader, false, kind as OpKind, length, position, seq);
  return { agent, seq, parents: null, kind: kind as OpKind, position, length, text: kind === INSERT ? readText(reader, length) : "" };
}

function checkRun(reader: ByteReader, kind: number, length: number, seq: number): void {
  if (kind > DELETE_BACK) throw reader.error(`Unknown kind ${kind}`);
  if (length < 1 || length > RUN_UNITS_MAX) throw reader.error(`A run of ${length} events`);
  if (seq < 0 || seq > RUN_UNITS_MAX) throw reader.error(`An event with number ${seq}`);
}

function checkPlace(reader: ByteReader, isAbsolute: boolean, kind: OpKind, length: number, position: number, seq: number): void {
  if (Math.abs(position) > RUN_UNITS_MAX) throw reader.error(`Position ${position}`);
  if (isAbsolute && kind === DELETE_BACK && position < length - 1) throw reader.error("A deletion beyond the beginning");
  if (!isAbsolute && seq === 0) throw reader.error("The event before the first");
}

function readAgent(reader: ByteReader): ReplicaId {
  const number = reader.varUint();
  let id = recentIds.get(number);
  if (id !== undefined) return id;
  id = replicaIdFrom(number);
  if (recentIds.size === RECENT_IDS_MAX) recentIds.clear();
  recentIds.set(number, id);
  return id;
}

/** Ids that were decoded lately: updates speak of the same authors again and again. */
const recentIds = new Map<number, ReplicaId>();

function readText(reader: ByteReader, units: number): string {
  const text = reader.text(units);
  if (hasLoneSurrogate(text)) throw reader.error("Half a surrogate pair");
  return text;
}

function readParents(reader: ByteReader, agent: ReplicaId, seq: number, agents: readonly ReplicaId[]): EventId[] {
  const parents: EventId[] = [];
  const count = reader.count(2);
  // Few are compared with each other, many would take too long.
  const known = count > PARENTS_COMPARED_MAX ? new Set<ReplicaId>() : null;
  for (let n = 0; n < count; n++) {
    const parent: EventId = [agents[readIndex(reader, agents)]!, reader.varUint()];
    if (parent[0] === agent && parent[1] >= seq) throw reader.error("An event that builds on itself");
    if (parent[1] > RUN_UNITS_MAX) throw reader.error(`An event with number ${parent[1]}`);
    let isTwice = known?.has(parent[0]) === true;
    if (known !== null) known.add(parent[0]);
    else for (let k = 0; k < n; k++) if (parents[k]![0] === parent[0]) isTwice = true;
    if (isTwice) throw reader.error("Two parents of one agent");
    parents.push(parent);
  }
  return parents;
}

/** Frames of a keystroke, written and read without an object for each. */
class Keystrokes {
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;
  // What `read` found.
  agentNumber = 0;
  seq = 0;
  kind: OpKind = INSERT;
  position = 0;
  length = 0;
  text = "";

  /** A view of memory that it shares with others: copy it before it is transferred. */
  encode(
    agentNumber: number,
    { seq, kind, position, length, text }: Pick<Run, "seq" | "kind" | "position" | "length" | "text">,
  ): Uint8Array {
    return this.write(agentNumber, seq, kind, position, length, text);
  }

  write(agentNumber: number, seq: number, kind: OpKind, position: number, length: number, text: string): Uint8Array {
    if (text.length > SMALL_BYTES / 4) {
      const head = 8 * length + (position === 0 ? 0 : 4) + kind;
      const writer = new ByteWriter(32 + text.length).varUint(head).varUint(agentNumber).varUint(seq);
      return (position === 0 ? writer : writer.varInt(position)).text(text).finish();
    }
    if (this.#used + SMALL_BYTES + 32 > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const slab = this.#slab;
    const from = this.#used;
    let at = from;
    at = putVarUint(slab, at, 8 * length + (position === 0 ? 0 : 4) + kind);
    at = putVarUint(slab, at, agentNumber);
    at = putVarUint(slab, at, seq);
    if (position !== 0) at = putVarUint(slab, at, position < 0 ? -2 * position - 1 : 2 * position);
    if (kind === INSERT) {
      const unit = text.charCodeAt(0);
      if (length === 1 && unit < 128) slab[at++] = unit;
      else at += new ByteWriter(SMALL_BYTES).text(text).copyTo(slab, at);
    }
    this.#used = at;
    return new Uint8Array(slab.buffer, from, at - from);
  }

  /** Reads an update that is one keystroke of one ASCII character, or one deletion; false: it is something else, or wrong. */
  read(bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (size < 4) return false;
    let at = 0;
    let value = bytes[at++]!;
    if (value > 127) {
      if (bytes[at]! > 127) return false;
      value = (value & 127) | (bytes[at++]! << 7);
    }
    const kind = value & 3;
    if (kind === 3) return false;
    const length = value >> 3;
    if (length < 1 || (kind === INSERT && length > 1)) return false;
    let hasDelta = (value & 4) !== 0;
    let agent = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= size || scale > 2 ** 49) return false;
      const byte = bytes[at++]!;
      agent += (byte & 127) * scale;
      if (byte < 128) break;
    }
    let seq = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= size || shift > 21) return false;
      const byte = bytes[at++]!;
      seq |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (seq === 0 || agent > Number.MAX_SAFE_INTEGER) return false;
    let delta = 0;
    for (let shift = 0; hasDelta; shift += 7) {
      if (at >= size || shift > 21) return false;
      const byte = bytes[at++]!;
      delta |= (byte & 127) << shift;
      hasDelta = byte > 127;
    }
    if (kind === INSERT) {
      if (at >= size || bytes[at]! > 127) return false;
      this.text = ASCII[bytes[at++]!]!;
    } else this.text = "";
    if (at !== size) return false;
    this.agentNumber = agent;
    this.seq = seq;
    this.kind = kind as OpKind;
    this.position = (delta & 1) === 0 ? delta >> 1 : -((delta + 1) >> 1);
    this.length = length;
    return true;
  }
}

const ASCII: readonly string[] = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit));

export const keystrokes = new Keystrokes();

function putVarUint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest > 0x7fffffff) {
    bytes[at++] = 0x80 | (rest % 128);
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    bytes[at++] = 0x80 | (rest & 127);
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
