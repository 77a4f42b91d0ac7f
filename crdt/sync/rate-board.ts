/**
 * How fast each replica may send: the token buckets of its connections, by replica, so that a small bucket holds for
 * all of them and outlives each. What was set heals by itself a while after the last change, like every other fault.
 */

import type { Clock } from "../base/clock.ts";
import { Few } from "../base/few.ts";
import type { ReplicaId } from "../base/ids.ts";
import { Settings } from "../base/settings.ts";
import { TOKENS_BURST, TOKENS_PER_S } from "./limits.ts";
import type { TokenBucket } from "./token-bucket.ts";

export interface Rate {
  /** Tokens that come back in a second. A message costs one, and one more for each `TOKEN_BYTES`. */
  readonly perS: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/** What every connection has unless something else was set. */
export const DEFAULT_RATE: Rate = { perS: TOKENS_PER_S, burst: TOKENS_BURST };
/** Slow enough to watch: a fast typist stays below it, a script does not. */
export const OVERLOAD_RATE: Rate = { perS: 20, burst: 40 };

/** A bucket as of now. */
export interface BucketGauge extends Rate {
  /** What is left; negative: a debt, and the connection is not read until it is paid. */
  readonly level: number;
}

export interface RateBoardOptions {
  readonly clock: Clock;
  /** How long after the last change everything heals. */
  readonly healAfterMs?: number;
}

export class RateBoard {
  readonly #rates: Settings<ReplicaId, Rate>;
  readonly #buckets = new Map<ReplicaId, Few<TokenBucket>>();

  constructor({ clock, healAfterMs }: RateBoardOptions) {
    this.#rates = new Settings({ clock, healAfterMs, heal: (replica) => this.set(replica, null) });
  }

  get(replica: ReplicaId): Rate {
    return this.#rates.get(replica) ?? DEFAULT_RATE;
  }

  /** Whether a rate was set for this replica. */
  isSet(replica: ReplicaId): boolean {
    return this.#rates.has(replica);
  }

  /** When everything heals by itself, or null while there is nothing to heal. */
  get healAtMs(): number | null {
    return this.#rates.healAtMs;
  }

  /** null: as everybody's. @throws RangeError when a figure is out of its range; nothing has changed then. */
  set(replica: ReplicaId, rate: Rate | null): void {
    if (rate === null && !this.#rates.has(replica)) return;
    if (rate !== null) {
      inRange("perS", rate.perS, TOKENS_PER_S);
      inRange("burst", rate.burst, TOKENS_BURST);
    }
    const { perS, burst } = rate ?? DEFAULT_RATE;
    for (const bucket of this.#buckets.get(replica) ?? []) bucket.set(perS, burst);
    this.#rates.put(replica, rate);
  }

  /** One replica, or all of them, as everybody's again. */
  heal(replica?: ReplicaId): void {
    this.#rates.heal(replica);
  }

  /** Holds a connection's bucket to its replica's rate from now on. Returns how to let go of it. */
  attach(replica: ReplicaId, bucket: TokenBucket): () => void {
    const held = this.#buckets.get(replica) ?? new Few<TokenBucket>();
    this.#buckets.set(replica, held.add(bucket));
    return () => {
      held.delete(bucket);
      if (held.size === 0 && this.#buckets.get(replica) === held) this.#buckets.delete(replica);
    };
  }

  /** The emptiest bucket of this replica's connections; null while it has none. */
  gaugeOf(replica: ReplicaId): BucketGauge | null {
    const levels = [...(this.#buckets.get(replica) ?? [])].map(({ level }) => level);
    return levels.length === 0 ? null : { ...this.get(replica), level: Math.min(...levels) };
  }

  /** Told after each change, with the replica that it was about. */
  subscribe(listener: (replica: ReplicaId) => void): () => void {
    return this.#rates.subscribe(listener);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#rates.close();
  }
}

function inRange(name: string, value: number, max: number): void {
  if (!(value >= 1 && value <= max)) throw new RangeError(`Invalid ${name} ${value}: expected 1 to ${max}`);
}
