/**
 * What copies of an ordered note say to one another: proposals of writers, entries and refusals of the node that orders,
 * and the state that a log was cut down to. Bytes and plain data; nothing here decides anything.
 *
 * message  := varUint(1 snapshot | 2 entries | 4 proposals | 8 refusals) [snapshot] [entries] [proposals] [refusals]
 * snapshot := index token varString(text) vector typed kept lock
 * entries  := varUint(n) (index token varUint(kind) op base atMs digest splices intent varUint(0 | 1) [lock])^n
 * proposal := op base atMs varUint(action) lockToken splices intent varUint(0 | 1) [varString(text)]
 * refusal  := replica first last base head varUint(0: stale | 1: paused) varString(reason)
 * op       := replica first last        splices := varUint(n) (gap remove varString(insert))^n
 * intent   := varUint(n) (gap varString(removed) varString(insert))^n
 * lock     := varUint(0 | 1 + holder) token expiresAtMs varUint(1 fencing | 2 ttl) [varUint(ttlMs)] varUint(n) replica^n
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { hash32 } from "../base/hash.ts";
import { LongHash } from "../base/long-hash.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import { finished } from "../base/steps.ts";
import { appendVector, takeVector, type VersionVector } from "../causal/version-vector.ts";

/** The edits `first` to `last` of one replica, counted from 1. An entry that a node made by itself has `first` 0. */
export interface OpIds {
  readonly replica: ReplicaId;
  readonly first: number;
  readonly last: number;
}

/** A splice with the text that it removed in its author's view. */
export interface FullSplice extends Splice {
  readonly removed: string;
}

export const ACTIONS = ["edit", "acquire", "release", "renew", "fencing-on", "fencing-off"] as const;
export type Action = (typeof ACTIONS)[number];

export interface Proposal extends OpIds {
  /** The committed index that it was made on. */
  readonly base: number;
  /** The author's wall clock. */
  readonly atMs: number;
  readonly action: Action;
  /** The lock's token as the author knew it; 0: none. */
  readonly lockToken: number;
  /** In the text at `base` with the author's earlier proposals in it. Empty where `text` says it all. */
  readonly splices: readonly Splice[];
  /** Of a whole-note write: what its author did, for the ledger. */
  readonly intent: readonly FullSplice[];
  /** A whole-note write: all of the text. */
  readonly text: string | null;
}

/** `committed` changes the text, `state` something else; the others change nothing and say by which rule a write was thrown away. */
export const ENTRY_KINDS = ["committed", "state", "lease-stale-token", "lease-not-holder"] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface LockRecord {
  readonly holder: ReplicaId | null;
  readonly token: number;
  readonly expiresAtMs: number;
  /** How long it is held after the last sign of its holder. */
  readonly ttlMs: number;
  readonly isFencing: boolean;
  readonly queue: readonly ReplicaId[];
}

export interface Entry extends OpIds {
  /** From 1, without gaps. */
  readonly index: number;
  /** The fencing token of the node that made it. */
  readonly token: number;
  readonly kind: EntryKind;
  readonly base: number;
  readonly atMs: number;
  /** Of the proposal's content. */
  readonly digest: number;
  /** In the text at `index - 1`. */
  readonly splices: readonly Splice[];
  readonly intent: readonly FullSplice[];
  /** The lock after this entry, where it changes; null: as before. */
  readonly lock: LockRecord | null;
}

export interface Snapshot {
  readonly index: number;
  readonly token: number;
  readonly text: string;
  /** The highest committed edit of each replica. */
  readonly vector: VersionVector;
  readonly typed: number;
  readonly kept: number;
  readonly lock: LockRecord;
}

export interface Refusal extends OpIds {
  readonly base: number;
  /** Where the node stands. */
  readonly head: number;
  /** `stale`: made on an older text than the node takes. `paused`: nobody can order now. */
  readonly kind: "stale" | "paused";
  readonly reason: string;
}

export interface Message {
  readonly snapshot: Snapshot | null;
  readonly entries: readonly Entry[];
  readonly proposals: readonly Proposal[];
  readonly refusals: readonly Refusal[];
}

/** How long a lock is held, unless a node is told otherwise; not written down then. */
export const LOCK_TTL_MS = 10_000;

export const FREE_LOCK: LockRecord = { holder: null, token: 0, expiresAtMs: 0, ttlMs: LOCK_TTL_MS, isFencing: true, queue: [] };

