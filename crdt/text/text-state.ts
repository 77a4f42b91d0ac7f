/**
 * The events, the text that they make, and what it takes to merge: a tracker where people have typed at once. Everything
 * here is local: events have LVs, agents have the log's numbers, nothing is bytes.
 */

import { assert } from "../base/assert.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import { CriticalVersions } from "./critical-versions.ts";
import { DELETE, DELETE_BACK, EventLog, INSERT, type OpKind } from "./event-log.ts";
import { Rope } from "./rope.ts";
import { type EffectSink, Tracker } from "./tracker.ts";

/** A tracker that is further behind than this is built anew where that is less work. */
const CATCH_UP_MAX = 2_000;

/** Told of each change of the text, in order. */
export type OnSplice = (splice: Splice) => void;

/** What is left of events that were cut off: the text that they made, and their numbers. */
export interface Cut {
  readonly text: string;
  /** Each agent with its next seq. */
  readonly agents: readonly (readonly [ReplicaId, number])[];
  /** The event that everything later builds on. */
  readonly last: readonly [agent: ReplicaId, seq: number];
}

export class TextState {
  readonly log = new EventLog();
  readonly #critical = new CriticalVersions(this.log);
  #rope: Rope;
  #tracker: Tracker | null = null;
  readonly #quietSink: EffectSink;
  readonly cut: Cut | null;

  constructor(cut: Cut | null = null) {
    this.cut = cut;
    this.#rope = Rope.of(cut?.text ?? "");
    this.#quietSink = sinkOf(this.#rope, this.log, null);
    if (cut === null) return;
    this.log.beginCut(cut.agents, [cut.last[0], cut.last[1] + 1]);
    this.#critical.beginAt(this.log.count - 1, cut.text.length);
    if (/[\ud800-\udfff]/.test(cut.text)) this.log.markPairs();
  }

  get length(): number {
    return this.#rope.length;
  }

  text(): string {
    return this.#rope.toString();
  }

  slice(start: number, end: number): string {
    return this.#rope.slice(start, end);
  }

