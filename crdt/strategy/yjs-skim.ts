/** Where the structs of a Yjs state lie, and nothing of what they say. Written from the format (yjs-format.ts), without Yjs' code. */

import {
  ANYS,
  BINARY,
  COLLECTED,
  CONTENT_BITS,
  EMBED,
  FORMAT,
  GONE,
  HAS_KEY,
  HAS_ORIGIN,
  HAS_RIGHT,
  JSONS,
  ROOT,
  SUBDOCUMENT,
  TEXT,
  TYPE,
  XML_ELEMENT,
  XML_HOOK,
} from "./yjs-format.ts";

/** A client's part of a state. */
export interface SkimmedClient {
  readonly client: number;
  /** Of each struct, ascending from 0. */
  readonly clocks: Float64Array;
  /** Of each struct, in the bytes of the state. */
  readonly offsets: Uint32Array;
  /** Where the last struct ends: its clock, and its offset. */
  readonly next: number;
  readonly end: number;
  /** Clocks of structs whose text is gone, half-open and joined: from, to, from, to ... */
  readonly gone: readonly number[];
}

export interface SkimmedState {
  readonly clients: readonly SkimmedClient[];
  readonly deletes: readonly (readonly [client: number, ranges: readonly number[]])[];
  /** Whether it is text, and text that is gone, directly in the root of notes, and nothing else. */
  readonly isPlain: boolean;
}

/** Structs and bytes of a step: some 2 ms, but for a struct that is longer. */
const STEP_STRUCTS_MAX = 20_000;
const STEP_BYTES_MAX = 1024 * 1024;

/**
 * Skims a state that is known to be sound, many times as fast as it is read, in steps. null: a client's part does not begin at
 * its beginning, or has gaps, or it does not parse.
 */
export function skimInSteps(state: Uint8Array): Generator<void, SkimmedState | null> {
  return new Skimmer(state).skim();
}

/** What the struct at `offset` of a sound state builds on: client, clock, client, clock ... */
export function needsAt(state: Uint8Array, offset: number): number[] {
  return new Skimmer(state, offset).needs();
}

/** Short methods that are called often: they are compiled within the first thousand structs. */
class Skimmer {
  readonly #state: Uint8Array;
  #at: number;
  #isPlain = true;
  /** Of this step. */
  #structsLeft = STEP_STRUCTS_MAX;
  #stepEnd: number;

  constructor(state: Uint8Array, offset = 0) {
    this.#state = state;
    this.#at = offset;
    this.#stepEnd = offset + STEP_BYTES_MAX;
  }

