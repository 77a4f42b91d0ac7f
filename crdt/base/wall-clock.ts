/** A wall clock that is off: what a replica stamps with where its time is not the true one. Timers keep to the base clock. */

import type { CancelTimer, Clock } from "./clock.ts";

/** How far a clock is off. Plain data: it crosses /control as JSON. */
export interface ClockSetting {
  /** At `sinceMs`. */
  readonly offsetMs: number;
  /** How many millionths of what passes after `sinceMs` it shows too much; negative: it is slow. */
  readonly driftPpm: number;
  /** True time. */
  readonly sinceMs: number;
}

export const TRUE_CLOCK: ClockSetting = { offsetMs: 0, driftPpm: 0, sinceMs: 0 };

/** How far a clock of this setting is off at that true time, in ms; positive: ahead. */
export function offsetAt({ offsetMs, driftPpm, sinceMs }: ClockSetting, nowMs: number): number {
  return offsetMs + ((nowMs - sinceMs) * driftPpm) / 1_000_000;
}

/** The true time at which a clock of this setting shows `shownMs`. Its drift is above -1,000,000 ppm. */
export function trueTimeOf({ offsetMs, driftPpm, sinceMs }: ClockSetting, shownMs: number): number {
  return sinceMs + (shownMs - offsetMs - sinceMs) / (1 + driftPpm / 1_000_000);
}

export class WallClock implements Clock {
  offsetMs = 0;
  driftPpm = 0;
  readonly #base: Clock;
  #sinceMs: number;

  /** It drifts from `sinceMs` on, by the base clock. */
  constructor(base: Clock, sinceMs: number) {
    this.#base = base;
    this.#sinceMs = sinceMs;
  }

  set({ offsetMs, driftPpm, sinceMs }: ClockSetting): void {
    this.offsetMs = offsetMs;
    this.driftPpm = driftPpm;
    this.#sinceMs = sinceMs;
  }

  now(): number {
    const nowMs = this.#base.now();
    return nowMs + offsetAt({ offsetMs: this.offsetMs, driftPpm: this.driftPpm, sinceMs: this.#sinceMs }, nowMs);
  }

  setTimer(delayMs: number, task: () => void): CancelTimer {
    return this.#base.setTimer(delayMs, task);
  }
}
