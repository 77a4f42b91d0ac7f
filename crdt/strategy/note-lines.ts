/**
 * The lines of a note in their order, deleted ones included: what each holds, where it begins, and the text that they make. A
 * write to one costs what that line takes, wherever it stands. The text is joined when somebody asks for it, and follows single
 * writes from then on.
 */

import { assert } from "../base/assert.ts";
import { type Listed, MeasuredList } from "../base/measured-list.ts";
import type { Common, Splice } from "../base/splice.ts";
import { compareStamps } from "../base/stamp.ts";
import { sortedInSteps } from "../base/sorted-in-steps.ts";
import type { StepCounter } from "../base/steps.ts";
import { comparePositions, FIRST_POSITION, type LinePosition, positionText } from "../types/line-position.ts";
import type { LineContent, LineWrite } from "./line-writes.ts";

export interface Line {
  readonly position: LinePosition;
  /** The write that it holds; null: the note began with it, and nobody has written to it. */
  readonly head: LineWrite | null;
  readonly content: LineContent;
}

/** As the lines change it. */
interface OwnLine extends Line, Listed<OwnLine> {
  head: LineWrite | null;
  content: LineContent;
}

interface OwnShown extends ShownLine {
  readonly line: OwnLine;
}

/** A line that is not deleted, and where it begins in the text. */
export interface ShownLine {
  readonly line: Line;
  readonly at: number;
}

/** Some lines of the text, in a row, and the texts that are to stand in their place: the first `start` and the last `kept` are the same. */
export interface ChangedLines {
  readonly old: readonly ShownLine[];
  readonly next: readonly string[];
  readonly start: number;
  readonly kept: number;
}

/** A line that is compared, of what a write costs. */
const LINE_COST = 1 / 25;
/** After more changes at once the text is joined anew. */
const SINGLE_CHANGES_MAX = 32;

const ALL: Common = { start: Infinity, end: Infinity };
const NOTHING: Common = { start: 0, end: 0 };

const BIRTH: LineContent = { text: "", isDeleted: false };

export class NoteLines {
  /** By the length of what is shown, the line break behind it included. */
  readonly #list = new MeasuredList<OwnLine>([({ content }) => lengthOf(content)]);
  readonly #byName = new Map<string, OwnLine>();
  /** What is shown, with a line break behind each line; null: it is to be joined. */
  #joined: string | null = null;
  /** Since the last `put` began, and what they left alone of `#joined`. */
  #changes = 0;
  #common: Common = ALL;

  constructor() {
    const first = { position: FIRST_POSITION, head: null, content: BIRTH, block: null };
    this.#byName.set(positionText(FIRST_POSITION), first);
    this.#list.insertAfter(null, first);
  }

  get size(): number {
    return this.#list.size;
  }

