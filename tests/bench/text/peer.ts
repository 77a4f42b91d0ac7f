/** What a text CRDT must offer to be measured. One driver a peer: drivers/. */

import type { Patch } from "../../../crdt/lab/bench/history.ts";

/**
 * full: every past version can be had back. without-deleted-text: ids and order of what was deleted, not its characters.
 * cut: the present alone, though others can still edit from here on.
 */
export const ENCODE_KINDS = ["full", "without-deleted-text", "cut"] as const;
export type EncodeKind = (typeof ENCODE_KINDS)[number];

/** One replica of one text. */
export interface Copy {
  edit(patch: Patch): void;
  /** Ends what the peer leaves open between edits (a transaction). Belongs to the time of the edits. */
  settle(): void;
  /** From now on each edit is one update, told at once. */
  listen(onUpdate: (update: Uint8Array) => void): void;
  /** An update all of whose causes are here. */
  apply(update: Uint8Array): void;
  /** Many in one call, in the order of their causes, as the peer prefers to have them. */
  applyAll(updates: readonly Uint8Array[]): void;
  length(): number;
  text(): string;
  /** Of the kinds that the peer names. */
  encode(kind: EncodeKind): Uint8Array;
  /** What the peer would store by default, for `load`. */
  saved(): Uint8Array;
  /** All that happened as one update, which a copy that has nothing must merge; null where the peer has no such thing. */
  everything(): Uint8Array | null;
  /** Gives linear memory back. */
  close(): void;
}

export interface Peer {
  readonly kinds: readonly EncodeKind[];
  /** Its documents lie in a linear memory, which grows and never shrinks. */
  readonly isWasm?: boolean;
  /** Replica number `n`, from 1. Where a peer keeps deleted text only if told so, it does for `kind` full. */
  create(n: number, kind?: EncodeKind): Copy;
  /** A copy from what `saved` gave, ready for edits. */
  load(bytes: Uint8Array): Copy;
}

export const PEER_NAMES = ["ours", "yjs", "loro-crdt", "@automerge/automerge", "json-joy", "diamond-types-node", "list-positions"] as const;
export type PeerName = (typeof PEER_NAMES)[number];
