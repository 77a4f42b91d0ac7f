/**
 * What may happen to single messages between a replica and its node in a scenario. Unlike a live link of datagrams
 * (crdt/network/link.ts), where a number that is lacking ends the connection, this one keeps it up. Only messages with a part of the note are dropped, doubled and held up: the handshakes that
 * repair them are not, and neither are heartbeats. A numbered message that comes again, or after a later one,
 * comes without its number: the numbers of a connection are in order. What an ack says of it is then not to be relied on.
 *
 * Also here, for any connection: a node that is not heard, and one that reads slowly.
 */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import { CLEAR_DATAGRAMS, type DatagramConditions } from "../network/conditions.ts";
import { type Direction, LATE_MS_MAX } from "../network/link.ts";
import type { Transport } from "../network/transport.ts";
import { decodeFrame, encodeFrame, type Frame } from "../sync/frames.ts";

export type DatagramPatch = { readonly [K in keyof DatagramConditions]?: number };

/** Between a raw connection and the link that it goes through. */
export interface Wire {
  /** For the link: sends to the replica. */
  readonly raw: Transport;
  /** The replica has sent a frame. */
  onFrame(frame: Uint8Array): void;
}

export class DatagramBoard {
  readonly #clock: Clock;
  readonly #conditions = new Map<string, DatagramConditions>();
  readonly #unheard = new Set<ReplicaId>();
  readonly #metered = new Set<ReplicaId>();
  #underway = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Messages that are held up, or not read yet. */
  get underway(): number {
    return this.#underway;
  }

  /** @throws RangeError when a probability is none. */
  set(replica: ReplicaId, direction: Direction, patch: DatagramPatch): void {
    const next = { ...this.#of(replica, direction), ...patch };
    for (const [name, value] of Object.entries(next))
      if (!(value >= 0 && value <= 1)) throw new RangeError(`Invalid ${name} ${value}: expected 0 to 1`);
    this.#conditions.set(`${replica} ${direction}`, next);
  }

  /** Everything as a stream has it. */
  clear(): void {
    this.#conditions.clear();
    this.#unheard.clear();
  }

  /** Whether what the node says to this replica does not arrive. */
  setUnheard(replica: ReplicaId, isUnheard: boolean): void {
    if (isUnheard) this.#unheard.add(replica);
    else this.#unheard.delete(replica);
  }

  /** Whether a node that stops reading really holds this replica's messages up: a pipe in memory has no limit by itself. */
  setMetered(replica: ReplicaId, isMetered: boolean): void {
    if (isMetered) this.#metered.add(replica);
    else this.#metered.delete(replica);
  }

  /** `raw` leads to the replica; `onFrame` takes what it sends. */
  wire(replica: ReplicaId, raw: Transport, prng: Prng, onFrame: (frame: Uint8Array) => void): Wire {
    let isPaused = false;
    const unread: Uint8Array[] = [];
    const read = (frame: Uint8Array): void => {
      if (!isPaused || !this.#metered.has(replica)) {
        onFrame(frame);
        return;
      }
      this.#underway++;
      unread.push(frame);
    };
    const up = this.#lane(replica, "up", prng.stream("datagrams up"), read);
    const down = this.#lane(replica, "down", prng.stream("datagrams down"), (frame) => raw.send(frame));
    return {
      onFrame: up,
      raw: {
        send: (frame) => {
          if (!this.#unheard.has(replica) || decodeFrame(frame).type === "heartbeat") down(frame);
        },
        close: (code, reason) => raw.close(code, reason),
        get bufferedBytes() {
          return raw.bufferedBytes;
        },
        pause: () => void (isPaused = true),
        resume: () => {
          isPaused = false;
          // What is read may stop the reading again.
          while (unread.length > 0 && !isPaused) {
            this.#underway--;
            onFrame(unread.shift()!);
          }
        },
      },
    };
  }

  #of(replica: ReplicaId, direction: Direction): DatagramConditions {
    return this.#conditions.get(`${replica} ${direction}`) ?? CLEAR_DATAGRAMS;
  }

  #lane(replica: ReplicaId, direction: Direction, prng: Prng, deliver: (frame: Uint8Array) => void): (bytes: Uint8Array) => void {
    let lastSeq = 0;
    const arrive = (bytes: Uint8Array): void => {
      const frame = decodeFrame(bytes);
      if (frame.type !== "numbered") deliver(bytes);
      else if (frame.seq > lastSeq) {
        lastSeq = frame.seq;
        deliver(bytes);
      } else deliver(encodeFrame(frame.frame));
    };
    const later = (bytes: Uint8Array): void => {
      this.#underway++;
      this.#clock.setTimer(prng.int(1, LATE_MS_MAX), () => {
        this.#underway--;
        arrive(bytes);
      });
    };
    return (bytes) => {
      if (this.#conditions.size === 0 && lastSeq === 0) {
        deliver(bytes);
        return;
      }
      const { loss, dup, reorder } = this.#of(replica, direction);
      if (loss + dup + reorder === 0 || !isUpdate(decodeFrame(bytes))) {
        arrive(bytes);
        return;
      }
      if (prng.float() < loss) return;
      const isDoubled = prng.float() < dup;
      if (prng.float() < reorder) later(bytes);
      else arrive(bytes);
      if (isDoubled) later(bytes);
    };
  }
}

/** Whether it is news by itself: not an answer in a handshake. */
function isUpdate(frame: Frame): boolean {
  return frame.type === "update" || (frame.type === "numbered" && frame.frame.type === "update");
}
