/**
 * Who speaks for whom in a room. A presence id belongs to the connection that first spoke it, one id each; what a
 * connection repeats of others is dropped silently, since stock clients repeat all that they hear ([PR2]).
 */

import type { Clock } from "../base/clock.ts";
import { PRESENCE_GONE_MS, PRESENCE_OWNER_SILENCE_MS, PRESENCE_STATE_BYTES_MAX } from "./limits.ts";
import { decodePresence, encodePresence, PresenceTable } from "./presence.ts";

/** A connection, as far as presence is concerned. */
export interface PresenceOwner {
  /** The only id that it may speak for; null: the first one that nobody has spoken for. */
  readonly presenceId: number | null;
}

export interface PresenceRefusals {
  /** Newer states under another connection's id. */
  readonly foreign: number;
  /** States and frames that were too large. */
  readonly tooLarge: number;
}

export class RoomPresence {
  readonly table: PresenceTable;
  readonly #clock: Clock;
  readonly #owners = new Map<number, PresenceOwner>();
  readonly #idOf = new Map<PresenceOwner, number>();
  #foreign = 0;
  #tooLarge = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.table = new PresenceTable(clock);
  }

  get refusals(): PresenceRefusals {
    return { foreign: this.#foreign, tooLarge: this.#tooLarge };
  }

  /** Who speaks for `id`, or null. */
  ownerOf(id: number): PresenceOwner | null {
    return this.#owners.get(id) ?? null;
  }

  noteTooLarge(): void {
    this.#tooLarge++;
  }

  /**
   * Takes in what `from` says of itself. Returns its id when others should hear of it, else null.
   * @throws DecodeError when it does not parse; nothing has changed then.
   */
  take(update: Uint8Array, from: PresenceOwner): number | null {
    for (const { id, clock, state, bytes } of decodePresence(update)) {
      if (!this.#owns(from, id, clock, state)) continue;
      if (bytes > PRESENCE_STATE_BYTES_MAX) {
        this.#tooLarge++;
        continue;
      }
      const { added, updated, removed } = this.table.apply(encodePresence([{ id, clock, state }]));
      if (added.length + updated.length + removed.length > 0) return id;
    }
    return null;
  }

  /** A connection has ended. Returns the id that is gone with it, or null. */
  leave(owner: PresenceOwner): number | null {
    return this.#end(owner, 1);
  }

  /** What `owner` told of is out of reach. As `leave`, but its next sign of life brings it back. */
  withdraw(owner: PresenceOwner): number | null {
    return this.#end(owner, 0);
  }

  #end(owner: PresenceOwner, ticks: 0 | 1): number | null {
    const id = this.#idOf.get(owner);
    this.#idOf.delete(owner);
    if (id === undefined || this.#owners.get(id) !== owner) return null;
    this.#owners.delete(id);
    this.table.forgetGone(PRESENCE_GONE_MS);
    const isHere = this.table.states().has(id);
    this.table.remove([id], ticks);
    return isHere ? id : null;
  }

  #owns(from: PresenceOwner, id: number, clock: number, state: unknown): boolean {
    const own = this.#idOf.get(from) ?? from.presenceId;
    const owner = this.#owners.get(id);
    if (owner === from) return true;
    if (own !== null && own !== id) {
      if (this.#isNewer(id, clock) && owner !== undefined) this.#foreign++;
      return false;
    }
    const isSilent = this.#clock.now() - (this.table.heardAtMs(id) ?? 0) > PRESENCE_OWNER_SILENCE_MS;
    if (owner !== undefined && own !== id && !isSilent) {
      if (this.#isNewer(id, clock)) this.#foreign++;
      return false;
    }
    // Nobody begins by leaving: that is an echo of somebody who has left.
    if (state === null || (own === null && !this.#isNewer(id, clock))) return false;
    if (owner !== undefined) this.#idOf.delete(owner);
    this.#owners.set(id, from);
    this.#idOf.set(from, id);
    return true;
  }

  #isNewer(id: number, clock: number): boolean {
    const held = this.table.clockOf(id);
    return held === null || clock > held;
  }
}
