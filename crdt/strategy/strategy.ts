/**
 * The seam. Everything above it (rooms, providers, editors, the laboratory) handles opaque bytes and
 * splices; everything below it is one strategy. Strategies differ behind this interface and nowhere else.
 */

import type { Clock } from "../base/clock.ts";
import type { NoteId, ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Comparison } from "../causal/version-vector.ts";
import type { Stamp } from "../base/stamp.ts";

/** The registry's keys. A name appears in its own file, in the registry, and in UI copy keyed by it. */
export type StrategyName =
  | "walker"
  | "yjs"
  | "fugue"
  | "fuguemax"
  | "rga"
  | "lww-note"
  | "lww-line"
  | "mv-note"
  | "ot"
  | "cas-diff3"
  | "cas-index"
  | "quorum"
  | "lease";

/** One copy of anything replicated: a note's text, or the catalog. Synchronous; no I/O, clock or randomness of its own. */
export interface Replicated {
  /**
   * Takes in what another copy made: any order, any number of times.
   * @throws DecodeError when `update` does not parse; the copy is then unchanged.
   * @throws ProtocolError when it parses but can not be true; the copy is then unchanged.
   */
  receive(update: Uint8Array): Received;
  /** The same for who shows no text, and needs no splices. Left out where those cost nothing to speak of. */
  relay?(update: Uint8Array): Relayed;
  /**
   * As `relay`, of an update that takes long: yields after each step of at most some 3 ms. Until it returns a part of the update is
   * here: whoever asks is told of that part, and of the rest later. @throws as `receive`; the copy is then unchanged.
   */
  relayInSteps?(update: Uint8Array): Generator<void, Relayed>;
  /** What this copy holds, for `since` on another copy. Fills sync step 1. */
  version(): Uint8Array;
  /** What the holder of `version` lacks. `EMPTY_BYTES` stands for a copy that knows nothing: the answer is then the whole state. */
  since(version: Uint8Array): Uint8Array;
  /**
   * The same a little at a time: yields after each step of at most some 3 ms, and returns what `since` would have when this
   * was called, whatever the copy takes in meanwhile. Left out where it never takes longer.
   */
  sinceInSteps?(version: Uint8Array): Generator<void, Uint8Array>;
  /** Digest of everything received, for `Strategy.compare`. Unlike `version()` it advances with every deletion. */
  seen(): Uint8Array;
  /** Canonical hashes, equal for equal copies whatever way they came about. Never of raw update bytes. Cost: linear. */
  hash(): ContentHash;
  stats(): Stats;
  /** Where stamps decide: the highest among the writes that are here; null: there is none. Left out where none decides. */
  latestStamp?(): Stamp | null;
  /** Verifies the whole structure. @throws AssertionError naming what does not hold. Cost: at least linear. */
  checkInvariants(): void;
}

/** What a node does with an update: all of `Received` but what concerns an editor. */
export type Relayed = Pick<Received, "forward" | "isMore" | "reply" | "isWaiting" | "losses">;

/**
 * What a node needs of anything replicated in order to store it and pass it on. Every `Replicated` is one, and
 * where a strategy can decide about updates by their bytes it is less than a copy.
 */
