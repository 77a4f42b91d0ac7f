/**
 * Editor-level changes, and the arithmetic on them. This is the one currency between editors,
 * strategies, the journal and the laboratory.
 */

/**
 * One replacement. UTF-16 units, zero-based. All offsets of a list refer to the text before its
 * first splice, ascending and disjoint (CodeMirror's rule): `splices[i].index + splices[i].remove <=
 * splices[i + 1].index`.
 */
export interface Splice {
  readonly index: number;
  readonly remove: number;
  readonly insert: string;
}

/**
 * Checks a list against a document of `length` units.
 * @throws RangeError when a splice is outside the document, out of order, or overlaps the one before.
 */
export function assertSplices(splices: readonly Splice[], length: number): void {
  let free = 0;
  for (const { index, remove } of splices) {
    if (!Number.isSafeInteger(index) || !Number.isSafeInteger(remove) || remove < 0 || index < free || index + remove > length) {
      throw new RangeError(
        `Invalid splice at ${index} removing ${remove} in a document of length ${length}: expected ascending, disjoint ranges from ${free} on`,
      );
    }
    free = index + remove;
  }
}

/** `text` with `splices` applied. Cost: linear in the text. @throws RangeError as `assertSplices`. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  assertSplices(splices, text.length);
  let out = "";
  let at = 0;
  for (const { index, remove, insert } of splices) {
    out += text.slice(at, index) + insert;
    at = index + remove;
  }
  return out + text.slice(at);
}

/**
 * The one list that does what `first` and then `second` do (`second` counts in the text that `first`
 * leaves). Cost: linear in both.
 */
export function composeSplices(first: readonly Splice[], second: readonly Splice[]): Splice[] {
  const before = new RunCursor(first);
  const after = new RunCursor(second);
  const out = new SpliceBuilder();
  for (;;) {
    const a = before.run;
    const b = after.run;
    if (a.kind === "remove") {
      out.remove(a.length);
      before.skip(a.length);
    } else if (b.kind === "insert") {
      out.insert(b.text);
      after.skip(b.length);
    } else {
      const length = Math.min(a.length, b.length);
      if (length === Infinity) return out.finish();
      if (a.kind === "insert") {
        if (b.kind === "retain") out.insert(a.text.slice(0, length));
      } else if (b.kind === "remove") out.remove(length);
      else out.retain(length);
      before.skip(length);
      after.skip(length);
    }
  }
}

/** How much two texts are known to have in common at their beginnings and ends, at least. */
export interface Common {
  readonly start: number;
  readonly end: number;
}

/**
 * The smallest single replacement that turns `before` into `after`: common prefix and suffix are
 * kept, borders never fall inside a surrogate pair. An empty list when the texts are equal. What is known to be in `common` is not looked at.
 */
export function diffText(before: string, after: string, common: Common = { start: 0, end: 0 }): Splice[] {
  if (before === after) return [];
  const shortest = Math.min(before.length, after.length);
  let start = Math.min(common.start, shortest);
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let kept = Math.min(common.end, shortest - start);
  while (kept < shortest - start && before.charCodeAt(before.length - 1 - kept) === after.charCodeAt(after.length - 1 - kept)) kept++;
  if (isInsidePair(before, start) || isInsidePair(after, start)) start--;
  if (isInsidePair(before, before.length - kept) || isInsidePair(after, after.length - kept)) kept--;
  return [{ index: start, remove: before.length - kept - start, insert: after.slice(start, after.length - kept) }];
}

/**
 * Where `position` of the old text lies after `splices`. At an insertion point, side -1 stays before
 * the inserted text and side 1 moves behind it; inside a removed range the position falls to its border.
 */
export function mapPosition(position: number, splices: readonly Splice[], side: -1 | 1): number {
  let shift = 0;
  for (const { index, remove, insert } of splices) {
    if (position < index || (position === index && side < 0)) break;
    if (position < index + remove) return index + shift + (side < 0 ? 0 : insert.length);
    shift += insert.length - remove;
  }
  return position + shift;
}

/** Whether a border at `index` would separate the two units of one code point. */
export function isInsidePair(text: string, index: number): boolean {
  if (index <= 0 || index >= text.length) return false;
  const high = text.charCodeAt(index - 1);
  const low = text.charCodeAt(index);
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

/**
 * Widens each splice so that it neither removes nor splits half a code point of `text`; the half that
 * stays is put back into `insert`'s place by removing the whole pair. Overlaps that arise are joined.
 */
export function snapSplices(text: string, splices: readonly Splice[]): Splice[] {
  const out: Splice[] = [];
  for (const splice of splices) {
    let from = splice.index;
    let to = splice.index + splice.remove;
    if (splice.remove === 0) {
      if (isInsidePair(text, from)) from = to = from - 1;
    } else {
      if (isInsidePair(text, from)) from--;
      if (isInsidePair(text, to)) to++;
    }
    const last = out.at(-1);
    if (last !== undefined && from < last.index + last.remove) {
      const end = Math.max(to, last.index + last.remove);
      out[out.length - 1] = { index: last.index, remove: end - last.index, insert: last.insert + splice.insert };
    } else {
      out.push({ index: from, remove: to - from, insert: splice.insert });
    }
  }
  return out;
}

/** A piece of a splice list read from left to right. `text` is empty unless the kind is "insert". */
interface Run {
  readonly kind: "retain" | "remove" | "insert";
  readonly length: number;
  readonly text: string;
}

const REST: Run = { kind: "retain", length: Infinity, text: "" };

/** Walks a splice list as runs, ending in an endless retention; a run can be used up in pieces. */
class RunCursor {
  run: Run;
  readonly #runs: readonly Run[];
  #next = 0;

  constructor(splices: readonly Splice[]) {
    const runs: Run[] = [];
    let at = 0;
    for (const { index, remove, insert } of splices) {
      if (index > at) runs.push({ kind: "retain", length: index - at, text: "" });
      if (remove > 0) runs.push({ kind: "remove", length: remove, text: "" });
      if (insert !== "") runs.push({ kind: "insert", length: insert.length, text: insert });
      at = index + remove;
    }
    this.#runs = runs;
    this.run = REST;
    this.#load();
  }

  skip(length: number): void {
    const { kind, length: whole, text } = this.run;
    if (length < whole) this.run = { kind, length: whole - length, text: text.slice(length) };
    else this.#load();
  }

  #load(): void {
    this.run = this.#runs[this.#next++] ?? REST;
  }
}

/** Builds a canonical list: neighbouring changes joined, empty ones left out. */
class SpliceBuilder {
  readonly #out: Splice[] = [];
  #index = 0;
  #removed = 0;
  #inserted = "";

  retain(count: number): void {
    this.#flush();
    this.#index += count;
  }

  remove(count: number): void {
    this.#removed += count;
  }

  insert(text: string): void {
    this.#inserted += text;
  }

  finish(): Splice[] {
    this.#flush();
    return this.#out;
  }

  #flush(): void {
    if (this.#removed > 0 || this.#inserted !== "") this.#out.push({ index: this.#index, remove: this.#removed, insert: this.#inserted });
    this.#index += this.#removed;
    this.#removed = 0;
    this.#inserted = "";
  }
}

/** Whether any unit of `text` is half of a pair, or could be: without one, no edit can cut anything. */
export function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}
