/**
 * Names of replicas and notes. A replica id is an integer below 2^53 written in a fixed width, so
 * that ids compare as strings exactly as their numbers do and can serve as a Yjs client id and as
 * a presence client id without a table.
 */

import type { Prng } from "./prng.ts";

declare const brand: unique symbol;

/** Eleven characters of `DIGITS`. One open tab, one node, one bot: never two at a time. */
export type ReplicaId = string & { readonly [brand]: "ReplicaId" };

/** `^[A-Za-z0-9_-]{1,64}$`. Ids that begin with `_` are Riftpad's own. */
export type NoteId = string & { readonly [brand]: "NoteId" };

/** Minted with a note; 16 hex digits. Two histories of one note id never share it. */
export type Epoch = string & { readonly [brand]: "Epoch" };

/** The note that holds the list of notes. */
export const CATALOG_NOTE_ID = "_catalog" as NoteId;

/** Crockford's base 32: digits, then letters without i, l, o and u; ascending in ASCII. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const WIDTH = 11;
/** Seven bytes as a varint; 10,000 ids in one note collide with a probability below 1 in 10 million. */
const MINTED_BITS = 49;
const REPLICA_ID = /^[0-7][0-9a-hjkmnp-tv-z]{10}$/;
const NOTE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const EPOCH = /^[0-9a-f]{16}$/;
/** What a note says in a row is mostly one author's: the id is then made once, and held once. */
let [lastNumber, lastId] = [NaN, "" as ReplicaId];

/**
 * The id that stands for `n`; ids order as their numbers do.
 * @throws RangeError when `n` is not an integer in [0, 2^53).
 */
export function replicaIdFrom(n: number): ReplicaId {
  if (n === lastNumber) return lastId;
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`Invalid replica number ${n}: expected an integer in [0, 2^53)`);
  let text = "";
  for (let rest = n; text.length < WIDTH; rest = Math.floor(rest / 32)) text = DIGITS.charAt(rest % 32) + text;
  lastNumber = n;
  lastId = text as ReplicaId;
  return lastId;
}

/** The inverse of `replicaIdFrom`. */
export function replicaNumber(id: ReplicaId): number {
  let n = 0;
  for (let i = 0; i < id.length; i++) n = n * 32 + DIGITS.indexOf(id.charAt(i));
  return n;
}

/** `text` as a replica id, or null when it is none (out of range included). */
export function parseReplicaId(text: string): ReplicaId | null {
  if (!REPLICA_ID.test(text)) return null;
  return Number.isSafeInteger(replicaNumber(text as ReplicaId)) ? (text as ReplicaId) : null;
}

/** A fresh id. The caller claims it before use. */
export function mintReplicaId(prng: Prng): ReplicaId {
  return replicaIdFrom(prng.int(1, 2 ** MINTED_BITS));
}

/** `text` as a note id, or null when it is none. */
export function parseNoteId(text: string): NoteId | null {
  return NOTE_ID.test(text) ? (text as NoteId) : null;
}

/** A fresh note id of twelve characters, never beginning with `_`. */
export function mintNoteId(prng: Prng): NoteId {
  let text = "";
  while (text.length < 12) text += DIGITS.charAt(prng.int(0, 32));
  return text as NoteId;
}

/** `text` as an epoch, or null when it is none. */
export function parseEpoch(text: string): Epoch | null {
  return EPOCH.test(text) ? (text as Epoch) : null;
}

/** A fresh epoch. */
export function mintEpoch(prng: Prng): Epoch {
  const word = (): string =>
    prng
      .int(0, 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return (word() + word()) as Epoch;
}

/** Ascending order of ids, for `sort`. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