export interface Relay {
  /**
   * As `Replicated.receive`. What waits may be dropped: whoever brought it is asked for what it builds on, and for it again.
   * `isChecked`: a document of this note has taken `update` in already.
   */
  receive(update: Uint8Array, isChecked?: boolean): Relayed;
  /**
   * As `receive`, of an update that takes long: taken in step by step, one in a turn, the last of which returns what came of it. Until
   * then a part of it is here. null: it does not take long. @throws as `receive`, in a step; nothing has changed then.
   */
  receiveInSteps?(update: Uint8Array, isChecked?: boolean): Generator<void, Relayed> | null;
  /**
   * Whether it takes so long to check `update` that this is better left to a document elsewhere, made of the pieces of everything and
   * `update`: what the holder of `version()` lacks of that is then what is received, as checked. Left out: never.
   */
  isDubious?(update: Uint8Array): boolean;
  /** As `Replicated.version`; one byte at most for what knows nothing. */
  version(): Uint8Array;
  since(version: Uint8Array): Uint8Array;
  /** As `Replicated.sinceInSteps`; null: it takes no longer than a turn may. */
  sinceInSteps?(version: Uint8Array): Generator<void, Uint8Array> | null;
  /** As `since`, in several updates where one would have to be made anew each time; in order, at least one. */
  pieces?(version: Uint8Array): readonly Uint8Array[];
  /** Whether `since(version)` takes so long that it is better asked of a document elsewhere, made of the pieces of everything. Left out: never. */
  isLaborious?(version: Uint8Array): boolean;
  /**
   * Whether `update` (null: whatever is asked) takes a document that is yet to be built: what builds it step by step, one in a turn,
   * until it returns true. null: no; or it is built in no time. Who does not ask waits for all of it at once.
   * @throws DecodeError in a step, when what is stored makes no document.
   */
  prepare?(update: Uint8Array | null): (() => boolean) | null;
  seen(): Uint8Array;
  /** Ordered notes: takes in entries that the node which orders has made. @throws as `receive`; ProtocolError for an older token. */
  commit?(entries: Uint8Array): Relayed;
  /** Ordered notes: what was given as `forward` is durable, so that `version`, `since` and the document may speak of it. */
  settle?(forward: Uint8Array): void;
  /** No timer is left after this. */
  close?(): void;
}

/** A note as a node holds it. The document is built when somebody needs it. */
export interface NoteRelay extends Relay {
  /** The document as of now. Its edits count once their bytes were given to `receive`. Cost: linear when it has to be built. */
  document(): Replica;
  /** Lets the document go, where relaying does without one. */
  dropDocument(): void;
  readonly isDocumentOpen: boolean;
  /** `state` is what a document makes of everything up to `version`: it may stand for it from now on. */
  rebase?(state: Uint8Array, version: Uint8Array): void;
  /** The whole state for the log, what is not durable yet included. Where it is given, a log is compacted into it. */
  state?(): Uint8Array;
  /** Where writers hold a lock: decides the change as one more entry of the order. False: this node may not order now. Nothing where it is so already. */
  changeLock?(change: LockChange): boolean;
}

/** What is done to a lock by none of its writers: it ends before its time, or fencing is switched. */
export type LockChange = { readonly kind: "end" } | { readonly kind: "fencing"; readonly isOn: boolean };

/** Who may order an ordered note's writes at this moment: the holder of its lease among the nodes. */
export interface Authority {
  /** The fencing token that entries carry, from 1, higher with each holder; null: this node may not order now. */
  token(): number | null;
  /** Why it may not, in one sentence for the writer. */
  reason(): string;
}

/** One node, which always orders. */
export const SOLE_AUTHORITY: Authority = { token: () => 1, reason: () => "" };

export interface RelayOptions extends OpenOptions {
  /** What came after `state`, in order. */
  readonly updates: readonly Uint8Array[];
  /** Told of every document that is built. */
  onDocumentOpened(): void;
  /** For ordered notes; without it this node always orders. */
  readonly authority?: Authority | undefined;
  /** Takes a proposal to the node that may order; false: there is none to be reached, and its writer is told why. */
  handOver?(proposal: Uint8Array): boolean;
  /** Where writers hold a lock: for how long after the last sign of the holder. */
  readonly lockTtlMs?: number | undefined;
  /** Takes an entry that the relay has made by itself, when a time was over: for the room to store and pass on. */
  onOwnEntry?(entry: Uint8Array): void;
}

