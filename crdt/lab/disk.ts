/** A disk of a simulated node: a log whose fsync takes a while and loses its unsynced tail in a crash. */

import type { Clock } from "../base/clock.ts";
import type { Prng } from "../base/prng.ts";
import type { RoomLog } from "../sync/room.ts";

export interface Disk {
  readonly log: RoomLog;
  /** What a restart finds, in order. */
  readonly updates: readonly Uint8Array[];
  /** Whether everything that was appended is durable. */
  readonly isIdle: boolean;
  /** Called with the position up to which all is durable. */
  onSaved: (position: number) => void;
  /** The process dies: what was not synced is gone. */
  crash(): void;
  /** Everything is gone. */
  lose?(): void;
  /** How long each fsync takes from now on; null: as before. */
  slow?(fsyncMs: number | null): void;
}

const FSYNC_MS_MAX = 30;

/** A disk that tells the truth. */
export class SimDisk implements Disk {
  readonly #clock: Clock;
  readonly #prng: Prng;
  #durable: Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  #isSyncing = false;
  #fsyncMs: number | null = null;
  onSaved: (position: number) => void = () => undefined;

  constructor(clock: Clock, prng: Prng) {
    this.#clock = clock;
    this.#prng = prng;
  }

  get updates(): readonly Uint8Array[] {
    return this.#durable;
  }

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  readonly log: RoomLog = {
    append: (update) => {
      this.#pending.push(update);
      this.#sync();
      return this.#durable.length + this.#pending.length;
    },
    durablePosition: () => this.#durable.length,
  };

  crash(): void {
    this.#pending = [];
    this.onSaved = () => undefined;
  }

  lose(): void {
    this.crash();
    this.#durable = [];
  }

  slow(fsyncMs: number | null): void {
    this.#fsyncMs = fsyncMs;
  }

  #sync(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const fsyncMs = this.#prng.int(1, FSYNC_MS_MAX);
    this.#clock.setTimer(this.#fsyncMs ?? fsyncMs, () => {
      this.#isSyncing = false;
      if (this.#pending.length === 0) return;
      this.#durable.push(...this.#pending);
      this.#pending = [];
      this.onSaved(this.#durable.length);
    });
  }
}
