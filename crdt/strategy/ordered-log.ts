/**
 * The committed order of one note: a text, the entries that led to it, and which edits they cover. Every copy has one,
 * nodes and tabs alike, and equal logs are equal in all that is derived from them: losses, counts, the lock.
 * Old entries are folded into a text that the log begins with. Knows no proposal and makes no decision.
 */

import { assert } from "../base/assert.ts";
import { ProtocolError } from "../base/errors.ts";
import { Hasher, hashText } from "../base/hash.ts";
import type { ReplicaId } from "../base/ids.ts";
import { applySplices, composeSplices, type Splice } from "../base/splice.ts";
import { type Stamp, stampText } from "../base/stamp.ts";
import { sortedEntries, type VersionVector } from "../causal/version-vector.ts";
import { type Entry, FREE_LOCK, type LockRecord, type OpIds, type Snapshot } from "./ordered-codec.ts";
import type { ContentHash, Loss, LossRule } from "./strategy.ts";

/** Entries that are kept one by one: whoever is further behind than this is given a text. */
const ENTRIES_KEPT = 1_000;
/** The close code of a peer whose bytes contradict what is known. */
const CONTRADICTION = 4400;
/** The close code of a copy that is to begin anew. */
export const OTHER_HISTORY = 4411;

const BIRTH: Snapshot = { index: 0, token: 0, text: "", vector: new Map(), typed: 0, kept: 0, lock: FREE_LOCK };

export class OrderedLog {
  /** What the log begins with. */
  #start: Snapshot = BIRTH;
  #entries: Entry[] = [];
  #text = "";
  #token = 0;
  #vector = new Map<ReplicaId, number>();
  #typed = 0;
  #kept = 0;
  #lock: LockRecord = FREE_LOCK;

  /** The index of the last entry; 0 at the birth of the note. */
  get head(): number {
    return this.#start.index + this.#entries.length;
  }

  /** Entries after this index are here one by one. */
  get startIndex(): number {
    return this.#start.index;
  }

  get text(): string {
    return this.#text;
  }

  /** The highest fencing token of a node that was seen. */
  get token(): number {
    return this.#token;
  }

  get lock(): LockRecord {
    return this.#lock;
  }

  get vector(): ReadonlyMap<ReplicaId, number> {
    return this.#vector;
  }