export function encodeMessage({ snapshot = null, entries = [], proposals = [], refusals = [] }: Partial<Message>): Uint8Array {
  const writer = new ByteWriter(64).varUint(
    (snapshot === null ? 0 : 1) + (entries.length > 0 ? 2 : 0) + (proposals.length > 0 ? 4 : 0) + (refusals.length > 0 ? 8 : 0),
  );
  if (snapshot !== null) {
    writer.varUint(snapshot.index).varUint(snapshot.token).varString(snapshot.text);
    appendVector(writer, snapshot.vector).varUint(snapshot.typed).varUint(snapshot.kept);
    writeLock(writer, snapshot.lock);
  }
  if (entries.length > 0) writer.varUint(entries.length);
  for (const entry of entries) {
    writer.varUint(entry.index).varUint(entry.token).varUint(ENTRY_KINDS.indexOf(entry.kind));
    writeOp(writer, entry);
    writer.varUint(entry.base).varUint(entry.atMs).varUint(entry.digest);
    writeSplices(writer, entry.splices);
    writeIntent(writer, entry.intent);
    writer.varUint(entry.lock === null ? 0 : 1);
    if (entry.lock !== null) writeLock(writer, entry.lock);
  }
  if (proposals.length > 0) writer.varUint(proposals.length);
  for (const proposal of proposals) {
    writeOp(writer, proposal);
    writer.varUint(proposal.base).varUint(proposal.atMs).varUint(ACTIONS.indexOf(proposal.action)).varUint(proposal.lockToken);
    writeSplices(writer, proposal.splices);
    writeIntent(writer, proposal.intent);
    writer.varUint(proposal.text === null ? 0 : 1);
    if (proposal.text !== null) writer.varString(proposal.text);
  }
  if (refusals.length > 0) writer.varUint(refusals.length);
  for (const refusal of refusals) {
    writeOp(writer, refusal);
    writer
      .varUint(refusal.base)
      .varUint(refusal.head)
      .varUint(refusal.kind === "stale" ? 0 : 1)
      .varString(refusal.reason);
  }
  return writer.finish();
}

/** @throws DecodeError when `bytes` are not exactly one message, or no bytes at all (which say nothing). */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length === 0) return { snapshot: null, entries: [], proposals: [], refusals: [] };
  const reader = new ByteReader(bytes);
  const parts = reader.varUint();
  if (parts > 15) throw new DecodeError(`Unknown parts ${parts}`, 0);
  const has = (part: number): boolean => Math.floor(parts / part) % 2 === 1;
  const snapshot = has(1) ? readSnapshot(reader) : null;
  const entries = has(2) ? readList(reader, 10, readEntry) : [];
  const proposals = has(4) ? readList(reader, 9, readProposal) : [];
  const refusals = has(8) ? readList(reader, 7, readRefusal) : [];
  reader.end();
  for (const [n, { index }] of entries.entries())
    if (index !== entries[0]!.index + n || index === 0) throw new DecodeError(`Entry ${index} is out of order`, 0);
  return { snapshot, entries, proposals, refusals };
}

/** The version of a copy: where its order ends, and which edits that covers. Nothing at all for a copy that knows nothing. */
export function encodeVersion(index: number, vector: VersionVector): Uint8Array {
  if (index === 0) return new Uint8Array(0);
  return appendVector(new ByteWriter(16).varUint(index), vector).finish();
}

/** @throws DecodeError when `bytes` are no version. */
export function decodeVersion(bytes: Uint8Array): { readonly index: number; readonly vector: VersionVector } {
  if (bytes.length === 0) return { index: 0, vector: new Map() };
  const reader = new ByteReader(bytes);
  const index = reader.varUint();
  const vector = takeVector(reader);
  reader.end();
  return { index, vector };
}

type Content = Pick<Proposal, "action" | "splices" | "text">;

/** Units from which on a content is hashed as a long one, and those that are hashed in a step: some 1 ms. */
const LONG_UNITS_MIN = 4_096;
const HASHED_PER_STEP = 512 * 1024;

/** Tells one proposal's content from another's, the same however often it is moved. */
export function digestOf(content: Content): number {
  return finished(digestInSteps(content));
}

/** The same, a little at a time. */
export function* digestInSteps({ action, splices, text }: Content): Generator<void, number> {
  const all = text ?? splices.map(({ insert }) => insert).join("");
  if (all.length < LONG_UNITS_MIN) return hash32(all, hash32(action));
  const hash = new LongHash(hash32(action));
  for (let from = 0; from < all.length; from += HASHED_PER_STEP) {
    if (from > 0) yield;
    hash.add(all, from, Math.min(all.length, from + HASHED_PER_STEP));
  }
  return hash.digest();
}

function readList<T>(reader: ByteReader, bytesEach: number, read: (reader: ByteReader) => T): T[] {
  const out: T[] = [];
  for (let count = reader.count(bytesEach); count > 0; count--) out.push(read(reader));
  return out;
}

function readSnapshot(reader: ByteReader): Snapshot {
  const [index, token, text] = [reader.varUint(), reader.varUint(), reader.varString()];
  const vector = takeVector(reader);
  return { index, token, text, vector, typed: reader.varUint(), kept: reader.varUint(), lock: readLock(reader) };
}

