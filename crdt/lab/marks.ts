/**
 * Marks: texts in which every character is one of its own, so that a text that comes out of a strategy tells which insert
 * each of its characters came from. A channel of the checkers alone: the strategies see other letters, and nothing else.
 *
 * Units outside the basic plane stay pairs, so that whatever snaps to code points does the same.
 */

import { withoutLoneSurrogates } from "../base/well-formed.ts";

/** Ranges of single units, ends included; none is a letter of a question (cas-diff3) or a line end. */
const SINGLE_RANGES = [
  [0xe000, 0xf8ff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0x3400, 0x4dbf],
] as const;
const FIRST_PAIR = 0xf0000;
const LAST_PAIR = 0x10fffd;

/** A unit that nobody typed: a strategy's own words. */
export const NOBODYS = -1;
/** A line end in a run whose line ends are not marked. */
export const LINE_END = -2;

export interface MarkRules {
  /** Whether line ends stay line ends: for strategies that work by line. */
  readonly keepsLines: boolean;
  /** Whether equal texts that replace equal texts get equal marks: for strategies that recognize equal changes. */
  readonly sharesAlike: boolean;
}

/** Gives out marks, and reads them. Units are numbered from 0 in the order in which texts were marked. */
export class Marker {
  readonly #rules: MarkRules;
  readonly #unitOf = new Map<number, number>();
  readonly #units: number[] = [];
  readonly #shared = new Map<string, { readonly marked: string; readonly first: number }>();
  #nextSingle = 0;
  #nextPair = FIRST_PAIR;

  constructor(rules: MarkRules) {
    this.#rules = rules;
  }

  /** How many units were marked. */
  get count(): number {
    return this.#units.length;
  }

  /** The original of a unit. */
  unitAt(n: number): number {
    return this.#units[n]!;
  }

  /** `text` in marks, and the number of its first unit; null when there are no marks left. `alikeKey`: what makes inserts alike. */
  mark(text: string, alikeKey: string): { readonly marked: string; readonly first: number } | null {
    if (this.#rules.sharesAlike && text !== "") {
      const known = this.#shared.get(alikeKey);
      if (known !== undefined) return known;
    }
    const first = this.#units.length;
    let marked = "";
    for (const character of text) {
      const point = this.#next(character);
      if (point === null) return null;
      if (point >= 0) this.#unitOf.set(point, this.#units.length);
      marked += point < 0 ? character : String.fromCodePoint(point);
      for (let n = 0; n < character.length; n++) this.#units.push(character.charCodeAt(n));
    }
    const done = { marked, first };
    if (this.#rules.sharesAlike) this.#shared.set(alikeKey, done);
    return done;
  }

  /** Which unit each one of `marked` is, and the text that it stands for. */
  read(marked: string): { readonly units: Int32Array; readonly text: string } {
    const units = new Int32Array(marked.length);
    let text = "";
    let at = 0;
    for (const character of marked) {
      const unit = this.#unitOf.get(character.codePointAt(0)!);
      for (let n = 0; n < character.length; n++) {
        units[at++] = unit === undefined ? (character === "\n" ? LINE_END : NOBODYS) : unit + n;
        text += unit === undefined ? character[n]! : String.fromCharCode(this.#units[unit + n]!);
      }
    }
    return { units, text: withoutLoneSurrogates(text) };
  }

  /** The mark of a character; -1: it stays as it is; null: there are none left. */
  #next(character: string): number | null {
    if (character === "\n" && this.#rules.keepsLines) return -1;
    if (character.length > 1) return this.#nextPair <= LAST_PAIR ? this.#nextPair++ : null;
    let left = this.#nextSingle++;
    for (const [from, to] of SINGLE_RANGES) {
      if (left <= to - from) return from + left;
      left -= to - from + 1;
    }
    return null;
  }
}