  /** Whether a border at `index` would separate the halves of a surrogate pair. */
  isInsidePair(index: number): boolean {
    if (!this.log.hasPairs || index <= 0 || index >= this.length) return false;
    return (this.#rope.unitAt(index - 1) & 0xfc00) === 0xd800 && (this.#rope.unitAt(index) & 0xfc00) === 0xdc00;
  }

  /** Types `text` at a place in the text of now, which must be one. Returns the LV. Constant. */
  insert(agentIndex: number, index: number, text: string): number {
    const lv = this.log.append(agentIndex, null, INSERT, index, text.length, text);
    this.#critical.open(lv);
    this.#rope.insert(index, text);
    return lv;
  }

  /** Deletes units that are there. Returns the LV. Constant. */
  delete(agentIndex: number, index: number, count: number): number {
    const lv = this.log.append(agentIndex, null, DELETE, index, count, "");
    this.#critical.open(lv);
    this.#rope.delete(index, count);
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
    const { log } = this;
    const isNext = parents === null || isSame(parents, log.frontier);
    const first = kind === DELETE_BACK ? position - length + 1 : position;
    // A deletion of what is not there goes the long way: a critical range must know its lengths.
    if (isNext && (kind === INSERT || first + length <= this.length)) {
      const lv = log.append(agentIndex, null, kind, position, length, text);
      this.#critical.open(lv);
      if (kind === INSERT) {
        const within = Math.min(position, this.length);
        const at = this.isInsidePair(within) ? within - 1 : within;
        this.#rope.insert(at, text);
        onSplice?.({ index: at, remove: 0, insert: text });
      } else {
        this.#rope.delete(first, length);
        onSplice?.({ index: first, remove: length, insert: "" });
      }
      return lv;
    }
    this.#critical.close(log.count, this.length);
    const seen = isNext ? log.frontier.slice() : parents;
    const lv = log.append(agentIndex, seen, kind, position, length, text);
    if (!isNext) this.#critical.forgetAfter(seen.length === 0 ? -1 : seen[seen.length - 1]!);
    this.#trackerFor(lv).takeRun(seen, kind, position, length, this.#sink(onSplice));
    return lv;
  }

  /** A tracker from the very beginning, or from the cut, which knows every unit. Kept from then on. */
  whole(): Tracker {
    const base = this.log.firstLv - 1;
    if (this.#tracker === null || this.#tracker.base !== base) this.#tracker = this.#trackerAt(base, this.cut?.text.length ?? 0);
    this.#tracker.take(this.log.count, null);
    return this.#tracker;
  }

  /** The id of unit `place` in the text at event `lv`; -1 when there is none, or others had typed at the same time. Cost: a replay. */
  idInPast(lv: number, place: number): number {
    const past = this.#trackerAt(this.log.firstLv - 1, this.cut?.text.length ?? 0);
    past.take(lv + 1, null);
    const { onlyA } = this.log.diff([lv], []);
    const isCritical = onlyA.every((bound, n) => n % 2 === 1 || n + 2 >= onlyA.length || bound === onlyA[n + 3]);
    return isCritical && place < past.length ? past.idAt(place) : -1;
  }

  /** The text at a past version: events of `tips` and all before them. Cost: a replay. */
  at(tips: readonly number[]): TextState {
    const { log } = this;
    const past = new TextState(this.cut);
    const ranges = log.diff(tips, log.firstLv > 0 ? [log.firstLv - 1] : []).onlyA.slice();
    // LVs move up where something between was left out.
    const moved = (lv: number): number => past.log.lvOf(log.idOf(lv).agent, log.seqAt(lv));
    for (let n = ranges.length - 2; n >= 0; n -= 2) {
      const end = ranges[n + 1]!;
      for (let lv = ranges[n]!; lv < end;) {
        const to = log.runEnd(lv, end);
        const parents = log.parentsOf(lv).map(moved).sort((a, b) => a - b);
        const text = log.kindAt(lv) === INSERT ? log.textAt(lv, to) : "";
        past.add(past.log.agentIndexOf(log.idOf(lv).agent), parents, log.kindAt(lv), log.positionAt(lv), to - lv, text, null);
        lv = to;
      }
    }
    return past;
  }

  /** The last version that everything before leads to, and the length of the text there. */
  lastCritical(): { readonly lv: number; readonly length: number } {
    return this.#critical.lastNow(this.length);
  }

  /** Verifies that the text is what the events make, by a replay, and every structure. @throws AssertionError */
  checkInvariants(): void {
    const text = Rope.of(this.cut?.text ?? "");
    const replay = this.#trackerAt(this.log.firstLv - 1, text.length);
    replay.take(this.log.count, sinkOf(text, this.log, null));
    replay.checkInvariants();
    text.checkInvariants();
    this.#rope.checkInvariants();
    assert(text.toString() === this.text(), "The text is not what its events make");
    if (this.#tracker !== null && this.#tracker.next === this.log.count)
      assert(this.#tracker.length === this.length, `A tracker of ${this.#tracker.length} units for a text of ${this.length}`);
    this.#tracker?.checkInvariants();
    this.#critical.checkInvariants();
  }

  /** A tracker that has everything before `lv` and nothing else. */
  #trackerFor(lv: number): Tracker {
    const { lv: base, length } = this.#critical.last;
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

  #sink(onSplice: OnSplice | null): EffectSink {
    return onSplice === null ? this.#quietSink : sinkOf(this.#rope, this.log, onSplice);
  }
}

function sinkOf(rope: Rope, log: EventLog, onSplice: OnSplice | null): EffectSink {
  return {
    inserted(index, from, to) {
      log.copyText(from, to, rope, index);
      onSplice?.({ index, remove: 0, insert: log.textAt(from, to) });
    },
    deleted(index, count) {
      rope.delete(index, count);
      onSplice?.({ index, remove: count, insert: "" });
    },
  };
}

function isSame(parents: readonly number[], frontier: readonly number[]): boolean {
  if (parents.length !== frontier.length) return false;
  for (let n = 0; n < parents.length; n++) if (parents[n] !== frontier[n]) return false;
  return true;
}
