/** Writers and what becomes of their updates: a count of who has what, and how long that took. */

import type { ClockRange } from "./updates.ts";
import { clocksOf, UPDATE_CHARS } from "./updates.ts";

/** Updates of one writer that may be on their way. */
const IN_FLIGHT_MAX = 4_096;
/** Frames that were read last; most clients of a room get the same bytes. */
const REMEMBERED_MAX = 16;

/** `clocksOf`, for bytes that come again and again. */
export class ClockReader {
  readonly #frames: Buffer[] = [];
  readonly #ranges: (readonly ClockRange[])[] = [];
  #next = 0;

  read(update: Uint8Array): readonly ClockRange[] {
    for (let k = 0; k < this.#frames.length; k++) if (this.#frames[k]!.equals(update)) return this.#ranges[k]!;
    const ranges = clocksOf(update);
    this.#frames[this.#next] = Buffer.from(update);
    this.#ranges[this.#next] = ranges;
    this.#next = (this.#next + 1) % REMEMBERED_MAX;
    return ranges;
  }
}

/** What became of one writer's updates among `readers` other clients. */
export class Deliveries {
  readonly #readers: number;
  /** How many updates each reader has. Readers get a writer's updates in order. */
  readonly #has: Int32Array;
  readonly #sentAtMs = new Float64Array(IN_FLIGHT_MAX);
  readonly #missing = new Int32Array(IN_FLIGHT_MAX);
  #sent = 0;
  #complete = 0;
  #delivered = 0;
  #repeated = 0;
  readonly #onDelay: ((ms: number) => void) | null;

  constructor(readers: number, onDelay: ((ms: number) => void) | null = null) {
    this.#readers = readers;
    this.#has = new Int32Array(readers);
    this.#onDelay = onDelay;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Updates that every reader has. */
  get complete(): number {
    return this.#complete;
  }

  /** Summed over the readers. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Frames that brought a reader nothing new. A sound server sends none. */
  get repeated(): number {
    return this.#repeated;
  }

  /** For how long those wait that not every reader has. */
  waitingMs(nowMs: number): number[] {
    return Array.from({ length: this.#sent - this.#complete }, (_, n) => nowMs - this.#sentAtMs[(this.#complete + n) % IN_FLIGHT_MAX]!);
  }

  /** @throws RangeError when more than 4,096 are on their way. */
  onSent(nowMs: number): void {
    if (this.#sent - this.#complete >= IN_FLIGHT_MAX) throw new RangeError(`${IN_FLIGHT_MAX} updates of one writer are on their way`);
    this.#sentAtMs[this.#sent % IN_FLIGHT_MAX] = nowMs;
    this.#missing[this.#sent % IN_FLIGHT_MAX] = this.#readers;
    this.#sent++;
  }

  /** `reader` has the writer's events up to clock `to`. Updates it has already are not counted again. */
  onReceived(reader: number, to: number, nowMs: number): void {
    const count = Math.min(Math.floor(to / UPDATE_CHARS), this.#sent);
    for (let n = this.#has[reader]!; n < count; n++) {
      this.#missing[n % IN_FLIGHT_MAX]!--;
      this.#delivered++;
      this.#onDelay?.(nowMs - this.#sentAtMs[n % IN_FLIGHT_MAX]!);
    }
    if (count > this.#has[reader]!) this.#has[reader] = count;
    else this.#repeated++;
    while (this.#complete < this.#sent && this.#missing[this.#complete % IN_FLIGHT_MAX] === 0) this.#complete++;
  }
}

/** Calls `act(n)` `perSecond` times a second for `ms`, n from 0, as evenly as timers allow. Resolves with how late it was at worst. */
export async function paced(perSecond: number, ms: number, act: (n: number) => void): Promise<{ count: number; lateMsMax: number }> {
  const fromMs = performance.now();
  const total = Math.round((perSecond * ms) / 1_000);
  let n = 0;
  let lateMsMax = 0;
  await new Promise<void>((resolve, reject) => {
    const turn = (): void => {
      const elapsedMs = performance.now() - fromMs;
      const due = Math.min(total, Math.floor((elapsedMs * perSecond) / 1_000) + 1);
      if (n < due) lateMsMax = Math.max(lateMsMax, elapsedMs - (n * 1_000) / perSecond);
      try {
        while (n < due) act(n++);
      } catch (error) {
        reject(error as Error);
        return;
      }
      if (n === total || elapsedMs > 2 * ms) resolve();
      else setTimeout(turn, 1);
    };
    turn();
  });
  return { count: n, lateMsMax };
}
