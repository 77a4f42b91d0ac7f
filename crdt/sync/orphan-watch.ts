/**
 * Orphaned edits (features.md F2, F10): text that stands alone, since others deleted what it was typed into without having
 * seen it. Two sessions know half of that each, whatever their strategy, by the order in which they wrote and heard: the
 * author what stood around the text and that it is gone by somebody else's work; the deleter what was deleted, and that the
 * text came after it (own-deletions.ts). So the author tells the others (`Stranded`), and the one whose deletion it was
 * says so (`Loss`).
 *
 * Around: the nearest characters of the text's line on both sides; where it stood at the beginning or at the end of a
 * line, all of that line. A deletion that the author had seen, or whose author had seen the text, makes no orphan.
 *
 * Left out: deleters who have closed the note in between, as they cannot answer; two people who delete one side each.
 */

import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Loss } from "../strategy/strategy.ts";
import { followWound, OwnDeletions, type Wound } from "./own-deletions.ts";
import { goneFrom, isNeededBy, isWhole, shorten, type Side } from "./text-side.ts";
import { carried, type Piece, pieceOf, sizeOf, textOf } from "./tracked-text.ts";

/** Of own texts that are watched, and of others' deletions. The oldest go. */
const HELD_MAX = 50;
/** Of a line on each side, and of what stands. */
export const STRANDED_CHARACTERS_MAX = 2_000;
/** An edit at more places than this is a program's. */
const PLACES_MAX = 20;

/** What an author tells the others: it stands, and what it was typed into is gone. */
export interface Stranded {
  /** Of this text, and never of another. */
  readonly id: string;
  readonly author: ReplicaId;
  /** The author's clock, in ms since the epoch, when it was begun. */
  readonly atMs: number;
  readonly seq: number;
  /** What stands. */
  readonly words: string;
  /** What is gone next to it, of its line. */
  readonly left: string;
  readonly right: string;
  /** Whether it stands elsewhere than it was typed: then `left` and `right` are all of its line. */
  readonly isElsewhere: boolean;
  /** Lengths of deletions at its place that the author knew of when it was begun. */
  readonly known: readonly number[];
}

export interface OrphanWatchOptions {
  readonly self: ReplicaId;
  /** Unlike that of any other session. */
  readonly name: string;
  /** Own text is stranded. */
  onStranded(stranded: Stranded): void;
  /** Own deletion has orphaned somebody's text. */
  onOrphan(loss: Loss): void;
  /** Nobody asks it any more. */
  onClose?(): void;
}

/** Own text that was typed in one go. */
interface Typed {
  readonly seq: number;
  readonly atMs: number;
  readonly left: Side;
  readonly right: Side;
  readonly known: readonly number[];
  text: string;
  pieces: readonly Piece[];
}

interface OthersDeletion extends Wound {
  length: number;
}

/** What an own edit is made in; `edited` takes it when the edit was accepted. */
export interface Before {
  readonly splices: readonly Splice[];
  /** null: typing or deleting goes on, or there are too many places. */
  readonly text: string | null;
  /** What goes, where deleting goes on. */
  readonly removed: string | null;
}

/** The text before a row of deletions beside each other, and what of it is deleted by now: for the next key of the row. */
interface Row {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export class OrphanWatch {
  readonly #options: OrphanWatchOptions;
  #typed: Typed[] = [];
  readonly #deletions: OwnDeletions;
  #others: OthersDeletion[] = [];
  #seq = 0;
  /** The own text that the next key may belong to. */
  #open: Typed | null = null;
  /** Typed at the end of `#open`, which has it already, and not followed in anything else yet. */
  #queued: { readonly index: number; insert: string } | null = null;
  #row: Row | null = null;

  constructor(options: OrphanWatchOptions) {
    this.#options = options;
    this.#deletions = new OwnDeletions(options.self, (loss) => options.onOrphan(loss));
  }

