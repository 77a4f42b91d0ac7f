/** Our text CRDT (crdt/text/shared-text.ts) behind the seam. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { Hasher, hashText } from "../base/hash.ts";
import { applySplices, assertSplices, diffText, hasSurrogates, snapSplices, type Splice } from "../base/splice.ts";
import { replicaIdFrom } from "../base/ids.ts";
import { compareVectors, readVector } from "../causal/version-vector.ts";
import { SharedText } from "../text/shared-text.ts";
import type { EventId } from "../text/update-codec.ts";
import { diffUpdate, mergeUpdates, validateUpdate } from "../text/update-algebra.ts";
import type { Anchor, ContentHash, Edited, Inspection, OpenOptions, Received, Replica, Standing, Stats, Strategy } from "./strategy.ts";

/** So many of those that wait are told of. */
const WAITING_SHOWN_MAX = 100;
/** Who only reads. */
const READER = replicaIdFrom(0);

class WalkerReplica implements Replica {
  readonly #document: SharedText;
  #updates: Uint8Array[] = [];
  /** Whether a surrogate was ever inserted. */
  #hasPairs: boolean;

  constructor({ replica: agent, state }: OpenOptions) {
    this.#document = SharedText.load(state ?? EMPTY_BYTES, { agent });
    this.#hasPairs = hasSurrogates(this.text());
    // A document's updates share memory; these are stored and sent to other threads.
    this.#document.onUpdate((update) => this.#updates.push(update.slice()));
  }

  get length(): number {
    return this.#document.length;
  }

  text(): string {
    return this.#document.toString();
  }

  edit(splices: readonly Splice[]): Edited {
    assertSplices(splices, this.length);
    // The whole text is looked at only where a pair could be cut.
    this.#hasPairs ||= splices.some(({ insert }) => hasSurrogates(insert));
    const before = this.#hasPairs ? this.text() : null;
    for (const { index, remove, insert } of (before === null ? splices : snapSplices(before, splices)).toReversed()) {
      this.#document.delete(index, remove);
      this.#document.insert(index, insert);
    }
    const updates = this.#updates;
    this.#updates = [];
    return {
      isAccepted: true,
      update: updates.length === 1 ? updates[0]! : mergeUpdates(updates),
      correction: before === null ? [] : diffText(applySplices(before, splices), this.text()),
    };
  }

  receive(update: Uint8Array): Received {
    const document = this.#document;
    const events = document.eventCount;
    const { splices, isWaiting, isAllNews } = document.receive(update);
    this.#hasPairs ||= splices.some(({ insert }) => hasSurrogates(insert));
    // Often it is all news, and then it can go on as it came.
    const forward = document.eventCount === events ? null : isAllNews ? update : document.sinceEvent(events);
    return { splices, forward, reply: null, isWaiting, losses: [] };
  }

  version(): Uint8Array {
    return this.#document.version();
  }

  since(version: Uint8Array): Uint8Array {
    return this.#document.since(version);
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = hashText(this.text());
    const hasher = new Hasher().text(content);
    // What was done where and after what decides ids, origins and tombstones, and is known of cut history too.
    const digests = this.#document.digests().sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [agent, count, { low, high }] of digests) hasher.text(agent).int(count).int(low).int(high);
    return { content, structure: hasher.digest() };
  }

  stats(): Stats {
    const { eventCount: events, insertedCount: typed, length, waitingCount: pending } = this.#document;
    return { events, tombstones: typed - length, pending, typed, kept: typed };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    return this.#document.anchor(index, side);
  }

  resolve(anchor: Anchor): number {
    return this.#document.resolve(anchor);
  }

  inspect(): Inspection {
    const document = this.#document;
    return {
      order: { kind: "tree", keys: ["right-origin-farther-first", "id-lower-first"] },
      waiting: document.waiting(WAITING_SHOWN_MAX).map(({ agent, seq, length, lacks }) => ({
        id: `${agent}:${seq}`,
        length,
        lacks: nameOf(lacks),
      })),
      items: Array.from(document.items(), ({ agent, seq, length, text, isDeleted, left, right, deletedBy }) => ({
        id: `${agent}:${seq}`,
        author: agent,
        length,
        text: isDeleted ? "" : text,
        isDeleted,
        originLeft: nameOf(left),
        originRight: nameOf(right),
        ...(isDeleted ? { deletedBy: deletedBy.map(([deleter, n]) => `${deleter}:${n}`) } : {}),
      })),
    };
  }

  standing(): Standing {
    return { nextSeq: this.#document.seqOf(this.#document.agent), head: 0 };
  }

  checkInvariants(): void {
    this.#document.checkInvariants();
  }
}

export const walkerStrategy: Strategy = {
  name: "walker",
  traits: {
    losesWrites: false,
    isAvailable: true,
    isOrdered: false,
    isStockCompatible: false,
    source: "Gentle and Kleppmann, Eg-walker, arXiv 2409.14252; ordered by Weidner and Kleppmann's FugueMax, arXiv 2305.00583",
  },
  open: (options) => new WalkerReplica(options),
  compare: (first, second) => compareVectors(readVector(first), readVector(second)),
  validate: validateUpdate,
  merge: mergeUpdates,
  diff: diffUpdate,
  cutHistory: (state, passedBy) => SharedText.load(state, { agent: READER }).encode({ history: "cut", passedBy }),
};

function nameOf(id: EventId | null): string | null {
  return id === null ? null : `${id[0]}:${id[1]}`;
}
