/**
 * The items of an inspection as the tree that orders them: each character hangs on another, on its left or on its right,
 * and what hangs on one place stands by the strategy's keys. Strategies that keep a tree say where an item hangs; where only
 * origins are kept, the tree is found from them: FugueMax's rule for `tree`, the left origin for `origins`.
 */

import { compareIds } from "../base/ids.ts";
import type { InspectedItem, Inspection, ItemOrder, OrderKey } from "../strategy/strategy.ts";

/** A character: its item, by place in the document, and the offset in it. */
export interface Unit {
  readonly at: number;
  readonly offset: number;
}

export interface Hook {
  /** null: the root. */
  readonly on: Unit | null;
  readonly side: "left" | "right";
}

/** How two characters stand to each other in the tree. */
export type Meeting =
  /** One hangs on the other, directly or not: it was typed later, in sight of it. */
  | { readonly kind: "hangs" }
  /** They hang on different sides of one character. */
  | { readonly kind: "sides"; readonly on: Unit | null }
  /** The two of their ancestors that hang on one place. */
  | { readonly kind: "siblings"; readonly on: Unit | null; readonly side: "left" | "right"; readonly own: Unit; readonly other: Unit };

/** What decides between two siblings: negative, the first stands first; and by which key. */
export interface Verdict {
  readonly sign: number;
  readonly key: OrderKey | "saw";
}

export class ItemTree {
  readonly items: readonly InspectedItem[];
  readonly order: ItemOrder;
  readonly #byPrefix = new Map<string, { readonly seq: number; readonly at: number }[]>();
  readonly #hooks: (Hook | undefined)[] = [];

  constructor({ items }: Inspection, order: ItemOrder) {
    this.items = items;
    this.order = order;
    for (const [at, { id }] of items.entries()) {
      const { prefix, seq } = partsOf(id);
      const list = this.#byPrefix.get(prefix);
      if (list === undefined) this.#byPrefix.set(prefix, [{ seq, at }]);
      else list.push({ seq, at });
    }
    for (const list of this.#byPrefix.values()) list.sort((a, b) => a.seq - b.seq);
  }

  /** The character with an id; null: it is not here. */
  find(id: string | null): Unit | null {
    if (id === null) return null;
    const { prefix, seq } = partsOf(id);
    const list = this.#byPrefix.get(prefix) ?? [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.seq <= seq) low = middle + 1;
      else high = middle;
    }
    const found = list[low - 1];
    if (found === undefined || seq >= found.seq + this.items[found.at]!.length) return null;
    return { at: found.at, offset: seq - found.seq };
  }

  idOf({ at, offset }: Unit): string {
    const { prefix, seq } = partsOf(this.items[at]!.id);
    return `${prefix}:${seq + offset}`;
  }

  seqOf({ at, offset }: Unit): number {
    return partsOf(this.items[at]!.id).seq + offset;
  }

