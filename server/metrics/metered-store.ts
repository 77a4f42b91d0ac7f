/** Measures how long a store takes to make updates durable, and how many it takes at a time. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { Store, StoreEvents } from "../store/store.ts";
import type { Metrics } from "./metrics.ts";

export interface StoreMeter {
  /** Like `store`, with each append timed. */
  wrap<Kept extends Store>(store: Kept): Kept;
  /** Like `events`, with each report of durability measured. */
  listen(events: StoreEvents): StoreEvents;
}

export function meterStore(metrics: Metrics, nowMs: () => number): StoreMeter {
  /** By note: updates on their way, oldest first. */
  const pending = new Map<NoteId, { readonly position: number; readonly atMs: number }[]>();
  /** Reports of one turn belong to one commit. */
  let group = 0;
  return {
    wrap: (store) => ({
      ...store,
      append(noteId, position, update) {
        const waiting = pending.get(noteId);
        if (waiting === undefined) pending.set(noteId, [{ position, atMs: nowMs() }]);
        else waiting.push({ position, atMs: nowMs() });
        store.append(noteId, position, update);
      },
    }),
    listen: (events) => ({
      ...events,
      onSaved(noteId, position) {
        const waiting = pending.get(noteId) ?? [];
        const next = waiting.findIndex((update) => update.position > position);
        const saved = waiting.splice(0, next === -1 ? waiting.length : next);
        if (waiting.length === 0) pending.delete(noteId);
        for (const { atMs } of saved) metrics.committed(nowMs() - atMs);
        if (group === 0)
          queueMicrotask(() => {
            metrics.commitGroup(group);
            group = 0;
          });
        group += saved.length;
        events.onSaved(noteId, position);
      },
    }),
  };
}