/** One copy of one note's text. */
export interface Replica extends Replicated {
  text(): string;
  readonly length: number;
  /**
   * A local edit. Splices are snapped to code-point borders first.
   * @throws RangeError when the splices do not fit the text.
   */
  edit(splices: readonly Splice[]): Edited;
  /** A position that survives concurrent edits, as bytes that other copies of the note understand. */
  anchor(index: number, side: -1 | 1): Anchor;
  /** Where the anchor lies now. @throws DecodeError on foreign bytes. Unknown ids resolve to the end. */
  resolve(anchor: Anchor): number;
  /** Items, tombstones and origins: one lens for all strategies. */
  inspect(): Inspection;
  /** Where this copy's own numbering stands: asked before and after an edit, it tells which ids the edit took. */
  standing?(): Standing;
  /** Texts that were written at once and stand side by side, the one that `text()` shows first. Left out where there is ever only one. */
  siblings?(): readonly Sibling[];
  /** Ordered notes: own edits that are not committed. They count as unsaved whatever a node has acknowledged. */
  readonly unconfirmed?: number;
  /** Ordered notes: why own edits are not being committed, in one sentence; null when nothing stands against it. */
  readonly pause?: string | null;
  /** Where a writer must hold a lock. */
  readonly lock?: Lock;
}

/** One of several texts that a note has at once. */
export interface Sibling {
  readonly author: ReplicaId;
  /** The author's wall clock, in ms since the epoch. */
  readonly atMs: number;
  readonly text: string;
}

/** The one lock of a note as this copy knows it. What the methods return is to be stored and sent like an edit. */
export interface Lock {
  state(): LockState;
  /** Asks for the lock: granted when it is free, else in turn. Empty where this copy holds it or waits already. */
  acquire(): Uint8Array;
  /** Gives the lock up, or the place in the queue. */
  release(): Uint8Array;
  /** Holds the lock for another `LockState.ttlMs`; empty where this copy does not hold it. */
  renew(): Uint8Array;
  /** Whether a write under an older token bounces (on) or overwrites (off), for everybody. */
  setFencing(isOn: boolean): Uint8Array;
}

export interface LockState {
  readonly holder: ReplicaId | null;
  /** Of the holder, or the last one. */
  readonly token: number;
  /** By the clock of the node that orders. */
  readonly expiresAtMs: number;
  readonly ttlMs: number;
  /** Who waits, first come first. */
  readonly queue: readonly ReplicaId[];
  readonly isFencing: boolean;
}

export type Anchor = Uint8Array;

export type Edited =
  | {
      readonly isAccepted: true;
      /** Bytes to send; empty when the edit changed nothing. */
      readonly update: Uint8Array;
      /** What the editor must apply on top of the edit: not empty where a strategy snapped the edit, or where it lost at once. */
      readonly correction: readonly Splice[];
    }
  | { readonly isAccepted: false; readonly reason: string };

export interface Received {
  /** What an editor must apply to catch up. Empty when nothing new was learnt. */
  readonly splices: readonly Splice[];
  /** What a node must store and pass on. null: already known, refused, or not ready. */
  readonly forward: Uint8Array | null;
  /** Whether that may say more than the update did: what had waited for it, which the sender may lack as well. Left out: it does not. */
  readonly isMore?: boolean;
  /** What goes back to the sender alone. A tab's copy answers a refusal in this way with its proposals made anew. */
  readonly reply: Uint8Array | null;
  /**
   * Whether there is news in this very update that came before others of its author: the holder should ask for those. What waits for
   * them is not in, and is news each time it comes; a register takes what is early, and says so once.
   */
  readonly isWaiting: boolean;
  /** Writes that lost, were refused or were overwritten. */
  readonly losses: readonly Loss[];
}

/** Of an update that says nothing new. */
export const NOTHING: Relayed = { forward: null, reply: null, isWaiting: false, losses: [] };

/** A write that a strategy threw away, or left alone. Ids are stable: the same loss found by another copy has the same id. */
export interface Loss {
  /** The losing and the winning stamp. */
  readonly id: string;
  /** null: the note whose room reports it. The catalog names the note whose title it is. */
  readonly noteId: NoteId | null;
  readonly field: "text" | "title";
  readonly author: ReplicaId;
  /** The author's wall clock, in ms since the epoch, when the write was made. */
  readonly atMs: number;
  /** What the writer had put in, against the text that they had before them; indexes are in that text. */
  readonly splices: readonly Splice[];
  /** What those splices removed there, joined: the discarded deletion. May be empty. */
  readonly removedText: string;
  readonly losingStamp: Stamp;
  readonly winningStamp: Stamp;
  /** Of an orphan: the passage that was deleted around it, before and after the place where it stands. */
  readonly around?: { readonly before: string; readonly after: string };
  /** A stable word for how it was lost. */
  readonly rule: LossRule;
}

