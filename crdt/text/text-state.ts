/**
 * The events, the text that they make, and what it takes to merge: a tracker where people have typed at once. Everything
 * here is local: events have LVs, agents have the log's numbers, nothing is bytes.
 */

import { assert } from "../base/assert.ts";
import { DecodeError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { type CriticalRange, CriticalVersions, isSame } from "./critical-versions.ts";
import type { DeletedText } from "./deleted-text.ts";
import { DELETE, DELETE_BACK, EventLog, INSERT, type OpKind } from "./event-log.ts";
import { HistoryCodes } from "./history-codes.ts";
import { type AgentDigest, HistoryDigest } from "./history-digest.ts";
import { addPast } from "./past-events.ts";
import { Rope } from "./rope.ts";
import { fillText, isPlain, type Sealed } from "./sealed-history.ts";
import { hasLoneSurrogate } from "./surrogates.ts";
import { baseUnits, type OnSplice, RopeSink, textOf } from "./tracked-text.ts";
import { PLACE, Tracker } from "./tracker.ts";
import { originOf, placeOf, takeBack } from "./unit-walk.ts";
import { checkWalks } from "./walk-check.ts";

export type { OnSplice } from "./tracked-text.ts";

/** A tracker that is further behind than this is built anew where that is less work. */
const CATCH_UP_MAX = 2_000;
/** After so many walks over the log, a tracker that knows every unit is less work. */
const WALKS_MAX = 64;

/** What is left of events that were cut off: the text that they made, and their numbers. */
export interface Cut {
  readonly text: string;
  /** Each agent with its next seq. */
  readonly agents: readonly (readonly [ReplicaId, number])[];
  /** The event that everything later builds on. */
  readonly last: readonly [agent: ReplicaId, seq: number];
  /** Where a caret would be after that event: what its author did next counts from there. */
  readonly cursor: number;
  /** What the agents' events were, those that are cut off. */
  readonly digests: ReadonlyMap<ReplicaId, AgentDigest>;
}

export class TextState {
  readonly #log = new EventLog();
  readonly #critical = new CriticalVersions(this.#log);
  /** null: nobody has edited or looked into the text yet. */
  #rope: Rope | null = null;
  #text: string;
  #tracker: Tracker | null = null;
  #ropeSink: RopeSink | null = null;
  /** Of a history that is not unpacked yet. */
  #sealed: Sealed | null;
  #hasSnapped = false;
  /** Whether much is being taken in at once; and, once people had typed at once, the units of the tracker's base text. */
  #isBulk = false;
  #baseUnits: Uint16Array | null = null;
  /** Whether a tracker that knows every unit is to be kept, and one that is to become the tracker. */
  #wantsWhole = false;
  #whole: Tracker | null = null;
  readonly cut: Cut | null;
  #digest: HistoryDigest | null = null;
  /** What storage has made of it so far. */
  readonly codes: HistoryCodes = new HistoryCodes(this.#log);
  /** How often a unit was looked for in the log. */
  #walks = 0;

  constructor(cut: Cut | null = null, sealed: Sealed | null = null) {
    this.cut = cut;
    this.#sealed = sealed;
    this.#text = sealed?.text ?? cut?.text ?? "";
    if (cut === null) return;
    this.#log.beginCut(cut.agents, [cut.last[0], cut.last[1] + 1], cut.cursor);
    this.#critical.beginAt(this.#log.count - 1, cut.text.length);
    if (/[\ud800-\udfff]/.test(cut.text)) this.#log.markPairs();
  }

  /** The events; unpacks them the first time. @throws DecodeError when they are not what they were said to be. */
  get log(): EventLog {
    if (this.#sealed !== null) this.#unseal(this.#sealed);
    return this.#log;
  }

  /** What each agent's events were, as two numbers. Cost: the events since the last call. */
  digests(): (readonly [ReplicaId, AgentDigest])[] {
    const { log } = this;
    const digest = (this.#digest ??= new HistoryDigest(log, this.cut?.digests ?? null)).advance(log, log.count);
    return this.agents().map(([agent]) => [agent, digest.of(log, agent)]);
  }

  /** Events, of everybody. */
  get eventCount(): number {
    return this.#sealed === null ? this.#log.count : this.#sealed.agents.reduce((sum, [, next]) => sum + next, 0);
  }

  get inserted(): number {
    return this.#sealed === null ? this.#log.inserted : this.#sealed.inserted;
  }

  /** Each agent that has made events, with its next seq. */
  agents(): (readonly [ReplicaId, number])[] {
    const log = this.#log;
    const all = this.#sealed?.agents ?? Array.from({ length: log.agentCount }, (_, n) => [log.agentAt(n), log.nextSeqAt(n)] as const);
    return all.filter(([, next]) => next > 0);
  }

  seqOf(agent: ReplicaId): number {
    return this.#sealed === null ? this.#log.seqOf(agent) : (this.#sealed.agents.find(([id]) => id === agent)?.[1] ?? 0);
  }

  /** The events that nobody has built upon. */
  tips(): readonly (readonly [ReplicaId, number])[] {
    return this.#sealed?.tips ?? this.#log.frontier.map((lv) => [this.#log.idOf(lv).agent, this.#log.seqAt(lv)] as const);
  }

  /** Whether an event claimed a place between the halves of a surrogate pair. */
  get hasSnapped(): boolean {
    return this.#hasSnapped || this.#tracker?.hasSnapped === true;
  }

  get length(): number {
    return this.#rope?.length ?? this.#text.length;
  }

  text(): string {
    return this.#rope?.toString() ?? this.#text;
  }

  slice(start: number, end: number): string {
    return this.#rope?.slice(start, end) ?? this.#text.slice(start, end);
  }

  /** Whether a border at `index` would separate the halves of a surrogate pair. */
  isInsidePair(index: number): boolean {
    if (!this.log.hasPairs || index <= 0 || index >= this.length) return false;
    const rope = this.#edited();
    return (rope.unitAt(index - 1) & 0xfc00) === 0xd800 && (rope.unitAt(index) & 0xfc00) === 0xdc00;
  }

  /** Types `text` at a place in the text of now, which must be one. Returns the LV. Constant. */
  insert(agentIndex: number, index: number, text: string): number {
    const rope = this.#rope ?? this.#edited();
    const lv = this.#log.append(agentIndex, null, INSERT, index, text.length, text);
    this.#critical.open(lv);
    rope.insert(index, text);
    if (lv >= this.codes.dueAt) this.codes.advance();
    return lv;
  }

  /** Deletes units that are there. Returns the LV. Constant. */
  delete(agentIndex: number, index: number, count: number): number {
    const rope = this.#rope ?? this.#edited();
    const lv = this.#log.append(agentIndex, null, DELETE, index, count, "");
    this.#critical.open(lv);
    if (this.codes.keepsDeleted) this.codes.keep(rope, index, count);
    rope.delete(index, count);
    if (lv >= this.codes.dueAt) this.codes.advance();
    return lv;
  }

  /**
   * Adds a run of events. `parents`: LVs, ascending; null: the frontier. Any position has a meaning: see Tracker.
   * Cost: constant where the events build on everything here.
   */
  add(
    agentIndex: number,
    parents: readonly number[] | null,
    kind: OpKind,
    position: number,
    length: number,
    text: string,
    onSplice: OnSplice | null,
  ): number {
    const rope = this.#rope ?? this.#edited();
    const log = this.#log;
    const isNext = parents === null || isSame(parents, log.frontier);
    const first = kind === DELETE_BACK ? position - length + 1 : position;
    if (this.#baseUnits !== null) return this.#addDetached(agentIndex, isNext ? null : parents, kind, position, length, text);
    // A deletion of what is not there goes the long way: a critical range must know its lengths.
    if (isNext && (kind === INSERT || first + length <= this.length)) {
      const lv = log.append(agentIndex, null, kind, position, length, text);
      this.#critical.open(lv);
      if (kind === INSERT) {
        const within = Math.min(position, this.length);
        const isInside = this.isInsidePair(within);
        if (isInside) this.#hasSnapped = true;
        const at = isInside ? within - 1 : within;
        rope.insert(at, text);
        onSplice?.({ index: at, remove: 0, insert: text });
      } else {
        this.codes.keep(rope, first, length);
        rope.delete(first, length);
        onSplice?.({ index: first, remove: length, insert: "" });
      }
      if (lv >= this.codes.dueAt) this.codes.advance();
      return lv;
    }
    this.#critical.close(log.count, this.length);
    const seen = isNext ? log.frontier.slice() : parents;
    const lv = log.append(agentIndex, seen, kind, position, length, text);
    if (!isNext) this.#critical.forgetAfter(seen.length === 0 ? -1 : seen[seen.length - 1]!);
    const tracker = this.#trackerFor(lv);
    if (this.#isBulk) this.#detach(tracker);
    tracker.takeRun(seen, kind, position, length, this.#baseUnits === null ? this.#sink(text, onSplice) : null);
    return lv;
  }

  /**
   * Runs `work`, which adds much at once and tells nobody of each change. From the first event on that has not seen
   * everything, only the tracker is kept; the text is read off it at the end.
   */
  inBulk(work: () => void): void {
    this.#isBulk = true;
    try {
      work();
    } finally {
      this.#isBulk = false;
      this.#attach();
    }
  }

  /** As `add`, while the text is not kept. */
  #addDetached(
    agentIndex: number,
    parents: readonly number[] | null,
    kind: OpKind,
    position: number,
    length: number,
    text: string,
  ): number {
    const log = this.#log;
    const tracker = this.#tracker!;
    const before = tracker.length;
    const seen = parents ?? log.frontier.slice();
    if (parents !== null) {
      this.#critical.close(log.count, before);
      this.#critical.forgetAfter(seen.length === 0 ? -1 : seen[seen.length - 1]!);
      if (this.#critical.last.lv < tracker.base) {
        // It has seen less than the tracker has: the next one must begin earlier, and the text is needed for that.
        this.#attach();
        return this.add(agentIndex, parents, kind, position, length, text, null);
      }
    }
    const lv = log.append(agentIndex, parents, kind, position, length, text);
    tracker.takeRun(seen, kind, position, length, null);
    const isWhole = tracker.length === before + (kind === INSERT ? length : -length);
    if (parents === null && isWhole) this.#critical.open(lv);
    else if (parents === null) this.#critical.close(lv, before);
    return lv;
  }

  /** From here on the text is in the tracker: what is left of its base text is remembered. */
  #detach(tracker: Tracker): void {
    const rope = this.#edited();
    this.codes.loseDeleted();
    this.#baseUnits = baseUnits(tracker, rope);
  }

  #attach(): void {
    const units = this.#baseUnits;
    if (units === null) return;
    this.#baseUnits = null;
    this.#rope = textOf(this.#tracker!, units, this.#log);
    this.#ropeSink = null;
  }

  /** A tracker from the very beginning, or from the cut, which knows every unit. Kept from then on. */
  whole(): Tracker {
    const base = this.log.firstLv - 1;
    if (this.#tracker === null || this.#tracker.base !== base)
      this.#tracker = this.#whole ?? this.#trackerAt(base, this.cut?.text.length ?? 0);
    this.#whole = null;
    if (this.#tracker.hasSnapped) this.#hasSnapped = true;
    this.#tracker.take(this.log.count, null);
    return this.#tracker;
  }

  /** The id of unit `index` of the text. Cost: the rows back to it, where people typed one after the other; else as `whole`. */
  idAt(index: number): number {
    if (!this.#isWalkable) return this.whole().idAt(index);
    const { lv, index: before } = originOf(this.#log, this.#critical.linearFrom, this.length, index);
    if (lv >= 0) return lv;
    return this.#critical.linearFrom === this.#log.firstLv ? PLACE + before : this.whole().idAt(index);
  }

  /** Where the unit of that id is, or was when it was deleted. Cost: the rows since, where people typed one after the other; else as `whole`. */
  placeOf(id: number): { readonly index: number; readonly isGone: boolean } {
    if (id < PLACE && this.#isWalkable && id >= this.#critical.linearFrom)
      return placeOf(this.#log, this.#critical.linearFrom, id, this.length);
    const tracker = this.whole();
    return { index: tracker.indexOf(id), isGone: tracker.isGone(id) };
  }

  /** Whether to look for units in the log: the first few times, while there is no tracker that knows them all. */
  get #isWalkable(): boolean {
    if (this.log.count === 0 || this.hasSnapped || this.#tracker?.base === this.log.firstLv - 1) return false;
    return ++this.#walks < WALKS_MAX;
  }

  /** From this event on each acted on all before it, so that the rows alone tell (unit-walk.ts); the log's count: they do not. */
  get walkableFrom(): number {
    return this.log.count === 0 || this.hasSnapped ? this.log.count : this.#critical.linearFrom;
  }

  /** The id of unit `place` in the text at event `lv`; -1 when there is none, or others had typed at the same time. Cost: a replay. */
  idInPast(lv: number, place: number): number {
    const past = this.#trackerAt(this.log.firstLv - 1, this.cut?.text.length ?? 0);
    past.take(lv + 1, null);
    const { onlyA } = this.log.diff([lv], []);
    const isCritical = onlyA.every((bound, n) => n % 2 === 1 || n + 2 >= onlyA.length || bound === onlyA[n + 3]);
    return isCritical && place < past.length ? past.idAt(place) : -1;
  }

  /**
   * The text at a past version: events of `tips`, ascending, and all before them. Cost: what came since, where people have typed
   * one after the other since then and what they deleted is at hand; else as `whole`, and what came since.
   */
  textAt(tips: readonly number[]): string {
    const { log } = this;
    if (isSame(tips, log.frontier)) return this.text();
    const [tip] = tips;
    const isSince = tips.length === 1 && tip !== undefined && tip >= this.#critical.linearFrom && !this.hasSnapped;
    const deleted = isSince ? this.codes.deleted : null;
    if (tip === undefined) return "";
    if (deleted === null && isSince) return this.at(tips).text();
    if (deleted === null) {
      // First what a loaded history inserted: whoever tells needs the tracker as it was when that ended.
      this.#wantsWhole = true;
      try {
        log.requestText();
      } finally {
        this.#wantsWhole = false;
      }
      let text = "";
      for (const { id, length } of this.whole().unitsIn(tips))
        text += id >= PLACE ? this.cut!.text.slice(id - PLACE, id - PLACE + length) : log.textAt(id, id + length);
      return text;
    }
    const rope = Rope.of(this.text());
    takeBack(log, tip, rope, deleted.units());
    return rope.toString();
  }

  /** A past version: events of `tips` and all before them. Cost: a replay. */
  at(tips: readonly number[]): TextState {
    const past = new TextState(this.cut);
    addPast(this.log, tips, past);
    return past;
  }

  /** The last event before `bound` that everything before leads to and everything after builds on; -1 when there is none. */
  criticalBefore(bound: number): number {
    return this.log.count === 0 ? -1 : this.#critical.before(bound);
  }

  criticalRanges(): readonly CriticalRange[] {
    return this.log.count === 0 ? [] : this.#critical.ranges(this.length);
  }

  /** What was deleted, kept up from the first call on. null: it is not known any more. Cost: linear the first time. */
  deleted(): DeletedText | null {
    const { log } = this;
    if (this.codes.deleted !== null) return this.codes.deleted;
    // Before the tracker goes on: what fills in the text of a loaded history needs it where that ended.
    if (log.lacksText) return null;
    return this.codes.keepDeleted(this.walkableFrom === log.firstLv ? null : this.whole(), this.cut?.text ?? "");
  }

  /** What the events in [from, to), of one piece, deleted, in the order of the text; null: that is not at hand without a replay. */
  deletedBy(from: number, to: number): string | null {
    return from < this.#critical.linearFrom || this.hasSnapped ? null : this.codes.deletedBy(from, to);
  }

  /**
   * Replays a history that nobody has vouched for.
   * @throws DecodeError when it does not come to the text and the numbers that it announced.
   */
  verify(): void {
    const sealed = this.#sealed;
    if (sealed === null) return;
    const { log } = this;
    const wrong = (what: string): DecodeError => new DecodeError(`A history that comes to another ${what} than it says`, 0);
    if (this.agents().length !== sealed.agents.filter(([, next]) => next > 0).length) throw wrong("set of agents");
    for (const [agent, next] of sealed.agents) if (log.seqOf(agent) !== next) throw wrong("number of events");
    const tips = this.tips();
    if (tips.length !== sealed.tips.length || !tips.every(([a, s]) => sealed.tips.some(([b, t]) => a === b && s === t)))
      throw wrong("version");
    // Once without the text, for its length and the critical versions; then with it, where a place could be in a pair.
    this.#tracker = this.#trackerAt(log.firstLv - 1, this.cut?.text.length ?? 0);
    this.#critical.replay(this.#tracker);
    if (this.#tracker.length !== this.#text.length) throw wrong("text");
    if (this.cut === null && !log.hasPairs && isPlain(sealed, log.inserted)) return;
    log.requestText();
    for (let lv = log.firstLv; lv < log.count; lv = log.opEnd(lv, log.count))
      if (log.kindAt(lv) === INSERT && hasLoneSurrogate(log.textAt(lv, log.opEnd(lv, log.count))))
        throw wrong("text than whole characters");
    if (log.hasPairs && this.at(log.frontier.slice()).text() !== this.#text) throw wrong("text");
  }

  /** Verifies that the text is what the events make, by a replay, and every structure. @throws AssertionError */
  checkInvariants(): void {
    const text = Rope.of(this.cut?.text ?? "");
    const replay = this.#trackerAt(this.log.firstLv - 1, text.length);
    replay.take(this.log.count, new RopeSink(text, this.log, null));
    replay.checkInvariants();
    if (!this.hasSnapped && !replay.hasSnapped) checkWalks(this.#log, this.#critical.linearFrom, this.length, replay);
    text.checkInvariants();
    this.#rope?.checkInvariants();
    assert(text.toString() === this.text(), "The text is not what its events make");
    if (this.#tracker !== null && this.#tracker.next === this.log.count)
      assert(this.#tracker.length === this.length, `A tracker of ${this.#tracker.length} units for a text of ${this.length}`);
    this.#tracker?.checkInvariants();
    this.#critical.checkInvariants();
  }

  /** A tracker that has everything before `lv` and nothing else. */
  #trackerFor(lv: number): Tracker {
    const { lv: base, length } = this.#critical.last;
    if (this.#tracker?.hasSnapped === true) this.#hasSnapped = true;
    const held = this.#tracker;
    const isUsable = held !== null && held.base <= base;
    const isFar = held !== null && lv - held.next > CATCH_UP_MAX && lv - held.next > lv - base;
    const tracker = isUsable && !isFar ? held : this.#trackerAt(base, length);
    this.#tracker = tracker;
    tracker.take(lv, null);
    return tracker;
  }

  #trackerAt(base: number, length: number): Tracker {
    let text: string | null = null;
    return new Tracker(this.log, base, length, () => (text ??= base < 0 ? "" : this.at([base]).text()));
  }

  /** Brings what the tracker finds into the text. `inserted`: what the events at hand insert. */
  #sink(inserted: string, onSplice: OnSplice | null): RopeSink {
    this.#ropeSink ??= new RopeSink(this.#edited(), this.#log, this.codes);
    this.#ropeSink.text = inserted;
    this.#ropeSink.onSplice = onSplice;
    return this.#ropeSink;
  }

  /** The text, to be edited; the events with it. */
  #edited(): Rope {
    if (this.#rope !== null) return this.#rope;
    if (this.#sealed !== null) this.#unseal(this.#sealed);
    this.#rope = Rope.of(this.#text);
    // The events may still want it, to know what they inserted.
    return this.#rope;
  }

  #unseal(sealed: Sealed): void {
    const log = this.#log;
    this.#sealed = null;
    for (const [agent] of sealed.agents) log.agentIndexOf(agent);
    const from = log.count;
    const unpacked = sealed.unpack(log);
    if (sealed.hasPairs) log.markPairs();
    this.#critical.restore(unpacked.critical);
    this.codes.begin(unpacked, sealed.deleted);
    const to = log.count;
    log.awaitText(to, () => this.#fillText(sealed, from, to));
  }

  /** Tells the events in [from, to) what they inserted: a replay gives the order of everything, and what of it is gone. */
  #fillText(sealed: Sealed, from: number, to: number): void {
    const log = this.#log;
    const held = this.#tracker;
    const isUsable = held !== null && held.base === from - 1 && held.next === to;
    const tracker = isUsable ? held : this.#trackerAt(from - 1, this.cut?.text.length ?? 0);
    tracker.take(to, null);
    if (this.#wantsWhole) this.#whole = tracker;
    else this.#tracker ??= tracker;
    fillText(log, to, tracker, sealed, this.cut?.text ?? "");
  }
}
