/**
 * Updates as bytes. Each stands alone: every run names its author, its number and what it builds on.
 *
 * update  := varUint(0) varUint(agents) varUint(agent)^n  varUint(runs) run^m
 *          | varUint(3 * length + kind) varUint(agent) varUint(seq) varUint(position) [text], what a keystroke makes:
 *            one run that builds on its author's own event before
 * run     := varUint(agent index) varUint(seq) parents varUint(3 * length + kind) varUint(position) [text]
 * parents := varUint(0): the agent's own event before | varUint(n + 1) (varUint(agent index) varUint(seq))^n
 * kind    := 0 insert (with varString text) | 1 delete | 2 delete-back
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import type { OpKind } from "./event-log.ts";

/** Units that one run may hold; so sums stay exact. */
const RUN_UNITS_MAX = 2 ** 28;
const KINDS: readonly OpKind[] = ["insert", "delete", "delete-back"];

export type EventId = readonly [agent: ReplicaId, seq: number];

/** Events of one agent, each built on the one before. */
export interface EventRun {
  readonly agent: ReplicaId;
  /** Characters that the agent had inserted and deleted before. */
  readonly seq: number;
  /** Of the first event. */
  readonly parents: readonly EventId[];
  readonly kind: OpKind;
  /** Of the first event, in the text that the parents make. */
  readonly position: number;
  readonly length: number;
  /** What an insertion inserts; empty otherwise. */
  readonly text: string;
}

export function encodeRuns(runs: readonly EventRun[]): Uint8Array {
  const [first] = runs;
  if (first !== undefined && runs.length === 1 && isOwnNext(first)) return encodeOwnNext(new ByteWriter(), first);
  const table = new Map<ReplicaId, number>();
  const indexOf = (agent: ReplicaId): number => {
    const known = table.get(agent);
    if (known !== undefined) return known;
    table.set(agent, table.size);
    return table.size - 1;
  };
  const body = new ByteWriter(16 + 8 * runs.length).varUint(runs.length);
  for (const { agent, seq, parents, kind, position, length, text } of runs) {
    body.varUint(indexOf(agent)).varUint(seq);
    if (isOwnNext({ agent, seq, parents })) body.varUint(0);
    else {
      body.varUint(parents.length + 1);
      for (const [parent, parentSeq] of parents) body.varUint(indexOf(parent)).varUint(parentSeq);
    }
    body.varUint(3 * length + KINDS.indexOf(kind)).varUint(position);
    if (kind === "insert") body.varString(text);
  }
  const head = new ByteWriter(16 + body.length).varUint(0).varUint(table.size);
  for (const agent of table.keys()) head.varUint(replicaNumber(agent));
  return head.raw(body.finish()).finish();
}

/** @throws DecodeError when `bytes` is not exactly one update. */
export function decodeRuns(bytes: Uint8Array): EventRun[] {
  const reader = new ByteReader(bytes);
  const mark = reader.varUint();
  if (mark > 0) return [readOwnNext(reader, mark)];
  const agents: ReplicaId[] = [];
  for (let count = reader.count(); count > 0; count--) {
    const { offset } = reader;
    const n = reader.varUint();
    if (!Number.isSafeInteger(n)) throw new DecodeError(`Invalid agent ${n}`, offset);
    agents.push(idOf(n));
  }
  const agentAt = (): ReplicaId => {
    const index = reader.varUint();
    const agent = agents[index];
    if (agent === undefined) throw reader.error(`Agent ${index} of ${agents.length}`);
    return agent;
  };
  const runs: EventRun[] = [];
  for (let count = reader.count(5); count > 0; count--) {
    const agent = agentAt();
    const seq = reader.varUint();
    const parents = readParents(reader, agent, seq, agentAt);
    runs.push({ agent, seq, parents, ...readOp(reader, reader.varUint(), seq) });
  }
  reader.end();
  return runs;
}

/** The bytes of a run that builds on its author's event before: what `encodeRuns` makes of it. `writer` is emptied first. */
export function encodeOwnNext(writer: ByteWriter, { agent, seq, kind, position, length, text }: Omit<EventRun, "parents">): Uint8Array {
  writer
    .clear()
    .varUint(3 * length + (kind === "insert" ? 0 : kind === "delete" ? 1 : 2))
    .varUint(replicaNumber(agent))
    .varUint(seq)
    .varUint(position);
  return (kind === "insert" ? writer.varString(text) : writer).finish();
}

function isOwnNext({ agent, seq, parents }: Pick<EventRun, "agent" | "seq" | "parents">): boolean {
  const [only] = parents;
  return parents.length === 1 && only?.[0] === agent && only[1] === seq - 1;
}

function readOwnNext(reader: ByteReader, packed: number): EventRun {
  const { offset } = reader;
  const agent = idOf(reader.varUint());
  const seq = reader.varUint();
  if (seq === 0) throw new DecodeError("The event before the first", offset);
  const run = { agent, seq, parents: [[agent, seq - 1] as const], ...readOp(reader, packed, seq) };
  reader.end();
  return run;
}

function readOp(reader: ByteReader, packed: number, seq: number): Pick<EventRun, "kind" | "position" | "length" | "text"> {
  const length = Math.floor(packed / 3);
  const kind = KINDS[packed % 3]!;
  const position = reader.varUint();
  if (length < 1 || length > RUN_UNITS_MAX || !Number.isSafeInteger(seq + length) || position > RUN_UNITS_MAX)
    throw reader.error(`A run of ${length} events`);
  if (kind === "delete-back" && position < length - 1) throw reader.error("A deletion beyond the beginning");
  const text = kind === "insert" ? reader.varString() : "";
  if (kind === "insert" && text.length !== length) throw reader.error(`${text.length} units of text for ${length} events`);
  if (hasLoneSurrogate(text)) throw reader.error("Half a surrogate pair");
  return { kind, position, length, text };
}

/** The id that was decoded last: most updates speak of one author. */
let lastId = { number: 0, id: replicaIdFrom(0) };

function idOf(number: number): ReplicaId {
  if (number !== lastId.number) lastId = { number, id: replicaIdFrom(number) };
  return lastId.id;
}

function readParents(reader: ByteReader, agent: ReplicaId, seq: number, agentAt: () => ReplicaId): EventId[] {
  const { offset } = reader;
  const mark = reader.varUint();
  if (mark === 0) {
    if (seq === 0) throw new DecodeError("The event before the first", offset);
    return [[agent, seq - 1]];
  }
  if (mark - 1 > reader.remaining / 2) throw new DecodeError(`${mark - 1} parents`, offset);
  const parents: EventId[] = [];
  for (let n = mark - 1; n > 0; n--) {
    const parent: EventId = [agentAt(), reader.varUint()];
    if (parent[0] === agent && parent[1] >= seq) throw reader.error("An event that builds on itself");
    parents.push(parent);
  }
  return parents;
}

/** The part of a run from number `seq` on. */
export function runFrom(run: EventRun, seq: number): EventRun {
  const skip = seq - run.seq;
  if (skip <= 0) return run;
  const { agent, kind, position, length, text } = run;
  return {
    agent,
    seq,
    parents: [[agent, seq - 1]],
    kind,
    position: position + (kind === "insert" ? skip : kind === "delete" ? 0 : -skip),
    length: length - skip,
    text: text.slice(skip),
  };
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function hasLoneSurrogate(text: string): boolean {
  return text.search(LONE_SURROGATE) >= 0;
}

/** With U+FFFD for each half of a pair. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, "\ufffd");
}
