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
import { compareIds, type NoteId, type ReplicaId } from "../base/ids.ts";
import { compareStamps, type Stamp, stampText } from "../base/stamp.ts";
import type { ContentHash, Loss, Received, Replicated, Stats, StrategyName } from "../strategy/strategy.ts";
import type { Comparison } from "../causal/version-vector.ts";
import { compareVectors, readVector, sortedEntries, writeVector } from "../causal/version-vector.ts";
import { counterValue, mergeCounters } from "../types/g-counter.ts";
import { type LwwRegister, mergeLww } from "../types/lww-register.ts";
import { addElement, dotsOf, elementsOf, emptySet, type OrSet, removeDots } from "../types/or-set.ts";
import { mergePn, type PnCounter, pnValue, ZERO } from "../types/pn-counter.ts";
import { type LinePosition, positionBetween, positionText } from "../types/line-position.ts";
import { type Cell, type CellBody, decodeCatalogUpdate, encodeCatalogUpdate, TITLE_LENGTH_MAX, type TitleBody } from "./catalog-codec.ts";
import { type Conflict, conflictsOf, dotOf, type RegisterCell, registerCells, stampOf } from "./conflicts.ts";
import { pinnedOf } from "./pinned.ts";

/** Writes kept of each register of a note, so that a loss can still be told from the write that it lost to. */
const WRITES_KEPT = 50;

export interface CatalogEntry {
  readonly noteId: NoteId;
  readonly title: string;
  readonly titleStamp: Stamp | null;
  readonly tags: readonly string[];
  readonly views: number;
  /** How many replicas those views are of. */
  readonly viewers: number;
  readonly votes: number;
  /** Where it stands among the pinned notes; null: it is not one. */
  readonly pin: LinePosition | null;
  readonly isDeleted: boolean;
  /** Of the last deletion or restoring; null: there was none. */
  readonly deletionStamp: Stamp | null;
  readonly strategy: StrategyName;
  readonly createdAtMs: number;
}

export interface CatalogOptions {
  readonly replica: ReplicaId;
  readonly clock: Clock;
  readonly state?: Uint8Array;
}

export class Catalog implements Replicated {
  readonly #self: ReplicaId;
  readonly #clock: Clock;
  readonly #cells = new Map<string, Cell>();
  readonly #vector = new Map<ReplicaId, number>();
  #entries: readonly CatalogEntry[] | null = null;

  constructor({ replica, clock, state }: CatalogOptions) {
    this.#self = replica;
    this.#clock = clock;
    if (state !== undefined && state.length > 0) this.receive(state);
  }

  /** All notes, deleted ones too, oldest first. The same list until something changes. */
  notes(): readonly CatalogEntry[] {
    this.#entries ??= this.#fold();
    return this.#entries;
  }