  *skim(): Generator<void, SkimmedState | null> {
    const clients: SkimmedClient[] = [];
    for (let left = this.#varUint(); left > 0; left--) {
      const client = yield* this.#client();
      if (client === null) return null;
      clients.push(client);
    }
    const deletes: [number, number[]][] = [];
    for (let left = this.#varUint(); left > 0 && this.#at < this.#state.length; left--) deletes.push([this.#varUint(), this.#ranges()]);
    return this.#at === this.#state.length ? { clients, deletes, isPlain: this.#isPlain } : null;
  }

  needs(): number[] {
    const info = this.#state[this.#at++]!;
    if ((info & CONTENT_BITS) === COLLECTED) return [];
    const ids = (info & HAS_ORIGIN ? 1 : 0) + (info & HAS_RIGHT ? 1 : 0);
    if (ids === 0 && this.#varUint() === 1) return [];
    return Array.from({ length: 2 * Math.max(1, ids) }, () => this.#varUint());
  }

  *#client(): Generator<void, SkimmedClient | null> {
    const count = this.#varUint();
    const client = this.#varUint();
    const clock = this.#varUint();
    if (clock !== 0 || count < 1 || count > this.#state.length - this.#at) return null;
    const clocks = new Float64Array(count);
    const offsets = new Uint32Array(count);
    const part = { client, clocks, offsets, next: 0, end: 0, gone: [] };
    for (let k = 0; k < count;) {
      k = this.#structs(part, k);
      if (k < 0) return null;
      if (this.#structsLeft > 0 && this.#at < this.#stepEnd) continue;
      yield;
      this.#structsLeft = STEP_STRUCTS_MAX;
      this.#stepEnd = this.#at + STEP_BYTES_MAX;
    }
    return part;
  }

  /** From the struct at `k` on, as far as the step goes. Returns the index of the next one; -1: there is something wrong with one. */
  #structs(part: SkimmedClient & { next: number; end: number; readonly gone: number[] }, k: number): number {
    const { clocks, offsets, gone } = part;
    const last = Math.min(clocks.length, k + this.#structsLeft);
    this.#structsLeft -= last - k;
    let clock = part.next;
    for (; k < last && this.#at < this.#stepEnd; k++) {
      clocks[k] = clock;
      offsets[k] = this.#at;
      const isGone = (this.#state[this.#at]! & CONTENT_BITS) === GONE;
      const end = clock + this.#struct();
      if (!(end > clock) || this.#at >= this.#state.length) return -1;
      if (isGone) addRange(gone, clock, end);
      clock = end;
    }
    part.next = clock;
    part.end = this.#at;
    return k;
  }

  /** Passes over a struct, and returns its length; 0: there is none like it. */
  #struct(): number {
    const info = this.#state[this.#at++]!;
    const content = info & CONTENT_BITS;
    if (content === COLLECTED) return this.#rich(content);
    if ((info & HAS_ORIGIN) !== 0) this.#passId();
    if ((info & HAS_RIGHT) !== 0) this.#passId();
    if ((info & (HAS_ORIGIN | HAS_RIGHT)) === 0) this.#passParent(info);
    if (content === GONE) return this.#varUint();
    return content === TEXT ? this.#units(this.#varUint()) : this.#rich(content);
  }

  #passId(): void {
    this.#varUint();
    this.#varUint();
  }

  #passParent(info: number): void {
    if ((info & HAS_KEY) !== 0) this.#isPlain = false;
    if (this.#varUint() === 1) {
      if (!this.#passRoot()) this.#isPlain = false;
    } else {
      this.#isPlain = false;
      this.#passId();
    }
    if ((info & HAS_KEY) !== 0) this.#passString();
  }

  /** Returns whether it is the root of notes. */
  #passRoot(): boolean {
    const from = this.#at;
    this.#passString();
    if (this.#at - from !== 1 + ROOT.length) return false;
    for (let unit = 0; unit < ROOT.length; unit++) if (this.#state[from + 1 + unit] !== ROOT.charCodeAt(unit)) return false;
    return true;
  }

  /** Passes over so many bytes of UTF-8, and returns how many units of UTF-16 they are. */
  #units(bytes: number): number {
    const state = this.#state;
    const end = Math.min(this.#at + bytes, state.length);
    let units = 0;
    // One for each first byte, two where it begins four bytes.
    for (let at = this.#at; at < end; at++) {
      const byte = state[at]!;
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    this.#at = end;
    return units;
  }

  #rich(content: number): number {
    this.#isPlain = false;
    switch (content) {
      case COLLECTED:
        return this.#varUint();
      case JSONS: {
        const count = this.#varUint();
        for (let left = count; left > 0 && this.#isInside; left--) this.#passString();
        return count;
      }
      case FORMAT:
        this.#passString();
        this.#passString();
        return 1;
      case BINARY:
      case EMBED:
        this.#passString();
        return 1;
      case TYPE: {
        const type = this.#varUint();
        if (type === XML_ELEMENT || type === XML_HOOK) this.#passString();
        return 1;
      }
      case ANYS: {
        const count = this.#varUint();
        this.#passAnys(count);
        return count;
      }
      case SUBDOCUMENT:
        this.#passString();
        this.#passAnys(1);
        return 1;
      default:
        return 0;
    }
  }

  /** Of any depth, without recursion: what is yet to come is counted. */
  #passAnys(count: number): void {
    /** For each open list or object: how many values it has left, and whether names stand before them. */
    const open: { left: number; readonly isNamed: boolean }[] = [{ left: count, isNamed: false }];
    for (let last = open.at(-1); last !== undefined && this.#isInside; last = open.at(-1)) {
      if (last.left-- <= 0) {
        open.pop();
        continue;
      }
      if (last.isNamed) this.#passString();
      switch (this.#state[this.#at++]) {
        case 125:
          while (this.#state[this.#at++]! >= 128);
          break;
        case 124:
          this.#at += 4;
          break;
        case 123:
        case 122:
          this.#at += 8;
          break;
        case 119:
        case 116:
          this.#passString();
          break;
        case 118:
          open.push({ left: this.#varUint(), isNamed: true });
          break;
        case 117:
          open.push({ left: this.#varUint(), isNamed: false });
          break;
        default:
      }
    }
  }

  /** A string, or bytes with their length. */
  #passString(): void {
    const length = this.#varUint();
    this.#at += length;
  }

  get #isInside(): boolean {
    return this.#at < this.#state.length;
  }

  #ranges(): number[] {
    const ranges: number[] = [];
    for (let count = this.#varUint(); count > 0 && this.#isInside; count--) {
      const from = this.#varUint();
      ranges.push(from, from + this.#varUint());
    }
    return ranges;
  }

  #varUint(): number {
    const byte = this.#state[this.#at++]!;
    return byte < 128 ? byte : this.#longVarUint(byte);
  }

  #longVarUint(first: number): number {
    const state = this.#state;
    let value = first & 127;
    let byte = first;
    for (let scale = 128; byte >= 128 && this.#at < state.length; scale *= 128) {
      byte = state[this.#at++]!;
      value += (byte & 127) * scale;
    }
    return value;
  }
}

/** Puts a range behind ascending ones. */
function addRange(ranges: number[], from: number, to: number): void {
  if (ranges[ranges.length - 1] === from) ranges[ranges.length - 1] = to;
  else ranges.push(from, to);
}
