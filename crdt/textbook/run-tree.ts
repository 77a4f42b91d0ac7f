/**
 * The tree of characters that the textbook algorithms share, with run-length nodes. It is read in order: left children,
 * the character, right children. Where a new character hangs, and in which order siblings stand, is the algorithm's
 * to say (fugue.ts, fuguemax.ts, rga.ts), and all in which they differ.
 *
 * A run typed in one go is a chain of right children: one `TextRun`. Left children hang on the first character of a
 * run, right children on the last; a run is split when a character inside it gets a child of its own or when part of
 * it is deleted. Text of tombstones stays.
 *
 * Runs lie in a list in document order that counts visible units (base/measured-list.ts). Left out: anything about networks,
 * causality and bytes (strategy/textbook-strategy.ts).
 */

import { assert } from "../base/assert.ts";
import { compareIds, type ReplicaId } from "../base/ids.ts";
import { type Listed, MeasuredList } from "../base/measured-list.ts";
import { AgentRuns } from "./agent-runs.ts";

export interface CharId {
  readonly agent: ReplicaId;
  readonly seq: number;
}

export type Side = "left" | "right";

/** Where a character hangs, and what else its author said of the place. */
export interface Place {
  /** null: the root, which only has right children. */
  readonly parent: CharId | null;
  readonly side: Side;
  /** What stood to its right when it was typed, tombstones included; null: the end, or the algorithm does not ask. */
  readonly rightOrigin: CharId | null;
}

/** Between which characters something is typed. */
export interface Gap {
  /** The visible character to the left; null: the beginning. */
  readonly left: CharId | null;
  /** What follows it, tombstones included; null: the end. */
  readonly next: CharId | null;
  /** Whether `left`, or the root, has right children. Then `next` is not null. */
  readonly hasRightChildren: boolean;
}

/** What one algorithm decides. */
export interface OrderRules {
  /** Whether characters carry their right origin, and a Lamport time. */
  readonly usesRightOrigin: boolean;
  readonly usesLamport: boolean;
  place(gap: Gap): Place;
  /** Negative: `a` stands before `b`, both right children of one parent. `order` compares any two places of the document. */
  compareRight(a: Sibling, b: Sibling, order: (a: CharId | null, b: CharId | null) => number): number;
}

export interface Sibling extends CharId {
  readonly rightOrigin: CharId | null;
  /** Of its first character, from 1 on; each further one has one more. 0 where the algorithm does not use it. */
  readonly lamport: number;
}

/** `text` typed in one go: character k has id (agent, seq + k) and is the right child of character k - 1. */
export interface NewRun extends Sibling, Place {
  readonly rightOrigin: CharId | null;
  readonly text: string;
}

/** A run in the tree. */
export interface TextRun extends Omit<NewRun, "text">, Listed<TextRun> {
  text: string;
  isDeleted: boolean;
  leftKids: TextRun[];
  rightKids: TextRun[];
}

/** Where a change met the visible text. */
export interface VisibleChange {
  readonly index: number;
  readonly remove: number;
  readonly insert: string;
}

export class RunTree {
  readonly #rules: OrderRules;
  /** All runs, tombstones included, in document order. */
  readonly #order = new MeasuredList<TextRun>([({ isDeleted, text }) => (isDeleted ? 0 : text.length)]);
  readonly #byAgent = new Map<ReplicaId, AgentRuns<TextRun>>();
  #rootKids: TextRun[] = [];
  #length = 0;

  constructor(rules: OrderRules) {
    this.#rules = rules;
  }

  /** Visible UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  get runs(): Iterable<TextRun> {
    return this.#order;
  }

  text(): string {
    let out = "";
    for (const run of this.#order) if (!run.isDeleted) out += run.text;
    return out;
  }

  /** The runs of one agent by ascending seq; they may have gaps where the agent deleted. */
  runsOf(agent: ReplicaId): readonly TextRun[] {
    return this.#byAgent.get(agent)?.all() ?? [];
  }