  find(noteId: NoteId): CatalogEntry | undefined {
    return this.notes().find((entry) => entry.noteId === noteId);
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
    const dots = dotsOf(this.#tags(noteId), tag);
    return dots.length === 0 ? EMPTY_BYTES : this.#write(noteId, { kind: "tag-remove", dots });
  }

  view(noteId: NoteId): Uint8Array {
    const held = this.#cells.get(`views ${noteId} ${this.#self}`)?.body;
    return this.#write(noteId, { kind: "views", count: (held?.kind === "views" ? held.count : 0) + 1 });
  }

  vote(noteId: NoteId, by: 1 | -1): Uint8Array {
    const held = this.#cells.get(`votes ${noteId} ${this.#self}`)?.body;
    const { plus, minus } = held?.kind === "votes" ? held : { plus: 0, minus: 0 };
    return this.#write(noteId, { kind: "votes", plus: plus + (by > 0 ? 1 : 0), minus: minus + (by < 0 ? 1 : 0) });
  }

  /** This replica's own share of the votes. */
  ownVote(noteId: NoteId): number {
    const held = this.#cells.get(`votes ${noteId} ${this.#self}`)?.body;
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

  /** Fields of a note that were written by people who had not seen each other's. */
  conflicts(noteId: NoteId): Conflict[] {
    return conflictsOf(this.#cells.values(), noteId);
  }

  setDeleted(noteId: NoteId, isDeleted: boolean): Uint8Array {
    return this.#write(noteId, { kind: "deleted", isDeleted, wallMs: this.#nowMs() });
  }

  receive(update: Uint8Array): Received {
    const nothing = { splices: [], forward: null, reply: null, isWaiting: false, losses: [] };
    if (update.length === 0) return nothing;
    const { spans, cells } = decodeCatalogUpdate(update);
    const losses: Loss[] = [];
    let isWaiting = false;
    let isNews = false;
    for (const { author, from, to } of spans) {
      const known = this.#vector.get(author) ?? 0;
      if (from > known) isWaiting = true;
      else if (to > known) {
        this.#vector.set(author, to);
        isNews = true;
      }
    }
    for (const cell of cells) {
      const key = keyOf(cell);
      const held = this.#cells.get(key);
      if (held !== undefined && held.seq >= cell.seq) continue;
      isNews = true;
      if (cell.body.kind === "title") losses.push(...this.#lossesBy(cell, cell.body));
      this.#cells.set(key, cell);
    }
    if (!isNews) return { ...nothing, isWaiting };
    this.#pruneRegisters();
    this.#entries = null;
    return { ...nothing, forward: update, isWaiting, losses };
  }

  version(): Uint8Array {
    return writeVector(this.#vector);
  }

  since(version: Uint8Array): Uint8Array {
    const known = version.length === 0 ? new Map<ReplicaId, number>() : readVector(version);
    const spans = sortedEntries(this.#vector)
      .map(([author, to]) => ({ author, from: known.get(author) ?? 0, to }))
      .filter(({ from, to }) => to > from);
    const cells = [...this.#cells.values()].filter(({ author, seq }) => seq > (known.get(author) ?? 0));
    return encodeCatalogUpdate({ spans, cells });
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
    let latest: Stamp | null = null;
    for (const cell of this.#cells.values()) {
      if (!("wallMs" in cell.body)) continue;
      const stamp = stampOf(cell);
      if (latest === null || compareStamps(stamp, latest) > 0) latest = stamp;
    }
    return latest;
  }

  checkInvariants(): void {
    for (const [key, cell] of this.#cells) assert(key === keyOf(cell), `Cell ${keyOf(cell)} is filed under ${key}`);
    const before = this.notes();
    this.#entries = null;
    assert(JSON.stringify(this.notes()) === JSON.stringify(before), "The list is older than its cells");
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#clock.now()));
  }

  #write(noteId: NoteId, ...bodies: CellBody[]): Uint8Array {
    const from = this.#vector.get(this.#self) ?? 0;
    const cells = bodies.map((body, n): Cell => ({ noteId, author: this.#self, seq: from + n + 1, body }));
    for (const cell of cells) this.#cells.set(keyOf(cell), cell);
    this.#vector.set(this.#self, from + cells.length);
    this.#pruneRegisters();
    this.#entries = null;
    return encodeCatalogUpdate({ spans: [{ author: this.#self, from, to: from + cells.length }], cells });
  }

  #titleBody(noteId: NoteId, title: string): TitleBody {
    return { kind: "title", title: title.slice(0, TITLE_LENGTH_MAX), wallMs: this.#nowMs(), context: contextOf(this.#titlesOf(noteId)) };
  }

  #writePin(noteId: NoteId, position: LinePosition | null): Uint8Array {
    const context = contextOf(registerCells(this.#cellsOf(noteId), "pin"));
    return this.#write(noteId, { kind: "pin", position, wallMs: this.#nowMs(), context });
  }

  #cellsOf(noteId: NoteId): Cell[] {
    return [...this.#cells.values()].filter((cell) => cell.noteId === noteId);
  }

  #titlesOf(noteId: NoteId): RegisterCell<TitleBody>[] {
    return registerCells(this.#cellsOf(noteId), "title");
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

  #pruneRegisters(): void {
    const counts = new Map<string, number>();
    const registerOf = ({ noteId, body }: Cell): string => `${body.kind} ${noteId}`;
    for (const cell of this.#cells.values())
      if ("context" in cell.body) counts.set(registerOf(cell), (counts.get(registerOf(cell)) ?? 0) + 1);
    for (const [register, count] of counts) {
      if (count <= WRITES_KEPT) continue;
      const writes = [...this.#cells.values()].filter((cell) => registerOf(cell) === register);
      writes.sort((x, y) => compareStamps(stampOf(x), stampOf(y)));
      for (const cell of writes.slice(0, count - WRITES_KEPT)) this.#cells.delete(keyOf(cell));
    }
  }

  /** Names of the removals of a tag that are known here. */
  #removalsOf(noteId: NoteId, tag: string): string[] {
    const cells = this.#cellsOf(noteId);
    const adds = new Set<string>();
    for (const { author, seq, body } of cells)
      if ((body.kind === "tag-add" || body.kind === "tag-return") && body.tag === tag) adds.add(dotOf(author, seq));
    return cells.flatMap(({ author, seq, body }) =>
      body.kind === "tag-remove" && body.dots.some((dot) => adds.has(dot)) ? [dotOf(author, seq)] : [],
    );
  }

  #tags(noteId: NoteId): OrSet<string> {
    let set = emptySet<string>();
    for (const { noteId: id, author, seq, body } of this.#cells.values()) {
      if (id !== noteId) continue;
      if (body.kind === "tag-add" || body.kind === "tag-return") set = addElement(set, body.tag, dotOf(author, seq));
      if (body.kind === "tag-remove") set = removeDots(set, body.dots);
    }
    return set;
  }

  #fold(): CatalogEntry[] {
    interface Draft {
      created: (LwwRegister<StrategyName> & { readonly createdAtMs: number }) | null;
      title: LwwRegister<string> | null;
      deleted: LwwRegister<boolean> | null;
      pin: LwwRegister<LinePosition | null> | null;
      views: ReadonlyMap<ReplicaId, number>;
      votes: PnCounter;
      hasTags: boolean;
    }
    const drafts = new Map<NoteId, Draft>();
    for (const cell of this.#cells.values()) {
      const { noteId, author, body } = cell;
      const draft = drafts.get(noteId) ?? {
        created: null,
        title: null,
        deleted: null,
        pin: null,
        views: new Map(),
        votes: ZERO,
        hasTags: false,
      };
      drafts.set(noteId, draft);
      const stamp = stampOf(cell);
      switch (body.kind) {
        case "created":
          if (draft.created === null || compareStamps(stamp, draft.created.stamp) < 0)
            draft.created = { value: body.strategy, stamp, createdAtMs: body.wallMs };
          break;
        case "title":
          draft.title = draft.title === null ? { value: body.title, stamp } : mergeLww(draft.title, { value: body.title, stamp });
          break;
        case "deleted":
          draft.deleted =
            draft.deleted === null ? { value: body.isDeleted, stamp } : mergeLww(draft.deleted, { value: body.isDeleted, stamp });
          break;
        case "pin":
          draft.pin = draft.pin === null ? { value: body.position, stamp } : mergeLww(draft.pin, { value: body.position, stamp });
          break;
        case "views":
          draft.views = mergeCounters(draft.views, new Map([[author, body.count]]));
          break;
        case "votes":
          draft.votes = mergePn(draft.votes, { plus: new Map([[author, body.plus]]), minus: new Map([[author, body.minus]]) });
          break;
        default:
          draft.hasTags = true;
      }
    }
    const out: CatalogEntry[] = [];
    for (const [noteId, { created, title, deleted, pin, views, votes, hasTags }] of drafts) {
      // Fields may come before the cell that makes the note.
      if (created === null) continue;
      out.push({
        noteId,
        title: title?.value ?? "",
        titleStamp: title?.stamp ?? null,
        tags: hasTags ? elementsOf(this.#tags(noteId)).sort(compareIds) : [],
        views: counterValue(views),
        viewers: views.size,
        votes: pnValue(votes),
        pin: pin?.value ?? null,
        isDeleted: deleted?.value ?? false,
        deletionStamp: deleted?.stamp ?? null,
        strategy: created.value,
        createdAtMs: created.createdAtMs,
      });
    }
    return out.sort((a, b) => a.createdAtMs - b.createdAtMs || compareIds(a.noteId, b.noteId));
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

/** Cells of one key replace each other; counters have one cell for each author. */
function keyOf({ noteId, author, seq, body }: Cell): string {
  const isCounter = body.kind === "views" || body.kind === "votes";
  return isCounter ? `${body.kind} ${noteId} ${author}` : `${body.kind} ${noteId} ${author} ${seq}`;
}
