/**
 * Writes on their way to the store's thread, as one buffer that changes hands: cloning an object and an array for
 * each update costs more than all else that is done for it.
 *
 * batch := write*
 * write := varUint(0) append | varUint(1) varString(JSON of another write, its bytes left out) varBytes(its bytes, if any)
 *        | varUint(2) varString(note) varUint(from) varUint(n) (varUint(token) varString(kind) varBytes)^n
 * append := varString(note id; empty: the note of the append before) varUint(position) varBytes(update)
 */

import { ByteReader, ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { LogEntry } from "../../crdt/cluster/node-store.ts";
import type { StoreWrite } from "./store.ts";

const APPEND = 0;
const OTHER = 1;
const LOG = 2;

export class WriteBatch {
  #writer = new ByteWriter(4_096);
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
        .varUint(position)
        .varBytes(update);
      this.#last = noteId;
      return;
    }
    if (write.type === "log") {
      const { noteId, from, entries } = write;
      writer.varUint(LOG).varString(noteId).varUint(from).varUint(entries.length);
      for (const { token, kind, bytes } of entries) writer.varUint(token).varString(kind).varBytes(bytes);
      return;
    }
    const state = write.type === "compact" ? write.state : EMPTY_BYTES;
    const rest = write.type === "compact" ? { ...write, state: null } : write;
    writer.varUint(OTHER).varString(JSON.stringify(rest)).varBytes(state);
  }

  /** What was added since the last call. */
  take(): Uint8Array {
    const bytes = this.#writer.finish();
    this.#writer = new ByteWriter(4_096);
    this.#last = null;
    return bytes;
  }
}

/** The writes of a batch, in order; their bytes are views of it. @throws DecodeError */
export function readWrites(batch: Uint8Array): StoreWrite[] {
  const reader = new ByteReader(batch);
  const writes: StoreWrite[] = [];
  let last: NoteId | null = null;
  while (reader.remaining > 0) {
    const kind = reader.varUint();
    if (kind === APPEND) {
      const name: string = reader.varString();
      last = name === "" ? last : (name as NoteId);
      if (last === null) throw reader.error("An update of no note");
      writes.push({ type: "append", noteId: last, position: reader.varUint(), update: reader.varBytes() });
    } else if (kind === LOG) {
      const [noteId, from] = [reader.varString() as NoteId, reader.varUint()];
      const entries: LogEntry[] = [];
      for (let count = reader.varUint(); count > 0; count--)
        entries.push({ token: reader.varUint(), kind: reader.varString() as LogEntry["kind"], bytes: reader.varBytes() });
      writes.push({ type: "log", noteId, from, entries });
    } else {
      const write = JSON.parse(reader.varString()) as Exclude<StoreWrite, { type: "append" | "log" }>;
      const state = reader.varBytes();
      writes.push(write.type === "compact" ? { ...write, state } : write);
    }
  }
  return writes;
}
