/** The store's thread on a disk that fails when the test says so, stepped by hand. */

import { copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { type Epoch, mintEpoch, type NoteId, parseNoteId } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { SqliteFile } from "../../server/store/sqlite.ts";
import { StoreThread } from "../../server/store/store-thread.ts";
import type { StoreAnswer, StoredNote, StoreFile, StoreRequest, StoreWrite } from "../../server/store/store.ts";

export const EPOCH: Epoch = mintEpoch(createPrng("store"));

export function noteOf(name: string): NoteId {
  const id = parseNoteId(name);
  if (id === null) throw new RangeError(`"${name}" is no note id`);
  return id;
}

export function dataFolder(): string {
  return mkdtempSync(join(tmpdir(), "riftpad-store-"));
}

/** An update that tells by its bytes which one it is. */
export function updateOf(position: number, length = 8): Uint8Array {
  return new Uint8Array(length).fill(position & 255);
}

export function append(note: string, position: number, update = updateOf(position)): StoreWrite[] {
  const noteId = noteOf(note);
  const write: StoreWrite = { type: "append", noteId, position, update };
  return position === 1 ? [{ type: "create", noteId, strategy: "yjs", epoch: EPOCH }, write] : [write];
}

/** The files of a folder as they are now, like after a crash: whoever has them open keeps those. */
export function copyOf(folder: string): string {
  const copy = dataFolder();
  for (const name of ["notes.db", "notes.db-wal"]) if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

/** What a folder holds of a note now, read by a store of its own. */
export function reopened(folder: string, note: string): StoredNote | null {
  const file = new SqliteFile(copyOf(folder));
  try {
    return file.note(noteOf(note)) as StoredNote | null;
  } finally {
    file.close();
  }
}

/** An error as the database throws it. */
export function databaseError(code: string): Error {
  return Object.assign(new Error(`the disk said ${code}`), { code });
}

export function setUpThread(folder = dataFolder()) {
  const file = new SqliteFile(folder);
  const clock = new VirtualClock();
  const said: StoreAnswer[] = [];
  /** What each commit throws before it reaches the file; null: nothing. */
  const disk: { fails: ((writes: readonly StoreWrite[]) => Error | null) | null } = { fails: null };
  const failing: StoreFile = {
    commit(writes) {
      const error = disk.fails?.(writes) ?? null;
      if (error !== null) throw error;
      file.commit(writes);
    },
    damage: file.damage,
    note: (noteId) => file.note(noteId),
    head: (noteId) => file.head(noteId),
    losses: (noteId) => file.losses(noteId),
    names: () => file.names(),
    seen: (noteId, sinceMs) => file.seen(noteId, sinceMs),
    stamps: () => file.stamps(),
    ballots: () => file.ballots(),
    close: () => file.close(),
  };
  const thread = new StoreThread({
    file: failing,
    say: (answer) => said.push(answer),
    defer: (task) => task(),
    setTimer: (delayMs, task) => clock.setTimer(delayMs, task),
    onClosed: () => undefined,
  });
  let id = 0;
  return {
    clock,
    disk,
    thread,
    file,
    folder,
    tell: (...requests: StoreRequest[]) => thread.take(requests),
    readNote: (note: string) => thread.take([{ type: "read", id: ++id, what: "note", noteId: noteOf(note) }]),
    flush: () => thread.take([{ type: "read", id: ++id, what: "nothing" }]),
    close: () => thread.take([{ type: "close", id: ++id }]),
    /** What it has said since the last look, in a few words each. */
    said: () =>
      said.splice(0).map((answer) => {
        switch (answer.type) {
          case "saved":
            return `saved ${answer.positions.map(([noteId, position]) => `${noteId}:${position}`).join()}`;
          case "halted":
            return `halted ${answer.trouble.kind}`;
          case "damaged":
            return `damaged ${answer.noteId}`;
          case "answer":
            return `answer ${(answer.value as StoredNote | null)?.position ?? null}`;
          case "failed":
            return answer.isDamage ? "failed: damaged" : "failed";
          default:
            return answer.type;
        }
      }),
  };
}
