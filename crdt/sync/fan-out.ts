/**
 * How a room's updates reach its sessions. The first one in a turn of the event loop goes out at once, so that an idle
 * room adds no latency; those that come in the same turn go out as one frame at its end, and while turns keep bringing
 * some, all of a turn do. Each frame is encoded once for everybody; only who wrote in the turn gets one of its own, which
 * says what the others wrote ([UP1]).
 */

import { encodeFrame } from "./frames.ts";
import { LONG_UPDATE_BYTES_MIN } from "./limits.ts";

/** Whoever updates go to. */
export interface Reader {
  /** Takes a whole frame that others get as well. */
  forward(frame: Uint8Array): void;
}

export interface FanOutOptions {
  readonly readers: ReadonlySet<Reader>;
  /** Joins updates into one that says the same; without it each goes out in its own frame. */
  readonly merge: ((updates: readonly Uint8Array[]) => Uint8Array) | null;
}

export interface FanOutCounts {
  readonly updatesIn: number;
  /** Each update counts once for each reader that got it. */
  readonly deliveries: number;
  readonly framesOut: number;
}

interface Gathered {
  readonly update: Uint8Array;
  readonly from: Reader | null;
}

export class FanOut {
  readonly #options: FanOutOptions;
  #state: "idle" | "open" | "busy" = "idle";
  #gathered: Gathered[] = [];
  #framesOut = 0;
  #updatesIn = 0;
  #deliveries = 0;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** Since the room was opened. */
  get counts(): FanOutCounts {
    return { updatesIn: this.#updatesIn, deliveries: this.#deliveries, framesOut: this.#framesOut };
  }

  /** Whether everything that was added has gone out. */
  get isFlushed(): boolean {
    return this.#gathered.length === 0;
  }

  /** Hands over an update that `from` (null: the node) brought. The owner calls `endTurn` at the end of this turn. */
  add(update: Uint8Array, from: Reader | null): void {
    this.#updatesIn++;
    if (this.#state !== "idle") {
      this.#gathered.push({ update, from });
      return;
    }
    this.#state = "open";
    this.#deliver([{ update, from }]);
  }

  /** Sends what was gathered. Returns whether there was any: then another turn's end must follow. */
  endTurn(): boolean {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#state = gathered.length > 0 ? "busy" : "idle";
    if (gathered.length > 0) this.#deliver(gathered);
    return gathered.length > 0;
  }

  #deliver(list: readonly Gathered[]): void {
    const { readers, merge } = this.#options;
    for (const { from } of list) this.#deliveries += readers.size - (from !== null && readers.has(from) ? 1 : 0);
    // A long one would take long to join.
    if (merge === null || list.length === 1 || list.some(({ update }) => update.length >= LONG_UPDATE_BYTES_MIN)) {
      for (const { update, from } of list) {
        // Only where there is somebody to get it.
        let frame: Uint8Array | null = null;
        for (const reader of readers) if (reader !== from) this.#forward(reader, (frame ??= encodeFrame({ type: "update", update })));
      }
      return;
    }
    const joined = (updates: readonly Gathered[]): Uint8Array =>
      encodeFrame({ type: "update", update: updates.length === 1 ? updates[0]!.update : merge(updates.map(({ update }) => update)) });
    const writers = new Set(list.map(({ from }) => from));
    let whole: Uint8Array | null = null;
    for (const reader of readers) {
      if (!writers.has(reader)) {
        this.#forward(reader, (whole ??= joined(list)));
        continue;
      }
      const others = list.filter(({ from }) => from !== reader);
      if (others.length > 0) this.#forward(reader, joined(others));
    }
  }

  #forward(reader: Reader, frame: Uint8Array): void {
    this.#framesOut++;
    reader.forward(frame);
  }
}
