/**
 * Yjs 13 behind the seam: one Y.Text at `text`, as stock clients have it. The only file of the kernel
 * that knows Yjs. Updates and versions are Yjs' own V1 bytes, so that the wire is that of y-websocket.
 *
 * YATA: Nicolaescu et al., GROUP 2016. A deletion advances no state vector, hence `seen()` carries the
 * delete set too.
 */

import * as Y from "yjs";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { assert } from "../base/assert.ts";
import { DecodeError } from "../base/errors.ts";
import { hashText } from "../base/hash.ts";
import { replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { applySplices, assertSplices, composeSplices, diffText, hasSurrogates, snapSplices, type Splice } from "../base/splice.ts";
import {
  type Anchor,
  type ContentHash,
  type Edited,
  type InspectedItem,
  type Inspection,
  NOTHING,
  type OpenOptions,
  type Received,
  type Replica,
  type Standing,
  type Stats,
  type Strategy,
} from "./strategy.ts";
import { mergePlain } from "./yjs-merge.ts";
import { YjsRelay } from "./yjs-relay.ts";
import { slicesOf } from "./yjs-slices.ts";
import { compareSeen, type Ranges, writeSeen } from "./yjs-seen.ts";
import { checkStructs, countEvents, deletedRanges, digestOf, idText } from "./yjs-structs.ts";
import { beginsWithHalf, shownAs, shownText, splicesOf } from "./yjs-text.ts";

/** Passed with every remote transaction: without an origin, Yjs' undo managers take it for a local one. */
const REMOTE = { name: "remote" };
const LOCAL = { name: "local" };

/** Of updates that wait for others; with more they are forgotten, and what they need stays missing. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** So many of those that wait are told of. */
const WAITING_SHOWN_MAX = 100;
/** Updates kept one by one for `#build` are joined into one when they are larger than that one, and than this. */
const TAKEN_BYTES_MIN = 64 * 1024;

class YjsReplica implements Replica {
  readonly #clientId: number;
  #doc: Y.Doc;
  #text: Y.Text;
  #updates: Uint8Array[] = [];
  #splices: Splice[] = [];
  /** Everything that this copy is made of. Yjs may stop half-way through a hostile update; this undoes it. */
  #taken: Uint8Array[] = [];
  /** Of those after the first. */
  #takenBytes = 0;
  /** Whether a surrogate was ever in the text. */
  #hasPairs = false;
  /** Where surrogate pairs were cut since `receive` began, which destroys them: ids of the items that begin there. */
  #cuts = new Set<string>();

  /** Whether what comes early is kept until what it builds on has come. A node asks for it again instead. */
  readonly #keepsWaiting: boolean;

  constructor({ replica, state }: OpenOptions, { keepsWaiting = true } = {}) {
    this.#keepsWaiting = keepsWaiting;
    this.#clientId = replicaNumber(replica);
    if (state !== undefined && state.length > 0) {
      yjsStrategy.validate(state);
      this.#taken.push(state);
    }
    [this.#doc, this.#text] = guarded(() => this.#build());
    this.#hasPairs = hasSurrogates(this.text());
  }

  /**
   * The document of a node, made of a state and of what came after it, in steps: none holds its thread for long. What they say is
   * not looked at again. @throws DecodeError
   */
  static *inSteps(options: OpenOptions, state: Uint8Array, updates: readonly Uint8Array[]): Generator<void, YjsReplica> {
    const replica = new YjsReplica(options, { keepsWaiting: false });
    replica.#taken = [state, ...updates].filter(({ length }) => length > 0);
    replica.#takenBytes = updates.reduce((sum, { length }) => sum + length, 0);
    const doc = untidied();
    for (const slice of slicesInTurn(replica.#taken)) {
      guarded(() => Y.applyUpdate(doc, slice, REMOTE));
      yield;
    }
    [replica.#doc, replica.#text] = replica.#observed(doc);
    replica.#forgetWaiting();
    // Only edits ask, and a node makes none: the text is not walked through for it.
    replica.#hasPairs = true;
    return replica;
  }

  get length(): number {
    return this.#text.length;
  }

  text(): string {
    return shownText(this.#text._start);
  }

  edit(splices: readonly Splice[]): Edited {
    assertSplices(splices, this.length);
    // The whole text is looked at only where a pair could be cut.
    this.#hasPairs ||= splices.some(({ insert }) => hasSurrogates(insert));
    const before = this.#hasPairs ? this.text() : null;
    const snapped = before === null ? splices : snapSplices(before, splices);
    this.#doc.transact(() => {
      for (const { index, remove, insert } of snapped.toReversed()) {
        if (remove > 0) this.#text.delete(index, remove);
        if (insert !== "") this.#text.insert(index, insert);
      }
    }, LOCAL);
    const { update } = this.#collect();
    if (update !== null) this.#take(update);
    return {
      isAccepted: true,
      update: update ?? EMPTY_BYTES,
      correction: before === null ? [] : diffText(applySplices(before, splices), this.text()),
    };
  }

  receive(update: Uint8Array): Received {
    if (update.length === 0) return { splices: [], ...NOTHING };
    const { reach, items } = reachOf(update);
    const places = items.flatMap((item) => placeOf(item, this.#doc.store) ?? []);
    this.#cuts.clear();
    try {
      Y.applyUpdate(this.#doc, update, REMOTE);
      for (const place of places) assertPlace(this.#doc.store, place);
    } catch (error) {
      this.#collect();
      [this.#doc, this.#text] = this.#build();
      throw new DecodeError(`Yjs cannot integrate this: ${error instanceof Error ? error.message : String(error)}`, 0);
    }
    const { update: forward, splices } = this.#collect();
    this.#forgetWaiting();
    this.#hasPairs ||= splices.some(({ insert }) => hasSurrogates(insert));
    if (forward !== null) this.#take(forward);
    const isWaiting = [...reach].some(([client, clock]) => clock > Y.getState(this.#doc.store, client));
    // The cut may be one that nobody else will make: by what was known, or deletes nothing, or has become rubbish at once.
    if (!this.#keepsWaiting && this.#cuts.size > 0) [this.#doc, this.#text] = this.#build();
    return { splices, forward, reply: null, isWaiting, losses: [] };
  }

  version(): Uint8Array {
    return Y.encodeStateVector(this.#doc);
  }

  since(version: Uint8Array): Uint8Array {
    return guarded(() => encodeIntegrated(this.#doc, version));
  }

  seen(): Uint8Array {
    const inserted: Ranges = new Map();
    for (const [client, clock] of Y.decodeStateVector(this.version())) inserted.set(client, [[0, clock]]);
    return writeSeen(inserted, deletedRanges(this.#doc.store.clients));
  }

  hash(): ContentHash {
    const content = hashText(this.text());
    return { content, structure: digestOf(content, this.#doc.store.clients) };
  }

  stats(): Stats {
    const { events, tombstones } = countEvents(this.#doc.store.clients);
    const { pendingStructs, pendingDs } = this.#doc.store;
    const pending = (pendingStructs === null ? 0 : pendingStructs.missing.size) + (pendingDs === null ? 0 : 1);
    return { events, tombstones, pending, typed: events, kept: events };
  }

  anchor(index: number, side: -1 | 1): Anchor {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    return Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(this.#text, index, side < 0 ? -1 : 0));
  }

  resolve(anchor: Anchor): number {
    return guarded(
      () => Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(anchor), this.#doc, false)?.index ?? this.length,
    );
  }

  inspect(): Inspection {
    const items: InspectedItem[] = [];
    for (let item = this.#text._start; item !== null; item = item.right) {
      const text = item.countable ? shownAs(item) : "";
      items.push({
        id: idText(item.id),
        author: replicaIdFrom(item.id.client),
        length: item.length,
        text: item.deleted ? "" : text,
        isDeleted: item.deleted,
        originLeft: item.origin === null ? null : idText(item.origin),
        originRight: item.rightOrigin === null ? null : idText(item.rightOrigin),
      });
    }
    const { pendingStructs } = this.#doc.store;
    const waiting =
      pendingStructs === null
        ? []
        : // Yjs keeps what waits in its second format, gaps marked.
          Y.decodeUpdateV2(pendingStructs.update)
            .structs.filter((struct) => !(struct instanceof Y.Skip))
            .slice(0, WAITING_SHOWN_MAX)
            .map(({ id, length }) => ({ id: idText(id), length, lacks: this.#lackOf(id, pendingStructs.missing) }));
    return { items, waiting, order: { kind: "origins", keys: ["id-lower-first"] } };
  }

  standing(): Standing {
    return { nextSeq: Y.getState(this.#doc.store, this.#clientId), head: 0 };
  }

  checkInvariants(): void {
    let visible = 0;
    let left: Y.Item | null = null;
    for (let item = this.#text._start; item !== null; item = item.right) {
      assert(item.left === left, `Item ${idText(item.id)} does not know its left neighbour`);
      if (!item.deleted && item.countable) visible += item.length;
      left = item;
    }
    assert(visible === this.#text.length, `Items hold ${visible} characters, the text says ${this.#text.length}`);
    checkStructs(this.#doc.store.clients);
    assert(this.#updates.length === 0 && this.#splices.length === 0, "A change was never collected");
  }

  /** A document made of `#taken`, with its observers. The client id is set before any edit and after the state. */
  #build(): [Y.Doc, Y.Text] {
    const doc = untidied();
    for (const update of this.#taken) Y.applyUpdate(doc, update, REMOTE);
    return this.#observed(doc);
  }

  #observed(doc: Y.Doc): [Y.Doc, Y.Text] {
    const text = doc.getText("text");
    doc.clientID = this.#clientId;
    doc.on("update", (update: Uint8Array) => this.#updates.push(update));
    doc.on("beforeObserverCalls", ({ _mergeStructs: split }) => {
      for (const item of split) if (item instanceof Y.Item && beginsWithHalf(item)) this.#cuts.add(idText(item.id));
    });
    // It takes a walk through the whole text: who edits knows it already, and a node shows it to nobody.
    if (this.#keepsWaiting)
      text.observe((event, { origin }) => {
        if (origin === LOCAL) return;
        const change = { adds: (item: Y.Item) => event.adds(item), deletes: (item: Y.Item) => event.deletes(item), cuts: this.#cuts };
        this.#splices = composeSplices(this.#splices, splicesOf(text._start, change));
      });
    return [doc, text];
  }

  /** What a struct that waits lacks: its author's earlier ones, else what Yjs says is missing, if that is one thing. */
  #lackOf(id: Y.ID, missing: ReadonlyMap<number, number>): string | null {
    const known = Y.getState(this.#doc.store, id.client);
    if (id.clock > known) return `${id.client}:${known}`;
    const [only] = missing;
    return missing.size === 1 && only !== undefined ? `${only[0]}:${only[1]}` : null;
  }

  #forgetWaiting(): void {
    const { store } = this.#doc;
    const { pendingStructs, pendingDs } = store;
    const bytes = (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0);
    if (bytes > (this.#keepsWaiting ? WAITING_BYTES_MAX : 0)) store.pendingStructs = store.pendingDs = null;
  }

  #take(update: Uint8Array): void {
    this.#taken.push(update);
    this.#takenBytes += update.length;
    if (this.#takenBytes <= Math.max(TAKEN_BYTES_MIN, this.#taken[0]?.length ?? 0)) return;
    this.#taken = [encodeIntegrated(this.#doc, EMPTY_BYTES)];
    this.#takenBytes = 0;
  }

  /** What the observers gathered since the last call. */
  #collect(): { update: Uint8Array | null; splices: readonly Splice[] } {
    const updates = this.#updates;
    const splices = this.#splices;
    this.#updates = [];
    this.#splices = [];
    const [only] = updates;
    return { update: only === undefined ? null : updates.length === 1 ? only : Y.mergeUpdates(updates), splices };
  }
}

/**
 * A document that is a function of what it was told, in whatever order: Yjs would tidy up formats that others have made
 * superfluous, by deletions of its own that depend on what has come so far.
 */
function untidied(): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("text");
  doc.on("afterTransaction", (transaction) => (transaction._needFormattingCleanup = false));
  return doc;
}

function* slicesInTurn(updates: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const update of updates) yield* slicesOf(update);
}

/**
 * What the holder of `version` lacks, without what only waits. Yjs would add that too: and a hostile update that
 * waits, merged with what it waits for, makes it throw on every copy that is opened on the result.
 */
function encodeIntegrated(doc: Y.Doc, version: Uint8Array): Uint8Array {
  const { pendingStructs, pendingDs } = doc.store;
  doc.store.pendingStructs = doc.store.pendingDs = null;
  try {
    return version.length === 0 ? Y.encodeStateAsUpdate(doc) : Y.encodeStateAsUpdate(doc, version);
  } finally {
    doc.store.pendingStructs = pendingStructs;
    doc.store.pendingDs = pendingDs;
  }
}

function merge(updates: readonly Uint8Array[]): Uint8Array {
  return mergePlain(updates) ?? guarded(() => Y.mergeUpdates([...updates]));
}

export const yjsStrategy: Strategy = {
  name: "yjs",
  traits: {
    losesWrites: false,
    isAvailable: true,
    isOrdered: false,
    isStockCompatible: true,
    source: "Nicolaescu et al., YATA, GROUP 2016; Yjs 13",
  },
  open: (options) => new YjsReplica(options),

  compare: compareSeen,

  validate: (update) => void reachOf(update),
  openRelay: (options) =>
    new YjsRelay({
      ...options,
      merge,
      build: (state, updates) => YjsReplica.inSteps({ replica: options.replica, clock: options.clock }, state, updates),
      seenOf: (inserted, deleted) => writeSeen(new Map([...inserted].map(([client, next]) => [client, [[0, next]]])), deleted),
    }),

  merge,
  diff: (update, version) => guarded(() => (version.length === 0 ? update : Y.diffUpdate(update, version))),
};

/**
 * Up to which clock of each client an update speaks, its deletions included, and its items. Walks the whole update; counts
 * that promise more than the bytes can hold end at the end of input.
 * @throws DecodeError
 */
function reachOf(update: Uint8Array): { readonly reach: Map<number, number>; readonly items: Y.Item[] } {
  return guarded(() => {
    const reach = new Map<number, number>();
    const items: Y.Item[] = [];
    const extend = (client: number, clock: number): void => void reach.set(client, Math.max(clock, reach.get(client) ?? 0));
    const { structs, ds } = Y.decodeUpdate(update);
    for (const struct of structs) {
      const { id, length } = struct;
      if (!Number.isSafeInteger(id.clock + length) || length <= 0) throw new RangeError(`Invalid length ${length}`);
      if (struct instanceof Y.Item) {
        assertNeighbours(struct);
        items.push(struct);
      }
      extend(id.client, id.clock + length);
    }
    for (const [client, deletes] of ds.clients) {
      for (const { clock, len } of deletes) {
        if (!Number.isSafeInteger(clock + len) || len < 0) throw new RangeError(`Invalid deletion of ${len}`);
        extend(client, clock + len);
      }
    }
    return { reach, items };
  });
}

/** As `readStruct` of yjs-updates.ts does for plain ones: nobody honest makes these, and copies place them differently. */
function assertNeighbours({ id, origin, rightOrigin }: Y.Item): void {
  for (const neighbour of [origin, rightOrigin])
    if (neighbour?.client === id.client && neighbour.clock >= id.clock) throw new RangeError(`Event ${idText(id)} builds on itself`);
  if (origin !== null && origin.client === rightOrigin?.client && origin.clock === rightOrigin.clock)
    throw new RangeError(`Event ${idText(id)} lies on both sides of another`);
}

/** Where what is new of an item is to stand. */
interface Place {
  readonly id: Y.ID;
  /** How many are not gone. */
  readonly alive: number;
  readonly left: Y.ID | null;
  readonly right: Y.ID | null;
}

/** null: nothing of it is new. What is known of it stands before the rest. */
function placeOf({ id, length, origin, rightOrigin: right, content }: Y.Item, store: Y.Doc["store"]): Place | null {
  const known = Math.max(id.clock, Y.getState(store, id.client));
  const rest = id.clock + length - known;
  if (rest <= 0) return null;
  const left = known === id.clock ? origin : Y.createID(id.client, known - 1);
  return { id: Y.createID(id.client, known), alive: content instanceof Y.ContentDeleted ? 0 : rest, left, right };
}

/** Nor does anybody honest put an event between two lists, or several values under a key at once. Asks after it was taken in, if it was. */
function assertPlace(store: Y.Doc["store"], { id, alive, left, right }: Place): void {
  const [item, before, after] = [id, left, right].map((each) =>
    each !== null && each.clock < Y.getState(store, each.client) ? Y.getItem(store, each) : null,
  );
  if (!(item instanceof Y.Item)) return;
  if (item.parentSub !== null && (alive > 1 || right !== null)) throw new RangeError(`Event ${idText(id)} is no value of a key`);
  if (!(before instanceof Y.Item && after instanceof Y.Item)) return;
  if (before.parent !== after.parent || before.parentSub !== after.parentSub) throw new RangeError(`Event ${idText(id)} is in two lists`);
}

/** Runs Yjs' decoders, whose errors on hostile bytes are of every kind, and gives them one name. */
function guarded<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw new DecodeError(`Yjs cannot read this: ${error instanceof Error ? error.message : String(error)}`, 0);
  }
}
