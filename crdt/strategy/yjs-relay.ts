/**
 * A Yjs note as a node holds it: each client's structs in order as bytes, and which of them are gone. Decides about an
 * update without a document as long as the note is plain (yjs-updates.ts). The first thing that is not, a stock
 * client's bold word, is put before a Yjs document, and if that takes it in, the note lives in the document from then on:
 * what structure cannot prove harmless is tried where an error can be caught, before it is stored or passed on.
 *
 * Left out: a struct between two neighbours that never stood in this order. Yjs takes it, and copies that receive it in
 * another order may place it elsewhere for good; their hashes tell. Only their order in a document could tell before.
 */

import { ByteWriter, EMPTY_BYTES, kept, toBase64 } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { ClockRanges } from "../causal/clock-ranges.ts";
import { LazyDocument } from "./relay.ts";
import type { NoteRelay, Relayed, RelayOptions, Replica } from "./strategy.ts";
import {
  decodeVersion,
  joined,
  type PlainStruct,
  type PlainUpdate,
  readPlainUpdate,
  structFrom,
  writeGap,
  writeStruct,
} from "./yjs-updates.ts";
import { ClientLog } from "./yjs-client-log.ts";
import { skimInSteps } from "./yjs-skim.ts";

const NOTHING: Relayed = { forward: null, reply: null, isWaiting: false, losses: [] };

/** What was new in an update, to be passed on. */
interface News {
  readonly structs: Map<number, PlainStruct[]>;
  readonly deletes: [client: number, from: number, to: number][];
}

export interface YjsRelayOptions extends RelayOptions {
  /** Makes a Yjs document of a state and of what came after it. */
  readonly build: (state: Uint8Array, updates: readonly Uint8Array[]) => Generator<void, Replica>;
  /** Joins updates, rich ones too, into one that says the same. */
  readonly merge: (updates: readonly Uint8Array[]) => Uint8Array;
  /** Writes the digest as that document would. */
  readonly seenOf: (inserted: ReadonlyMap<number, number>, deleted: ReadonlyMap<number, ClockRanges>) => Uint8Array;
}

/** Updates that are remembered beside an open document. */
const SINCE_MAX = 5_000;
/** A document of fewer bytes is built at once, and so is what it is built of. */
const SLICED_BYTES_MIN = 64 * 1024;
/** Of stored updates, in one step. */
const STEP_BYTES_MAX = 256 * 1024;

export class YjsRelay implements NoteRelay {
  #clients = new Map<number, ClientLog>();
  #deleted = new Map<number, ClockRanges>();
  #document: LazyDocument;
  readonly #options: YjsRelayOptions;
  /** Takes in what the note was opened on; null: it has. */
  #loading: Pick<Iterator<void, void>, "next"> | null;
  /** Whether the note is more than structure can judge. */
  #isRich = false;
  /** The state as it was opened on, until something changes or it was asked for once. */
  #opened: Uint8Array | null = null;
  /** What the document of a rich note was made of, and what it has taken in since: others are answered from these. */
  #base: Uint8Array = EMPTY_BYTES;
  #tail: Uint8Array[] = [];
  /** What the document was last built on, of a note that is still plain, and what has come since; null: too much. */
  #builtOn: { readonly state: Uint8Array; readonly since: Uint8Array[] } | null = null;
  /** By version: how long the tail was when all was asked for, the first time. */
  #asked: Map<string, number> | null = null;
  /** The update that was read last, for whoever takes it in next. */
  #read: { readonly update: Uint8Array; readonly plain: PlainUpdate | null } | null = null;

  constructor(options: YjsRelayOptions) {
    this.#options = options;
    this.#document = this.#documentOf(() => this.#state(), []);
    const { state = EMPTY_BYTES } = options;
    // A store may go on with its list of updates.
    const updates = [...options.updates];
    this.#loading = this.#load(state, updates);
    if (updates.reduce((sum, { length }) => sum + length, state.length) < SLICED_BYTES_MIN) this.#settle();
  }

