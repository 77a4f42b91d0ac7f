/**
 * Naive models of strategies for text scenarios: no network, no bytes, no runs. Each copy keeps all it ever heard in one
 * list, and a sync is a copy of that list. They share no code with the strategies that they are oracles of.
 */

import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { type CharOp, FugueMaxText } from "./naive-fuguemax.ts";
import { NaiveFugue, type NaiveOp } from "./naive-fugue.ts";
import { NaiveRga } from "./naive-rga.ts";

export interface Model {
  text(): string;
  replace(index: number, remove: number, insert: string, wallMs: number): void;
  /** Takes everything that `other`, a model of the same kind, has. */
  sync(other: Model): void;
}

class RgaModel implements Model {
  readonly naive: NaiveRga;

  constructor(n: number) {
    this.naive = new NaiveRga(n);
  }

  text(): string {
    return this.naive.text();
  }

  replace(index: number, remove: number, insert: string): void {
    this.naive.replace(index, remove, insert);
  }

  sync(other: RgaModel): void {
    this.naive.sync(other.naive);
  }
}

class FugueModel implements Model {
  readonly ops = new Set<NaiveOp>();
  readonly #naive: NaiveFugue;

  constructor(n: number) {
    this.#naive = new NaiveFugue(String(n).padStart(4, "0"));
  }

  text(): string {
    return this.#naive.text();
  }

  replace(index: number, remove: number, insert: string): void {
    for (const op of [...this.#naive.remove(index, remove), ...this.#naive.insert(index, insert)]) this.ops.add(op);
  }

  sync(other: FugueModel): void {
    for (const op of other.ops) {
      if (this.ops.has(op)) continue;
      this.ops.add(op);
      this.#naive.apply(op);
    }
  }
}

class FugueMaxModel implements Model {
  readonly ops = new Set<CharOp>();
  readonly #naive: FugueMaxText;

  constructor(n: number) {
    this.#naive = new FugueMaxText(replicaIdFrom(n));
  }

  text(): string {
    return this.#naive.text();
  }

  replace(index: number, remove: number, insert: string): void {
    for (const op of [...this.#naive.delete(index, remove), ...this.#naive.insert(index, insert)]) this.ops.add(op);
  }

  sync(other: FugueMaxModel): void {
    for (const op of other.ops) {
      if (this.ops.has(op)) continue;
      this.ops.add(op);
      this.#naive.apply(op);
    }
  }
}

/** Wall time, author, the author's count: the later wins. */
type Mark = readonly [wallMs: number, author: number, count: number];

function isLater(a: Mark, b: Mark): boolean {
  const n = a.findIndex((part, k) => part !== b[k]);
  return n >= 0 && a[n]! > b[n]!;
}

class NoteModel implements Model {
  #text = "";
  #mark: Mark = [-1, 0, 0];
  #count = 0;
  readonly #author: number;

  constructor(author: number) {
    this.#author = author;
  }

  text(): string {
    return this.#text;
  }

  replace(index: number, remove: number, insert: string, wallMs: number): void {
    const text = this.#text.slice(0, index) + insert + this.#text.slice(index + remove);
    if (text !== this.#text) this.#take(text, [wallMs, this.#author, ++this.#count]);
  }

  sync(other: NoteModel): void {
    this.#take(other.#text, other.#mark);
  }

  #take(text: string, mark: Mark): void {
    if (!isLater(mark, this.#mark)) return;
    this.#text = text;
    this.#mark = mark;
  }
}

interface NaiveLine {
  readonly id: string;
  readonly key: number;
  text: string;
  isDeleted: boolean;
  mark: Mark;
}

/** Keys are plain numbers, so there is no room between equal ones. */
export class NoRoomError extends Error {}

class LinesModel implements Model {
  readonly #lines = new Map<string, NaiveLine>([["0", { id: "0", key: 0, text: "", isDeleted: false, mark: [-1, 0, 0] }]]);
  readonly #author: number;
  #count = 0;

  constructor(author: number) {
    this.#author = author;
  }

  text(): string {
    return this.#shown()
      .map(({ text }) => text)
      .join("\n");
  }

  replace(index: number, remove: number, insert: string, wallMs: number): void {
    const text = this.text();
    const next = (text.slice(0, index) + insert + text.slice(index + remove)).split("\n");
    if (text === next.join("\n")) return;
    const lines = this.#shown();
    let start = 0;
    while (start < lines.length && start < next.length && lines[start]!.text === next[start]) start++;
    let end = 0;
    while (end < lines.length - start && end < next.length - start && lines.at(-1 - end)!.text === next.at(-1 - end)) end++;
    const old = lines.slice(start, lines.length - end);
    const made = next.slice(start, next.length - end);
    const mark = (): Mark => [wallMs, this.#author, ++this.#count];
    for (const [n, line] of old.entries()) {
      const now = made[n];
      if (now === undefined) this.#take({ ...line, text: "", isDeleted: true, mark: mark() });
      else if (now !== line.text) this.#take({ ...line, text: now, mark: mark() });
    }
    const all = this.#all();
    const left = old.at(-1) ?? lines[start - 1];
    let from = left?.key;
    const to = all[left === undefined ? 0 : all.findIndex(({ id }) => id === left.id) + 1]?.key;
    for (const now of made.slice(old.length)) {
      if (from !== undefined && from === to) throw new NoRoomError();
      from = from === undefined ? (to === undefined ? 0 : to - 1) : to === undefined ? from + 1 : (from + to) / 2;
      const made = mark();
      this.#take({ id: `${this.#author}.${String(made[2]).padStart(6, "0")}`, key: from, text: now, isDeleted: false, mark: made });
    }
  }

  sync(other: LinesModel): void {
    for (const line of other.#lines.values()) this.#take({ ...line });
  }

  #take(line: NaiveLine): void {
    const own = this.#lines.get(line.id);
    if (own === undefined || isLater(line.mark, own.mark)) this.#lines.set(line.id, line);
  }

  #all(): NaiveLine[] {
    return [...this.#lines.values()].sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1));
  }

  #shown(): NaiveLine[] {
    return this.#all().filter(({ isDeleted }) => !isDeleted);
  }
}

/** A model of each strategy that has one; `n` is the replica's number, as ids order. */
export const MODELS: Readonly<Record<string, (n: number) => Model>> = {
  rga: (n) => new RgaModel(n),
  fugue: (n) => new FugueModel(n),
  fuguemax: (n) => new FugueMaxModel(n),
  walker: (n) => new FugueMaxModel(n),
  "lww-note": (n) => new NoteModel(n),
  "lww-line": (n) => new LinesModel(n),
};