  /** Where a character hangs. */
  hookOf({ at, offset }: Unit): Hook {
    if (offset > 0) return { on: { at, offset: offset - 1 }, side: "right" };
    return (this.#hooks[at] ??= this.#findHook(at));
  }

  /** The first character of what its author typed in one go up to here. */
  headOf(unit: Unit): Unit {
    let head: Unit = { at: unit.at, offset: 0 };
    for (;;) {
      const { on, side } = this.hookOf(head);
      const goesOn = on !== null && side === "right" && this.#author(on) === this.#author(head) && this.seqOf(on) === this.seqOf(head) - 1;
      if (!goesOn) return head;
      head = { at: on.at, offset: 0 };
    }
  }

  /** Negative: `a` stands before `b` in the document. */
  compare(a: Unit | null, b: Unit | null): number {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return a.at - b.at || a.offset - b.offset;
  }

  /** Where the ways of two characters to the root meet. */
  meet(own: Unit, other: Unit): Meeting {
    const way = new Map<number, { readonly unit: Unit; readonly from: Unit | null; readonly side: "left" | "right" | null }>();
    let from: Unit | null = null;
    let side: "left" | "right" | null = null;
    for (let unit: Unit | null = own; unit !== null;) {
      way.set(unit.at, { unit, from, side });
      const hook: Hook = this.hookOf({ at: unit.at, offset: 0 });
      from = { at: unit.at, offset: 0 };
      ({ side } = hook);
      unit = hook.on;
    }
    const rootOwn = { from, side };
    from = null;
    side = null;
    for (let unit: Unit | null = other; unit !== null;) {
      const met = way.get(unit.at);
      if (met !== undefined) return this.#meetIn(met, { unit, from, side });
      const hook: Hook = this.hookOf({ at: unit.at, offset: 0 });
      from = { at: unit.at, offset: 0 };
      ({ side } = hook);
      unit = hook.on;
    }
    if (rootOwn.from === null || from === null) return { kind: "hangs" };
    if (rootOwn.side !== side) return { kind: "sides", on: null };
    return { kind: "siblings", on: null, side: side ?? "right", own: rootOwn.from, other: from };
  }

  /** Which of two siblings stands first by the strategy's keys; null: the keys do not tell. */
  decide(a: Unit, b: Unit, side: "left" | "right"): Verdict | null {
    if (this.order.kind === "origins") {
      if (this.#sawOnRight(a, b)) return { sign: -1, key: "saw" };
      if (this.#sawOnRight(b, a)) return { sign: 1, key: "saw" };
    }
    const keys: readonly OrderKey[] = side === "left" ? ["id-lower-first"] : this.order.keys;
    for (const key of keys) {
      const sign = this.#byKey(key, a, b);
      if (sign !== 0) return { sign, key };
    }
    return null;
  }

  lamportOf({ at, offset }: Unit): number | null {
    const { lamport } = this.items[at]!;
    return lamport === undefined ? null : lamport + offset;
  }

  /** What a character was typed before; undefined: its right origin is not here. */
  rightOf({ at }: Unit): Unit | null | undefined {
    const { originRight } = this.items[at]!;
    return originRight === null ? null : (this.find(originRight) ?? undefined);
  }

  #author({ at }: Unit): string {
    return this.items[at]!.author;
  }

  #byKey(key: OrderKey, a: Unit, b: Unit): number {
    if (key === "lamport-higher-first") return (this.lamportOf(b) ?? 0) - (this.lamportOf(a) ?? 0);
    if (key === "right-origin-farther-first") {
      const [first, second] = [this.rightOf(a), this.rightOf(b)];
      return first === undefined || second === undefined ? 0 : this.compare(second, first);
    }
    const ids = compareIds(this.#author(a), this.#author(b)) || this.seqOf(a) - this.seqOf(b);
    return key === "id-lower-first" ? ids : -ids;
  }

  /** Whether `a` was typed to the left of `b` or of what hangs on it. */
  #sawOnRight(a: Unit, b: Unit): boolean {
    for (let unit = this.rightOf(a) ?? null; unit !== null; unit = this.hookOf({ at: unit.at, offset: 0 }).on)
      if (unit.at === b.at && unit.offset >= b.offset) return true;
    return false;
  }

  #meetIn(
    own: { readonly unit: Unit; readonly from: Unit | null; readonly side: "left" | "right" | null },
    other: { readonly unit: Unit; readonly from: Unit | null; readonly side: "left" | "right" | null },
  ): Meeting {
    const [low, high] = own.unit.offset <= other.unit.offset ? [own, other] : [other, own];
    // The lower one is itself what the other hangs on, or goes on from.
    if (low.from === null) return { kind: "hangs" };
    if (low.unit.offset === high.unit.offset) {
      if (high.from === null) return { kind: "hangs" };
      if (low.side !== high.side) return { kind: "sides", on: low.unit };
      return { kind: "siblings", on: low.unit, side: low.side ?? "right", own: own.from!, other: other.from! };
    }
    if (low.side === "left") return { kind: "sides", on: low.unit };
    // What goes on from the character is a right child of it too.
    const next = { at: low.unit.at, offset: low.unit.offset + 1 };
    const [mine, theirs] = low === own ? [low.from, next] : [next, low.from];
    return { kind: "siblings", on: low.unit, side: "right", own: mine, other: theirs };
  }

  #findHook(at: number): Hook {
    const { parent, originLeft, originRight } = this.items[at]!;
    if (parent !== undefined) return { on: this.find(parent.id), side: parent.side };
    const [left, right] = [this.find(originLeft), this.find(originRight)];
    if (this.order.kind === "origins" || right === null) return { on: left, side: "right" };
    return left === null || this.#isUnder(right, left) ? { on: right, side: "left" } : { on: left, side: "right" };
  }

  #isUnder(unit: Unit, above: Unit): boolean {
    for (let on: Unit | null = unit; on !== null; on = this.hookOf({ at: on.at, offset: 0 }).on)
      if (on.at === above.at) return on.offset > above.offset || (on.offset === above.offset && unit.at !== above.at);
    return false;
  }
}

function partsOf(id: string): { readonly prefix: string; readonly seq: number } {
  const colon = id.lastIndexOf(":");
  return { prefix: id.slice(0, colon), seq: Number(id.slice(colon + 1)) };
}
