/** A store that answers in a node's own time. */

import type { NodeClock } from "./node-clock.ts";
import type { NodeStore } from "./node-store.ts";

/** The store's answers as things that arrive at the node: a paused one takes them later, a dead one never. */
export function inTurnsOf(store: NodeStore, clock: Pick<NodeClock, "run">): NodeStore {
  return {
    load: (done) => store.load((stored) => clock.run(() => done(stored))),
    loadUpdates: (noteId, done) => store.loadUpdates(noteId, (stored) => clock.run(() => done(stored))),
    settle: (count) => store.settle(count),
    promise: (noteId, token, holder) => store.promise(noteId, token, holder),
    writeLog: (noteId, from, entries) => store.writeLog(noteId, from, entries),
    commit: (noteId, length) => store.commit(noteId, length),
    append: (noteId, position, update) => store.append(noteId, position, update),
    compact: (noteId, position, state) => store.compact(noteId, position, state),
    sync: (done) => store.sync(() => clock.run(done)),
  };
}
