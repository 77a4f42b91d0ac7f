/**
 * The wire codec. Types 0 to 3 are the y-websocket envelope, byte for byte as y-protocols writes it;
 * types from 100 on are ours and go only to peers that negotiated `SUBPROTOCOL`. These numbers are written
 * here and nowhere else.
 *
 * frame := varUint(0) sync | varUint(1) varBytes(presence) | varUint(2) varUint(0) varString(reason) | varUint(3)
 *        | varUint(100) varUint(seq) | varUint(101) varString(epoch or "") | varUint(102) varUint(code) varString(reason)
 *        | varUint(103) varUint(0 ask | 1 answer) varUint(nonce) | varUint(104) varUint(seq) sync
 *        | varUint(105) varUint(bytes in all) varUint(offset) varBytes(part of the bytes of another frame)
 * sync  := varUint(0) varBytes(version) | varUint(1) varBytes(update) | varUint(2) varBytes(update)
 */

import { unreachable } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { DecodeError } from "../base/errors.ts";
import { type Epoch, parseEpoch } from "../base/ids.ts";
import { PIECE_BYTES_MAX } from "./limits.ts";

/** Offered by our own client. A peer without it is a stock y-websocket client. */
export const SUBPROTOCOL = "riftpad.1";

const ENVELOPE = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  ack: 100,
  epoch: 101,
  refusal: 102,
  heartbeat: 103,
  numbered: 104,
  piece: 105,
} as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;
const AUTH_DENIED = 0;

/** A frame that carries part of a document. */
export type DocumentFrame =
  | { readonly type: "sync-step-2"; readonly update: Uint8Array }
  | { readonly type: "update"; readonly update: Uint8Array };

export type Frame =
  | { readonly type: "sync-step-1"; readonly version: Uint8Array }
  | DocumentFrame
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "query-awareness" }
  | { readonly type: "auth"; readonly reason: string }
  /** Every numbered frame up to `seq` of this connection is durable. */
  | { readonly type: "ack"; readonly seq: number }
  /** Which history the sender holds; null: none yet. */
  | { readonly type: "epoch"; readonly epoch: Epoch | null }
  | { readonly type: "refusal"; readonly code: number; readonly reason: string }
  | { readonly type: "heartbeat"; readonly nonce: number; readonly isReply: boolean }
  /** A document frame with its number on this connection, from 1, so that it can be acknowledged. */
  | { readonly type: "numbered"; readonly seq: number; readonly frame: DocumentFrame }
  /** A part of a frame that is too large for one message. Those of one frame follow each other, others may come between. */
  | { readonly type: "piece"; readonly totalBytes: number; readonly offset: number; readonly bytes: Uint8Array };

export type FrameType = Frame["type"];

const TYPE_NAMES: Readonly<Record<number, FrameType>> = {
  [ENVELOPE.awareness]: "awareness",
  [ENVELOPE.auth]: "auth",
  [ENVELOPE.queryAwareness]: "query-awareness",
  [ENVELOPE.ack]: "ack",
  [ENVELOPE.epoch]: "epoch",
  [ENVELOPE.refusal]: "refusal",
  [ENVELOPE.heartbeat]: "heartbeat",
  [ENVELOPE.numbered]: "numbered",
  [ENVELOPE.piece]: "piece",
};

export function encodeFrame(frame: Frame): Uint8Array {
  // So that a large one is not copied as the writer grows.
  const writer = new ByteWriter("update" in frame ? frame.update.length + 16 : "bytes" in frame ? frame.bytes.length + 32 : 64);
  switch (frame.type) {
    case "sync-step-1":
      return writer.varUint(ENVELOPE.sync).varUint(SYNC.step1).varBytes(frame.version).finish();
    case "sync-step-2":
    case "update":
      return writeDocument(writer.varUint(ENVELOPE.sync), frame).finish();
    case "awareness":
      return writer.varUint(ENVELOPE.awareness).varBytes(frame.update).finish();
    case "query-awareness":
      return writer.varUint(ENVELOPE.queryAwareness).finish();
    case "auth":
      return writer.varUint(ENVELOPE.auth).varUint(AUTH_DENIED).varString(frame.reason).finish();
    case "ack":
      return writer.varUint(ENVELOPE.ack).varUint(frame.seq).finish();
    case "epoch":
      return writer
        .varUint(ENVELOPE.epoch)
        .varString(frame.epoch ?? "")
        .finish();
    case "refusal":
      return writer.varUint(ENVELOPE.refusal).varUint(frame.code).varString(frame.reason).finish();
    case "heartbeat":
      return writer.varUint(ENVELOPE.heartbeat).varUint(Number(frame.isReply)).varUint(frame.nonce).finish();
    case "numbered":
      return writeDocument(writer.varUint(ENVELOPE.numbered).varUint(frame.seq), frame.frame).finish();
    case "piece":
      return writer.varUint(ENVELOPE.piece).varUint(frame.totalBytes).varUint(frame.offset).varBytes(frame.bytes).finish();
    default:
      return unreachable(frame);
  }
}

