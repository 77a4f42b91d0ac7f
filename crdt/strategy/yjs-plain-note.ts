/**
 * A plain Yjs note without a document: each client's structs in order as bytes, and which of them are gone. What an update
 * does to it is known from the update's structure (yjs-updates.ts).
 */

import { ByteWriter } from "../base/bytes.ts";
import { ClockRanges } from "../causal/clock-ranges.ts";
import { ClientLog } from "./yjs-client-log.ts";
import { writeDeletes } from "./yjs-merge.ts";
import { skimInSteps } from "./yjs-skim.ts";
import { type PlainStruct, type PlainUpdate, structFrom } from "./yjs-updates.ts";

/** What an update has done. */
export interface Absorbed {
  /** What was new in it, as an update; null: nothing. */
  readonly news: News | null;
  /** All of it was. */
  readonly isWhole: boolean;
  /** Whether a part of it builds on what is not here. */
  readonly isWaiting: boolean;
}

/** What was new in an update, to be passed on. */
export class News {
  readonly structs = new Map<number, PlainStruct[]>();
  readonly deletes: [client: number, from: number, to: number][] = [];

  encode(): Uint8Array {
    const writer = new ByteWriter(64).varUint(this.structs.size);
    for (const [client, list] of this.structs) {
      const log = new ClientLog(client, list[0]!.clock);
      for (const struct of list) log.push(struct);
      log.write(writer, list[0]!.clock);
    }
    return writeDeletes(writer, this.deletes).finish();
  }
}

/** A struct of more bytes is read in a step of its own when a state is taken over. */
const STEP_BYTES_MAX = 256 * 1024;
/** What a step takes in of a long update: some 1 ms, ten times as much when it is the first of its kind. */
const STRUCTS_PER_STEP = 1_000;
const DELETES_PER_STEP = 1_000;

export class PlainNote {
  readonly #clients = new Map<number, ClientLog>();
  readonly #deleted = new Map<number, ClockRanges>();

  get isEmpty(): boolean {
    return this.#clients.size === 0;
  }

