/**
 * FugueMax for a whole world at once: one list of every unit that anybody ever typed, in the order of the paper
 * (Weidner and Kleppmann, arXiv 2305.00583), and for each replica which events it has. The order of two units is the
 * same on all replicas, so one list serves all; a replica's text is what it knows of the list and has not seen deleted.
 *
 * Written to be obvious and fast enough for millions of steps, not to scale: an edit costs one walk over the list. It
 * is itself checked against tests/support/naive-fuguemax.ts (tests/fuzz/text-oracle.test.ts), and shares no code with it or with crdt/text.
 */

/** One UTF-16 unit that somebody typed. */
export interface Unit {
  /** Place in the order of creation. */
  readonly n: number;
  readonly agent: number;
  readonly seq: number;
  readonly code: number;
  /** What stood to the left and right of it when it was typed, tombstones counted on the right; null: the border. */
  readonly left: Unit | null;
  readonly right: Unit | null;
  readonly leftKids: Unit[];
  readonly rightKids: Unit[];
}

/** Events of one agent, half-open. */
export interface Range {
  readonly agent: number;
  readonly from: number;
  readonly to: number;
}

export interface Event {
  readonly kind: "insert" | "remove";
  readonly unit: Unit;
  /** How many events of each agent come before; null: the agent's own event before alone. */
  readonly deps: readonly number[] | null;
}

interface View {
  readonly known: number[];
  waiting: Range[];
  /** By unit: 0 not here, 1 visible, 2 deleted. */
  states: Uint8Array;
}

const [UNKNOWN, VISIBLE, DELETED] = [0, 1, 2];

export class Oracle {
  readonly #events: Event[][];
  /** The number of the first event that is kept, by agent. */
  readonly #first: number[];
  readonly #views: View[];
  #order: Unit[] = [];
  #rootKids: Unit[] = [];
  #units = 0;
  #codes = new Uint16Array(1024);

  constructor(replicas: number) {
    const each = <T>(make: () => T): T[] => Array.from({ length: replicas }, make);
    this.#events = each(() => []);
    this.#first = each(() => 0);
    this.#views = each(() => ({ known: each(() => 0), waiting: [], states: new Uint8Array(1024) }));
  }

  /** Everything in order, tombstones included. */
  get order(): readonly Unit[] {
    return this.#order;
  }

  /** How many events of each agent `replica` has. */
  known(replica: number): readonly number[] {
    return this.#view(replica).known;
  }

  /** How many events of `agent` there are anywhere. */
  made(agent: number): number {
    return this.#first[agent]! + this.#events[agent]!.length;
  }

  waiting(replica: number): readonly Range[] {
    return this.#view(replica).waiting;
  }