  get counts(): { readonly typed: number; readonly kept: number } {
    return { typed: this.#typed, kept: this.#kept };
  }

  committedOf(replica: ReplicaId): number {
    return this.#vector.get(replica) ?? 0;
  }

  /** Which edits the entries up to `index` cover; null where that cannot be told: before `startIndex`, or beyond the end. Cost: linear in entries. */
  vectorAt(index: number): VersionVector | null {
    if (index === this.head) return this.#vector;
    if (index < this.#start.index || index > this.head) return null;
    const vector = new Map(this.#start.vector);
    for (const { replica, first, last } of this.#entries.slice(0, index - this.#start.index)) if (first > 0) vector.set(replica, last);
    return vector;
  }

  /** @throws ProtocolError with 4411 where one of `entries` is here as another: whoever has the other history begins anew ([OR6]). */
  assertOneHistory(entries: readonly Entry[]): void {
    for (const { index, token, replica, last } of entries) {
      const own = this.at(index);
      if (own !== undefined && (own.token !== token || own.replica !== replica || own.last !== last))
        throw new ProtocolError(OTHER_HISTORY, `Entry ${index} is here under token ${own.token}, and came under ${token}`);
    }
  }

  /** The entry at `index`, if it is here. */
  at(index: number): Entry | undefined {
    return this.#entries[index - this.#start.index - 1];
  }

  /** Entries after `index`, which is not before `startIndex`. */
  after(index: number): readonly Entry[] {
    return this.#entries.slice(index - this.#start.index);
  }

  /** The entry that covers the last edit of `op`, if it is here. */
  entryOf({ replica, last }: OpIds): Entry | undefined {
    return this.#entries.findLast((entry) => entry.replica === replica && entry.first > 0 && entry.first <= last && last <= entry.last);
  }

  /** Index of the last entry here by which `replica` wrote the text; 0: none. */
  lastIndexOf(replica: ReplicaId): number {
    return this.#entries.findLast((entry) => entry.replica === replica && entry.kind === "committed")?.index ?? 0;
  }

  /** Checks that `entries` follow, after `snapshot` if there is one. @throws ProtocolError when one does not. Cost: linear in text and entries. */
  check(entries: readonly Entry[], snapshot: Snapshot | null = null): void {
    let { index, token, text } = snapshot ?? { index: this.head, token: this.#token, text: this.#text };
    const vector = new Map(snapshot?.vector ?? this.#vector);
    for (const entry of entries) {
      const { replica, first, last, kind, splices } = entry;
      const known = vector.get(replica) ?? 0;
      if (entry.index !== index + 1) throw contradiction(`Entry ${entry.index} after ${index}`);
      if (entry.token < token) throw contradiction(`Entry ${entry.index} carries token ${entry.token}, and ${token} has been seen`);
      if (first > 0 && first !== known + 1) throw contradiction(`Edit ${first} of ${replica} after ${known}`);
      if (kind !== "committed" && splices.length > 0)
        throw contradiction(`Entry ${entry.index} changes the text, and says that it does not`);
      text = applyOrRefuse(text, splices);
      ({ index, token } = entry);
      if (first > 0) vector.set(replica, last);
    }
  }

  /** Takes in the next entry; returns the writes that are gone by it. Check it first. */
  append(entry: Entry): Loss[] {
    const text = applyOrRefuse(this.#text, entry.splices);
    const losses = this.#lossesBy(entry);
    const inserted = entry.kind === "committed" ? insertedBy(entry.splices) : insertedBy(entry.intent);
    this.#typed += inserted;
    if (entry.kind === "committed") this.#kept += inserted;
    if (entry.kind === "committed") for (const { splices } of losses) this.#kept -= Math.min(this.#kept, insertedBy(splices));
    this.#entries.push(entry);
    this.#text = text;
    this.#token = entry.token;
    if (entry.first > 0) this.#vector.set(entry.replica, entry.last);
    this.#lock = entry.lock ?? this.#lock;
    return losses;
  }

  /** Lets a log that has become long begin later, with what a log of the entries before would hold; entries after `index` stay. */
  fold(index: number): void {
    const last = Math.min(index, this.head - ENTRIES_KEPT);
    if (last - this.#start.index < ENTRIES_KEPT) return;
    const folded = new OrderedLog();
    folded.begin(this.#start);
    for (const entry of this.#entries.splice(0, last - this.#start.index)) folded.append(entry);
    this.#start = folded.snapshot();
  }

  /** Begins anew with what another copy's log was folded into. The caller sees to it that it is further. */
  begin(snapshot: Snapshot): void {
    this.#start = snapshot;
    this.#entries = [];
    this.#text = snapshot.text;
    this.#token = snapshot.token;
    this.#vector = new Map(snapshot.vector);
    this.#typed = snapshot.typed;
    this.#kept = snapshot.kept;
    this.#lock = snapshot.lock;
  }

  /** All of it as one text that another log can begin with. */
  snapshot(): Snapshot {
    return {
      index: this.head,
      token: this.#token,
      text: this.#text,
      vector: new Map(this.#vector),
      typed: this.#typed,
      kept: this.#kept,
      lock: this.#lock,
    };
  }

  /** What a holder of everything up to `index` lacks, up to `to`. */
  since(index: number, to: number): { snapshot: Snapshot | null; entries: readonly Entry[] } {
    const end = to - this.#start.index;
    if (index >= this.#start.index && (index > 0 || this.#start.index === 0))
      return { snapshot: null, entries: this.#entries.slice(index - this.#start.index, Math.max(0, end)) };
    return { snapshot: this.#start, entries: this.#entries.slice(0, Math.max(0, end)) };
  }

  hash(text: string): ContentHash {
    const content = hashText(text);
    const { holder, token, isFencing, queue } = this.#lock;
    const hasher = new Hasher().text(content).int(this.head).int(this.#token);
    for (const [replica, seq] of sortedEntries(this.#vector)) hasher.text(replica).int(seq);
    hasher
      .text(holder ?? "")
      .int(token)
      .int(isFencing ? 1 : 0);
    for (const replica of queue) hasher.text(replica);
    return { content, structure: hasher.digest() };
  }

  checkInvariants(): void {
    let text = this.#start.text;
    const vector = new Map(this.#start.vector);
    for (const [n, entry] of this.#entries.entries()) {
      assert(entry.index === this.#start.index + n + 1, `Entry ${entry.index} stands at ${this.#start.index + n + 1}`);
      text = applySplices(text, entry.splices);
      if (entry.first > 0) vector.set(entry.replica, entry.last);
    }
    assert(text === this.#text, "The entries do not lead to the text");
    for (const [replica, seq] of this.#vector)
      assert(vector.get(replica) === seq, `Edits of ${replica}: ${seq}, by entries ${vector.get(replica)}`);
    assert(this.#kept <= this.#typed, `Kept ${this.#kept} of ${this.#typed}`);
  }

  #lossesBy(entry: Entry): Loss[] {
    const { kind, intent, base, replica } = entry;
    if (kind === "lease-stale-token" || kind === "lease-not-holder") {
      const winner = this.#entries.findLast(({ first, replica: author }) => first > 0 && author !== replica);
      return [lossOf(entry, intent, winner ?? entry, kind)];
    }
    // Only a write of the whole note overwrites, and then all that came after what it was made on.
    if (kind !== "committed" || intent.length === 0) return [];
    const rule: LossRule = this.#lock.token > 0 ? "lease-overwritten" : "quorum-overwritten";
    const from = Math.max(base, this.lastIndexOf(replica), this.#start.index);
    return this.after(from)
      .filter((lost) => lost.kind === "committed" && lost.replica !== replica && lost.intent.length > 0)
      .map((lost) => lossOf(lost, lost.intent, entry, rule));
  }
}

function lossOf(lost: Entry, intent: readonly (Splice & { readonly removed: string })[], winner: Entry, rule: LossRule): Loss {
  const losingStamp = stampOf(lost);
  const winningStamp = stampOf(winner);
  return {
    id: `${stampText(losingStamp)}>${stampText(winningStamp)}`,
    noteId: null,
    field: "text",
    author: lost.replica,
    atMs: lost.atMs,
    splices: intent.map(({ index, remove, insert }) => ({ index, remove, insert })),
    removedText: intent.map(({ removed }) => removed).join(""),
    losingStamp,
    winningStamp,
    rule,
  };
}

function stampOf({ atMs, replica, last }: Entry): Stamp {
  return { wallMs: atMs, replica, seq: last };
}

export function insertedBy(splices: readonly Splice[]): number {
  return splices.reduce((sum, { insert }) => sum + insert.length, 0);
}

/** @throws ProtocolError when `splices` do not fit `text`. */
export function applyOrRefuse(text: string, splices: readonly Splice[]): string {
  try {
    return applySplices(text, splices);
  } catch (error) {
    if (error instanceof RangeError) throw contradiction(error.message);
    throw error;
  }
}

export function contradiction(message: string): ProtocolError {
  return new ProtocolError(CONTRADICTION, message);
}

/** Lists that follow one another, as one against the text before the first. */
export function composeAll(lists: readonly (readonly Splice[])[]): readonly Splice[] {
  return lists.reduce<readonly Splice[]>((all, next) => composeSplices(all, next), []);
}
