/**
 * The list of notes, replicated like a note. Each field uses the type that fits it: title LWW-Register, tags
 * OR-Set, views G-Counter, votes PN-Counter, pin LWW-Register of a fractional position, deleted LWW flag (an edit does not
 * bring a deleted note back, a later restore does), strategy fixed by whoever created the note first.
 *
 * State is a set of cells, each written by one replica under one number; a counter cell replaces the one
 * before it. An update says for each author which span of numbers it covers, so that a version vector
 * stays true in whatever order updates come.
 */

import { assert } from "../base/assert.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { Hasher } from "../base/hash.ts";
import { ENDLESS, finished, type StepCounter, stepsOf } from "../base/steps.ts";
import { compareIds, type NoteId, type ReplicaId } from "../base/ids.ts";
import { compareStamps, type Stamp, stampText } from "../base/stamp.ts";
import type { ContentHash, Loss, Received, Relayed, Replicated, Stats, StrategyName } from "../strategy/strategy.ts";
import type { Comparison } from "../causal/version-vector.ts";
import { compareVectors, readVector, sortedEntries, writeVector } from "../causal/version-vector.ts";
import { dotsOf } from "../types/or-set.ts";
import { type LinePosition, positionBetween, positionText } from "../types/line-position.ts";
import { type CatalogEntry, entryOf, tagsOf } from "./catalog-entry.ts";
import {
  type Cell,
  type CellBody,
  decodeInSteps,
  encodeCatalogUpdate,
  encodeCells,
  TITLE_LENGTH_MAX,
  type TitleBody,
} from "./catalog-codec.ts";
import { CellShelves } from "./cell-shelves.ts";
import { dotOf, type RegisterCell, registerCells, stampOf } from "./register-cells.ts";
import { pinnedOf } from "./pinned.ts";

/** Writes kept of each register of a note, so that a loss can still be told from the write that it lost to. */
const WRITES_KEPT = 50;
/** A longer update is taken in by steps: it may be of 500 cells. */
const LONG_BYTES_MIN = 16 * 1024;
/** Read, or taken in: some 2 ms. */
const CELLS_PER_STEP = 400;

export interface CatalogOptions {
  readonly replica: ReplicaId;
  readonly clock: Clock;
  readonly state?: Uint8Array;
}

export class Catalog implements Replicated {
  readonly #self: ReplicaId;
  readonly #clock: Clock;
  /** By note, then by key: whatever one note needs costs no more the more notes there are. */
  readonly #cells = new CellShelves();
  readonly #vector = new Map<ReplicaId, number>();
  /** What cells of a note have been made into; those that have changed are missing. null: not a note yet. */
  readonly #entries = new Map<NoteId, CatalogEntry | null>();
  #list: readonly CatalogEntry[] | null = null;
  /** The highest that ever came. */
  #latestStamp: Stamp | null = null;

  constructor({ replica, clock, state }: CatalogOptions) {
    this.#self = replica;
    this.#clock = clock;
    if (state !== undefined && state.length > 0) this.receive(state);
  }