export type LossRule =
  | "lww-older-stamp"
  | "lww-overwritten-unseen"
  | "lww-line-older-stamp"
  | "lww-line-overwritten-unseen"
  /** A write that went on from another sibling superseded this one. */
  | "mv-superseded"
  | "quorum-overwritten"
  | "lease-stale-token"
  | "lease-not-holder"
  | "lease-overwritten"
  /** Nothing was thrown away: it stands alone, since what it was typed into was deleted by somebody who had not seen it. */
  | "orphaned";

export interface ContentHash {
  /** Of what a reader sees. */
  readonly content: string;
  /** Of ids, origins and tombstones as well. */
  readonly structure: string;
}

export interface Stats {
  readonly events: number;
  readonly tombstones: number;
  /** Updates that wait for others. */
  readonly pending: number;
  /** Characters that all known writes inserted, and how many of them no rule threw away. Equal where a strategy never discards. */
  readonly typed: number;
  readonly kept: number;
}

export interface Standing {
  /** The number that this copy's next id has, in the ids of `inspect`. */
  readonly nextSeq: number;
  /** Committed entries that this copy holds; 0 where no node orders. */
  readonly head: number;
}

/** What a strategy knows beyond its items is optional: left out, it does not record it. */
export interface Inspection {
  readonly items: readonly InspectedItem[];
  /** How items that were typed at one place stand, where the strategy orders characters. */
  readonly order?: ItemOrder;
  /** What came before that which it builds on; the first so many. */
  readonly waiting?: readonly InspectedWait[];
  /** Registers: the writes that are held one by one, in the order of arrival. */
  readonly writes?: readonly InspectedWrite[];
  /** Ordered notes: the committed entries that are held one by one, and the own edits that are not committed. */
  readonly log?: InspectedLog;
}

/**
 * `tree`: items are children of `parent`, and children of one parent stand by `keys`. `origins`: of items with one left origin
 * neither of which was typed next to the other, the order is by `keys`.
 */
export interface ItemOrder {
  readonly kind: "tree" | "origins";
  /** The first one that differs decides. Left children of a tree stand by lower id, whatever the keys. */
  readonly keys: readonly OrderKey[];
}

export type OrderKey = "right-origin-farther-first" | "lamport-higher-first" | "id-lower-first" | "id-higher-first";

/** Work that waits. */
export interface InspectedWait {
  /** `replica:seq` of its first part. */
  readonly id: string;
  readonly length: number;
  /** `replica:seq` of the first thing that it lacks; null: not told. */
  readonly lacks: string | null;
}

/** A write to a register. */
export interface InspectedWrite {
  /** `replica:seq`. */
  readonly id: string;
  readonly stamp: Stamp;
  /** Which register: one name for the whole note, one for each line. */
  readonly register: string;
  /** Id of the write that its author saw there; null at the register's birth. */
  readonly base: string | null;
  /** In the register's text at `base`. */
  readonly splices: readonly Splice[];
  /** `shown`: the register holds it. `under`: what is shown was made on top of it. `beside`: stands beside the text. `lost`: none of these. */
  readonly state: "shown" | "under" | "beside" | "lost";
}

/** One entry of the committed order. */
export interface InspectedEntry {
  readonly index: number;
  readonly author: ReplicaId;
  /** Numbers of the author's edits that it covers; 0: none. */
  readonly first: number;
  readonly last: number;
  /** The index that its author's text stood at. */
  readonly base: number;
  readonly atMs: number;
  readonly token: number;
  /** `committed`: it changed the text. Otherwise by which rule it did not, or that it changed something else. */
  readonly kind: string;
  /** In the text at `index - 1`. */
  readonly splices: readonly Splice[];
}

