/**
 * The y-websocket envelope as clients write it, in the two dialects that the servers speak: plain, and Hocuspocus's, which
 * puts the document's name before every message, asks for a token first and acknowledges updates. Written here apart from
 * crdt/sync/frames.ts on purpose: a generator that shared the server's codec would share its mistakes.
 */

import { ByteReader, ByteWriter } from "../../../crdt/base/bytes.ts";

export type Dialect = "plain" | "hocuspocus";

const SYNC = 0;
const AUTH = 2;
const SYNC_REPLY = 4;
const SYNC_STATUS = 8;
const TOKEN = 0;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

export type Message =
  | { readonly kind: "step1" | "step2" | "update"; readonly body: Uint8Array }
  /** Hocuspocus has applied an update. */
  | { readonly kind: "applied" }
  | { readonly kind: "other" };

const OTHER: Message = { kind: "other" };

/** Begins a message to a server of that dialect about `room`. */
function begin(dialect: Dialect, room: string): ByteWriter {
  const writer = new ByteWriter();
  return dialect === "plain" ? writer : writer.varString(room);
}

export function encodeStep1(dialect: Dialect, room: string, version: Uint8Array): Uint8Array {
  return begin(dialect, room).varUint(SYNC).varUint(STEP_1).varBytes(version).finish();
}

export function encodeStep2(dialect: Dialect, room: string, update: Uint8Array): Uint8Array {
  return begin(dialect, room).varUint(SYNC).varUint(STEP_2).varBytes(update).finish();
}

export function encodeUpdate(dialect: Dialect, room: string, update: Uint8Array): Uint8Array {
  return begin(dialect, room).varUint(SYNC).varUint(UPDATE).varBytes(update).finish();
}

/** What a client says before anything else; null where that is nothing. */
export function encodeGreeting(dialect: Dialect, room: string): Uint8Array | null {
  return dialect === "plain" ? null : begin(dialect, room).varUint(AUTH).varUint(TOKEN).varString("").varString("4.0.0").finish();
}

/** Reads what a server sent. The body is a view of `bytes`. @throws DecodeError when it is cut short. */
export function decodeMessage(dialect: Dialect, bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes);
  if (dialect === "hocuspocus") reader.varBytes();
  const type = reader.varUint();
  if (type === SYNC_STATUS && dialect === "hocuspocus") return reader.varUint() === 1 ? { kind: "applied" } : OTHER;
  if (type !== SYNC && !(type === SYNC_REPLY && dialect === "hocuspocus")) return OTHER;
  const step = reader.varUint();
  if (step !== STEP_1 && step !== STEP_2 && step !== UPDATE) return OTHER;
  return { kind: step === STEP_1 ? "step1" : step === STEP_2 ? "step2" : "update", body: reader.varBytes() };
}
