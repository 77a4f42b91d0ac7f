/** A frame in words and in digits, for whoever looks at one on its way. */

import { unreachable } from "../base/assert.ts";
import { DecodeError } from "../base/errors.ts";
import { decodeFrame, type Frame } from "./frames.ts";

/** A message of the sandbox, looked into. */
export interface InspectedMessage {
  readonly message: number;
  /** The first bytes. */
  readonly hex: string;
  readonly lines: readonly string[];
  /** What the update inside carries, a line for each thing; empty where there is none. */
  readonly contents: readonly string[];
}

const HEX_BYTES_MAX = 48;

/** Its first bytes in hexadecimal, in pairs. */
export function hexOf(frame: Uint8Array): string {
  const digits = Array.from(frame.subarray(0, HEX_BYTES_MAX), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return frame.length > HEX_BYTES_MAX ? `${digits} …` : digits;
}

/** What it says, a line for each thing. */
export function linesOf(bytes: Uint8Array): string[] {
  try {
    return wordsOf(decodeFrame(bytes));
  } catch (error) {
    if (error instanceof DecodeError) return [`unreadable: ${error.message}`];
    throw error;
  }
}

/** What the update inside of it carries, in the words of the note's strategy: empty where it has none. */
export function contentsOf(bytes: Uint8Array, describe: (update: Uint8Array) => readonly string[]): readonly string[] {
  try {
    const frame = decodeFrame(bytes);
    const inner = frame.type === "numbered" ? frame.frame : frame;
    return inner.type === "update" || inner.type === "sync-step-2" ? describe(inner.update) : [];
  } catch (error) {
    if (error instanceof DecodeError) return [`unreadable: ${error.message}`];
    throw error;
  }
}

function wordsOf(frame: Frame): string[] {
  switch (frame.type) {
    case "numbered":
      return [`number ${frame.seq}`, `${frame.frame.type} of ${frame.frame.update.length} bytes`];
    case "update":
    case "sync-step-2":
    case "awareness":
      return [`${frame.type} of ${frame.update.length} bytes`];
    case "sync-step-1":
      return [`asks for what is missing beyond a version of ${frame.version.length} bytes`];
    case "ack":
      return [`everything up to number ${frame.seq} is on disk`];
    case "epoch":
      return [frame.epoch === null ? "knows no history yet" : `of history ${frame.epoch}`];
    case "refusal":
      return [frame.reason === "" ? "takes a refusal back" : `refuses: ${frame.reason}`];
    case "heartbeat":
      return [frame.isReply ? `is here, ${frame.nonce}` : `asks whether anybody is there, ${frame.nonce}`];
    case "auth":
      return [`denied: ${frame.reason}`];
    case "query-awareness":
      return ["asks who is here"];
    case "piece":
      return [`bytes ${frame.offset} to ${frame.offset + frame.bytes.length} of ${frame.totalBytes} of a larger frame`];
    default:
      return unreachable(frame);
  }
}