  text(replica: number): string {
    const { states } = this.#view(replica);
    if (this.#codes.length < this.#order.length) this.#codes = new Uint16Array(2 * this.#order.length);
    let length = 0;
    for (const { n, code } of this.#order) if (states[n] === VISIBLE) this.#codes[length++] = code;
    let out = "";
    for (let at = 0; at < length; at += 4096) out += String.fromCharCode(...this.#codes.subarray(at, Math.min(at + 4096, length)));
    return out;
  }

  /** The unit at a visible index. */
  unitAt(replica: number, index: number): Unit | null {
    const { states } = this.#view(replica);
    let left = index;
    for (const unit of this.#order) if (states[unit.n] === VISIBLE && left-- === 0) return unit;
    return null;
  }

  /** Visible units before `unit`, and whether it is visible itself; null when it is not here. */
  indexOf(replica: number, unit: Unit): { readonly index: number; readonly isVisible: boolean } | null {
    const { states } = this.#view(replica);
    if (states[unit.n] === UNKNOWN) return null;
    let index = 0;
    for (const other of this.#order) {
      if (other === unit) break;
      if (states[other.n] === VISIBLE) index++;
    }
    return { index, isVisible: states[unit.n] === VISIBLE };
  }

  /** A local insertion, unit by unit. */
  insert(replica: number, index: number, text: string): Range {
    const from = this.made(replica);
    for (let k = 0; k < text.length; k++) this.#insertUnit(replica, index + k, text.charCodeAt(k));
    return { agent: replica, from, to: this.made(replica) };
  }

  /** A local deletion, from left to right. */
  remove(replica: number, index: number, count: number): Range {
    const from = this.made(replica);
    const units = Array.from({ length: count }, (_, k) => this.unitAt(replica, index + k)!);
    for (const unit of units) this.#record(replica, "remove", unit);
    return { agent: replica, from, to: this.made(replica) };
  }

  /** What an event did: for a check of whose text it was. */
  eventAt(agent: number, seq: number): Event | undefined {
    return this.#events[agent]![seq - this.#first[agent]!];
  }

  /** Takes in what is ready and keeps the rest waiting. */
  receive(replica: number, ranges: readonly Range[]): void {
    const view = this.#view(replica);
    view.waiting.push(...ranges.filter(({ agent, to }) => to > view.known[agent]!));
    for (let isNew = true; isNew;) {
      isNew = false;
      for (const { agent, from, to } of view.waiting)
        while (view.known[agent]! >= from && view.known[agent]! < to && this.#isReady(view, agent)) {
          this.#apply(view, this.eventAt(agent, view.known[agent]!)!);
          view.known[agent]!++;
          isNew = true;
        }
      view.waiting = view.waiting.filter(({ agent, to }) => to > view.known[agent]!);
    }
  }

  /** What waits is lost when a document is written and read again. */
  forgetWaiting(replica: number): void {
    this.#view(replica).waiting = [];
  }

  /**
   * Begins anew at a version that all replicas have and that nothing waits before: the text stays, as one run; tombstones
   * and events go. What comes later has seen all of it, so that no order among the forgotten can matter.
   */
  compact(): void {
    const [first] = this.#views;
    for (const view of this.#views)
      if (view.waiting.length > 0 || String(view.known) !== String(first!.known)) throw new RangeError("Not everybody has everything");
    const kept = this.#order.filter(({ n }) => first!.states[n] === VISIBLE);
    this.#order = [];
    this.#rootKids = [];
    this.#units = 0;
    for (const { agent, seq, code } of kept) {
      const left = this.#order.at(-1) ?? null;
      const unit: Unit = { n: this.#units++, agent, seq, code, left, right: null, leftKids: [], rightKids: [] };
      (left === null ? this.#rootKids : left.rightKids).push(unit);
      this.#order.push(unit);
    }
    for (const view of this.#views) view.states = new Uint8Array(2 * kept.length + 1024).fill(VISIBLE, 0, kept.length);
    for (const [agent, events] of this.#events.entries()) {
      this.#first[agent]! += events.length;
      events.length = 0;
    }
  }

  #view(replica: number): View {
    return this.#views[replica]!;
  }

  #isReady({ known }: View, agent: number): boolean {
    const { deps } = this.eventAt(agent, known[agent]!)!;
    return deps === null || deps.every((count, other) => known[other]! >= count);
  }

  #apply(view: View, { kind, unit }: Event): void {
    view.states[unit.n] = kind === "insert" ? VISIBLE : DELETED;
  }

  #record(replica: number, kind: "insert" | "remove", unit: Unit): void {
    const view = this.#view(replica);
    const event: Event = { kind, unit, deps: [...view.known] };
    this.#events[replica]!.push(event);
    view.known[replica]!++;
    this.#apply(view, event);
  }

  /** Every view has a state for every unit, known or not. */
  #makeRoom(): void {
    for (const view of this.#views) {
      if (view.states.length > this.#units) continue;
      const grown = new Uint8Array(2 * this.#units + 2);
      grown.set(view.states);
      view.states = grown;
    }
  }

  #insertUnit(replica: number, index: number, code: number): void {
    this.#makeRoom();
    const { states } = this.#view(replica);
    const left = index === 0 ? null : this.unitAt(replica, index - 1);
    if (index > 0 && left === null) throw new RangeError(`Invalid position ${index}`);
    let at = left === null ? 0 : this.#order.indexOf(left) + 1;
    while (at < this.#order.length && states[this.#order[at]!.n] === UNKNOWN) at++;
    const right = this.#order[at] ?? null;
    const hasRightKid = (left?.rightKids ?? this.#rootKids).some(({ n }) => states[n] !== UNKNOWN);
    const unit: Unit = { n: this.#units++, agent: replica, seq: this.made(replica), code, left, right, leftKids: [], rightKids: [] };
    if (hasRightKid) this.#attachLeft(right!, unit);
    else this.#attachRight(left, unit);
    this.#record(replica, "insert", unit);
  }

  /** Left siblings: lower id first. */
  #attachLeft(parent: Unit, unit: Unit): void {
    const siblings = parent.leftKids;
    const at = siblings.filter((other) => compareUnits(other, unit) < 0).length;
    const [previous, next] = [siblings[at - 1], siblings[at]];
    if (previous !== undefined) this.#put(unit, this.#order.indexOf(lastOf(previous)) + 1);
    else this.#put(unit, this.#order.indexOf(next === undefined ? parent : firstOf(next)));
    siblings.splice(at, 0, unit);
  }

  /** Right siblings: the farther right origin first, then lower id. */
  #attachRight(parent: Unit | null, unit: Unit): void {
    const siblings = parent === null ? this.#rootKids : parent.rightKids;
    const placeOf = ({ right }: Unit): number => (right === null ? Infinity : this.#order.indexOf(right));
    const own = siblings.length > 0 ? placeOf(unit) : 0;
    const at = siblings.filter((other) => {
      const place = placeOf(other);
      return place === own ? compareUnits(other, unit) < 0 : place > own;
    }).length;
    const previous = siblings[at - 1];
    const before = previous === undefined ? parent : lastOf(previous);
    this.#put(unit, before === null ? 0 : this.#order.indexOf(before) + 1);
    siblings.splice(at, 0, unit);
  }

  #put(unit: Unit, at: number): void {
    this.#order.splice(at, 0, unit);
  }
}

function compareUnits(a: Unit, b: Unit): number {
  return a.agent - b.agent || a.seq - b.seq;
}

function firstOf(unit: Unit): Unit {
  let at = unit;
  for (let kid = at.leftKids[0]; kid !== undefined; kid = at.leftKids[0]) at = kid;
  return at;
}

function lastOf(unit: Unit): Unit {
  let at = unit;
  for (let kid = at.rightKids.at(-1); kid !== undefined; kid = at.rightKids.at(-1)) at = kid;
  return at;
}