  get isDocumentOpen(): boolean {
    return this.#document.isOpen;
  }

  document(): Replica {
    this.#settle();
    return this.#document.get();
  }

  dropDocument(): void {
    this.#settle();
    if (this.#isRich) return;
    this.#document.drop();
    this.#builtOn = null;
  }

  receive(update: Uint8Array): Relayed {
    if (update.length === 0) return NOTHING;
    this.#settle();
    if (this.#isRich) return this.#kept(this.document().receive(update));
    const plain = this.#plainOf(update);
    this.#read = null;
    return plain === null ? this.#receiveRich(update) : this.#receivePlain(plain, update);
  }

  prepare(update: Uint8Array | null): (() => boolean) | null {
    if (this.#loading === null) return this.#prepareDocument(update);
    let rest: (() => boolean) | null = null;
    return () => {
      if (rest !== null) return rest();
      if (!this.#loadOn()) return false;
      rest = this.#prepareDocument(update);
      return rest === null;
    };
  }

  /** @throws DecodeError, and again each time, when what is stored does not parse. */
  #settle(): void {
    while (!this.#loadOn());
  }

  /** Returns whether all is taken in. */
  #loadOn(): boolean {
    try {
      if (this.#loading?.next().done === true) this.#loading = null;
    } catch (error) {
      this.#loading = {
        next() {
          throw error;
        },
      };
      throw error;
    }
    return this.#loading === null;
  }

  *#load(state: Uint8Array, updates: readonly Uint8Array[]): Generator<void, void> {
    const plains: (PlainUpdate | null)[] = [];
    let bytes = 0;
    for (const update of updates) {
      if (update.length > 0) plains.push(readPlainUpdate(update));
      bytes += update.length;
      if (bytes < STEP_BYTES_MAX) continue;
      yield;
      bytes = 0;
    }
    if (plains.includes(null) || (state.length > 0 && !(yield* this.#adopt(state)))) return this.#beRich(state, updates);
    yield;
    for (const plain of plains) this.#absorb(plain!);
  }

  #prepareDocument(update: Uint8Array | null): (() => boolean) | null {
    if (this.#document.isOpen) return null;
    if (!this.#isRich) {
      let bytes = 0;
      for (const log of this.#clients.values()) bytes += log.bytes;
      if (bytes < SLICED_BYTES_MIN || update === null || update.length === 0 || this.#isPlain(update)) return null;
    }
    return () => this.#document.step();
  }

  version(): Uint8Array {
    this.#settle();
    if (this.#isRich) return this.document().version();
    const clients = [...this.#clients.values()].sort((a, b) => b.client - a.client);
    const writer = new ByteWriter(16 + 12 * clients.length).varUint(clients.length);
    for (const { client, next } of clients) writer.varUint(client).varUint(next);
    return writer.finish();
  }

  pieces(version: Uint8Array): readonly Uint8Array[] {
    this.#settle();
    if (!this.#isRich || version.length > 1) return [this.since(version)];
    const key = toBase64(this.version());
    this.#asked ??= new Map();
    if (!this.#asked.has(key)) this.#asked.set(key, this.#tail.length);
    return this.#tail.length === 0 ? [this.#base] : [this.#base, this.#options.merge(this.#tail)];
  }

  isLaborious(version: Uint8Array): boolean {
    this.#settle();
    return this.#isRich && version.length > 1 && this.#base.length >= SLICED_BYTES_MIN;
  }

  /** Of a rich note; a plain one is made short by itself. */
  rebase(state: Uint8Array, version: Uint8Array): void {
    this.#settle();
    const from = this.#asked?.get(toBase64(version));
    this.#asked = null;
    if (!this.#isRich || from === undefined) return;
    this.#base = state;
    this.#tail = this.#tail.slice(from);
  }

  since(version: Uint8Array): Uint8Array {
    this.#settle();
    if (this.#isRich) return this.document().since(version);
    const known = decodeVersion(version);
    const opened = this.#opened;
    this.#opened = null;
    return known.size === 0 && opened !== null ? opened : this.#plainSince(known);
  }

  seen(): Uint8Array {
    this.#settle();
    if (this.#isRich) return this.document().seen();
    return this.#options.seenOf(new Map([...this.#clients].map(([client, { next }]) => [client, next])), this.#deleted);
  }

  #state(): Uint8Array {
    return this.#clients.size === 0 ? EMPTY_BYTES : this.#plainSince(new Map());
  }

  #plainOf(update: Uint8Array): PlainUpdate | null {
    if (this.#read?.update !== update) this.#read = { update, plain: readPlainUpdate(update) };
    return this.#read.plain;
  }

  /** What cannot be read is refused without a document. */
  #isPlain(update: Uint8Array): boolean {
    try {
      return this.#plainOf(update) !== null;
    } catch (error) {
      if (error instanceof DecodeError) return true;
      throw error;
    }
  }

  /** From now on the note is a document, made of `state` and of what came after it. */
  #beRich(state: Uint8Array, updates: readonly Uint8Array[]): void {
    this.#isRich = true;
    this.#forgetPlain();
    this.#base = state;
    this.#tail = [...updates];
    this.#document = this.#documentOf(() => state, updates);
  }

  #kept(relayed: Relayed): Relayed {
    if (relayed.forward !== null) this.#tail.push(relayed.forward);
    return relayed;
  }

  #documentOf(stateOf: () => Uint8Array, updates: readonly Uint8Array[]): LazyDocument {
    const options = this.#options;
    const buildOn = (state: Uint8Array): Uint8Array => {
      options.onDocumentOpened();
      if (!this.#isRich) this.#builtOn = { state, since: [] };
      return state;
    };
    return new LazyDocument(function* () {
      const state = buildOn(stateOf());
      yield;
      return yield* options.build(state, updates);
    });
  }

  /** The document has it all. */
  #forgetPlain(): void {
    this.#opened = this.#builtOn = null;
    this.#clients = new Map();
    this.#deleted = new Map();
  }

  #receiveRich(update: Uint8Array): Relayed {
    const relayed = this.document().receive(update);
    if (relayed.forward === null) return relayed;
    const { state, since } = this.#builtOn ?? { state: this.#state(), since: [] };
    this.#base = state;
    this.#tail = since;
    this.#isRich = true;
    this.#forgetPlain();
    return this.#kept(relayed);
  }

  /** Takes over a plain state without looking at what its structs say. Returns whether it could. */
  *#adopt(state: Uint8Array): Generator<void, boolean> {
    const skimmed = yield* skimInSteps(state);
    if (skimmed === null || !skimmed.isPlain) return false;
    for (const part of skimmed.clients) {
      this.#clients.set(part.client, ClientLog.of(part, state));
      // Which reads its last struct.
      if (part.end - part.offsets.at(-1)! > STEP_BYTES_MAX) yield;
    }
    for (const [client, ranges] of [...skimmed.deletes, ...skimmed.clients.map(({ client, gone }) => [client, gone] as const)])
      if (ranges.length > 0) this.#rangesOf(client).addAll(ranges);
    this.#opened = state;
    return true;
  }

  #receivePlain(plain: PlainUpdate, update: Uint8Array): Relayed {
    const { news, isWhole, isWaiting } = this.#absorb(plain);
    if (news.structs.size === 0 && news.deletes.length === 0) return { ...NOTHING, isWaiting };
    // Mostly all of it is news, and then it can go on as it came.
    const forward = isWhole ? kept(update) : encodeNews(news);
    this.#document.follow(forward);
    if ((this.#builtOn?.since.push(forward) ?? 0) > SINCE_MAX) this.#builtOn = null;
    return { forward, reply: null, isWaiting, losses: [] };
  }

  /** Takes in what is new and ready. `isWhole`: that is all of it. */
  #absorb(plain: PlainUpdate): { news: News; isWhole: boolean; isWaiting: boolean } {
    this.#opened = null;
    const news: News = { structs: new Map(), deletes: [] };
    const areStructsNews = this.#takeStructs(plain.structs, news);
    let isWaiting = false;
    for (const [client, list] of plain.structs) {
      const last = list.at(-1);
      if (last !== undefined && last.clock + last.length > this.#next(client)) isWaiting = true;
    }
    let deletesSaid = 0;
    for (const [client, from, to] of plain.deletes) {
      const known = this.#next(client);
      if (to > known) isWaiting = true;
      deletesSaid += to - from;
      for (const [newFrom, newTo] of this.#delete(client, from, Math.min(to, known))) news.deletes.push([client, newFrom, newTo]);
    }
    const deletesNews = news.deletes.reduce((sum, [, from, to]) => sum + to - from, 0);
    return { news, isWhole: areStructsNews && !isWaiting && !plain.hasEmptyDeletes && deletesNews === deletesSaid, isWaiting };
  }

  /** Takes what is ready, following what each client's next struct waits for. Returns whether it was all news. */
  #takeStructs(structs: PlainUpdate["structs"], news: News): boolean {
    let isWhole = true;
    const done = new Map<number, number>();
    /** client -> clients of this update whose next struct builds on something of it. */
    const waiters = new Map<number, number[]>();
    const ready = [...structs.keys()].reverse();
    for (let client = ready.pop(); client !== undefined; client = ready.pop()) {
      const list = structs.get(client)!;
      let at = done.get(client) ?? 0;
      for (; at < list.length; at++) {
        const struct = list[at]!;
        const known = this.#next(client);
        if (struct.clock > known) break;
        if (struct.clock + struct.length <= known) {
          isWhole = false;
          continue;
        }
        const blocker = this.#blockerOf(struct);
        if (blocker !== null) {
          waiters.set(blocker, [...(waiters.get(blocker) ?? []), client]);
          break;
        }
        if (struct.clock < known) isWhole = false;
        this.#take(client, structFrom(struct, client, known), news);
      }
      if (at > (done.get(client) ?? 0)) ready.push(...(waiters.get(client) ?? []));
      if (at > (done.get(client) ?? 0)) waiters.delete(client);
      done.set(client, at);
    }
    return isWhole;
  }

  #take(client: number, struct: PlainStruct, news: News): void {
    let log = this.#clients.get(client);
    if (log === undefined) this.#clients.set(client, (log = new ClientLog(client)));
    log.push(struct);
    const list = news.structs.get(client);
    if (list === undefined) news.structs.set(client, [struct]);
    else list.push(struct);
    // What comes already gone is in the set of what is gone, and is said there too: whoever has it as text passes over the struct.
    if (struct.text === null)
      for (const [from, to] of this.#delete(client, struct.clock, struct.clock + struct.length)) news.deletes.push([client, from, to]);
  }

  /** A client that `struct` builds on and that is not far enough yet. */
  #blockerOf({ originClient, originClock, rightClient, rightClock }: PlainStruct): number | null {
    if (originClient >= 0 && originClock >= this.#next(originClient)) return originClient;
    if (rightClient >= 0 && rightClock >= this.#next(rightClient)) return rightClient;
    return null;
  }

  #next(client: number): number {
    return this.#clients.get(client)?.next ?? 0;
  }

  #delete(client: number, from: number, to: number): [number, number][] {
    return from >= to ? [] : this.#rangesOf(client).add(from, to);
  }

  #rangesOf(client: number): ClockRanges {
    let ranges = this.#deleted.get(client);
    if (ranges === undefined) this.#deleted.set(client, (ranges = new ClockRanges()));
    return ranges;
  }

  #plainSince(version: ReadonlyMap<number, number>): Uint8Array {
    // As Yjs orders them: higher clients first.
    const lacking = [...this.#clients.values()]
      .filter(({ client, next }) => next > (version.get(client) ?? 0))
      .sort((a, b) => b.client - a.client);
    const writer = new ByteWriter(256 + lacking.reduce((sum, { bytes }) => sum + bytes, 0)).varUint(lacking.length);
    for (const log of lacking) log.write(writer, version.get(log.client) ?? 0);
    writer.varUint(this.#deleted.size);
    for (const [client, ranges] of [...this.#deleted].sort(([a], [b]) => b - a)) {
      writer.varUint(client).varUint(ranges.count);
      for (const [from, to] of ranges) writer.varUint(from).varUint(to - from);
    }
    return writer.finish();
  }
}

function encodeNews({ structs, deletes }: News): Uint8Array {
  const writer = new ByteWriter(64).varUint(structs.size);
  for (const [client, list] of structs) {
    const log = new ClientLog(client, list[0]!.clock);
    for (const struct of list) log.push(struct);
    log.write(writer, list[0]!.clock);
  }
  return writeDeletes(writer, deletes).finish();
}

function writeDeletes(writer: ByteWriter, deletes: News["deletes"]): ByteWriter {
  const byClient = new Map<number, [number, number][]>();
  for (const [client, from, to] of deletes) {
    const list = byClient.get(client);
    if (list === undefined) byClient.set(client, [[from, to]]);
    else list.push([from, to]);
  }
  writer.varUint(byClient.size);
  for (const [client, list] of byClient) {
    writer.varUint(client).varUint(list.length);
    for (const [from, to] of list) writer.varUint(from).varUint(to - from);
  }
  return writer;
}

/**
 * Joins plain updates into one that says the same; null when one of them is not plain. A client's part may have gaps;
 * what stands twice is written once. @throws DecodeError
 */
export function mergePlain(updates: readonly Uint8Array[]): Uint8Array | null {
  const structs = new Map<number, PlainStruct[]>();
  const deletes: News["deletes"] = [];
  for (const update of updates) {
    if (update.length === 0) continue;
    const plain = readPlainUpdate(update);
    if (plain === null) return null;
    for (const [client, list] of plain.structs) {
      const held = structs.get(client);
      if (held === undefined) structs.set(client, [...list]);
      else for (const struct of list) held.push(struct);
    }
    for (const [client, from, to] of plain.deletes) deletes.push([client, from, to]);
  }
  const writer = new ByteWriter(256);
  const clients = [...structs].filter(([, list]) => list.length > 0).sort(([a], [b]) => b - a);
  writer.varUint(clients.length);
  for (const [client, list] of clients) writeClient(writer, client, inOrder(client, list));
  return writeDeletes(writer, deletes).finish();
}

/** Ascending, without what stands twice, typed runs joined. */
function inOrder(client: number, list: PlainStruct[]): PlainStruct[] {
  list.sort((a, b) => a.clock - b.clock);
  const out: PlainStruct[] = [];
  let next = 0;
  for (const struct of list) {
    if (struct.clock + struct.length <= next) continue;
    const rest = structFrom(struct, client, Math.max(struct.clock, next));
    const last = out.at(-1);
    const both = last === undefined ? null : joined(client, last, rest);
    if (both === null) out.push(rest);
    else out[out.length - 1] = both;
    next = rest.clock + rest.length;
  }
  return out;
}

function writeClient(writer: ByteWriter, client: number, list: readonly PlainStruct[]): void {
  let gaps = 0;
  for (let k = 1; k < list.length; k++) if (list[k]!.clock > list[k - 1]!.clock + list[k - 1]!.length) gaps++;
  writer
    .varUint(list.length + gaps)
    .varUint(client)
    .varUint(list[0]!.clock);
  let at = list[0]!.clock;
  for (const struct of list) {
    if (struct.clock > at) writeGap(writer, struct.clock - at);
    writeStruct(writer, struct);
    at = struct.clock + struct.length;
  }
}
