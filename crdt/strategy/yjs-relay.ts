/**
 * A Yjs note as a node holds it: each client's structs in order as bytes, and which of them are gone. Decides about an
 * update without a document as long as the note is plain (yjs-updates.ts). The first thing that is not, a stock
 * client's bold word, is put before a Yjs document, and if that takes it in, the note lives in the document from then on:
 * what structure cannot prove harmless is tried where an error can be caught, before it is stored or passed on.
 *
 * Left out: a struct between two neighbours that never stood in this order. Yjs takes it, and copies that receive it in
 * another order may place it elsewhere for good; their hashes tell. Only their order in a document could tell before.
 */

import { EMPTY_BYTES, kept, toBase64 } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { stepsOf } from "../base/steps.ts";
import type { ClockRanges } from "../causal/clock-ranges.ts";
import { LazyDocument } from "./relay.ts";
import { NOTHING, type NoteRelay, type Relayed, type RelayOptions, type Replica } from "./strategy.ts";
import { type Absorbed, PlainNote } from "./yjs-plain-note.ts";
import { decodeVersion, type PlainUpdate, readPlainInSteps, readPlainUpdate } from "./yjs-updates.ts";

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
/** A longer update is read and taken in by steps: it may be of 5,000 structs. */
const LONG_BYTES_MIN = 32 * 1024;
/** What is read in a step: some 1 ms, ten times as much when it is the first of its kind. */
const STRUCTS_PER_STEP = 1_500;
/** Of stored updates, in one step. */
const STEP_BYTES_MAX = 256 * 1024;

export class YjsRelay implements NoteRelay {
  /** The note while it is plain; empty when it is not. */
  #plain = new PlainNote();
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
    return plain === null ? this.#receiveRich(update) : this.#receivePlain(this.#absorb(plain), update);
  }

  receiveInSteps(update: Uint8Array): Generator<void, Relayed> | null {
    return update.length < LONG_BYTES_MIN ? null : this.#receiveLong(update);
  }

  prepare(update: Uint8Array | null): (() => boolean) | null {
    // Whoever takes it in by steps does the same.
    if (update !== null && update.length >= LONG_BYTES_MIN) return null;
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
    if (plains.includes(null) || (state.length > 0 && !(yield* this.#plain.adopt(state)))) return this.#beRich(state, updates);
    if (state.length > 0) this.#opened = state;
    yield;
    for (const plain of plains) this.#absorb(plain!);
  }

  #prepareDocument(update: Uint8Array | null): (() => boolean) | null {
    if (this.#document.isOpen) return null;
    if (!this.#isRich && (update === null || update.length === 0 || this.#isPlain(update) || this.#plain.bytes < SLICED_BYTES_MIN))
      return null;
    return () => this.#document.step();
  }

  *#receiveLong(update: Uint8Array): Generator<void, Relayed> {
    while (!this.#loadOn()) yield;
    const plain = this.#isRich ? null : yield* readPlainInSteps(update, stepsOf(STRUCTS_PER_STEP));
    if (plain !== null && !this.#isRich) {
      const note = this.#plain;
      this.#opened = null;
      const absorbed = yield* note.absorbInSteps(plain);
      // Another node may have made it rich meanwhile.
      if (note === this.#plain) return this.#receivePlain(absorbed, update);
    }
    if (this.#isRich || this.#plain.bytes >= SLICED_BYTES_MIN) while (!this.#document.step()) yield;
    return this.#isRich ? this.#kept(this.document().receive(update)) : this.#receiveRich(update);
  }

  #absorb(plain: PlainUpdate): Absorbed {
    this.#opened = null;
    return this.#plain.absorb(plain);
  }

  version(): Uint8Array {
    this.#settle();
    if (this.#isRich) return this.document().version();
    return this.#plain.version();
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
    return known.size === 0 && opened !== null ? opened : this.#plain.since(known);
  }

  seen(): Uint8Array {
    this.#settle();
    if (this.#isRich) return this.document().seen();
    return this.#options.seenOf(this.#plain.inserted(), this.#plain.deleted());
  }

  #state(): Uint8Array {
    return this.#plain.isEmpty ? EMPTY_BYTES : this.#plain.since(new Map());
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
    this.#plain = new PlainNote();
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

  #receivePlain({ news, isWhole, isWaiting }: Absorbed, update: Uint8Array): Relayed {
    if (news === null) return { ...NOTHING, isWaiting };
    // Mostly all of it is news, and then it can go on as it came.
    const forward = isWhole ? kept(update) : news.encode();
    // A document would take in a long one at once.
    if (forward.length >= LONG_BYTES_MIN) this.dropDocument();
    else this.#document.follow(forward);
    if ((this.#builtOn?.since.push(forward) ?? 0) > SINCE_MAX) this.#builtOn = null;
    return { forward, reply: null, isWaiting, losses: [] };
  }
}