export interface InspectedLog {
  /** The committed text that the entries lead to. */
  readonly text: string;
  /** Entries up to this index are folded into a text. */
  readonly startIndex: number;
  readonly entries: readonly InspectedEntry[];
  /** Own edits on top of the committed text, each in the text with those before it. */
  readonly pending: readonly { readonly first: number; readonly last: number; readonly splices: readonly Splice[] }[];
  /** Whether edits are moved over what was committed before them (operational transformation). */
  readonly isTransforming: boolean;
  /** Whether an edit proposes the whole text. */
  readonly isWhole: boolean;
}

/** One run of one author, in document order. */
export interface InspectedItem {
  /** `replica:seq` of its first character. */
  readonly id: string;
  readonly author: ReplicaId;
  readonly length: number;
  /** Empty when the text is gone. */
  readonly text: string;
  readonly isDeleted: boolean;
  /** Id of the character on its left (right) when it was typed; null at the border of the document, or where the strategy has none. */
  readonly originLeft: string | null;
  readonly originRight: string | null;
  /** In a tree: the character that it hangs on, null for the root, and on which side. Left out: not a tree, or not recorded. */
  readonly parent?: { readonly id: string | null; readonly side: "left" | "right" };
  /** Of its first character; each further one has one more. */
  readonly lamport?: number;
  /** `replica:seq` of deletions that took it; left out: not recorded. */
  readonly deletedBy?: readonly string[];
}

export interface Traits {
  /** Whether concurrent writes can be thrown away. */
  readonly losesWrites: boolean;
  /** Whether each side of a partition goes on accepting writes. */
  readonly isAvailable: boolean;
  /** Whether one node orders the writes: edits are then proposals, and nothing is shown to others before it is durable. */
  readonly isOrdered: boolean;
  /** Whether a stock y-websocket client can edit the note. */
  readonly isStockCompatible: boolean;
  /** The paper or document that defines it. */
  readonly source: string;
}

export interface OpenOptions {
  readonly replica: ReplicaId;
  /** For strategies that stamp writes with wall time. */
  readonly clock: Clock;
  /** What another replica is called, for sentences; null: not known. */
  readonly nameOf?: (replica: ReplicaId) => string | null;
  /** A whole state, as `since(EMPTY_BYTES)` gave it. */
  readonly state?: Uint8Array;
}

export interface Strategy {
  readonly name: StrategyName;
  readonly traits: Traits;
  /** @throws DecodeError when `state` does not parse. */
  open(options: OpenOptions): Replica;
  /**
   * As `open`, and `receive` for each of `updates`, a little at a time: yields after each step of at most some 3 ms, and returns
   * the replica, which nothing tells from the one that was opened at once. Left out where the bytes cannot be cut.
   * @throws as `open` and `receive`, in a step.
   */
  openInSteps?(options: OpenOptions, updates?: readonly Uint8Array[]): Generator<void, Replica>;
  /** Holds a note without a document. Left out where only a document can tell what an update does. @throws as `open`. */
  openRelay?(options: RelayOptions): NoteRelay;
  /** Compares two `seen()` digests. @throws DecodeError on foreign bytes. */
  readonly compare: (first: Uint8Array, second: Uint8Array) => Comparison;
  /** Checks an update's form without a document. @throws DecodeError. */
  validate(update: Uint8Array): void;
  /**
   * Of what a client brings in one update, which a copy of ours keeps below this: so that it takes a node no longer than a few turns would.
   * Left out where long updates are taken in by steps. @throws DecodeError; ProtocolError when it is more.
   */
  readonly refuseExcess?: (update: Uint8Array) => void;
  /** What an update carries, in words: a line for each insertion, deletion, assignment or decision. What a node loads has it. @throws DecodeError. */
  readonly describe?: (update: Uint8Array) => readonly string[];
  /** Joins updates into one that says the same, without a document. */
  readonly merge?: (updates: readonly Uint8Array[]) => Uint8Array;
  /**
   * `state` without the history before the last version that the holders of all `passedBy` have passed; `state` where there
   * is none. Whoever has not seen what is cut off can no longer take part.
   */
  readonly cutHistory?: (state: Uint8Array, passedBy: readonly Uint8Array[]) => Uint8Array;
  /** What the holder of `version` lacks of `update`, without a document. */
  readonly diff?: (update: Uint8Array, version: Uint8Array) => Uint8Array;
}
