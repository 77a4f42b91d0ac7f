/**
 * An ordered note as a tab holds it: the committed log, and the tab's own edits that are not in it yet, shown on top.
 *
 * An edit is proposed under a number of its author. It counts as unsaved until an entry with that number comes back,
 * however often it is proposed: a node that knows the number answers with the entry again.
 */

import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { applySplices, diffText, mapPosition, snapSplices, type Splice } from "../base/splice.ts";
import { mapSplices } from "../base/map-splices.ts";
import { writeVector } from "../causal/version-vector.ts";
import {
  type Action,
  decodeMessage,
  decodeVersion,
  encodeMessage,
  encodeVersion,
  type Entry,
  type FullSplice,
  type Proposal,
  type Refusal,
  type Snapshot,
} from "./ordered-codec.ts";
import { applyOrRefuse, composeAll, contradiction, OrderedLog } from "./ordered-log.ts";
import type { OrderedRule, Pending } from "./ordered-rule.ts";
import type {
  Anchor,
  ContentHash,
  Edited,
  InspectedLog,
  Inspection,
  Lock,
  OpenOptions,
  Received,
  Replica,
  Standing,
  Stats,
} from "./strategy.ts";

export class OrderedCopy implements Replica {
  readonly self: ReplicaId;
  readonly log = new OrderedLog();
  readonly lock?: Lock;
  readonly #rule: OrderedRule;
  readonly #options: OpenOptions;
  #pending: readonly Pending[] = [];
  #view = "";
  #pause: string | null = null;
  /** Whether a refusal said that the node is further: then the edits are proposed again once this copy is. */
  #mustPropose = false;
  /** Whether somebody else's entry came while edits of this copy were pending, and they were not proposed since. */
  #isOvertaken = false;
  /** What others' entries did to the shown text since the last own edit, for edits that come out of storage late. */
  #moved: { readonly index: number; readonly splices: readonly Splice[] }[] = [];
  /** What a rule remembers between two attempts at the same edits. */
  readonly #memory = new Map<string, string>();

  constructor(rule: OrderedRule, options: OpenOptions) {
    this.#rule = rule;
    this.#options = options;
    this.self = options.replica;
    if (rule.openLock !== undefined) this.lock = rule.openLock(this);
    if (options.state !== undefined && options.state.length > 0) this.receive(options.state);
  }

  get length(): number {
    return this.#view.length;
  }

  get unconfirmed(): number {
    return this.#pending.filter(({ action }) => action === "edit").reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  get pause(): string | null {
    return this.#pause;
  }

  text(): string {
    return this.#view;
  }

