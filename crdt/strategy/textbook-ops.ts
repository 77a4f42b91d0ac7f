/**
 * The operations of the textbook strategies, and their bytes. Every character inserted and every character deleted takes
 * one number of its author, so a version vector covers deletions as well.
 *
 * update := varUint(agents) agent^n  varUint(ops) op^m
 * op     := varUint(2 * agent + kind) varUint(seq) (insert | delete)
 * insert := varUint(0: root | 2 + 2 * agent + side) [varUint(parent seq)] [origin] [lamport] varString(text)
 * delete := varUint(agent) varUint(seq) varUint(count) [lamport]
 * origin := varUint(0: the end | 1 + agent) [varUint(seq)]; with right children, where the algorithm uses it
 * lamport := varUint, where the algorithm uses it
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { CountedItems } from "../base/counted-items.ts";
import { DecodeError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { type CharId, goesOn, lamportAt, type NewRun, type OrderRules } from "../textbook/run-tree.ts";

/** Lamport times beyond this are refused: an honest one counts events. */
const LAMPORT_MAX = 2 ** 50;

export interface InsertOp extends NewRun {
  readonly kind: "insert";
}

export interface DeleteOp {
  readonly kind: "delete";
  readonly agent: ReplicaId;
  readonly seq: number;
  /** As `NewRun.lamport`. */
  readonly lamport: number;
  readonly target: CharId;
  readonly count: number;
}

export type Op = InsertOp | DeleteOp;

/** Which optional parts an algorithm's operations have. */
export type OpParts = Pick<OrderRules, "usesRightOrigin" | "usesLamport">;

/** How many numbers of its author an operation takes. */
export function sizeOf(op: Op): number {
  return op.kind === "insert" ? op.text.length : op.count;
}

/** The part of `op` from number `known` on. */
export function trimmed<T extends Op>(op: T, known: number): T {
  const skip = known - op.seq;
  if (skip <= 0) return op;
  const rest = { ...op, seq: known, lamport: lamportAt(op, skip) };
  if (op.kind === "delete") return { ...rest, target: { agent: op.target.agent, seq: op.target.seq + skip }, count: op.count - skip };
  return { ...rest, parent: { agent: op.agent, seq: known - 1 }, side: "right", text: op.text.slice(skip) };
}

/** Runs as operations from `from` on, joined where a run was only split: the same for every copy. */
export function insertsOf(runs: readonly NewRun[], from: number): InsertOp[] {
  const out: InsertOp[] = [];
  for (const { agent, seq, text, parent, side, rightOrigin, lamport } of runs) {
    if (seq + text.length <= from) continue;
    const op = trimmed<InsertOp>({ kind: "insert", agent, seq, parent, side, rightOrigin, lamport, text }, from);
    const last = out.at(-1);
    if (last !== undefined && goesOn(last, op)) out[out.length - 1] = { ...last, text: last.text + text };
    else out.push(op);
  }
  return out;
}

export function encodeOps(ops: readonly Op[], parts: OpParts): Uint8Array {
  const writer = new OpWriter(parts, 64 + 8 * ops.length);
  for (const op of ops) writer.add(op);
  return writer.finish();
}

/** Writes operations one by one, for who must not take long. */
export class OpWriter {
  readonly #parts: OpParts;
  readonly #agents = new Map<ReplicaId, number>();
  readonly #body: ByteWriter;
  #count = 0;

  /** `capacity`: bytes that it begins with room for. */
  constructor(parts: OpParts, capacity?: number) {
    this.#parts = parts;
    this.#body = new ByteWriter(capacity);
  }