function readEntry(reader: ByteReader): Entry {
  const [index, token] = [reader.varUint(), reader.varUint()];
  const kind = readOneOf(reader, ENTRY_KINDS);
  const op = readOp(reader, true);
  const [base, atMs, digest] = [reader.varUint(), reader.varUint(), reader.varUint()];
  const splices = readSplices(reader);
  const intent = readIntent(reader);
  if (token === 0 || base >= index) throw reader.error(`Entry ${index} on ${base} under token ${token}`);
  return { ...op, index, token, kind, base, atMs, digest, splices, intent, lock: readFlag(reader) ? readLock(reader) : null };
}

function readProposal(reader: ByteReader): Proposal {
  const op = readOp(reader, false);
  const [base, atMs] = [reader.varUint(), reader.varUint()];
  const action = readOneOf(reader, ACTIONS);
  const lockToken = reader.varUint();
  const splices = readSplices(reader);
  const intent = readIntent(reader);
  return { ...op, base, atMs, action, lockToken, splices, intent, text: readFlag(reader) ? reader.varString() : null };
}

function readRefusal(reader: ByteReader): Refusal {
  const op = readOp(reader, false);
  const [base, head] = [reader.varUint(), reader.varUint()];
  return { ...op, base, head, kind: readFlag(reader) ? "paused" : "stale", reason: reader.varString() };
}

function writeOp(writer: ByteWriter, { replica, first, last }: OpIds): void {
  writer.varUint(replicaNumber(replica)).varUint(first).varUint(last);
}

function readOp(reader: ByteReader, mayBeNone: boolean): OpIds {
  const [replica, first, last] = [replicaIdFrom(reader.varUint()), reader.varUint(), reader.varUint()];
  if (first > last || (first === 0 && !(mayBeNone && last === 0))) throw reader.error(`Edits ${first} to ${last}`);
  return { replica, first, last };
}

function writeSplices(writer: ByteWriter, splices: readonly Splice[]): void {
  writer.varUint(splices.length);
  let at = 0;
  for (const { index, remove, insert } of splices) {
    writer
      .varUint(index - at)
      .varUint(remove)
      .varString(insert);
    at = index + remove;
  }
}

function readSplices(reader: ByteReader): Splice[] {
  let at = 0;
  return readList(reader, 3, () => {
    const splice = { index: at + reader.varUint(), remove: reader.varUint(), insert: reader.varString() };
    at = splice.index + splice.remove;
    if (!Number.isSafeInteger(at)) throw reader.error(`A splice up to ${at}`);
    return splice;
  });
}

function writeIntent(writer: ByteWriter, intent: readonly FullSplice[]): void {
  writer.varUint(intent.length);
  let at = 0;
  for (const { index, remove, removed, insert } of intent) {
    writer
      .varUint(index - at)
      .varString(removed)
      .varString(insert);
    at = index + remove;
  }
}

function readIntent(reader: ByteReader): FullSplice[] {
  let at = 0;
  return readList(reader, 3, () => {
    const index = at + reader.varUint();
    const removed = reader.varString();
    at = index + removed.length;
    if (!Number.isSafeInteger(at)) throw reader.error(`A splice up to ${at}`);
    return { index, remove: removed.length, removed, insert: reader.varString() };
  });
}

function writeLock(writer: ByteWriter, { holder, token, expiresAtMs, ttlMs, isFencing, queue }: LockRecord): void {
  writer.varUint(holder === null ? 0 : 1);
  if (holder !== null) writer.varUint(replicaNumber(holder));
  const hasOwnTtl = ttlMs !== LOCK_TTL_MS;
  writer
    .varUint(token)
    .varUint(expiresAtMs)
    .varUint((isFencing ? 1 : 0) | (hasOwnTtl ? 2 : 0));
  if (hasOwnTtl) writer.varUint(ttlMs);
  writer.varUint(queue.length);
  for (const replica of queue) writer.varUint(replicaNumber(replica));
}

function readLock(reader: ByteReader): LockRecord {
  const holder = readFlag(reader) ? replicaIdFrom(reader.varUint()) : null;
  const [token, expiresAtMs] = [reader.varUint(), reader.varUint()];
  const flags = reader.byte();
  if (flags > 3) throw reader.error(`Invalid flags ${flags}`);
  const ttlMs = flags > 1 ? reader.varUint() : LOCK_TTL_MS;
  if (ttlMs === 0) throw reader.error("A lock that is over at once");
  const isFencing = flags % 2 === 1;
  return { holder, token, expiresAtMs, ttlMs, isFencing, queue: readList(reader, 1, () => replicaIdFrom(reader.varUint())) };
}

function readFlag(reader: ByteReader): boolean {
  const value = reader.byte();
  if (value > 1) throw reader.error(`Invalid flag ${value}`);
  return value === 1;
}

function readOneOf<T>(reader: ByteReader, values: readonly T[]): T {
  const index = reader.varUint();
  const value = values[index];
  if (value === undefined) throw reader.error(`Invalid kind ${index}`);
  return value;
}