  edit(splices: readonly Splice[]): Edited {
    const edited = applySplices(this.#view, splices);
    const snapped = snapSplices(this.#view, splices);
    const text = wellFormed(applySplices(this.#view, snapped));
    const correction = diffText(edited, text);
    if (text === this.#view) return { isAccepted: true, update: EMPTY_BYTES, correction };
    const nameOf = (replica: ReplicaId): string | null => this.#options.nameOf?.(replica) ?? null;
    const gate = this.#rule.gate?.(this.log, { self: this.self, nowMs: this.#nowMs(), nameOf });
    const { reason, lockToken } = gate ?? { reason: null, lockToken: 0 };
    if (reason !== null) return { isAccepted: false, reason };
    const { isWhole } = this.#rule;
    const made = snapped.map(({ index, remove, insert }) => ({ index, remove, insert: wellFormed(insert) }));
    const intent = made.map((splice) => ({ ...splice, removed: this.#view.slice(splice.index, splice.index + splice.remove) }));
    this.#moved = [];
    const pending = this.#add("edit", {
      lockToken,
      splices: isWhole ? [] : made,
      intent: isWhole ? intent : [],
      text: isWhole ? text : null,
    });
    this.#view = text;
    return { isAccepted: true, update: this.#proposing([pending]), correction };
  }

  /** Proposes something that is not an edit. */
  propose(action: Action, lockToken: number): Uint8Array {
    return this.#proposing([this.#add(action, { lockToken, splices: [], intent: [], text: null })]);
  }

  receive(update: Uint8Array): Received {
    const { snapshot, entries, proposals, refusals } = decodeMessage(update);
    this.log.assertOneHistory(entries);
    const before = this.#view;
    const { head } = this.log;
    let edits: readonly (readonly Splice[])[] | null = [];
    const start = snapshot !== null && snapshot.index > head ? snapshot : null;
    const from = start?.index ?? head;
    const next = entries.filter(({ index }) => index > from);
    const hasGap = next.length > 0 && next[0]!.index !== from + 1;
    if (!hasGap) this.log.check(next, start);
    if (start !== null) edits = this.#begin(start);
    if (!hasGap && next.length > 0) {
      const moved = this.#follow(next);
      edits = moved === null || edits === null ? null : [...edits, ...moved];
    }
    this.log.fold(this.log.head);
    for (const proposal of proposals) if (proposal.replica === this.self) this.#restore(proposal);
    if (proposals.length > 0) edits = null;
    const isBehind = this.#heed(refusals);
    const hasNews = this.log.head > head;
    const splices = edits === null ? diffText(before, this.#view) : composeAll(edits);
    const mustReply =
      this.#pending.length > 0 && (this.#mustPropose || (hasNews && this.#rule.whenOvertaken === "retry" && this.#isOvertaken));
    const canReply = mustReply && !isBehind && !hasGap;
    if (canReply) this.#mustPropose = this.#isOvertaken = false;
    return {
      splices,
      forward: hasNews || splices.length > 0 ? update : null,
      reply: canReply ? this.#proposing(this.#pending) : null,
      isWaiting: hasGap || isBehind,
      losses: [],
    };
  }

  version(): Uint8Array {
    return encodeVersion(this.log.head, this.log.vector);
  }

  /** With the entries of the order, and the own edits that are not in it. */
  since(version: Uint8Array): Uint8Array {
    const { index, vector } = decodeVersion(version);
    const known = vector.get(this.self) ?? 0;
    const proposals = this.#proposals(this.#pending.filter(({ last }) => last > known));
    return encodeMessage({ ...this.log.since(index, this.log.head), proposals });
  }

  seen(): Uint8Array {
    const vector = new Map(this.log.vector);
    const last = this.#pending.at(-1)?.last;
    if (last !== undefined) vector.set(this.self, last);
    return writeVector(vector);
  }

  hash(): ContentHash {
    return this.log.hash(this.#view);
  }

  stats(): Stats {
    return { events: this.log.head, tombstones: 0, pending: this.#pending.length, ...this.log.counts };
  }

  /** An index in the committed text, and in the author's own view as long as nothing else was committed. */
  anchor(index: number, side: -1 | 1): Anchor {
    if (!(index >= 0 && index <= this.length)) throw new RangeError(`Invalid position ${index} in a document of length ${this.length}`);
    let committed = index;
    for (const { splices } of this.#pending.toReversed()) committed = unmapPosition(committed, splices);
    return new ByteWriter(24)
      .byte(side < 0 ? 0 : 1)
      .varUint(this.log.head)
      .varUint(committed)
      .varUint(replicaNumber(this.self))
      .varUint(this.#lastSeq())
      .varUint(index)
      .finish();
  }

  resolve(anchor: Anchor): number {
    const reader = new ByteReader(anchor);
    const side = reader.byte() === 0 ? -1 : 1;
    const [head, committed] = [reader.varUint(), reader.varUint()];
    const [replica, seq, index] = [replicaIdFrom(reader.varUint()), reader.varUint(), reader.varUint()];
    reader.end();
    let at = committed;
    let pending = this.#pending;
    if (replica === this.self && head === this.log.head) {
      at = index;
      pending = pending.filter(({ first }) => first > seq);
    } else if (head >= this.log.startIndex && head <= this.log.head) {
      for (const { splices } of this.log.after(head)) at = mapPosition(at, splices, side);
    }
    for (const { splices } of pending) at = mapPosition(at, splices, side);
    return Math.min(at, this.length);
  }

  inspect(): Inspection {
    const last = this.log.at(this.log.head);
    const log = this.#inspectLog();
    if (last === undefined || this.#view === "") return { items: [], log };
    const item = { id: `${last.replica}:${last.last}`, author: last.replica, length: this.length, text: this.#view };
    return { items: [{ ...item, isDeleted: false, originLeft: null, originRight: null }], log };
  }

  standing(): Standing {
    return { nextSeq: this.#lastSeq() + 1, head: this.log.head };
  }

  checkInvariants(): void {
    this.log.checkInvariants();
    let seq = this.log.committedOf(this.self);
    for (const { first, last } of this.#pending) {
      assert(first === seq + 1 && last >= first, `Pending edits ${first} to ${last} after ${seq}`);
      seq = last;
    }
    assert(this.#view === this.#shown(), "What is shown is not the committed text with the own edits");
  }

  #inspectLog(): InspectedLog {
    const { text, startIndex } = this.log;
    let before = text;
    const pending = this.#pending.map(({ first, last, splices, text: whole }) => {
      const made = whole === null ? splices : diffText(before, whole);
      before = whole ?? applySplices(before, splices);
      return { first, last, splices: made };
    });
    const entries = this.log.after(startIndex).map(({ replica, index, first, last, base, atMs, token, kind, splices }) => {
      return { author: replica, index, first, last, base, atMs, token, kind, splices };
    });
    return { text, startIndex, entries, pending, isTransforming: this.#rule.whenOvertaken === "rebase", isWhole: this.#rule.isWhole };
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#options.clock.now()));
  }

  #lastSeq(): number {
    return this.#pending.at(-1)?.last ?? this.log.committedOf(this.self);
  }

  #add(action: Action, what: Pick<Pending, "lockToken" | "splices" | "intent" | "text">): Pending {
    const seq = this.#lastSeq() + 1;
    // A write on top of one that knows nothing of others knows nothing of them either.
    const base = this.#pending.at(-1)?.base ?? this.log.head;
    const pending: Pending = { first: seq, last: seq, base, atMs: this.#nowMs(), action, ...what };
    this.#pending = [...this.#pending, pending];
    return pending;
  }

  #proposing(pending: readonly Pending[]): Uint8Array {
    return encodeMessage({ proposals: this.#proposals(pending) });
  }

  /** Whole-note writes that follow one another are proposed as the last of them. */
  #proposals(pending: readonly Pending[]): Proposal[] {
    const out: Proposal[] = [];
    for (const each of pending) {
      const proposal = { ...each, replica: this.self, base: this.#rule.whenOvertaken === "keep" ? each.base : this.log.head };
      const last = out.at(-1);
      if (last !== undefined && last.text !== null && each.text !== null && last.lockToken === each.lockToken)
        out[out.length - 1] = { ...proposal, first: last.first, intent: composeIntents(last.intent, each.intent) };
      else out.push(proposal);
    }
    return out;
  }

  /** The committed text with the own edits in it. */
  #shown(): string {
    let { text } = this.log;
    for (const { splices, text: whole } of this.#pending) text = whole ?? applySplices(text, splices);
    return text;
  }

  /** Appends entries; returns what that does to the shown text, list by list, or null where only the texts can tell. */
  #follow(entries: readonly Entry[]): Splice[][] | null {
    const isRebasing = this.#rule.whenOvertaken === "rebase";
    const out: Splice[][] = [];
    let before: string | null = null;
    let view = this.#view;
    let wasBounced = false;
    for (const entry of entries) {
      // Own work that was committed before this copy was opened on what is stored is news to it.
      const isOwn = entry.replica === this.self && entry.first > 0 && this.#pending.some(({ first }) => first <= entry.last);
      if (!isOwn && isRebasing) {
        let over: readonly Splice[] = entry.splices;
        const moved: Pending[] = [];
        for (const pending of this.#pending) {
          moved.push({ ...pending, splices: mapSplices(pending.splices, over, false) });
          over = mapSplices(over, pending.splices, true);
        }
        this.#pending = moved;
        view = applySplices(view, over);
        this.#moved.push({ index: entry.index, splices: over });
        out.push([...over]);
      } else if (!isOwn) before ??= this.log.text;
      this.log.append(entry);
      if (isOwn) {
        wasBounced ||= entry.kind !== "committed" && entry.intent.length > 0;
        this.#confirm(entry.last);
      }
    }
    if (isRebasing) {
      this.#view = view;
      return out;
    }
    this.#catchUp(before);
    return before === null && !wasBounced ? [] : null;
  }

  #confirm(last: number): void {
    this.#pending = this.#pending
      .filter((pending) => pending.last > last)
      .map((pending) => ({ ...pending, first: Math.max(pending.first, last + 1) }));
    this.#pause = null;
    this.#memory.clear();
  }

  /** Everything up to now is in; `before` is the committed text that the own edits stood on, if others' came. */
  #catchUp(before: string | null): void {
    if (before !== null && this.#pending.length > 0) {
      this.#isOvertaken = true;
      if (this.#rule.overtaken !== undefined)
        this.#pending = this.#rule.overtaken({ before, after: this.log.text, view: this.#view, pending: this.#pending }, this.#memory);
    }
    this.#view = this.#shown();
  }

  /** A text instead of the entries that led to it: to the own edits, one change by somebody else. */
  #begin(snapshot: Snapshot): null {
    const [before, pending] = [this.log.text, this.#pending];
    this.log.begin(snapshot);
    const known = this.log.committedOf(this.self);
    const confirmed = pending.filter(({ last }) => last <= known);
    let base = before;
    for (const { splices, text } of confirmed) base = text ?? applySplices(base, splices);
    this.#confirm(known);
    if (this.#rule.whenOvertaken === "rebase") {
      let over: readonly Splice[] = diffText(base, this.log.text);
      const moved: Pending[] = [];
      for (const each of this.#pending) {
        moved.push({ ...each, splices: mapSplices(each.splices, over, false) });
        over = mapSplices(over, each.splices, true);
      }
      this.#pending = moved;
      this.#view = this.#shown();
      // The node cannot move them that far back.
      this.#mustPropose = moved.length > 0;
    } else this.#catchUp(base);
    return null;
  }

  /** An own edit out of storage: it was made before what came from the node since. */
  #restore(proposal: Proposal): void {
    if (proposal.last <= this.#lastSeq()) return;
    if (proposal.first !== this.#lastSeq() + 1) throw contradiction(`Own edit ${proposal.first} after ${this.#lastSeq()}`);
    let { splices } = proposal;
    for (const { index, splices: over } of this.#moved) if (index > proposal.base) splices = mapSplices(splices, over, false);
    const text = proposal.text === null ? applyOrRefuse(this.#view, splices) : proposal.text;
    const { first, last, base, atMs, action, lockToken, intent } = proposal;
    this.#pending = [...this.#pending, { first, last, base, atMs, action, lockToken, splices, intent, text: proposal.text }];
    this.#view = text;
  }

  /** Returns whether the node is further than this copy. */
  #heed(refusals: readonly Refusal[]): boolean {
    let isBehind = false;
    for (const { replica, last, head, base, kind, reason } of refusals) {
      if (replica !== this.self || last <= this.log.committedOf(replica)) continue;
      if (kind === "paused") {
        this.#pause = reason;
        continue;
      }
      isBehind ||= head > this.log.head;
      // One that was made on an older text than the edits stand on now has been proposed again, where that is done at once.
      if (this.#rule.whenOvertaken === "rebase" || base === this.log.head) this.#mustPropose = true;
    }
    return isBehind;
  }
}

/** Two intents that follow one another as one. It is never empty: an entry with an intent is a write of the whole note. */
function composeIntents(first: readonly FullSplice[], second: readonly FullSplice[]): FullSplice[] {
  const undone = composeAll([inverseOf(second), inverseOf(first)]);
  const all = composeAll([first, second]).map((splice, n) => {
    const removed = undone[n]?.insert ?? "";
    return { ...splice, remove: removed.length, removed };
  });
  return all.length > 0 ? all : [{ index: 0, remove: 0, removed: "", insert: "" }];
}

function inverseOf(splices: readonly FullSplice[]): Splice[] {
  let shift = 0;
  return splices.map(({ index, remove, insert, removed }) => {
    const inverse = { index: index + shift, remove: insert.length, insert: removed };
    shift += insert.length - remove;
    return inverse;
  });
}

/** Where `position` after `splices` was before them; inside of what they inserted, the place of the insertion. */
function unmapPosition(position: number, splices: readonly Splice[]): number {
  let shift = 0;
  for (const { index, remove, insert } of splices) {
    const at = index + shift;
    if (position <= at) break;
    if (position < at + insert.length) return index;
    shift += insert.length - remove;
  }
  return Math.max(0, position - shift);
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}
