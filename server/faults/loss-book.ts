/** The losses of notes that somebody looks at, as the store has them and as they are found. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { LossClocks } from "../../crdt/sync/lateness.ts";
import type { ServerStore } from "../nodes/primary.ts";
import type { Store, StoredLoss } from "../store/store.ts";

/** Notes whose losses are kept at hand; those of others are read from the store again. */
const NOTES_MAX = 1_000;

export class LossBook {
  readonly #store: Pick<ServerStore, "losses">;
  readonly #byNote = new Map<NoteId, Promise<Map<string, StoredLoss>>>();

  constructor(store: Pick<ServerStore, "losses">) {
    this.#store = store;
  }

  /** Stores what the room of `noteId` found. Returns whose they are: losses of titles come from the catalog and name their note. */
  found(
    losses: readonly Loss[],
    noteId: NoteId,
    foundAtMs: number,
    store: Pick<Store, "putLosses">,
    clocksOf: (of: NoteId, loss: Loss) => LossClocks | null = () => null,
  ): NoteId[] {
    const byNote = new Map<NoteId, StoredLoss[]>();
    for (const loss of losses) {
      const of = loss.noteId ?? noteId;
      const clocks = clocksOf(of, loss);
      byNote.set(of, [...(byNote.get(of) ?? []), { loss, foundAtMs, ...(clocks === null ? {} : { clocks }) }]);
    }
    for (const [of, found] of byNote) {
      store.putLosses(of, found);
      void this.#byNote.get(of)?.then((known) => {
        for (const stored of found) if (!known.has(stored.loss.id)) known.set(stored.loss.id, stored);
      });
    }
    return [...byNote.keys()];
  }

  /** All of a note, kept at hand if `isKept`. */
  async of(noteId: NoteId, isKept: boolean): Promise<StoredLoss[]> {
    let known = this.#byNote.get(noteId);
    if (known === undefined) {
      known = this.#store.losses(noteId).then((list) => new Map(list.map((stored) => [stored.loss.id, stored])));
      if (isKept) this.#byNote.set(noteId, known);
    }
    for (const oldest of this.#byNote.keys()) {
      if (this.#byNote.size <= NOTES_MAX) break;
      this.#byNote.delete(oldest);
    }
    return [...(await known).values()];
  }

  forget(noteId: NoteId): void {
    this.#byNote.delete(noteId);
  }
}
