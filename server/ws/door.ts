/**
 * What the process does with each message of a /sync connection on either side of the protocol: counts it, and lets no
 * write through that its sender has no right to, or no room for. The session behind it knows nothing of this.
 *
 * A connection that may only read is never asked for what it has (no step 1 goes out to it), since its answer would be
 * a write: stock clients answer with their whole delete set, however little they changed.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import type { Closed, Transport } from "../../crdt/network/transport.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, type FrameType, peekFrameType } from "../../crdt/sync/frames.ts";
import { type Access, type Grant, VIEW_ONLY } from "../access/access.ts";
import type { Metrics, Refusal } from "../metrics/metrics.ts";

export interface Door {
  /** Takes note of a message that came in. Why it may not pass, or null. */
  enter(frame: Uint8Array): Closed | null;
  /** `transport`, watched: what is sent through it is counted. */
  watch(transport: Transport): Transport;
  /** For the line in the log. */
  readonly counts: { readonly framesIn: number; readonly framesOut: number; readonly bytesIn: number; readonly bytesOut: number };
}

export interface DoorOptions {
  readonly grant: Grant;
  readonly access: Access;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, "now">;
  /** What is stored of the note by now. */
  readonly noteBytes: () => number;
  readonly noteBytesMax: number;
  /** A write was turned away. */
  readonly onRefused: (refusal: Refusal, closed: Closed) => void;
}

/** What a reader may send. Anything else counts as a write: pieces, whatever they carry, and frame types to come included. */
const READING = new Set<FrameType | null>(["sync-step-1", "awareness", "query-awareness", "epoch", "heartbeat", null]);

export function openDoor(options: DoorOptions): Door {
  return new FrameDoor(options);
}

class FrameDoor implements Door {
  readonly counts = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly isReader: boolean;
  readonly #options: DoorOptions;
  /** When the oldest frame came that no acknowledgement covers yet. */
  #unacknowledgedSinceMs: number | null = null;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.isReader = options.grant.right === "view";
  }

  enter(frame: Uint8Array): Closed | null {
    const { grant, access, metrics, clock, noteBytes, noteBytesMax } = this.#options;
    const type = peekFrameType(frame);
    this.counts.framesIn++;
    this.counts.bytesIn += frame.length;
    metrics.frame("in", type, frame.length);
    if (READING.has(type)) return null;
    const end = access.endOf(grant);
    if (end !== null) return this.#refuse("forbidden", end.code, end.reason);
    if (this.isReader) return this.#refuse("view-only", CLOSE.forbidden, VIEW_ONLY);
    if (noteBytes() + sizeOf(frame, type) > noteBytesMax)
      return this.#refuse("note-size", CLOSE.updateTooLarge, `This note is full: ${noteBytesMax} bytes`);
    if (type === "numbered" || type === "piece") this.#unacknowledgedSinceMs ??= clock.now();
    return null;
  }

  watch(transport: Transport): Transport {
    return new WatchedTransport(this, transport);
  }

  /** A message goes out. */
  count(frame: Uint8Array, type: FrameType | null): void {
    const { metrics, clock } = this.#options;
    this.counts.framesOut++;
    this.counts.bytesOut += frame.length;
    metrics.frame("out", type, frame.length);
    if (type !== "ack" || this.#unacknowledgedSinceMs === null) return;
    metrics.acknowledged(clock.now() - this.#unacknowledgedSinceMs);
    this.#unacknowledgedSinceMs = null;
  }

  #refuse(refusal: Refusal, code: number, reason: string): Closed {
    const closed = { code, reason };
    this.#options.onRefused(refusal, closed);
    return closed;
  }
}

class WatchedTransport implements Transport {
  readonly #door: FrameDoor;
  readonly #transport: Transport;

  constructor(door: FrameDoor, transport: Transport) {
    this.#door = door;
    this.#transport = transport;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  send(frame: Uint8Array): void {
    const type = peekFrameType(frame);
    if (this.#door.isReader && type === "sync-step-1") return;
    this.#door.count(frame, type);
    this.#transport.send(frame);
  }

  close(code: number, reason: string): void {
    this.#transport.close(code, reason);
  }

  pause(): void {
    this.#transport.pause?.();
  }

  resume(): void {
    this.#transport.resume?.();
  }
}

/** How much a write may add to the note: a piece says with the first of its kind how large all of them are together. */
function sizeOf(bytes: Uint8Array, type: FrameType | null): number {
  if (type !== "piece") return bytes.length;
  try {
    const frame = decodeFrame(bytes);
    return frame.type === "piece" ? frame.totalBytes : bytes.length;
  } catch (error) {
    // The session will say what is wrong with it.
    if (error instanceof DecodeError) return bytes.length;
    throw error;
  }
}
