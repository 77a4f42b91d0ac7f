/**
 * What the process does with each message of a /sync connection on either side of the protocol: counts it, and lets no
 * write through that its sender has no right to, or no room for. The session behind it knows nothing of this.
 *
 * A connection that may only read is never asked for what it has (no step 1 goes out to it), since its answer would be
 * a write: stock clients answer with their whole delete set, however little they changed.
 */

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
  readonly nowMs: () => number;
  /** What is stored of the note by now. */
  readonly noteBytes: () => number;
  readonly noteBytesMax: number;
  /** A write was turned away. */
  readonly onRefused: (refusal: Refusal, closed: Closed) => void;
}

/** What a reader may send. Anything else counts as a write: pieces, whatever they carry, and frame types to come included. */
const READING = new Set<FrameType | null>(["sync-step-1", "awareness", "query-awareness", "epoch", "heartbeat", null]);

export function openDoor({ grant, access, metrics, nowMs, noteBytes, noteBytesMax, onRefused }: DoorOptions): Door {
  const counts = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  const isReader = grant.right === "view";
  /** When the oldest frame came that no acknowledgement covers yet. */
  let unacknowledgedSinceMs: number | null = null;

  const refuse = (refusal: Refusal, code: number, reason: string): Closed => {
    const closed = { code, reason };
    onRefused(refusal, closed);
    return closed;
  };
  return {
    counts,
    enter(frame) {
      const type = peekFrameType(frame);
      counts.framesIn++;
      counts.bytesIn += frame.length;
      metrics.frame("in", type, frame.length);
      if (READING.has(type)) return null;
      const end = access.endOf(grant);
      if (end !== null) return refuse("forbidden", end.code, end.reason);
      if (isReader) return refuse("view-only", CLOSE.forbidden, VIEW_ONLY);
      if (noteBytes() + sizeOf(frame, type) > noteBytesMax)
        return refuse("note-size", CLOSE.updateTooLarge, `This note is full: ${noteBytesMax} bytes`);
      if (type === "numbered" || type === "piece") unacknowledgedSinceMs ??= nowMs();
      return null;
    },
    watch: (transport) => ({
      send(frame) {
        const type = peekFrameType(frame);
        if (isReader && type === "sync-step-1") return;
        counts.framesOut++;
        counts.bytesOut += frame.length;
        metrics.frame("out", type, frame.length);
        if (type === "ack" && unacknowledgedSinceMs !== null) {
          metrics.acknowledged(nowMs() - unacknowledgedSinceMs);
          unacknowledgedSinceMs = null;
        }
        transport.send(frame);
      },
      close: (code, reason) => transport.close(code, reason),
      pause: () => transport.pause?.(),
      resume: () => transport.resume?.(),
      get bufferedBytes() {
        return transport.bufferedBytes;
      },
    }),
  };
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
