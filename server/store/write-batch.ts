/**
 * Writes on their way to the store's thread, as buffers that change hands: cloning an object and an array for
 * each update costs more than all else that is done for it. Large byte strings are buffers of their own, copied once; the first
 * buffer holds the rest.
 *
 * batch := write*
 * write := varUint(0) append | varUint(1) varString(JSON of another write, its bytes left out) bytes(its bytes, if any)
 *        | varUint(2) varString(note) varUint(from) varUint(n) (varUint(token) varString(kind) bytes)^n
 * append := varString(note id; empty: the note of the append before) varUint(position) bytes(update)
 * bytes := varUint(2 x length) raw | varUint(1): the next of the buffers
 */

import { ByteReader, ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { LogEntry } from "../../crdt/cluster/node-store.ts";
import type { StoreWrite } from "./store.ts";

const APPEND = 0;
const OTHER = 1;
const LOG = 2;
const APART = 1;
/** Bytes from here on are a buffer of their own: the one that holds the rest would be copied each time that it grows. */
const LARGE_BYTES_MIN = 64 * 1024;

export class WriteBatch {
  #writer = new ByteWriter(4_096);
  #large: Uint8Array[] = [];
  #last: NoteId | null = null;

  get isEmpty(): boolean {
    return this.#writer.length === 0;
  }

  add(write: StoreWrite): void {
    const writer = this.#writer;
    if (write.type === "append") {
      const { noteId, position, update } = write;
      writer
        .varUint(APPEND)
        .varString(noteId === this.#last ? "" : noteId)
        .varUint(position);
      this.#bytes(update);
      this.#last = noteId;
      return;
    }
    if (write.type === "log") {
      const { noteId, from, entries } = write;
      writer.varUint(LOG).varString(noteId).varUint(from).varUint(entries.length);
      for (const { token, kind, bytes } of entries) {
        writer.varUint(token).varString(kind);
        this.#bytes(bytes);
      }
      return;
    }
    const state = write.type === "compact" ? write.state : EMPTY_BYTES;
    const rest = write.type === "compact" ? { ...write, state: null } : write;
    writer.varUint(OTHER).varString(JSON.stringify(rest));
    this.#bytes(state);
  }

  /** What was added since the last call, in buffers that nobody else has. */
  take(): readonly Uint8Array[] {
    const buffers = [this.#writer.finish(), ...this.#large];
    this.#writer = new ByteWriter(4_096);
    this.#large = [];
    this.#last = null;
    return buffers;
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length < LARGE_BYTES_MIN) {
      this.#writer.varUint(2 * bytes.length).raw(bytes);
      return;
    }
    this.#writer.varUint(APART);
    this.#large.push(bytes.slice());
  }
}

/** The writes of a batch, in order; their bytes are views of it. @throws DecodeError */
export function readWrites([first = EMPTY_BYTES, ...large]: readonly Uint8Array[]): StoreWrite[] {
  const reader = new ByteReader(first);
  let largeAt = 0;
  const readBytes = (): Uint8Array => {
    const head = reader.varUint();
    const bytes = head === APART ? large[largeAt++] : reader.raw(head / 2);
    if (bytes === undefined) throw reader.error("A large one is missing");
    return bytes;
  };
  const writes: StoreWrite[] = [];
  let last: NoteId | null = null;
  while (reader.remaining > 0) {
    const kind = reader.varUint();
    if (kind === APPEND) {
      const name: string = reader.varString();
      last = name === "" ? last : (name as NoteId);
      if (last === null) throw reader.error("An update of no note");
      writes.push({ type: "append", noteId: last, position: reader.varUint(), update: readBytes() });
    } else if (kind === LOG) {
      const [noteId, from] = [reader.varString() as NoteId, reader.varUint()];
      const entries: LogEntry[] = [];
      for (let count = reader.varUint(); count > 0; count--)
        entries.push({ token: reader.varUint(), kind: reader.varString() as LogEntry["kind"], bytes: readBytes() });
      writes.push({ type: "log", noteId, from, entries });
    } else {
      const write = JSON.parse(reader.varString()) as Exclude<StoreWrite, { type: "append" | "log" }>;
      const state = readBytes();
      writes.push(write.type === "compact" ? { ...write, state } : write);
    }
  }
  return writes;
}
