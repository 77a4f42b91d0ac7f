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
  #size = 0;

  /** How many cells there are. */
  get size(): number {
    return this.#size;
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
    if (!cells.has(key)) this.#size++;
    cells.set(key, cell);
    shelf.latest.set(author, Math.max(seq, shelf.latest.get(author) ?? 0));
    shelf.coded = null;
  }

  delete(noteId: NoteId, key: string): void {
    const shelf = this.#shelfOf.get(noteId);
    if (shelf?.notes.get(noteId)?.delete(key) !== true) return;
    this.#size--;
    shelf.coded = null;
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
    let size = 0;
    for (const shelf of this.#shelves) {
      for (const [noteId, cells] of shelf.notes) {
        assert(this.#shelfOf.get(noteId) === shelf, `Note ${noteId} stands on a shelf where nobody looks for it`);
        for (const [key, cell] of cells) {
          assert(noteId === cell.noteId && key === keyOf(cell), `Cell ${keyOf(cell)} of ${cell.noteId} is filed under ${noteId}, ${key}`);
          assert(cell.seq <= (shelf.latest.get(cell.author) ?? 0), `Cell ${key} of ${noteId} is later than its shelf knows`);
        }
        size += cells.size;
      }
      if (shelf.coded === null) continue;
      const { count, bytes } = encodeCells(shelf.cells());
      assert(
        count === shelf.coded.count && bytes.join() === shelf.coded.bytes.join(),
        "What a shelf is written as is older than its cells",
      );
    }
    assert(size === this.#size, `${size} cells, counted as ${this.#size}`);
  }

  #cells(noteId: NoteId): Map<string, Cell> | undefined {
    return this.#shelfOf.get(noteId)?.notes.get(noteId);
  }
}
