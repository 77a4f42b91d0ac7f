/**
 * Time as an argument. The kernel never asks the host for the time: the shells pass a clock made of
 * the host's timers, the tests and the sandbox pass a `VirtualClock`.
 */

/** Undoes one scheduled call. Calling it twice, or after the call has run, does nothing. */
export type CancelTimer = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch, as this end believes them. May step backwards. */
  now(): number;
  /** Runs `task` once, `delayMs` (>= 0) from now. */
  setTimer(delayMs: number, task: () => void): CancelTimer;
}

interface Timer {
  readonly dueMs: number;
  readonly ordinal: number;
  readonly task: () => void;
}

/**
 * A clock that moves only when told to. Timers due at the same instant run in the order in which
 * they were set, so that a run is a pure function of its inputs.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #ordinal = 0;
  /** A binary heap ordered by (dueMs, ordinal). */
  readonly #heap: Timer[] = [];
  readonly #cancelled = new Set<number>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** How many timers are still to run. */
  get pending(): number {
    return this.#heap.length - this.#cancelled.size;
  }

  setTimer(delayMs: number, task: () => void): CancelTimer {
    if (!(delayMs >= 0)) throw new RangeError(`Invalid delay ${delayMs} ms: expected 0 or more`);
    const timer: Timer = { dueMs: this.#nowMs + delayMs, ordinal: this.#ordinal++, task };
    let isLive = true;
    push(this.#heap, { ...timer, task: () => ((isLive = false), task()) });
    return () => {
      if (!isLive) return;
      isLive = false;
      this.#cancelled.add(timer.ordinal);
    };
  }

  /** The instant at which the next timer is due, or null when none is left. */
  nextDueMs(): number | null {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs ?? null;
  }

  /** Runs the next timer, moving time to it. Returns false when none is left. */
  step(): boolean {
    this.#dropCancelled();
    const timer = pop(this.#heap);
    if (timer === undefined) return false;
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.task();
    return true;
  }

  /** Runs every timer due within `durationMs`, in order, and leaves the clock there. */
  advance(durationMs: number): void {
    if (!(durationMs >= 0)) throw new RangeError(`Invalid duration ${durationMs} ms: expected 0 or more`);
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const dueMs = this.nextDueMs();
      if (dueMs === null || dueMs > untilMs) break;
      this.step();
    }
    this.#nowMs = untilMs;
  }

  #dropCancelled(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#cancelled.has(top.ordinal); top = this.#heap[0]) {
      this.#cancelled.delete(top.ordinal);
      pop(this.#heap);
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.ordinal < b.ordinal);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent]!;
    if (!isBefore(timer, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return top;
}
