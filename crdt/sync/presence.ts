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
  /** What it said last, where its connection was lost; null: it is here, or has left. */
  lostState: unknown;
  /** When it said anything, the same again included. */
  heardAtMs: number;
  /** When it said something else than before. */
  changedAtMs: number;
}

/** Somebody who is here, or whose connection was lost. */
export interface Known {
  readonly state: unknown;
  /** Whether its connection is there as far as the node can see. */
  readonly isHere: boolean;
  readonly heardAtMs: number;
  readonly changedAtMs: number;
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
    this.#put(id, (this.#entries.get(id)?.clock ?? 0) + 1, state);
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
        if (held.clock === clock && held.state !== null && state !== null) held.heardAtMs = this.#clock.now();
        continue;
      }
      this.#put(id, clock, state);
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
      this.#put(id, entry.clock + ticks, null);
    }
    return this.encode(here);
  }

  /** Everybody here, by client id. */
  states(): ReadonlyMap<number, unknown> {
    const out = new Map<number, unknown>();
    for (const [id, { state }] of this.#entries) if (state !== null) out.set(id, state);
    return out;
  }

  /** Everybody here, and who was lost and has not been heard of since, by client id. */
  known(): ReadonlyMap<number, Known> {
    const out = new Map<number, Known>();
    for (const [id, { state, lostState, heardAtMs, changedAtMs }] of this.#entries)
      if (state !== null || lostState !== null) out.set(id, { state: state ?? lostState, isHere: state !== null, heardAtMs, changedAtMs });
    return out;
  }

  /** The clock of the last thing heard of `id`, or null. */
  clockOf(id: number): number | null {
    return this.#entries.get(id)?.clock ?? null;
  }

  /** Forgets who is not here and was last heard of more than `forMs` ago. */
  forgetGone(forMs: number): void {
    const beforeMs = this.#clock.now() - forMs;
    for (const [id, { state, heardAtMs }] of this.#entries) if (state === null && heardAtMs < beforeMs) this.#entries.delete(id);
  }

  #put(id: number, clock: number, state: unknown): void {
    const held = this.#entries.get(id);
    const nowMs = this.#clock.now();
    // A removal under the clock last heard comes from the node, which has lost the connection.
    if (state === null && held !== undefined && held.clock === clock && held.state !== null) {
      this.#entries.set(id, { ...held, state: null, lostState: held.state });
      return;
    }
    const isSame = held !== undefined && JSON.stringify(held.state ?? held.lostState) === JSON.stringify(state);
    this.#entries.set(id, { clock, state, lostState: null, heardAtMs: nowMs, changedAtMs: isSame ? held.changedAtMs : nowMs });
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
