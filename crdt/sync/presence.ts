/**
 * Who is here and where their carets are: y-protocols' awareness, written by hand because theirs reads the
 * host's clock. Presence is never stored and never part of a note.
 *
 * update := varUint(n) (varUint(client id) varUint(clock) varString(JSON state))^n; state "null" means gone.
 * A higher clock wins; at equal clocks a removal wins.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";

interface Entry {
  clock: number;
  /** null: gone. */
  state: unknown;
  heardAtMs: number;
}

export interface PresenceChange {
  readonly added: readonly number[];
  readonly updated: readonly number[];
  readonly removed: readonly number[];
}

/** No client ids: says nothing, yet is a message that a stock client counts as a sign of life. */
export const EMPTY_PRESENCE = Uint8Array.of(0);

export class PresenceTable {
  readonly #clock: Clock;
  readonly #entries = new Map<number, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets this end's own state (null: leaving) and returns the update that tells others. */
  setLocal(id: number, state: unknown): Uint8Array {
    const clock = (this.#entries.get(id)?.clock ?? 0) + 1;
    this.#entries.set(id, { clock, state, heardAtMs: this.#clock.now() });
    return this.encode([id]);
  }

  /**
   * Takes in what another end says.
   * @throws DecodeError when it does not parse; nothing has changed then.
   */
  apply(update: Uint8Array): PresenceChange {
    const added: number[] = [];
    const updated: number[] = [];
    const removed: number[] = [];
    for (const { id, clock, state } of decodePresence(update)) {
      const held = this.#entries.get(id);
      const isNews = held === undefined || clock > held.clock || (clock === held.clock && state === null && held.state !== null);
      if (!isNews) {
        if (held.clock === clock) held.heardAtMs = this.#clock.now();
        continue;
      }
      this.#entries.set(id, { clock, state, heardAtMs: this.#clock.now() });
      const wasHere = held !== undefined && held.state !== null;
      if (state === null) {
        if (wasHere) removed.push(id);
      } else (wasHere ? updated : added).push(id);
    }
    return { added, updated, removed };
  }

  /** The update that tells of `ids`, or of everybody here. */
  encode(ids: readonly number[] = [...this.states().keys()]): Uint8Array {
    return encodePresence(ids.map((id) => ({ id, clock: this.#entries.get(id)?.clock ?? 0, state: this.#entries.get(id)?.state ?? null })));
  }

  /** Marks `ids` as gone, `ticks` after what was last heard of them, and returns the update that tells others. */
  remove(ids: readonly number[], ticks: 0 | 1 = 1): Uint8Array {
    const here = ids.filter((id) => this.#entries.get(id)?.state != null);
    for (const id of here) {
      const entry = this.#entries.get(id)!;
      this.#entries.set(id, { clock: entry.clock + ticks, state: null, heardAtMs: this.#clock.now() });
    }
    return this.encode(here);
  }

  /** Everybody here, by client id. */
  states(): ReadonlyMap<number, unknown> {
    const out = new Map<number, unknown>();
    for (const [id, { state }] of this.#entries) if (state !== null) out.set(id, state);
    return out;
  }

  /** The clock of the last thing heard of `id`, or null. */
  clockOf(id: number): number | null {
    return this.#entries.get(id)?.clock ?? null;
  }

  /** Forgets who left more than `forMs` ago. */
  forgetGone(forMs: number): void {
    const beforeMs = this.#clock.now() - forMs;
    for (const [id, { state, heardAtMs }] of this.#entries) if (state === null && heardAtMs < beforeMs) this.#entries.delete(id);
  }

  /** When `id` was last heard of, or null. */
  heardAtMs(id: number): number | null {
    return this.#entries.get(id)?.heardAtMs ?? null;
  }
}

interface PresenceState {
  readonly id: number;
  readonly clock: number;
  /** null: gone. */
  readonly state: unknown;
}

export function encodePresence(states: readonly PresenceState[]): Uint8Array {
  const writer = new ByteWriter().varUint(states.length);
  for (const { id, clock, state } of states)
    writer
      .varUint(id)
      .varUint(clock)
      .varString(JSON.stringify(state ?? null));
  return writer.finish();
}

/** With the size of each state as JSON. @throws DecodeError */
export function decodePresence(update: Uint8Array): (PresenceState & { readonly bytes: number })[] {
  const reader = new ByteReader(update);
  const out: (PresenceState & { readonly bytes: number })[] = [];
  for (let count = reader.count(3); count > 0; count--) {
    const id = reader.varUint();
    const clock = reader.varUint();
    const { offset } = reader;
    const text = reader.varString();
    let state: unknown;
    try {
      state = JSON.parse(text);
    } catch {
      throw reader.error("A presence state that is not JSON");
    }
    out.push({ id, clock, state, bytes: reader.offset - offset });
  }
  reader.end();
  return out;
}
