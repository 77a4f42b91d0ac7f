/**
 * Where the browser has no Web Locks, nobody can tell for sure whose stored rows may be continued. A tab is then a
 * new replica, and edits that another tab left behind unsaved become a draft for the person to decide on.
 */

import { type NoteId, parseReplicaId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import { browserClock } from "./browser-clock.ts";
import type { LocalDatabase } from "./local-database.ts";

const ALIVE_KEY = "riftpad.alive.";
const ALIVE_EVERY_MS = 4_000;
/** A tab that has not said so for this long is gone. Browsers let hidden tabs speak once a minute. */
const ALIVE_MS_MAX = 90_000;

/** Says that this replica's tab is open, until the page goes. */
export function keepAlive(replicaId: ReplicaId): void {
  const say = (): void => {
    try {
      localStorage.setItem(ALIVE_KEY + replicaId, String(Date.now()));
    } catch {
      // Without this storage there are no rows to protect either.
    }
  };
  say();
  setInterval(say, ALIVE_EVERY_MS);
  window.addEventListener("pagehide", () => localStorage.removeItem(ALIVE_KEY + replicaId));
}

/** Turns what closed tabs left unsaved in `noteId` into drafts. A live tab's rows are read by no other tab. */
export async function adoptOrphans(database: LocalDatabase, noteId: NoteId, strategy: Strategy, self: ReplicaId): Promise<void> {
  for (const replica of await database.unsavedReplicas(noteId)) {
    if (replica === self || parseReplicaId(replica) === null || isAlive(replica)) continue;
    const store = database.storeOf(noteId, replica);
    const { state, received, unsaved } = await store.load();
    const copy = strategy.open({ replica, clock: browserClock, ...(state === null ? {} : { state }) });
    for (const update of [...received, ...unsaved]) copy.receive(update);
    await store.discard(copy.text());
  }
}

function isAlive(replicaId: ReplicaId): boolean {
  const saidAtMs = Number(localStorage.getItem(ALIVE_KEY + replicaId) ?? 0);
  return Date.now() - saidAtMs < ALIVE_MS_MAX;
}
