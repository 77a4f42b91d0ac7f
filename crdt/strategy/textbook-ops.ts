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

export function encodeOps(ops: readonly Op[], { usesRightOrigin, usesLamport }: OpParts): Uint8Array {
  const table = new Map<ReplicaId, number>();
  const indexOf = (agent: ReplicaId): number => {
    const known = table.get(agent);
    if (known !== undefined) return known;
    table.set(agent, table.size);
    return table.size - 1;
  };
  const body = new ByteWriter(64 + 8 * ops.length).varUint(ops.length);
  for (const op of ops) {
    body.varUint(2 * indexOf(op.agent) + (op.kind === "insert" ? 0 : 1)).varUint(op.seq);
    if (op.kind === "delete") {
      body.varUint(indexOf(op.target.agent)).varUint(op.target.seq).varUint(op.count);
      if (usesLamport) body.varUint(op.lamport);
    } else {
      if (op.parent === null) body.varUint(0);
      else body.varUint(2 + 2 * indexOf(op.parent.agent) + (op.side === "left" ? 0 : 1)).varUint(op.parent.seq);
      if (usesRightOrigin && op.side === "right") {
        if (op.rightOrigin === null) body.varUint(0);
        else body.varUint(1 + indexOf(op.rightOrigin.agent)).varUint(op.rightOrigin.seq);
      }
      if (usesLamport) body.varUint(op.lamport);
      body.varString(op.text);
    }
  }
  const head = new ByteWriter(16 + body.length).varUint(table.size);
  for (const agent of table.keys()) head.varUint(replicaNumber(agent));
  return head.raw(body.finish()).finish();
}

/** @throws DecodeError when `bytes` are not operations of that kind. */
export function decodeOps(bytes: Uint8Array, { usesRightOrigin, usesLamport }: OpParts): Op[] {
  const reader = new ByteReader(bytes);
  const agents: ReplicaId[] = [];
  for (let count = reader.count(); count > 0; count--) agents.push(agentFrom(reader));
  const agentAt = (index: number): ReplicaId => {
    const agent = agents[index];
    if (agent === undefined) throw reader.error(`Agent ${index} of ${agents.length}`);
    return agent;
  };
  const ops: Op[] = [];
  const takeLamport = (): number => {
    const lamport = usesLamport ? reader.varUint() : 0;
    if (usesLamport && (lamport === 0 || lamport > LAMPORT_MAX)) throw reader.error(`Invalid Lamport time ${lamport}`);
    return lamport;
  };
  for (let count = reader.count(4); count > 0; count--) {
    const mark = reader.varUint();
    const agent = agentAt(Math.floor(mark / 2));
    const seq = reader.varUint();
    if (mark % 2 === 0) {
      const place = reader.varUint();
      if (place === 1) throw reader.error("Invalid place 1");
      const parent = place === 0 ? null : { agent: agentAt(Math.floor(place / 2) - 1), seq: reader.varUint() };
      const side = place > 0 && place % 2 === 0 ? "left" : "right";
      const origin = !usesRightOrigin ? 0 : side === "left" ? -1 : reader.varUint();
      // What a left child is a child of stood to its right.
      const rightOrigin = origin < 0 ? parent : origin === 0 ? null : { agent: agentAt(origin - 1), seq: reader.varUint() };
      const lamport = takeLamport();
      const text = reader.varString();
      if (text === "" || !Number.isSafeInteger(seq + text.length)) throw reader.error("An insertion of nothing");
      for (const id of [parent, rightOrigin]) if (id?.agent === agent && id.seq >= seq) throw reader.error("A character below itself");
      ops.push({ kind: "insert", agent, seq, parent, side, rightOrigin, lamport, text });
    } else {
      const target = { agent: agentAt(reader.varUint()), seq: reader.varUint() };
      const size = reader.varUint();
      const lamport = takeLamport();
      if (size === 0 || !Number.isSafeInteger(seq + size) || !Number.isSafeInteger(target.seq + size))
        throw reader.error(`Invalid deletion of ${size}`);
      ops.push({ kind: "delete", agent, seq, lamport, target, count: size });
    }
  }
  reader.end();
  return ops;
}

export function agentFrom(reader: ByteReader): ReplicaId {
  const { offset } = reader;
  const n = reader.varUint();
  if (!Number.isSafeInteger(n)) throw new DecodeError(`Invalid agent ${n}`, offset);
  return replicaIdFrom(n);
}
