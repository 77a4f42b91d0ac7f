/** What one session has deleted, and what others' work has put there since: the deleter's half of an orphan (orphan-watch.ts). */

import { mapPosition, type Splice } from "../base/splice.ts";
import type { Loss } from "../strategy/strategy.ts";
import type { Stranded } from "./orphan-watch.ts";
import { carried, type Piece } from "./tracked-text.ts";

/** Deletions, pieces of others' work, and open questions. The oldest go. */
const HELD_MAX = 50;
/** What was deleted beside each other is one passage up to here, and no more of it is told on either side. */
export const PASSAGE_CHARACTERS_MAX = 20_000;
/** What is deleted beside it later than this is another passage. */
const PASSAGE_MS_MAX = 30_000;

/** Where something was deleted: positions that take in what was put there since. */
export interface Wound {
  from: number;
  to: number;
}

interface OwnDeletion extends Wound {
  readonly seq: number;
  readonly atMs: number;
  readonly passage: string;
  /** What others' work has put there. */
  arrived: readonly Piece[];
  /** How many pieces of others' work had come before, anywhere. */
  readonly heard: number;
}

export class OwnDeletions {
  readonly #self: Loss["author"];
  readonly #onOrphan: (loss: Loss) => void;
  #deleted: OwnDeletion[] = [];
  #asked: Stranded[] = [];
  /** What others' work has put anywhere: the last of `#heardCount`. */
  #heard: string[] = [];
  #heardCount = 0;

  constructor(self: Loss["author"], onOrphan: (loss: Loss) => void) {
    this.#self = self;
    this.#onOrphan = onOrphan;
  }

  /** An own edit deletes `removed`; follow the edit next. */
  begin({ index, remove }: Splice, removed: string, seq: number, atMs: number): void {
    if (remove === 0) return;
    const passage = this.#passageAt(index, removed, atMs);
    const deletion = { seq, atMs, passage, from: index, to: index + remove, arrived: [], heard: this.#heardCount };
    this.#deleted = [...this.#deleted, deletion].slice(-HELD_MAX);
  }

  /** The text has changed, by own work. */
  follow(splices: readonly Splice[]): void {
    for (const deletion of this.#deleted) {
      followWound(deletion, splices);
      if (deletion.arrived.length > 0) deletion.arrived = carried(deletion.arrived, splices);
    }
  }

  /** The text has changed, by others' work. `text` is how it is now: asked for while there are questions. */
  receive(splices: readonly Splice[], text: () => string): void {
    if (this.#deleted.length === 0) return;
    const landed = this.#deleted.map((deletion) => splices.some((splice) => isAt(deletion, splice)));
    this.follow(splices);
    for (const [n, deletion] of this.#deleted.entries()) if (landed[n]!) deletion.arrived = withInserted(deletion, splices);
    const inserts = splices.map(({ insert }) => insert).filter((insert) => insert !== "");
    this.#heardCount += inserts.length;
    this.#heard = [...this.#heard, ...inserts].slice(-HELD_MAX);
    if (this.#asked.length > 0) this.#answerAll(text());
  }

  /** Somebody's text is stranded: if by one of these deletions, that is said now, or when the text comes. */
  ask(stranded: Stranded, text: () => string): void {
    if (this.#deleted.length === 0) return;
    this.#asked = [...this.#asked, stranded].slice(-HELD_MAX);
    this.#answerAll(text());
  }

  reset(): void {
    this.#deleted = [];
    this.#asked = [];
    this.#heard = [];
  }

  /** What is deleted, together with what was deleted right beside it before, where nothing has been put there since. */
  #passageAt(index: number, removed: string, atMs: number): string {
    const end = index + removed.length;
    const at = this.#deleted.findIndex(
      ({ from, to, arrived, atMs: beforeMs }) =>
        from === to && arrived.length === 0 && index <= from && from <= end && atMs - beforeMs <= PASSAGE_MS_MAX,
    );
    const [beside] = at < 0 ? [] : this.#deleted.splice(at, 1);
    if (beside === undefined) return removed;
    const middle = beside.from - index;
    const passage = removed.slice(0, middle) + beside.passage + removed.slice(middle);
    return passage.length > PASSAGE_CHARACTERS_MAX ? removed : passage;
  }

  #answerAll(text: string): void {
    this.#asked = this.#asked.filter((stranded) => {
      const loss = this.#answer(stranded, text);
      if (loss !== null) this.#onOrphan(loss);
      return loss === null;
    });
  }