  /** About as many as its state has. */
  get bytes(): number {
    let bytes = 0;
    for (const log of this.#clients.values()) bytes += log.bytes;
    return bytes;
  }

  /** A state vector. */
  version(): Uint8Array {
    const clients = [...this.#clients.values()].sort((a, b) => b.client - a.client);
    const writer = new ByteWriter(16 + 12 * clients.length).varUint(clients.length);
    for (const { client, next } of clients) writer.varUint(client).varUint(next);
    return writer.finish();
  }

  /** How many events of each client are here. */
  inserted(): Map<number, number> {
    return new Map([...this.#clients].map(([client, { next }]) => [client, next]));
  }

  deleted(): ReadonlyMap<number, ClockRanges> {
    return this.#deleted;
  }

  since(version: ReadonlyMap<number, number>): Uint8Array {
    // As Yjs orders them: higher clients first.
    const lacking = [...this.#clients.values()]
      .filter(({ client, next }) => next > (version.get(client) ?? 0))
      .sort((a, b) => b.client - a.client);
    const writer = new ByteWriter(256 + lacking.reduce((sum, { bytes }) => sum + bytes, 0)).varUint(lacking.length);
    for (const log of lacking) log.write(writer, version.get(log.client) ?? 0);
    writer.varUint(this.#deleted.size);
    for (const [client, ranges] of [...this.#deleted].sort(([a], [b]) => b - a)) {
      writer.varUint(client).varUint(ranges.count);
      for (const [from, to] of ranges) writer.varUint(from).varUint(to - from);
    }
    return writer.finish();
  }

  /** Takes over a plain state, of an empty note, without looking at what its structs say. Returns whether it could. */
  *adopt(state: Uint8Array): Generator<void, boolean> {
    const skimmed = yield* skimInSteps(state);
    if (skimmed === null || !skimmed.isPlain) return false;
    for (const part of skimmed.clients) {
      this.#clients.set(part.client, ClientLog.of(part, state));
      // Which reads its last struct.
      if (part.end - part.offsets.at(-1)! > STEP_BYTES_MAX) yield;
    }
    for (const [client, ranges] of [...skimmed.deletes, ...skimmed.clients.map(({ client, gone }) => [client, gone] as const)])
      if (ranges.length > 0) this.#rangesOf(client).addAll(ranges);
    return true;
  }

  /** Takes in what is new and ready; the rest is let go. */
  absorb(plain: PlainUpdate): Absorbed {
    const news = new News();
    const areStructsNews = this.#takeStructs(plain.structs, news);
    this.#takeDeletes(plain.deletes, news);
    return this.#absorbed(plain, news, areStructsNews);
  }

  /** The same, a little at a time: of each client so many structs that a step is short, for as long as any can be taken in. */
  *absorbInSteps(plain: PlainUpdate): Generator<void, Absorbed> {
    const news = new News();
    let areStructsNews = true;
    let left = Array.from(plain.structs, ([client, list]) => ({ client, list, at: 0 }));
    for (let hasMoved = true; hasMoved && left.length > 0; left = left.filter(({ list, at }) => at < list.length)) {
      hasMoved = false;
      const most = Math.ceil(STRUCTS_PER_STEP / Math.min(left.length, STRUCTS_PER_STEP));
      for (let first = 0; first < left.length; first += STRUCTS_PER_STEP) {
        const parts = left.slice(first, first + STRUCTS_PER_STEP);
        const step = new Map(parts.map(({ client, list, at }) => [client, list.slice(at, at + most)]));
        areStructsNews = this.#takeStructs(step, news) && areStructsNews;
        for (const part of parts) {
          const before = part.at;
          const next = this.#next(part.client);
          const end = Math.min(before + most, part.list.length);
          while (part.at < end && endOf(part.list[part.at]!) <= next) part.at++;
          hasMoved ||= part.at > before;
        }
        yield;
      }
    }
    for (let at = 0; at < plain.deletes.length; at += DELETES_PER_STEP) {
      this.#takeDeletes(plain.deletes.slice(at, at + DELETES_PER_STEP), news);
      yield;
    }
    return this.#absorbed(plain, news, areStructsNews);
  }

  #absorbed(plain: PlainUpdate, news: News, areStructsNews: boolean): Absorbed {
    let isWaiting = false;
    for (const [client, list] of plain.structs) {
      const last = list.at(-1);
      if (last !== undefined && endOf(last) > this.#next(client)) isWaiting = true;
    }
    let deletesSaid = 0;
    for (const [client, from, to] of plain.deletes) {
      if (to > this.#next(client)) isWaiting = true;
      deletesSaid += to - from;
    }
    const deletesNews = news.deletes.reduce((sum, [, from, to]) => sum + to - from, 0);
    const hasNews = news.structs.size > 0 || news.deletes.length > 0;
    const isWhole = areStructsNews && !isWaiting && !plain.hasEmptyDeletes && deletesNews === deletesSaid;
    return { news: hasNews ? news : null, isWhole, isWaiting };
  }

  /** Takes what is ready, following what each client's next struct waits for. Returns whether it was all news. */
  #takeStructs(structs: PlainUpdate["structs"], news: News): boolean {
    let isWhole = true;
    const done = new Map<number, number>();
    /** client -> clients of this update whose next struct builds on something of it. */
    const waiters = new Map<number, number[]>();
    const ready = [...structs.keys()].reverse();
    for (let client = ready.pop(); client !== undefined; client = ready.pop()) {
      const list = structs.get(client)!;
      let at = done.get(client) ?? 0;
      for (; at < list.length; at++) {
        const struct = list[at]!;
        const known = this.#next(client);
        if (struct.clock > known) break;
        if (endOf(struct) <= known) {
          isWhole = false;
          continue;
        }
        const blocker = this.#blockerOf(struct);
        if (blocker !== null) {
          waiters.set(blocker, [...(waiters.get(blocker) ?? []), client]);
          break;
        }
        if (struct.clock < known) isWhole = false;
        this.#take(client, structFrom(struct, client, known), news);
      }
      if (at > (done.get(client) ?? 0)) ready.push(...(waiters.get(client) ?? []));
      if (at > (done.get(client) ?? 0)) waiters.delete(client);
      done.set(client, at);
    }
    return isWhole;
  }

  #takeDeletes(deletes: PlainUpdate["deletes"], news: News): void {
    for (const [client, from, to] of deletes)
      for (const [newFrom, newTo] of this.#delete(client, from, Math.min(to, this.#next(client))))
        news.deletes.push([client, newFrom, newTo]);
  }

  #take(client: number, struct: PlainStruct, news: News): void {
    let log = this.#clients.get(client);
    if (log === undefined) this.#clients.set(client, (log = new ClientLog(client)));
    log.push(struct);
    const list = news.structs.get(client);
    if (list === undefined) news.structs.set(client, [struct]);
    else list.push(struct);
    // What comes already gone is in the set of what is gone, and is said there too: whoever has it as text passes over the struct.
    if (struct.text === null)
      for (const [from, to] of this.#delete(client, struct.clock, endOf(struct))) news.deletes.push([client, from, to]);
  }

  /** A client that `struct` builds on and that is not far enough yet. */
  #blockerOf({ originClient, originClock, rightClient, rightClock }: PlainStruct): number | null {
    if (originClient >= 0 && originClock >= this.#next(originClient)) return originClient;
    if (rightClient >= 0 && rightClock >= this.#next(rightClient)) return rightClient;
    return null;
  }

  #next(client: number): number {
    return this.#clients.get(client)?.next ?? 0;
  }

  #delete(client: number, from: number, to: number): [number, number][] {
    return from >= to ? [] : this.#rangesOf(client).add(from, to);
  }

  #rangesOf(client: number): ClockRanges {
    let ranges = this.#deleted.get(client);
    if (ranges === undefined) this.#deleted.set(client, (ranges = new ClockRanges()));
    return ranges;
  }
}

function endOf({ clock, length }: PlainStruct): number {
  return clock + length;
}
