/**
 * A node's own time, and whether it runs at all. Everything that a node does begins in a timer or in something that
 * arrives, and both come through here: a paused node does neither, and finds them in order when it goes on; a node that
 * has crashed never does.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";

export class NodeClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<CancelTimer>();
  #offsetMs: number;
  #state: "running" | "paused" | "dead" = "running";
  #waiting: (() => void)[] = [];
  #cancelResume: CancelTimer | null = null;

  constructor(base: Clock, offsetMs = 0) {
    this.#base = base;
    this.#offsetMs = offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  get isPaused(): boolean {
    return this.#state === "paused";
  }

  now(): number {
    return this.#base.now() + this.#offsetMs;
  }

  setTimer(delayMs: number, task: () => void): CancelTimer {
    if (this.#state === "dead") return () => undefined;
    let isLive = true;
    const cancelBase = this.#base.setTimer(delayMs, () => {
      this.#timers.delete(cancelBase);
      this.run(() => {
        if (isLive) task();
        isLive = false;
      });
    });
    this.#timers.add(cancelBase);
    return () => {
      isLive = false;
      this.#timers.delete(cancelBase);
      cancelBase();
    };
  }

  /** Runs `task` now, when the pause is over, or never. */
  run(task: () => void): void {
    if (this.#state === "running") task();
    else if (this.#state === "paused") this.#waiting.push(task);
  }

  /** Stands still for `durationMs` of real time, or until `resume`. Its clock goes on. */
  pause(durationMs: number): void {
    if (this.#state === "dead") return;
    this.#state = "paused";
    this.#cancelResume?.();
    this.#cancelResume = this.#base.setTimer(durationMs, () => this.resume());
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#cancelResume?.();
    this.#cancelResume = null;
    this.#state = "running";
    // What is done first may pause it again.
    while (this.#waiting.length > 0 && this.#isRunning()) this.#waiting.shift()!();
  }

  /** Sets the clock forward, or back. Timers are not moved, as with a wall clock. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** Nothing runs any more, and no timer is left. */
  kill(): void {
    this.#state = "dead";
    this.#waiting = [];
    this.#cancelResume?.();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #isRunning(): boolean {
    return this.#state === "running";
  }
}