  /** Before an own edit. `text` is asked for once for a row of keys, not for each key. */
  before(splices: readonly Splice[], text: () => string): Before {
    const [first] = splices;
    const isOne = splices.length === 1 && first !== undefined;
    if (first === undefined || splices.length > PLACES_MAX || (isOne && this.#goesOn(first))) return { splices, text: null, removed: null };
    if (isOne && this.#row !== null && isBeside(this.#row, first)) return { splices, text: null, removed: removedFrom(this.#row, first) };
    return { splices, text: text(), removed: null };
  }

  /** An own edit was made, and `correction` is what the strategy changed of it. Cost: constant where typing goes on. */
  edited({ splices, text, removed }: Before, correction: readonly Splice[], atMs: number): void {
    const [first] = splices;
    const isOne = splices.length === 1 && first !== undefined;
    if (text === null && removed === null && isOne && correction.length === 0) {
      this.#row = null;
      this.#goOn(first);
      return;
    }
    this.#settle();
    const open = isOne && this.#isInOpen(first) ? this.#open : null;
    const row = !isOne ? null : removed !== null ? rowWith(this.#row!, first) : rowFrom(first, text);
    const begun = text === null ? [] : splices.map((splice) => this.#begin(splice, text, atMs, open !== null));
    if (isOne && removed !== null) this.#deletions.begin(first, removed, ++this.#seq, atMs);
    this.#follow(splices, true);
    let shift = 0;
    for (const [n, { index, remove, insert }] of splices.entries()) {
      const at = index + shift;
      shift += insert.length - remove;
      const typed = begun[n] ?? null;
      if (typed !== null) {
        typed.left.pieces = carried(typed.left.pieces, splices);
        typed.right.pieces = carried(typed.right.pieces, splices);
        typed.pieces = [{ from: at, to: at + insert.length, at: 0 }];
        const { left, right } = typed;
        // Another splice of this edit may have taken a part of its line; and in a line of its own it was typed into nothing.
        if (isWhole(left) && isWhole(right) && left.text + right.text !== "") this.#typed.push(typed);
      }
      if (open !== null && insert !== "") {
        open.pieces = [...open.pieces, { from: at, to: at + insert.length, at: open.text.length }].sort((a, b) => a.from - b.from);
        open.text += insert;
      }
    }
    this.#open = open ?? (isOne ? (begun[0] ?? null) : null);
    this.#row = row;
    if (correction.length > 0) {
      this.#follow(correction, true);
      this.#open = this.#row = null;
    }
    this.#typed = this.#typed.slice(-HELD_MAX);
  }

  /** Others' work came into the text; `text` is how it is now. Cost: linear in what is held, and in the text while somebody asks. */
  received(splices: readonly Splice[], text: () => string): void {
    if (splices.length === 0) return;
    this.#settle();
    this.#row = null;
    const removes = splices.some(({ remove }) => remove > 0);
    const before = new Map(removes ? this.#typed.map((typed) => [typed, unitsOf(typed)]) : []);
    const moved = this.#typed
      .filter((typed) => isMovedBy(splices, typed))
      .map((typed) => this.#tell(typed, typed.left.text, typed.right.text, true));
    this.#follow(splices, false);
    this.#keepOthers(splices);
    for (const typed of removes ? this.#typed : []) {
      if (unitsOf(typed) === before.get(typed)) continue;
      if (typed === this.#open) this.#open = null;
      const stranded = this.#strandedBy(typed);
      if (stranded === null) continue;
      this.#typed = this.#typed.filter((each) => each !== typed);
      this.#options.onStranded(stranded);
    }
    for (const stranded of moved) this.#options.onStranded(stranded);
    this.#deletions.receive(splices, text);
  }

  /** Somebody's text is stranded: if by a deletion of this session, that is said now, or when the text comes. */
  hear(stranded: Stranded, text: () => string): void {
    if (stranded.author === this.#options.self) return;
    this.#settle();
    this.#deletions.ask(stranded, text);
  }

  /** The text is another one now. */
  reset(): void {
    this.#typed = [];
    this.#others = [];
    this.#deletions.reset();
    this.#open = this.#queued = this.#row = null;
  }

  close(): void {
    this.#options.onClose?.();
  }

  #goesOn({ index, remove, insert }: Splice): boolean {
    return remove === 0 && insert !== "" && index === this.#open?.pieces.at(-1)?.to;
  }

  /** Whether an edit stays within the text that is open: a slip is mended there. */
  #isInOpen({ index, remove }: Splice): boolean {
    const pieces = this.#open?.pieces ?? [];
    return pieces.length > 0 && index >= pieces[0]!.from && index + remove <= pieces.at(-1)!.to;
  }

  /** The next key of the text that is open. What else is held follows later. */
  #goOn({ index, insert }: Splice): void {
    const open = this.#open!;
    const last = open.pieces.at(-1)!;
    const to = last.to + insert.length;
    const isTail = last.at + last.to - last.from === open.text.length;
    open.pieces = [
      ...(isTail ? open.pieces.slice(0, -1) : open.pieces),
      isTail ? { ...last, to } : { from: last.to, to, at: open.text.length },
    ];
    open.text += insert;
    if (this.#queued === null) this.#queued = { index, insert };
    else this.#queued.insert += insert;
  }

  #settle(): void {
    if (this.#queued === null) return;
    const splices = [{ ...this.#queued, remove: 0 }];
    this.#queued = null;
    const { pieces } = this.#open!;
    this.#follow(splices, true);
    this.#open!.pieces = pieces;
  }

  /** What a splice of an own edit begins, with positions in the text before it; null: no text of its own. */
  #begin(splice: Splice, text: string, atMs: number, isInOpen: boolean): Typed | null {
    const { index, remove, insert } = splice;
    const seq = ++this.#seq;
    const end = index + remove;
    this.#deletions.begin(splice, text.slice(index, end), seq, atMs);
    if (insert === "" || isInOpen) return null;
    const newline = text.indexOf("\n", end);
    const from = Math.max(index === 0 ? 0 : text.lastIndexOf("\n", index - 1) + 1, index - STRANDED_CHARACTERS_MAX);
    const to = Math.min(newline < 0 ? text.length : newline, end + STRANDED_CHARACTERS_MAX);
    const left = { isLeft: true, text: text.slice(from, index), pieces: pieceOf(from, index) };
    const right = { isLeft: false, text: text.slice(end, to), pieces: pieceOf(end, to) };
    const known = this.#others.filter((wound) => wound.from <= end && wound.to >= index).map(({ length }) => length);
    return { seq, atMs, left, right, known, text: insert, pieces: [] };
  }

  #follow(splices: readonly Splice[], isOwn: boolean): void {
    for (const wound of this.#others) followWound(wound, splices);
    if (isOwn) this.#deletions.follow(splices);
    const isCutting = isOwn && splices.some(({ remove }) => remove > 0);
    this.#typed = this.#typed.filter((typed) => {
      const { left, right } = typed;
      const isCut = isCutting && (isNeededBy(splices, left, right) || isNeededBy(splices, right, left));
      if (isCutting) for (const side of [left, right]) shorten(side, splices);
      typed.pieces = carried(typed.pieces, splices);
      left.pieces = carried(left.pieces, splices);
      right.pieces = carried(right.pieces, splices);
      // Who deletes what stood around their own text orphans nothing.
      return !isCut && typed.pieces.length > 0;
    });
  }

  #keepOthers(splices: readonly Splice[]): void {
    let shift = 0;
    for (const { index, remove, insert } of splices) {
      const at = index + shift;
      shift += insert.length - remove;
      if (remove === 0) continue;
      const beside = this.#others.find(({ from, to }) => from === to && from === at);
      if (beside !== undefined && insert === "") beside.length += remove;
      else this.#others.push({ from: at, to: at + insert.length, length: remove });
    }
    this.#others = this.#others.slice(-HELD_MAX);
  }

  /** null: something of what it was typed into is still there. */
  #strandedBy(typed: Typed): Stranded | null {
    const { left, right } = typed;
    const [goneLeft, goneRight] = [goneFrom(left), goneFrom(right)];
    const isBetween = left.text !== "" && right.text !== "";
    if (isBetween ? goneLeft === "" || goneRight === "" : goneLeft !== left.text || goneRight !== right.text) return null;
    return this.#tell(typed, goneLeft, goneRight, false);
  }

  #tell({ seq, atMs, known, text, pieces }: Typed, left: string, right: string, isElsewhere: boolean): Stranded {
    const { self, name } = this.#options;
    const words = textOf(pieces, text).slice(0, STRANDED_CHARACTERS_MAX);
    return { id: `${name}.${seq}`, author: self, atMs, seq, words, left, right, known, isElsewhere };
  }
}

/** Whether `splice` deletes on where `row` has deleted, and does nothing else. */
function isBeside(row: Row, { index, remove, insert }: Splice): boolean {
  return insert === "" && remove > 0 && (index === row.from || index + remove === row.from);
}

/** What `splice`, beside `row`, deletes. */
function removedFrom({ text, from, to }: Row, { index, remove }: Splice): string {
  return index === from ? text.slice(to, to + remove) : text.slice(index, from);
}

function rowWith({ text, from, to }: Row, { index, remove }: Splice): Row {
  return index === from ? { text, from, to: to + remove } : { text, from: index, to };
}

/** null: `splice` is no bare deletion. */
function rowFrom({ index, remove, insert }: Splice, text: string | null): Row | null {
  return text === null || insert !== "" ? null : { text, from: index, to: index + remove };
}

/** Whether `splices` take all of an own text away and put it, without its line, elsewhere in the same stroke. */
function isMovedBy(splices: readonly Splice[], { pieces, text, left, right }: Typed): boolean {
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  const taking = splices.filter(({ index, remove, insert }) => insert !== "" && index <= first.from && index + remove >= last.to);
  if (taking.length === 0) return false;
  const words = textOf(pieces, text);
  return taking.some(
    ({ insert }) => insert.includes(words) && !insert.includes(left.text + right.text) && !insert.includes(left.text + words + right.text),
  );
}

function unitsOf({ pieces, left, right }: Typed): number {
  return sizeOf(pieces) + sizeOf(left.pieces) + sizeOf(right.pieces);
}
