/**
 * What was set of each of many, away from what all have, with somebody who listens, and a time at which it is over: faults heal by
 * themselves a while after the last change. The boards of faults, rates, presence, clocks and held messages have one each.
 */

import { assert } from "./assert.ts";
import type { CancelTimer, Clock } from "./clock.ts";

export const HEAL_AFTER_MS = 600_000;

export interface SettingsOptions<Key> {
  readonly clock: Clock;
  /** How long after the last change everything heals. */
  readonly healAfterMs?: number | undefined;
  /** Sets one as all others are: it must end in `put(key, null)`. */
  readonly heal: (key: Key) => void;
}

export class Settings<Key, Value> {
  readonly #options: SettingsOptions<Key>;
  readonly #values = new Map<Key, Value>();
  readonly #listeners = new Set<(key: Key) => void>();
  #cancelHeal: CancelTimer | null = null;
  #healAtMs: number | null = null;

  constructor(options: SettingsOptions<Key>) {
    this.#options = options;
  }

  /** null: nothing was set. */
  get(key: Key): Value | null {
    return this.#values.get(key) ?? null;
  }

  has(key: Key): boolean {
    return this.#values.has(key);
  }

  /** All that are set. */
  all(): ReadonlyMap<Key, Value> {
    return this.#values;
  }

  /** When everything heals by itself, or null while there is nothing to heal. */
  get healAtMs(): number | null {
    return this.#healAtMs;
  }

  /** null: as all others are. Puts the heal off, does what follows from it, and tells everybody. */
  put(key: Key, value: Value | null, obey: () => void = () => undefined): void {
    if (value === null) this.#values.delete(key);
    else this.#values.set(key, value);
    this.#schedule();
    obey();
    for (const listener of this.#listeners) listener(key);
  }

  /** One, or all that were set. */
  heal(key?: Key): void {
    for (const each of key === undefined ? [...this.#values.keys()] : [key]) {
      this.#options.heal(each);
      assert(!this.#values.has(each), `${String(each)} was not healed`);
    }
  }

  /** Told after each change, with the key that it was about. */
  subscribe(listener: (key: Key) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#cancelHeal?.();
    this.#cancelHeal = null;
  }

  #schedule(): void {
    const { clock, healAfterMs = HEAL_AFTER_MS } = this.#options;
    this.close();
    this.#healAtMs = null;
    if (this.#values.size === 0) return;
    this.#healAtMs = clock.now() + healAfterMs;
    this.#cancelHeal = clock.setTimer(healAfterMs, () => this.heal());
  }
}
