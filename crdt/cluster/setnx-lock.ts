/**
 * The lock that everybody writes first: one node, "set if not there, for a time", delete when done. Here to be
 * watched as it fails: it lives and dies with its node, it hands out no token, and by default whoever deletes it deletes it, also when it
 * is another's by then. `checksOwner` mends the last of the three (compare the value before the delete), not the others.
 */

import type { Clock } from "../base/clock.ts";

export interface SetnxLockOptions {
  /** Of the node that keeps it. */
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly checksOwner?: boolean;
}

export class SetnxLock {
  readonly #options: SetnxLockOptions;
  #held: { readonly owner: string; readonly untilMs: number } | null = null;

  constructor(options: SetnxLockOptions) {
    this.#options = options;
  }

  /** Who has it now; null when it is free or has run out. */
  get owner(): string | null {
    return this.#held !== null && this.#options.clock.now() < this.#held.untilMs ? this.#held.owner : null;
  }

  /** Returns whether `owner` has it now. */
  acquire(owner: string): boolean {
    const { clock, ttlMs } = this.#options;
    if (this.owner !== null && this.owner !== owner) return false;
    this.#held = { owner, untilMs: clock.now() + ttlMs };
    return true;
  }

  /** `owner` is done. Returns whose lock was freed, which need not be its own; null: none. */
  release(owner: string): string | null {
    const freed = this.owner;
    if (this.#options.checksOwner === true && freed !== owner) return null;
    this.#held = null;
    return freed;
  }
}
