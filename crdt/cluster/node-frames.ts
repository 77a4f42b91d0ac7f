/**
 * What nodes say to each other: one stream of frames for each link, all notes in it. What concerns a note's updates and
 * presence are frames of crdt/sync inside `room`: the same handshake as with a client.
 *
 * frame     := 0 hello varString(node) flag(settled) | 1 beat flag(reply) varUint(nonce)
 *            | 2 inventory varUint(n) (varString(note) ballot)^n | 3 note varString(note) entry(birth)
 *            | 4 room varString(note) varBytes(frame of crdt/sync) | 5 lease varString(note) lease | 6 log varString(note) log
 * lease     := 0 claim token known token(of the birth, or 0) | 1 grant token tail | 2 renew token round | 3 renewed token round
 *            | 4 refused token promised varString(holder or "") | 5 release token
 * log       := 0 append token length token(of the entry there) committed entries | 1 appended token length
 *            | 2 behind token length | 3 propose varBytes
 *            | 4 answer varBytes
 * tail      := varUint(length) varUint(last token) varUint(from) entries
 * ballot    := varUint(promised) varString(holder or "") varUint(committed) entries
 * entries   := varUint(n) entry^n        entry := varUint(token) varUint(0 birth | 1 mark | 2 entry) varBytes
 */

import { unreachable } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type NoteId, parseNoteId } from "../base/ids.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { LogEntry, StoredBallot } from "./node-store.ts";

/** The end of a node's log, from what the asker has for sure. */
export interface LogTail {
  readonly length: number;
  /** Of the last entry; 0 when there is none. */
  readonly lastToken: number;
  readonly from: number;
  /** Those from `from` on; empty when the log is shorter. */
  readonly entries: readonly LogEntry[];
}

export type LeaseMessage =
  /** Asks for the lease under `token`; the sender has the first `known` entries of the log for sure, the first under `birthToken`. */
  | { readonly type: "claim"; readonly token: number; readonly known: number; readonly birthToken: number }
  | { readonly type: "grant"; readonly token: number; readonly tail: LogTail }
  | { readonly type: "renew"; readonly token: number; readonly round: number }
  | { readonly type: "renewed"; readonly token: number; readonly round: number }
  /** `token` cannot be had: another was promised, or the lease of `holder` has not run out. */
  | { readonly type: "refused"; readonly token: number; readonly promised: number; readonly holder: NodeId | null }
  | { readonly type: "release"; readonly token: number };

export type LogMessage =
  /** `entries` follow the first `length` ones, the last of which has `lastToken`. */
  | {
      readonly type: "append";
      readonly token: number;
      readonly length: number;
      readonly lastToken: number;
      readonly committed: number;
      readonly entries: readonly LogEntry[];
    }
  /** The first `length` entries are as the leader has them, and durable. */
  | { readonly type: "appended"; readonly token: number; readonly length: number }
  /** Does not have what `append` follows on: begin again after `length`. */
  | { readonly type: "behind"; readonly token: number; readonly length: number }
  /** For the leader: to be appended if its strategy says so. */
  | { readonly type: "propose"; readonly bytes: Uint8Array }
  /** From the leader: what became of it. */
  | { readonly type: "answer"; readonly bytes: Uint8Array };

export type NodeFrame =
  | { readonly type: "hello"; readonly node: string; readonly isSettled: boolean }
  | { readonly type: "beat"; readonly isReply: boolean; readonly nonce: number }
  | { readonly type: "inventory"; readonly ballots: ReadonlyMap<NoteId, StoredBallot> }
  /** The sender holds this note, which was born so. */
  | { readonly type: "note"; readonly noteId: NoteId; readonly birth: LogEntry }
  | { readonly type: "room"; readonly noteId: NoteId; readonly frame: Uint8Array }
  | { readonly type: "lease"; readonly noteId: NoteId; readonly message: LeaseMessage }
  | { readonly type: "log"; readonly noteId: NoteId; readonly message: LogMessage };

const FRAME = { hello: 0, beat: 1, inventory: 2, note: 3, room: 4, lease: 5, log: 6 } as const;
const LEASE = { claim: 0, grant: 1, renew: 2, renewed: 3, refused: 4, release: 5 } as const;
const LOG = { append: 0, appended: 1, behind: 2, propose: 3, answer: 4 } as const;
const KINDS = ["birth", "mark", "entry"] as const;

export function encodeNodeFrame(frame: NodeFrame): Uint8Array {
  const writer = new ByteWriter().varUint(FRAME[frame.type]);
  switch (frame.type) {
    case "hello":
      return writer.varString(frame.node).varUint(Number(frame.isSettled)).finish();
    case "beat":
      return writer.varUint(Number(frame.isReply)).varUint(frame.nonce).finish();
    case "inventory":
      writer.varUint(frame.ballots.size);
      for (const [noteId, { promised, holder, committed, log }] of frame.ballots) {
        writer
          .varString(noteId)
          .varUint(promised)
          .varString(holder ?? "")
          .varUint(committed);
        writeEntries(writer, log);
      }
      return writer.finish();
    case "note":
      return writeEntry(writer.varString(frame.noteId), frame.birth).finish();
    case "room":
      return writer.varString(frame.noteId).varBytes(frame.frame).finish();
    case "lease":
      return writeLease(writer.varString(frame.noteId), frame.message).finish();
    case "log":
      return writeLog(writer.varString(frame.noteId), frame.message).finish();
    default:
      return unreachable(frame);
  }
}

