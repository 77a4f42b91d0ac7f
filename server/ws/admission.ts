/** How many WebSockets may be open and how fast they may come, by address and in all. Knows addresses, not people. */

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Limits } from "../config.ts";
import { addressKey, LOOPBACK } from "../http/address.ts";
import type { Refusal } from "../metrics/metrics.ts";

const RATE_WINDOW_S = 10;

/** Why one more may not come in, as HTTP says it. */
export interface Rejection {
  readonly status: 429 | 503;
  readonly refusal: Extract<Refusal, "address-connections" | "address-rate" | "connections">;
  readonly reason: string;
  readonly retryAfterS: number;
}

export type Place = { readonly leave: () => void; readonly rejection: null } | { readonly leave: null; readonly rejection: Rejection };

type AdmissionLimits = Pick<
  Limits,
  "connectionsMax" | "addressConnectionsMax" | "loopbackConnectionsMax" | "addressConnectsMax" | "loopbackConnectsMax"
>;

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #rates: { readonly loopback: RateLimiterMemory; readonly others: RateLimiterMemory };
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#rates = {
      loopback: new RateLimiterMemory({ points: limits.loopbackConnectsMax, duration: RATE_WINDOW_S }),
      others: new RateLimiterMemory({ points: limits.addressConnectsMax, duration: RATE_WINDOW_S }),
    };
  }

  /** Open connections, those that are being decided on included. */
  get total(): number {
    return this.#total;
  }

  /** Takes a place for one more connection of `address`. Call `leave` once when it is gone. */
  async enter(address: string): Promise<Place> {
    const key = addressKey(address);
    const isLoopback = key === LOOPBACK;
    const max = isLoopback ? this.#limits.loopbackConnectionsMax : this.#limits.addressConnectionsMax;
    if ((this.#open.get(key) ?? 0) >= max)
      return rejected(429, "address-connections", `${max} connections of this address are open already`, RATE_WINDOW_S);
    // Taken before anything is waited for, or many could pass at once.
    const leave = this.#take(key);
    const rejection = (await this.#rate(key, isLoopback)) ?? this.#full();
    if (rejection === null) return { leave, rejection };
    leave();
    return { leave: null, rejection };
  }

  async #rate(key: string, isLoopback: boolean): Promise<Rejection | null> {
    try {
      await (isLoopback ? this.#rates.loopback : this.#rates.others).consume(key);
      return null;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      return rejected(429, "address-rate", "Too many connections in too short a time", Math.ceil(error.msBeforeNext / 1_000)).rejection;
    }
  }

  #full(): Rejection | null {
    if (this.#total <= this.#limits.connectionsMax) return null;
    return rejected(503, "connections", `${this.#limits.connectionsMax} connections are open already`, RATE_WINDOW_S).rejection;
  }

  #take(key: string): () => void {
    this.#total++;
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      this.#total--;
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    };
  }
}

function rejected(status: Rejection["status"], refusal: Rejection["refusal"], reason: string, retryAfterS: number) {
  return { leave: null, rejection: { status, refusal, reason, retryAfterS } } as const;
}
