/**
 * Keeps an editor on the page and a text in the worker equal while both change. Each end counts what it has heard of
 * the other; what was made without knowing of each other is carried past each other, the same way at both ends
 * (operational transformation between two, the far end's insertions left of the near end's).
 */

import { mapSplices } from "../../crdt/base/map-splices.ts";
import { composeSplices, type Splice } from "../../crdt/base/splice.ts";

/** An edit on its way to the worker. */
export interface NearEdit {
  /** How many batches the page had taken in when it was made. */
  readonly seen: number;
  readonly splices: readonly Splice[];
}

/** Changes on their way to the page. */
export interface FarBatch {
  /** Its number, from 1. */
  readonly n: number;
  /** How many edits of the page had been taken in when it was made. */
  readonly taken: number;
  readonly splices: readonly Splice[];
}

/** The worker's end of one text. */
export class FarEnd {
  #unseen: { readonly n: number; splices: readonly Splice[] }[] = [];
  /** What is not sent yet. */
  #gathered: readonly Splice[] = [];
  #sent = 0;
  #taken = 0;

  /** The text changed here. */
  change(splices: readonly Splice[]): void {
    this.#gathered = composeSplices(this.#gathered, splices);
  }

  /** What is to be sent to the page; null: nothing. */
  flush(): FarBatch | null {
    if (this.#gathered.length === 0) return null;
    const batch = { n: ++this.#sent, splices: this.#gathered };
    this.#unseen.push(batch);
    this.#gathered = [];
    return { ...batch, taken: this.#taken };
  }

  /** The page's edit as it applies to the text here. */
  receive({ seen, splices }: NearEdit): readonly Splice[] {
    this.#taken++;
    this.#unseen = this.#unseen.filter(({ n }) => n > seen);
    let edit = splices;
    for (const batch of this.#unseen)
      [edit, batch.splices] = [mapSplices(edit, batch.splices, false), mapSplices(batch.splices, edit, true)];
    [edit, this.#gathered] = [mapSplices(edit, this.#gathered, false), mapSplices(this.#gathered, edit, true)];
    return edit;
  }
}

/** The page's end of one text. */
export class NearEnd {
  /** Edits that the worker may not have taken in. */
  #pending: (readonly Splice[])[] = [];
  #made = 0;
  #seen = 0;

  /** A person edited. */
  edit(splices: readonly Splice[]): NearEdit {
    this.#made++;
    this.#pending.push(splices);
    return { seen: this.#seen, splices };
  }

  /** What the editor must do to catch up. */
  receive({ n, taken, splices }: FarBatch): readonly Splice[] {
    this.#seen = n;
    this.#pending = this.#pending.slice(this.#pending.length + taken - this.#made);
    let batch = splices;
    this.#pending = this.#pending.map((edit) => {
      const moved = mapSplices(edit, batch, false);
      batch = mapSplices(batch, edit, true);
      return moved;
    });
    return batch;
  }
}

/** What takes `splices` back; `text` is the one before them. */
export function inverseOf(splices: readonly Splice[], text: string): Splice[] {
  let shift = 0;
  return splices.map(({ index, remove, insert }) => {
    const inverse = { index: index + shift, remove: insert.length, insert: text.slice(index, index + remove) };
    shift += insert.length - remove;
    return inverse;
  });
}