  agents(): ReplicaId[] {
    return [...this.#byAgent.keys()].sort(compareIds);
  }

  /** The run that holds a character, or undefined when it has not been inserted here. Cost: logarithmic. */
  find({ agent, seq }: CharId): TextRun | undefined {
    const run = this.#byAgent.get(agent)?.at(seq);
    return run !== undefined && seq < run.seq + run.text.length ? run : undefined;
  }

  /** Where a new character at visible `index` belongs in the tree, by the algorithm's rule. */
  placeFor(index: number): Place {
    if (index === 0) {
      const { first } = this.#order;
      return this.#rules.place({ left: null, next: first === undefined ? null : idOf(first), hasRightChildren: first !== undefined });
    }
    const found = this.#order.at(index - 1);
    if (found === undefined) throw new RangeError(`Invalid position ${index} in a document of length ${this.#length}`);
    const { item: run, before } = found;
    const left = { agent: run.agent, seq: run.seq + (index - before) - 1 };
    if (left.seq < run.seq + run.text.length - 1)
      return this.#rules.place({ left, next: { agent: left.agent, seq: left.seq + 1 }, hasRightChildren: true });
    const next = this.#order.after(run);
    assert(next !== undefined || run.rightKids.length === 0, `Run ${run.agent}:${run.seq} has right children and nothing follows it`);
    return this.#rules.place({ left, next: next === undefined ? null : idOf(next), hasRightChildren: run.rightKids.length > 0 });
  }

  /**
   * Hangs a run into the tree. The ids must be new; the parent and the right origin must be here.
   * Cost: about the square root of the number of runs.
   */
  insert(added: NewRun): VisibleChange {
    const run = this.add(added);
    const { text } = added;
    return { index: this.#order.before(run) + run.text.length - text.length, remove: 0, insert: text };
  }

  /** As `insert`, for who does not ask where it came to stand, which is most of the cost. Returns the run whose end it is. */
  add(added: NewRun): TextRun {
    const { agent, seq, text, parent, side, rightOrigin, lamport } = added;
    this.#length += text.length;
    const own = this.#byAgent.get(agent)?.last;
    if (own !== undefined && !own.isDeleted && own.rightKids.length === 0 && goesOn(own, added)) {
      this.#order.update(own, () => (own.text += text));
      return own;
    }
    const kids = { leftKids: [], rightKids: [], block: null };
    const run: TextRun = { agent, seq, text, parent, side, rightOrigin, lamport, isDeleted: false, ...kids };
    this.#attach(run);
    let runs = this.#byAgent.get(agent);
    if (runs === undefined) this.#byAgent.set(agent, (runs = new AgentRuns()));
    runs.add(run);
    return run;
  }

  /** Makes tombstones of `count` characters of `agent` from `seq` on; those that are gone already are skipped. */
  delete(agent: ReplicaId, seq: number, count: number): VisibleChange[] {
    const changes: VisibleChange[] = [];
    this.#bury(agent, seq, count, (run) => changes.push({ index: this.#order.before(run), remove: run.text.length, insert: "" }));
    return changes;
  }

  /** As `delete`, for who does not ask where they stood. Returns how many runs were looked at, which is what it costs. */
  bury(agent: ReplicaId, seq: number, count: number): number {
    return this.#bury(agent, seq, count, () => undefined);
  }

  /** The ids under a visible range, in document order, joined where they continue. */
  idsIn(from: number, to: number): { agent: ReplicaId; seq: number; count: number }[] {
    const out: { agent: ReplicaId; seq: number; count: number }[] = [];
    const found = from < to ? this.#order.at(from) : undefined;
    let before = found?.before ?? 0;
    for (let run = found?.item; run !== undefined && before < to; run = this.#order.after(run)) {
      if (run.isDeleted) continue;
      const start = Math.max(from - before, 0);
      const end = Math.min(to - before, run.text.length);
      if (start < end) {
        const last = out.at(-1);
        if (last !== undefined && last.agent === run.agent && last.seq + last.count === run.seq + start) last.count += end - start;
        else out.push({ agent: run.agent, seq: run.seq + start, count: end - start });
      }
      before += run.text.length;
    }
    return out;
  }

  /** Visible units before a character, and whether it is visible itself; undefined when it is not here. */
  indexOf(id: CharId): { readonly index: number; readonly isVisible: boolean } | undefined {
    const run = this.find(id);
    if (run === undefined) return undefined;
    const before = this.#order.before(run);
    return { index: before + (run.isDeleted ? 0 : id.seq - run.seq), isVisible: !run.isDeleted };
  }

  /** @throws AssertionError when the list is not the tree read in order, or children are out of order. */
  checkInvariants(): void {
    const read: TextRun[] = [];
    const walk = (kids: readonly TextRun[]): void => {
      const stack: { run: TextRun; isOpen: boolean }[] = kids.toReversed().map((run) => ({ run, isOpen: false }));
      for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
        if (top.isOpen) {
          read.push(top.run);
          continue;
        }
        for (const kid of top.run.rightKids.toReversed()) stack.push({ run: kid, isOpen: false });
        stack.push({ run: top.run, isOpen: true });
        for (const kid of top.run.leftKids.toReversed()) stack.push({ run: kid, isOpen: false });
      }
    };
    walk(this.#rootKids);
    assert(read.length === this.#order.size, `The tree holds ${read.length} runs, the list ${this.#order.size}`);
    this.#order.checkInvariants();
    const listed = [...this.#order];
    let length = 0;
    for (const [at, run] of read.entries()) {
      assert(run === listed[at], `Run ${at} of the list is not run ${at} of the tree`);
      if (!run.isDeleted) length += run.text.length;
      for (const [kids, compare] of [
        [run.leftKids, compareIdsOf],
        [run.rightKids, this.#compareRight],
      ] as const) {
        for (const [n, kid] of kids.entries())
          assert(n === 0 || compare(kids[n - 1]!, kid) < 0, `Children of ${run.agent}:${run.seq} are out of order`);
      }
      assert(this.find(run) === run, `Run ${run.agent}:${run.seq} is not found by its id`);
    }
    assert(length === this.#length, `Runs hold ${length} visible units, the count says ${this.#length}`);
  }

  /** Tells of each run just before it goes. */
  #bury(agent: ReplicaId, seq: number, count: number, tell: (run: TextRun) => void): number {
    let runs = 0;
    for (let at = seq; at < seq + count; runs++) {
      let run = this.find({ agent, seq: at });
      assert(run !== undefined, `Character ${agent}:${at} is not here`);
      if (at > run.seq) run = this.#split(run, at - run.seq);
      if (run.seq + run.text.length > seq + count) this.#split(run, seq + count - run.seq);
      at = run.seq + run.text.length;
      if (run.isDeleted) continue;
      tell(run);
      this.#length -= run.text.length;
      const gone = run;
      this.#order.update(gone, () => (gone.isDeleted = true));
    }
    return runs;
  }

  /** Adds `run` to its parent's children and to the list. */
  #attach(run: TextRun): void {
    const { parent, side } = run;
    if (parent === null) {
      this.#attachAmong(run, this.#rootKids, null);
      return;
    }
    let host = this.find(parent);
    assert(host !== undefined, `Parent ${parent.agent}:${parent.seq} is not here`);
    if (side === "left") {
      if (parent.seq > host.seq) host = this.#split(host, parent.seq - host.seq);
      const at = lowerKid(host.leftKids, run, compareIdsOf);
      const next = host.leftKids[at];
      host.leftKids.splice(at, 0, run);
      this.#order.insertBefore(next === undefined ? host : leftmost(next), run);
      return;
    }
    if (parent.seq < host.seq + host.text.length - 1) this.#split(host, parent.seq + 1 - host.seq);
    this.#attachAmong(run, host.rightKids, host);
  }

  /** `host` is what the right children `kids` hang on; null: the root. */
  #attachAmong(run: TextRun, kids: TextRun[], host: TextRun | null): void {
    const at = lowerKid(kids, run, this.#compareRight);
    const previous = kids[at - 1];
    kids.splice(at, 0, run);
    // The first right child stands right behind its host: ahead of its siblings' left children too.
    this.#order.insertAfter(previous === undefined ? host : rightmost(previous), run);
  }

  readonly #compareRight = (a: TextRun, b: TextRun): number => this.#rules.compareRight(a, b, (x, y) => this.#comparePlaces(x, y));

  /** Negative: `a` stands before `b` in the document; null is the end. */
  #comparePlaces(a: CharId | null, b: CharId | null): number {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const [first, second] = [this.find(a), this.find(b)];
    assert(first !== undefined && second !== undefined, `Right origin ${a.agent}:${a.seq} or ${b.agent}:${b.seq} is not here`);
    return first === second ? a.seq - b.seq : this.#order.compare(first, second);
  }

  /** Cuts a run before its character `offset`; the second part becomes the right child of the first and is returned. */
  #split(run: TextRun, offset: number): TextRun {
    const { agent, seq } = run;
    const rest: TextRun = {
      agent,
      seq: seq + offset,
      text: run.text.slice(offset),
      isDeleted: run.isDeleted,
      parent: { agent, seq: seq + offset - 1 },
      side: "right",
      rightOrigin: run.rightOrigin,
      lamport: lamportAt(run, offset),
      leftKids: [],
      rightKids: run.rightKids,
      block: null,
    };
    this.#order.update(run, () => (run.text = run.text.slice(0, offset)));
    run.rightKids = [rest];
    this.#order.insertAfter(run, rest);
    this.#byAgent.get(agent)!.add(rest);
    return rest;
  }
}

/** By lower agent, then by the agent's own count. */
export function compareIdsOf(a: CharId, b: CharId): number {
  return compareIds(a.agent, b.agent) || a.seq - b.seq;
}

/** Whether `next` is what the author of `run` typed on at its end: the two are then one run. */
export function goesOn(run: NewRun, next: NewRun): boolean {
  const { agent, seq, parent, side, rightOrigin, lamport } = next;
  return (
    run.agent === agent &&
    run.seq + run.text.length === seq &&
    side === "right" &&
    parent?.agent === agent &&
    parent.seq === seq - 1 &&
    lamport === lamportAt(run, run.text.length) &&
    rightOrigin?.agent === run.rightOrigin?.agent &&
    rightOrigin?.seq === run.rightOrigin?.seq
  );
}

/** The Lamport time of the character `offset` of a run; 0 where there is none. */
export function lamportAt({ lamport }: Pick<Sibling, "lamport">, offset: number): number {
  return lamport === 0 ? 0 : lamport + offset;
}

function idOf({ agent, seq }: CharId): CharId {
  return { agent, seq };
}

function lowerKid(kids: readonly TextRun[], run: TextRun, compare: (a: TextRun, b: TextRun) => number): number {
  let at = 0;
  while (at < kids.length && compare(kids[at]!, run) < 0) at++;
  return at;
}

function leftmost(run: TextRun): TextRun {
  let at = run;
  for (let kid = at.leftKids[0]; kid !== undefined; kid = at.leftKids[0]) at = kid;
  return at;
}

function rightmost(run: TextRun): TextRun {
  let at = run;
  for (let kid = at.rightKids.at(-1); kid !== undefined; kid = at.rightKids.at(-1)) at = kid;
  return at;
}