/** @throws DecodeError when `bytes` is not exactly one frame. */
export function decodeNodeFrame(bytes: Uint8Array): NodeFrame {
  const reader = new ByteReader(bytes);
  const frame = readFrame(reader);
  reader.end();
  return frame;
}

function readFrame(reader: ByteReader): NodeFrame {
  const type = reader.varUint();
  switch (type) {
    case FRAME.hello:
      return { type: "hello", node: reader.varString(), isSettled: reader.varUint() === 1 };
    case FRAME.beat:
      return { type: "beat", isReply: reader.varUint() === 1, nonce: reader.varUint() };
    case FRAME.inventory: {
      const ballots = new Map<NoteId, StoredBallot>();
      for (let count = reader.count(5); count > 0; count--) {
        const noteId = readNoteId(reader);
        const [promised, holder, committed] = [reader.varUint(), readNode(reader), reader.varUint()];
        ballots.set(noteId, { promised, holder, committed, log: readEntries(reader) });
      }
      return { type: "inventory", ballots };
    }
    case FRAME.note:
      return { type: "note", noteId: readNoteId(reader), birth: readEntry(reader) };
    case FRAME.room:
      return { type: "room", noteId: readNoteId(reader), frame: reader.varBytes() };
    case FRAME.lease:
      return { type: "lease", noteId: readNoteId(reader), message: readLease(reader) };
    case FRAME.log:
      return { type: "log", noteId: readNoteId(reader), message: readLog(reader) };
    default:
      throw reader.error(`Unknown node frame ${type}`);
  }
}

function writeLease(writer: ByteWriter, message: LeaseMessage): ByteWriter {
  writer.varUint(LEASE[message.type]).varUint(message.token);
  switch (message.type) {
    case "claim":
      return writer.varUint(message.known).varUint(message.birthToken);
    case "grant": {
      const { length, lastToken, from, entries } = message.tail;
      return writeEntries(writer.varUint(length).varUint(lastToken).varUint(from), entries);
    }
    case "renew":
    case "renewed":
      return writer.varUint(message.round);
    case "refused":
      return writer.varUint(message.promised).varString(message.holder ?? "");
    case "release":
      return writer;
    default:
      return unreachable(message);
  }
}

function readLease(reader: ByteReader): LeaseMessage {
  const [type, token] = [reader.varUint(), reader.varUint()];
  switch (type) {
    case LEASE.claim:
      return { type: "claim", token, known: reader.varUint(), birthToken: reader.varUint() };
    case LEASE.grant: {
      const [length, lastToken, from] = [reader.varUint(), reader.varUint(), reader.varUint()];
      return { type: "grant", token, tail: { length, lastToken, from, entries: readEntries(reader) } };
    }
    case LEASE.renew:
      return { type: "renew", token, round: reader.varUint() };
    case LEASE.renewed:
      return { type: "renewed", token, round: reader.varUint() };
    case LEASE.refused:
      return { type: "refused", token, promised: reader.varUint(), holder: readNode(reader) };
    case LEASE.release:
      return { type: "release", token };
    default:
      throw reader.error(`Unknown lease message ${type}`);
  }
}

function writeLog(writer: ByteWriter, message: LogMessage): ByteWriter {
  writer.varUint(LOG[message.type]);
  switch (message.type) {
    case "append":
      writer.varUint(message.token).varUint(message.length).varUint(message.lastToken).varUint(message.committed);
      return writeEntries(writer, message.entries);
    case "appended":
    case "behind":
      return writer.varUint(message.token).varUint(message.length);
    case "propose":
    case "answer":
      return writer.varBytes(message.bytes);
    default:
      return unreachable(message);
  }
}

function readLog(reader: ByteReader): LogMessage {
  const type = reader.varUint();
  switch (type) {
    case LOG.append: {
      const [token, length, lastToken, committed] = [reader.varUint(), reader.varUint(), reader.varUint(), reader.varUint()];
      return { type: "append", token, length, lastToken, committed, entries: readEntries(reader) };
    }
    case LOG.appended:
      return { type: "appended", token: reader.varUint(), length: reader.varUint() };
    case LOG.behind:
      return { type: "behind", token: reader.varUint(), length: reader.varUint() };
    case LOG.propose:
      return { type: "propose", bytes: reader.varBytes().slice() };
    case LOG.answer:
      return { type: "answer", bytes: reader.varBytes().slice() };
    default:
      throw reader.error(`Unknown log message ${type}`);
  }
}

function writeEntries(writer: ByteWriter, entries: readonly LogEntry[]): ByteWriter {
  writer.varUint(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
  return writer;
}

function readEntries(reader: ByteReader): LogEntry[] {
  const out: LogEntry[] = [];
  for (let count = reader.count(3); count > 0; count--) out.push(readEntry(reader));
  return out;
}

function writeEntry(writer: ByteWriter, { token, kind, bytes }: LogEntry): ByteWriter {
  return writer.varUint(token).varUint(KINDS.indexOf(kind)).varBytes(bytes);
}

function readEntry(reader: ByteReader): LogEntry {
  const token = reader.varUint();
  const kind = KINDS[reader.varUint()];
  if (kind === undefined) throw reader.error("Unknown kind of entry");
  // A copy: it outlives the buffer of its message.
  return { token, kind, bytes: reader.varBytes().slice() };
}

function readNoteId(reader: ByteReader): NoteId {
  const noteId = parseNoteId(reader.varString());
  if (noteId === null) throw reader.error("Invalid note id");
  return noteId;
}

function readNode(reader: ByteReader): NodeId | null {
  const name = reader.varString();
  return name === "" ? null : (name as NodeId);
}