  /** How many notes there are, deleted ones too. Cost: linear, but not that of `notes` in order. */
  get noteCount(): number {
    let count = 0;
    for (const noteId of this.#cells.noteIds()) if (this.find(noteId) !== undefined) count++;
    return count;
  }

  /** All notes, deleted ones too, oldest first. The same list until something changes. */
  notes(): readonly CatalogEntry[] {
    this.#list ??= [...this.#cells.noteIds()]
      .flatMap((noteId) => this.find(noteId) ?? [])
      .sort((a, b) => a.createdAtMs - b.createdAtMs || compareIds(a.noteId, b.noteId));
    return this.#list;
  }

  find(noteId: NoteId): CatalogEntry | undefined {
    let entry = this.#entries.get(noteId);
    if (entry === undefined) {
      entry = entryOf(noteId, this.#cells.of(noteId));
      this.#entries.set(noteId, entry);
    }
    return entry ?? undefined;
  }

  /** Each of the following returns the bytes to send. */
  addNote({ noteId, title, strategy }: { noteId: NoteId; title: string; strategy: StrategyName }): Uint8Array {
    return this.#write(noteId, { kind: "created", strategy, wallMs: this.#nowMs() }, this.#titleBody(noteId, title));
  }

  rename(noteId: NoteId, title: string): Uint8Array {
    return this.#write(noteId, this.#titleBody(noteId, title));
  }

  /** Also of a tag that stands: whoever removes it at the same time has not seen this. */
  addTag(noteId: NoteId, tag: string): Uint8Array {
    const removals = this.#removalsOf(noteId, tag);
    return this.#write(noteId, removals.length === 0 ? { kind: "tag-add", tag } : { kind: "tag-return", tag, removals });
  }

  removeTag(noteId: NoteId, tag: string): Uint8Array {
    const dots = dotsOf(tagsOf(this.#cells.of(noteId)), tag);
    return dots.length === 0 ? EMPTY_BYTES : this.#write(noteId, { kind: "tag-remove", dots });
  }

  view(noteId: NoteId): Uint8Array {
    const held = this.#cells.get(noteId, `views ${this.#self}`)?.body;
    return this.#write(noteId, { kind: "views", count: (held?.kind === "views" ? held.count : 0) + 1 });
  }

  vote(noteId: NoteId, by: 1 | -1): Uint8Array {
    const held = this.#cells.get(noteId, `votes ${this.#self}`)?.body;
    const { plus, minus } = held?.kind === "votes" ? held : { plus: 0, minus: 0 };
    return this.#write(noteId, { kind: "votes", plus: plus + (by > 0 ? 1 : 0), minus: minus + (by < 0 ? 1 : 0) });
  }

  /** This replica's own share of the votes. */
  ownVote(noteId: NoteId): number {
    const held = this.#cells.get(noteId, `votes ${this.#self}`)?.body;
    return held?.kind === "votes" ? held.plus - held.minus : 0;
  }

  /** Pins a note behind another pinned one; null: before all of them. Also moves one that is pinned. */
  pin(noteId: NoteId, behind: NoteId | null): Uint8Array {
    const others = pinnedOf(this.notes()).filter((entry) => entry.noteId !== noteId);
    const at = others.findIndex((entry) => entry.noteId === behind);
    const name = { replica: this.#self, seq: (this.#vector.get(this.#self) ?? 0) + 1 };
    return this.#writePin(noteId, positionBetween(others[at]?.pin ?? null, others[at + 1]?.pin ?? null, name));
  }

  unpin(noteId: NoteId): Uint8Array {
    return this.#writePin(noteId, null);
  }

  /** All that was written about a note and still counts, for `conflictsOf`. */
  cellsOf(noteId: NoteId): readonly Cell[] {
    return this.#cells.of(noteId);
  }

  /** Whether `conflictsOf` may find anything: something was written more than once. */
  mayConflict(noteId: NoteId): boolean {
    return (
      this.#cells.of(noteId).filter(({ body }) => body.kind === "title" || body.kind === "pin" || body.kind === "tag-remove").length > 1
    );
  }

  setDeleted(noteId: NoteId, isDeleted: boolean): Uint8Array {
    return this.#write(noteId, { kind: "deleted", isDeleted, wallMs: this.#nowMs() });
  }

  receive(update: Uint8Array): Received {
    return finished(this.#receive(update, ENDLESS));
  }

  receiveInSteps(update: Uint8Array): Generator<void, Relayed> | null {
    return update.length < LONG_BYTES_MIN ? null : this.#receive(update, stepsOf(CELLS_PER_STEP));
  }

  *#receive(update: Uint8Array, isStepOver: StepCounter): Generator<void, Received> {
    const nothing = { splices: [], forward: null, reply: null, isWaiting: false, losses: [] };
    if (update.length === 0) return nothing;
    const { spans, cells } = yield* decodeInSteps(update, isStepOver);
    const losses: Loss[] = [];
    let isNews = false;
    for (const cell of cells) {
      if (isStepOver()) yield;
      const held = this.#cells.get(cell.noteId, keyOf(cell));
      if (held !== undefined && held.seq >= cell.seq) continue;
      isNews = true;
      if (cell.body.kind === "title") losses.push(...this.#lossesBy(cell, cell.body));
      this.#put(cell);
    }
    yield* this.#prune(cells, isStepOver);
    // Only now is all of it here that these speak of.
    let isWaiting = false;
    for (const { author, from, to } of spans) {
      const known = this.#vector.get(author) ?? 0;
      if (from > known) isWaiting = true;
      else if (to > known) {
        this.#vector.set(author, to);
        isNews = true;
      }
    }
    return isNews ? { ...nothing, forward: update, isWaiting, losses } : { ...nothing, isWaiting };
  }

  version(): Uint8Array {
    return writeVector(this.#vector);
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const spans = sortedEntries(this.#vector)
      .map(([author, to]) => ({ author, from: known.get(author) ?? 0, to }))
      .filter(({ from, to }) => to > from);
    return encodeCatalogUpdate(spans, this.#cells.since(known));
  }

  seen(): Uint8Array {
    return this.version();
  }

  hash(): ContentHash {
    const content = new Hasher();
    for (const { noteId, title, tags, views, votes, pin, isDeleted, strategy } of this.notes()) {
      content
        .text(noteId)
        .text(title)
        .text(tags.toSorted(compareIds).join("\n"))
        .int(views)
        .int(votes)
        .text(pin === null ? "" : positionText(pin))
        .int(Number(isDeleted))
        .text(strategy);
    }
    const structure = new Hasher().text(content.digest());
    for (const [replica, count] of sortedEntries(this.#vector)) structure.text(replica).int(count);
    return { content: content.digest(), structure: structure.digest() };
  }

  stats(): Stats {
    return { events: this.#cells.size, tombstones: 0, pending: 0, typed: 0, kept: 0 };
  }

  latestStamp(): Stamp | null {
    return this.#latestStamp;
  }

  checkInvariants(): void {
    this.#cells.checkInvariants(keyOf);
    const before = this.notes();
    this.#entries.clear();
    this.#list = null;
    assert(JSON.stringify(this.notes()) === JSON.stringify(before), "The list is older than its cells");
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#clock.now()));
  }

  #write(noteId: NoteId, ...bodies: CellBody[]): Uint8Array {
    const from = this.#vector.get(this.#self) ?? 0;
    const cells = bodies.map((body, n): Cell => ({ noteId, author: this.#self, seq: from + n + 1, body }));
    for (const cell of cells) this.#put(cell);
    this.#vector.set(this.#self, from + cells.length);
    finished(this.#prune(cells, ENDLESS));
    return encodeCatalogUpdate([{ author: this.#self, from, to: from + cells.length }], [encodeCells(cells)]);
  }

  #titleBody(noteId: NoteId, title: string): TitleBody {
    return { kind: "title", title: title.slice(0, TITLE_LENGTH_MAX), wallMs: this.#nowMs(), context: contextOf(this.#titlesOf(noteId)) };
  }

  #writePin(noteId: NoteId, position: LinePosition | null): Uint8Array {
    const context = contextOf(registerCells(this.#cells.of(noteId), "pin"));
    return this.#write(noteId, { kind: "pin", position, wallMs: this.#nowMs(), context });
  }

  #put(cell: Cell): void {
    this.#cells.put(keyOf(cell), cell);
    this.#entries.delete(cell.noteId);
    this.#list = null;
    if (!("wallMs" in cell.body)) return;
    const stamp = stampOf(cell);
    if (this.#latestStamp === null || compareStamps(stamp, this.#latestStamp) > 0) this.#latestStamp = stamp;
  }

  #titlesOf(noteId: NoteId): RegisterCell<TitleBody>[] {
    return registerCells(this.#cells.of(noteId), "title");
  }

  /** What a title that comes in throws away, or is thrown away by: only what neither author had seen. */
  #lossesBy(cell: Cell, body: TitleBody): Loss[] {
    const winner = this.#titlesOf(cell.noteId).at(-1);
    if (winner === undefined) return [];
    const incoming = { ...cell, body };
    const isOlder = compareStamps(stampOf(incoming), stampOf(winner)) < 0;
    const [lost, won] = isOlder ? [incoming, winner] : [winner, incoming];
    if (lost.seq <= (won.body.context.get(lost.author) ?? 0) || lost.body.title === won.body.title) return [];
    return [
      {
        id: `${stampText(stampOf(lost))}>${stampText(stampOf(won))}`,
        noteId: cell.noteId,
        field: "title",
        author: lost.author,
        atMs: lost.body.wallMs,
        splices: [{ index: 0, remove: 0, insert: lost.body.title }],
        removedText: "",
        losingStamp: stampOf(lost),
        winningStamp: stampOf(won),
        rule: isOlder ? "lww-older-stamp" : "lww-overwritten-unseen",
      },
    ];
  }

  /** Forgets the oldest writes of registers that `written` has made too long. */
  *#prune(written: readonly Cell[], isStepOver: StepCounter): Generator<void, void> {
    for (const noteId of new Set(written.map((cell) => cell.noteId))) {
      if (isStepOver()) yield;
      const cells = this.#cells.of(noteId);
      if (cells.length <= WRITES_KEPT) continue;
      for (const kind of ["title", "pin"] as const) {
        const writes = registerCells(cells, kind);
        for (const cell of writes.slice(0, Math.max(0, writes.length - WRITES_KEPT))) this.#cells.delete(noteId, keyOf(cell));
      }
    }
  }

  /** Names of the removals of a tag that are known here. */
  #removalsOf(noteId: NoteId, tag: string): string[] {
    const cells = this.#cells.of(noteId);
    const adds = new Set<string>();
    for (const { author, seq, body } of cells)
      if ((body.kind === "tag-add" || body.kind === "tag-return") && body.tag === tag) adds.add(dotOf(author, seq));
    return cells.flatMap(({ author, seq, body }) =>
      body.kind === "tag-remove" && body.dots.some((dot) => adds.has(dot)) ? [dotOf(author, seq)] : [],
    );
  }
}

/** Compares two `seen()` digests of catalogs. @throws DecodeError */
export function compareCatalogs(first: Uint8Array, second: Uint8Array): Comparison {
  return compareVectors(readVector(first), readVector(second));
}

/** The writes of a register that are here: the highest number of each author. */
function contextOf(writes: readonly Cell[]): Map<ReplicaId, number> {
  const context = new Map<ReplicaId, number>();
  for (const { author, seq } of writes) context.set(author, Math.max(seq, context.get(author) ?? 0));
  return context;
}

/** Among those of one note. Cells of one key replace each other; counters have one cell for each author. */
function keyOf({ author, seq, body }: Cell): string {
  const isCounter = body.kind === "views" || body.kind === "votes";
  return isCounter ? `${body.kind} ${author}` : `${body.kind} ${author} ${seq}`;
}