/** @throws DecodeError when `bytes` is not exactly one frame of a known type. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new ByteReader(bytes);
  const frame = readFrame(reader);
  reader.end();
  return frame;
}

/** Of which type a message is, by its first bytes; null when it is of none. Says nothing of the rest. */
export function peekFrameType(bytes: Uint8Array): FrameType | null {
  let type = bytes[0] ?? -1;
  let kind = bytes[1] ?? -1;
  // Rare: a number written in more bytes than it needs.
  if (type >= 0x80 || (type === ENVELOPE.sync && kind >= 0x80)) {
    try {
      const reader = new ByteReader(bytes);
      type = reader.varUint();
      kind = type === ENVELOPE.sync ? reader.varUint() : -1;
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  }
  if (type !== ENVELOPE.sync) return TYPE_NAMES[type] ?? null;
  return kind === SYNC.step1 ? "sync-step-1" : kind === SYNC.step2 ? "sync-step-2" : kind === SYNC.update ? "update" : null;
}

function readFrame(reader: ByteReader): Frame {
  const type = reader.varUint();
  switch (type) {
    case ENVELOPE.sync:
      return readSync(reader);
    case ENVELOPE.awareness:
      return { type: "awareness", update: reader.varBytes() };
    case ENVELOPE.auth:
      if (reader.varUint() !== AUTH_DENIED) throw reader.error("Unknown kind of auth frame");
      return { type: "auth", reason: reader.varString() };
    case ENVELOPE.queryAwareness:
      return { type: "query-awareness" };
    case ENVELOPE.ack:
      return { type: "ack", seq: reader.varUint() };
    case ENVELOPE.epoch:
      return { type: "epoch", epoch: readEpoch(reader) };
    case ENVELOPE.refusal:
      return { type: "refusal", code: reader.varUint(), reason: reader.varString() };
    case ENVELOPE.heartbeat:
      return { type: "heartbeat", isReply: readFlag(reader), nonce: reader.varUint() };
    case ENVELOPE.numbered: {
      const seq = reader.varUint();
      const frame = readSync(reader);
      if (seq === 0 || frame.type === "sync-step-1") throw reader.error("Only document frames are numbered, from 1");
      return { type: "numbered", seq, frame };
    }
    case ENVELOPE.piece: {
      const totalBytes = reader.varUint();
      const offset = reader.varUint();
      const bytes = reader.varBytes();
      if (bytes.length === 0 || offset + bytes.length > totalBytes) throw reader.error(`A piece at ${offset} of ${totalBytes}`);
      return { type: "piece", totalBytes, offset, bytes };
    }
    default:
      throw new DecodeError(`Unknown frame type ${type}`, 0);
  }
}

/** The frames that carry an encoded frame piece by piece. */
export function encodePieces(frame: Uint8Array): Uint8Array[] {
  return [...piecesOf(frame)];
}

/** The same one by one: each is a copy. */
export function* piecesOf(frame: Uint8Array): Generator<Uint8Array, void> {
  for (let offset = 0; offset < frame.length; offset += PIECE_BYTES_MAX)
    yield encodeFrame({ type: "piece", totalBytes: frame.length, offset, bytes: frame.subarray(offset, offset + PIECE_BYTES_MAX) });
}

function writeDocument(writer: ByteWriter, { type, update }: DocumentFrame): ByteWriter {
  return writer.varUint(type === "update" ? SYNC.update : SYNC.step2).varBytes(update);
}

function readSync(reader: ByteReader): Extract<Frame, { type: "sync-step-1" }> | DocumentFrame {
  const kind = reader.varUint();
  switch (kind) {
    case SYNC.step1:
      return { type: "sync-step-1", version: reader.varBytes() };
    case SYNC.step2:
      return { type: "sync-step-2", update: reader.varBytes() };
    case SYNC.update:
      return { type: "update", update: reader.varBytes() };
    default:
      throw reader.error(`Unknown sync message ${kind}`);
  }
}

function readEpoch(reader: ByteReader): Epoch | null {
  const text = reader.varString();
  const epoch = parseEpoch(text);
  if (epoch === null && text !== "") throw reader.error("Invalid epoch");
  return epoch;
}

function readFlag(reader: ByteReader): boolean {
  const value = reader.varUint();
  if (value > 1) throw reader.error(`Invalid flag ${value}`);
  return value === 1;
}