  /** Of the text. */
  get length(): number {
    return Math.max(0, this.#list.total() - 1);
  }

  [Symbol.iterator](): Iterator<Line> {
    return this.#list[Symbol.iterator]();
  }

  /** Cost: linear for the first time, and after many changes at once. */
  text(): string {
    if (this.#joined === null) {
      const texts: string[] = [];
      for (const { content } of this.#list) if (!content.isDeleted) texts.push(content.text);
      this.#joined = texts.length === 0 ? "" : `${texts.join("\n")}\n`;
    }
    return this.#joined.slice(0, -1);
  }

  /** What the text and the one before the last `put` have in common at least, if it was joined then. */
  get common(): Common {
    return this.#common;
  }

  find(position: LinePosition): Line | undefined {
    return this.#byName.get(positionText(position));
  }

  /** The line that a place in the text is in; its end is in it. undefined: nothing is shown. */
  shownAt(index: number): OwnShown | undefined {
    const found = this.#list.at(index);
    return found === undefined ? undefined : { line: found.item, at: found.before };
  }

  /** The first line at or after `position` that is shown. */
  shownFrom(position: LinePosition): ShownLine | undefined {
    const before = this.#list.lastBefore((line) => comparePositions(line.position, position) < 0);
    let line = before === null ? this.#list.first : this.#list.after(before);
    while (line?.content.isDeleted === true) line = this.#list.after(line);
    return line === undefined ? undefined : { line, at: this.#list.before(line) };
  }

  /** All that are shown. */
  shown(): ShownLine[] {
    let at = 0;
    const out: ShownLine[] = [];
    for (const line of this.#list) {
      if (line.content.isDeleted) continue;
      out.push({ line, at });
      at += lengthOf(line.content);
    }
    return out;
  }

  /**
   * The lines that `splices` change, which make `text` into `wanted`. Their common beginning and end are those of all the lines: so
   * those that follow are looked at while they go on being the same. Cost: that of the lines, and one copy of the text.
   */
  changed(splices: readonly Splice[], text: string, wanted: string): ChangedLines {
    const [from, to] = [splices[0]!.index, splices.at(-1)!.index + splices.at(-1)!.remove];
    const touched = this.shownAt(from);
    if (touched === undefined) return { old: [], next: wanted.split("\n"), start: 0, kept: 0 };
    // New lines stand behind the one before.
    const first = touched.at === 0 ? touched : this.shownAt(touched.at - 1)!;
    const old = [first];
    const end = (): number => old.at(-1)!.at + old.at(-1)!.line.content.text.length;
    while (end() < to) old.push(this.#shownBehind(old.at(-1)!)!);
    const next = wanted.slice(first.at, wanted.length - (text.length - end())).split("\n");
    let start = 0;
    for (;;) {
      while (start < Math.min(old.length, next.length) && old[start]!.line.content.text === next[start]) start++;
      const more = start < Math.min(old.length, next.length) ? undefined : this.#shownBehind(old.at(-1)!);
      if (more === undefined) break;
      old.push(more);
      next.push(more.line.content.text);
    }
    const keptMax = Math.min(old.length, next.length) - start;
    let kept = 0;
    while (kept < keptMax && old.at(-1 - kept)!.line.content.text === next.at(-1 - kept)) kept++;
    return { old, next, start, kept };
  }

  /** The line that follows, deleted or not; of null, the first. */
  after(position: LinePosition | null): Line | undefined {
    if (position === null) return this.#list.first;
    const line = this.#byName.get(positionText(position));
    assert(line !== undefined, `Line ${positionText(position)} is not here`);
    return this.#list.after(line);
  }

  /**
   * Lets writes into their lines, where they win by their stamps, and tells of each that a line does not hold, or holds no longer. Cost:
   * that of those lines, and n log n for as many new ones in any order.
   */
  *put(writes: Iterable<LineWrite>, isStepOver: StepCounter, onOverwritten: (write: LineWrite) => void): Generator<void, void> {
    this.#changes = 0;
    this.#common = ALL;
    const added: OwnLine[] = [];
    for (const write of writes) {
      const { position, content } = write;
      if (content === null) continue;
      const name = positionText(position);
      let line = this.#byName.get(name);
      if (line === undefined) {
        line = { position, head: null, content: BIRTH, block: null };
        this.#byName.set(name, line);
        added.push(line);
      }
      if (line.head === null || compareStamps(write.stamp, line.head.stamp) >= 0) {
        if (line.head !== null) onOverwritten(line.head);
        line.head = write;
        this.#write(line, content);
      } else onOverwritten(write);
      if (isStepOver()) yield;
    }
    let previous: OwnLine | null = null;
    for (const line of yield* sortedInSteps(added, (a, b) => comparePositions(a.position, b.position), isStepOver, LINE_COST)) {
      this.#insert(line, previous);
      previous = line;
      if (isStepOver(LINE_COST)) yield;
    }
  }

  /** @throws AssertionError */
  checkInvariants(): void {
    this.#list.checkInvariants();
    assert(this.#byName.size === this.#list.size, `${this.#list.size} lines, ${this.#byName.size} of them by name`);
    let previous: Line | null = null;
    for (const line of this.#list) {
      const name = positionText(line.position);
      assert(previous === null || comparePositions(previous.position, line.position) < 0, `Line ${name} is out of order`);
      assert(this.#byName.get(name) === line, `Line ${name} is not found by its name`);
      assert(!line.content.text.includes("\n"), `Line ${name} holds more than a line`);
      previous = line;
    }
    const text = this.text();
    this.#joined = null;
    assert(this.text() === text && text.length === this.length, "The text is not that of its lines");
  }

  #shownBehind({ line, at }: OwnShown): OwnShown | undefined {
    let next = this.#list.after(line);
    while (next?.content.isDeleted === true) next = this.#list.after(next);
    return next === undefined ? undefined : { line: next, at: at + lengthOf(line.content) };
  }

  #write(line: OwnLine, content: LineContent): void {
    if (line.block === null) {
      line.content = content;
      return;
    }
    const before = line.content;
    this.#list.update(line, () => (line.content = content));
    this.#change(line, lengthOf(before));
  }

  /** Between its neighbours; `hint`: one that stands before it. */
  #insert(line: OwnLine, hint: OwnLine | null): void {
    const { position } = line;
    const next = hint === null ? undefined : this.#list.after(hint);
    const isNext = hint !== null && (next === undefined || comparePositions(position, next.position) < 0);
    this.#list.insertAfter(isNext ? hint : this.#list.lastBefore((other) => comparePositions(other.position, position) < 0), line);
    this.#change(line, 0);
  }

  /** The text follows: `line` took `length` of it. */
  #change(line: OwnLine, length: number): void {
    if (this.#joined === null) return;
    if (++this.#changes > SINGLE_CHANGES_MAX) {
      this.#joined = null;
      this.#common = NOTHING;
      return;
    }
    const at = this.#list.before(line);
    const { text, isDeleted } = line.content;
    const [left, right] = [this.#joined.slice(0, at), this.#joined.slice(at + length)];
    this.#joined = left + (isDeleted ? "" : `${text}\n`) + right;
    const { start, end } = this.#common;
    // The last line break is none of the text.
    this.#common = { start: Math.min(start, left.length), end: Math.min(end, Math.max(0, right.length - 1)) };
  }
}

function lengthOf({ text, isDeleted }: LineContent): number {
  return isDeleted ? 0 : text.length + 1;
}
