/** The node that orders a note's writes, for tests that know no room: what it commits is durable at once. */

import type { Clock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { NoteRelay, Replica, Strategy } from "../../crdt/strategy/strategy.ts";

const ATTEMPTS_MAX = 10;

export class Ordering {
  readonly relay: NoteRelay;
  readonly #strategy: Strategy;

  constructor(strategy: Strategy, clock: Clock) {
    this.#strategy = strategy;
    this.relay = openRelay(strategy, { replica: replicaIdFrom(1_000), clock, updates: [], onDocumentOpened: () => undefined });
  }

  /**
   * What others are to receive of `update`, which `copy` has just made: the update itself, or where one node orders, the
   * entries that come of it, once the copy has made it anew as often as it must. A lock is given up afterwards.
   */
  commit(copy: Replica, update: Uint8Array): Uint8Array {
    if (!this.#strategy.traits.isOrdered || update.length === 0) return update;
    const entries = this.#propose(copy, update);
    const release = copy.lock?.release();
    if (release !== undefined && release.length > 0) entries.push(...this.#propose(copy, release));
    return entries.length === 1 ? entries[0]! : this.#strategy.merge!(entries);
  }

  /** Brings one proposal to the node once, and says what the node says, without telling anybody. */
  bring(update: Uint8Array): ReturnType<NoteRelay["receive"]> {
    const relayed = this.relay.receive(update);
    if (relayed.forward !== null) this.relay.settle?.(relayed.forward);
    return relayed;
  }

  #propose(copy: Replica, proposal: Uint8Array): Uint8Array[] {
    const entries: Uint8Array[] = [];
    let next: Uint8Array | null = proposal;
    for (let attempt = 0; next !== null; attempt++) {
      if (attempt === ATTEMPTS_MAX) throw new Error(`Not committed after ${ATTEMPTS_MAX} attempts`);
      const { forward, reply } = this.bring(next);
      if (forward !== null) entries.push(forward);
      next = copy.receive(this.relay.since(copy.version())).reply;
      if (reply !== null) next = copy.receive(reply).reply ?? next;
    }
    return entries;
  }
}
