/**
 * The cells of a catalog by note, in the order in which they came. Notes stand on shelves of `SHELF_NOTES`; a shelf
 * knows how far each author's cells in it go, and what it is written as until something changes, so that neither news nor the whole list
 * is looked for among all notes.
 */

import { assert } from "../base/assert.ts";
import type { NoteId, ReplicaId } from "../base/ids.ts";
import type { VersionVector } from "../causal/version-vector.ts";
import { type Cell, type CodedCells, encodeCells } from "./catalog-codec.ts";

const SHELF_NOTES = 128;

class Shelf {
  readonly notes = new Map<NoteId, Map<string, Cell>>();
  /** The highest number of each author that ever stood here. */
  readonly latest = new Map<ReplicaId, number>();
  /** All of it; null: it has changed since. */
  coded: CodedCells | null = null;

  cells(): Cell[] {
    return [...this.notes.values()].flatMap((cells) => [...cells.values()]);
  }
}

export class CellShelves {
  readonly #shelves: Shelf[] = [];
  readonly #shelfOf = new Map<NoteId, Shelf>();

  /** How many cells there are. Cost: linear. */
  get size(): number {
    return this.#shelves.reduce((sum, shelf) => sum + shelf.cells().length, 0);
  }

  noteIds(): Iterable<NoteId> {
    return this.#shelfOf.keys();
  }

  get(noteId: NoteId, key: string): Cell | undefined {
    return this.#cells(noteId)?.get(key);
  }

  /** Cost: the cells of that note. */
  of(noteId: NoteId): Cell[] {
    return [...(this.#cells(noteId)?.values() ?? [])];
  }

  put(key: string, cell: Cell): void {
    const { noteId, author, seq } = cell;
    let shelf = this.#shelfOf.get(noteId);
    if (shelf === undefined) {
      shelf = this.#shelves.at(-1);
      if (shelf === undefined || shelf.notes.size >= SHELF_NOTES) this.#shelves.push((shelf = new Shelf()));
      shelf.notes.set(noteId, new Map());
      this.#shelfOf.set(noteId, shelf);
    }
    const cells = shelf.notes.get(noteId)!;
    cells.set(key, cell);
    shelf.latest.set(author, Math.max(seq, shelf.latest.get(author) ?? 0));
    shelf.coded = null;
  }

  delete(noteId: NoteId, key: string): void {
    const shelf = this.#shelfOf.get(noteId);
    if (shelf?.notes.get(noteId)?.delete(key) === true) shelf.coded = null;
  }

  /** What the holder of `known` lacks. Cost: the shelves, and the notes on those that have any. */
  since(known: VersionVector): CodedCells[] {
    const out: CodedCells[] = [];
    for (const shelf of this.#shelves) {
      if (known.size === 0) out.push((shelf.coded ??= encodeCells(shelf.cells())));
      else if ([...shelf.latest].some(([author, seq]) => seq > (known.get(author) ?? 0)))
        out.push(encodeCells(shelf.cells().filter(({ author, seq }) => seq > (known.get(author) ?? 0))));
    }
    return out;
  }

  /** @throws AssertionError */
  checkInvariants(keyOf: (cell: Cell) => string): void {
    for (const { notes, latest } of this.#shelves) {
      for (const [noteId, own] of notes) {
        for (const [key, cell] of own) {
          const isFiled = noteId === cell.noteId && key === keyOf(cell) && this.#cells(noteId) === own;
          assert(isFiled && cell.seq <= (latest.get(cell.author) ?? 0), `Cell ${key} of ${noteId} is misfiled`);
        }
      }
    }
  }

  #cells(noteId: NoteId): Map<string, Cell> | undefined {
    return this.#shelfOf.get(noteId)?.notes.get(noteId);
  }
}