  #answer({ id, author, atMs, seq, words, left, right, known, isElsewhere }: Stranded, text: string): Loss | null {
    for (const { arrived, passage, heard, ...deletion } of this.#deleted) {
      if (known.includes(passage.length)) continue;
      const index = isElsewhere ? this.#placeSince(heard, words, text) : placeOf(words, arrived, text);
      // A line that was deleted without a gap where the text stood in it had not got it yet.
      const around = isElsewhere && !passage.includes(left + right) ? null : splitAt(passage, left, right);
      if (index === null || around === null) continue;
      return {
        id: `orphan ${id}`,
        noteId: null,
        field: "text",
        author,
        atMs,
        splices: [{ index, remove: 0, insert: words }],
        removedText: "",
        around,
        losingStamp: { wallMs: atMs, replica: author, seq },
        winningStamp: { wallMs: deletion.atMs, replica: this.#self, seq: deletion.seq },
        rule: "orphaned",
      };
    }
    return null;
  }

  /** Where `words`, which have come with others' work after the first `count` pieces of it, stand; null: they have not come. */
  #placeSince(count: number, words: string, text: string): number | null {
    const since = Math.max(0, count - (this.#heardCount - this.#heard.length));
    const at = this.#heard.slice(since).some((insert) => insert.includes(words)) ? text.indexOf(words) : -1;
    return at < 0 ? null : at;
  }
}

export function followWound(wound: Wound, splices: readonly Splice[]): void {
  wound.from = mapPosition(wound.from, splices, -1);
  wound.to = Math.max(wound.from, mapPosition(wound.to, splices, 1));
}

/** Whether `splice` puts something where something was deleted. */
function isAt({ from, to }: Wound, { index, remove, insert }: Splice): boolean {
  return insert !== "" && index <= to && index + remove >= from;
}

/** `deletion.arrived`, with what `splices` put there: positions are those after them. What touches is one piece. */
function withInserted({ from, to, arrived }: OwnDeletion, splices: readonly Splice[]): Piece[] {
  const out = [...arrived];
  let shift = 0;
  for (const { index, remove, insert } of splices) {
    const at = index + shift;
    shift += insert.length - remove;
    if (insert !== "" && at <= to && at + insert.length >= from) out.push({ from: at, to: at + insert.length, at: 0 });
  }
  const joined: Piece[] = [];
  for (const piece of out.sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && last.to >= piece.from) joined[joined.length - 1] = { ...last, to: Math.max(last.to, piece.to) };
    else joined.push(piece);
  }
  return joined.slice(-HELD_MAX);
}

/** Where `words` stand in what has arrived; null: they do not, or not yet. */
function placeOf(words: string, arrived: readonly Piece[], text: string): number | null {
  for (const { from, to } of arrived) {
    const at = text.slice(from, to).indexOf(words);
    if (at >= 0) return from + at;
  }
  return null;
}

/**
 * The passage before and after the place between `left` and `right`; null: they were not in it, in this order. What else
 * stood among their characters the author of the text had not seen, or had deleted too: what stood between the two is left out.
 */
function splitAt(passage: string, left: string, right: string): NonNullable<Loss["around"]> | null {
  const joined = passage.indexOf(left + right);
  const cut = joined >= 0 ? joined + left.length : endOf(left, passage, 0);
  if (cut < 0 || endOf(right, passage, cut) < 0) return null;
  const whole = passage.indexOf(right, cut);
  const to = whole >= 0 ? whole : passage.indexOf(right.charAt(0), cut);
  return { before: passage.slice(0, cut).slice(-PASSAGE_CHARACTERS_MAX), after: passage.slice(to).slice(0, PASSAGE_CHARACTERS_MAX) };
}

/** Where `part` ends that stands in `whole`, with gaps or without, at `from` or later; -1: it does not. */
function endOf(part: string, whole: string, from: number): number {
  let at = from;
  for (const unit of part) {
    const found = whole.indexOf(unit, at);
    if (found < 0) return -1;
    at = found + unit.length;
  }
  return at;
}