  add(op: Op): void {
    const { usesRightOrigin, usesLamport } = this.#parts;
    const body = this.#body.varUint(2 * this.#indexOf(op.agent) + (op.kind === "insert" ? 0 : 1)).varUint(op.seq);
    this.#count++;
    if (op.kind === "delete") {
      body.varUint(this.#indexOf(op.target.agent)).varUint(op.target.seq).varUint(op.count);
      if (usesLamport) body.varUint(op.lamport);
      return;
    }
    if (op.parent === null) body.varUint(0);
    else body.varUint(2 + 2 * this.#indexOf(op.parent.agent) + (op.side === "left" ? 0 : 1)).varUint(op.parent.seq);
    if (usesRightOrigin && op.side === "right") {
      if (op.rightOrigin === null) body.varUint(0);
      else body.varUint(1 + this.#indexOf(op.rightOrigin.agent)).varUint(op.rightOrigin.seq);
    }
    if (usesLamport) body.varUint(op.lamport);
    body.varString(op.text);
  }

  finish(): Uint8Array {
    const head = new ByteWriter(32 + 8 * this.#agents.size + this.#body.length).varUint(this.#agents.size);
    for (const agent of this.#agents.keys()) head.varUint(replicaNumber(agent));
    return head.varUint(this.#count).raw(this.#body.written()).finish();
  }

  #indexOf(agent: ReplicaId): number {
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    this.#agents.set(agent, this.#agents.size);
    return this.#agents.size - 1;
  }
}

/** @throws DecodeError when `bytes` are not operations of that kind. */
export function decodeOps(bytes: Uint8Array, parts: OpParts): Op[] {
  const ops = openOps(bytes, parts);
  return ops.take(ops.left);
}

/** The same, yet to be read. @throws DecodeError */
export function openOps(bytes: Uint8Array, parts: OpParts): CountedItems<Op> {
  const reader = new ByteReader(bytes);
  const agents: ReplicaId[] = [];
  for (let count = reader.count(); count > 0; count--) agents.push(agentFrom(reader));
  return new CountedItems(reader, 4, () => readOp(reader, agents, parts));
}

function readOp(reader: ByteReader, agents: readonly ReplicaId[], parts: OpParts): Op {
  const agentAt = (index: number): ReplicaId => {
    const agent = agents[index];
    if (agent === undefined) throw reader.error(`Agent ${index} of ${agents.length}`);
    return agent;
  };
  const mark = reader.varUint();
  const agent = agentAt(Math.floor(mark / 2));
  const seq = reader.varUint();
  if (mark % 2 === 1) {
    const target = { agent: agentAt(reader.varUint()), seq: reader.varUint() };
    const count = reader.varUint();
    const lamport = readLamport(reader, parts);
    if (count === 0 || !Number.isSafeInteger(seq + count) || !Number.isSafeInteger(target.seq + count))
      throw reader.error(`Invalid deletion of ${count}`);
    return { kind: "delete", agent, seq, lamport, target, count };
  }
  const place = reader.varUint();
  if (place === 1) throw reader.error("Invalid place 1");
  const parent = place === 0 ? null : { agent: agentAt(Math.floor(place / 2) - 1), seq: reader.varUint() };
  const side = place > 0 && place % 2 === 0 ? "left" : "right";
  const origin = !parts.usesRightOrigin ? 0 : side === "left" ? -1 : reader.varUint();
  // What a left child is a child of stood to its right.
  const rightOrigin = origin < 0 ? parent : origin === 0 ? null : { agent: agentAt(origin - 1), seq: reader.varUint() };
  const lamport = readLamport(reader, parts);
  const text = reader.varString();
  if (text === "" || !Number.isSafeInteger(seq + text.length)) throw reader.error("An insertion of nothing");
  for (const id of [parent, rightOrigin]) if (id?.agent === agent && id.seq >= seq) throw reader.error("A character below itself");
  return { kind: "insert", agent, seq, parent, side, rightOrigin, lamport, text };
}

function readLamport(reader: ByteReader, { usesLamport }: OpParts): number {
  if (!usesLamport) return 0;
  const lamport = reader.varUint();
  if (lamport === 0 || lamport > LAMPORT_MAX) throw reader.error(`Invalid Lamport time ${lamport}`);
  return lamport;
}

export function agentFrom(reader: ByteReader): ReplicaId {
  const { offset } = reader;
  const n = reader.varUint();
  if (!Number.isSafeInteger(n)) throw new DecodeError(`Invalid agent ${n}`, offset);
  return replicaIdFrom(n);
}
