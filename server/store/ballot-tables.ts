/**
 * What a node of several has promised and accepted, as tables of its file: one row for each note, one for each entry of a
 * note's log, and among how many nodes this disk last caught up with its peers. Synchronous; lives in the store's thread.
 */

import type Database from "libsql";
import type { NoteId } from "../../crdt/base/ids.ts";
import { crc32 } from "./crc32.ts";
import type { BallotWrite } from "./store.ts";

export const BALLOT_TABLES = `
  CREATE TABLE IF NOT EXISTS ballots (
    note_id TEXT PRIMARY KEY, promised INTEGER NOT NULL, holder TEXT, committed INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    note_id TEXT NOT NULL, position INTEGER NOT NULL, token INTEGER NOT NULL, kind TEXT NOT NULL, bytes BLOB NOT NULL,
    checksum INTEGER NOT NULL, PRIMARY KEY (note_id, position)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS node (id INTEGER PRIMARY KEY, is_settled INTEGER NOT NULL);
`;

/** A ballot as it is read: `entries` in order from position 1. */
export interface BallotRow {
  readonly noteId: NoteId;
  readonly promised: number;
  readonly holder: string | null;
  readonly committed: number;
  readonly entries: readonly { readonly token: number; readonly kind: string; readonly bytes: Uint8Array }[];
}

export interface BallotRows {
  /** 0: it has not. A file that says 1 was one node's since, or is of a version that did not count. */
  readonly settledOf: number;
  readonly ballots: readonly BallotRow[];
  /** Notes that are here and have no ballot: those of a server of one node. */
  readonly unballoted: readonly NoteId[];
}

export class BallotTables {
  readonly #database: Database.Database;
  readonly #promise: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #cut: Database.Statement;
  readonly #touch: Database.Statement;
  readonly #lower: Database.Statement;
  readonly #put: Database.Statement;
  readonly #settle: Database.Statement;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#promise = database.prepare(
      "INSERT INTO ballots (note_id, promised, holder, committed) VALUES (?, ?, ?, 0) ON CONFLICT (note_id) DO UPDATE SET promised = excluded.promised, holder = excluded.holder",
    );
    this.#commit = database.prepare(
      "INSERT INTO ballots (note_id, promised, holder, committed) VALUES (?, 0, NULL, ?) ON CONFLICT (note_id) DO UPDATE SET committed = excluded.committed",
    );
    this.#touch = database.prepare("INSERT OR IGNORE INTO ballots (note_id, promised, holder, committed) VALUES (?, 0, NULL, 0)");
    this.#cut = database.prepare("DELETE FROM entries WHERE note_id = ? AND position > ?");
    this.#lower = database.prepare("UPDATE ballots SET committed = ? WHERE note_id = ? AND committed > ?");
    this.#put = database.prepare("INSERT INTO entries (note_id, position, token, kind, bytes, checksum) VALUES (?, ?, ?, ?, ?, ?)");
    this.#settle = database.prepare("INSERT OR REPLACE INTO node (id, is_settled) VALUES (1, ?)");
  }

  write(write: BallotWrite): void {
    switch (write.type) {
      case "settle":
        this.#settle.run(write.count);
        return;
      case "promise":
        this.#promise.run(write.noteId, write.token, write.holder);
        return;
      case "commit":
        this.#commit.run(write.noteId, write.length);
        return;
      case "log": {
        const { noteId, from, entries } = write;
        this.#touch.run(noteId);
        this.#cut.run(noteId, from);
        for (const [n, { token, kind, bytes }] of entries.entries()) {
          const position = from + n + 1;
          const checksum = checksumOf(noteId, position, token, kind, bytes);
          this.#put.run(noteId, position, token, kind, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), checksum);
        }
        const length = from + entries.length;
        this.#lower.run(length, noteId, length);
      }
    }
  }

  /** @throws Error when an entry is not what was written: this node cannot say any more what it has promised. */
  read(): BallotRows {
    const all = <Row>(sql: string): Row[] => this.#database.prepare(sql).all() as Row[];
    const settled = all<{ is_settled: number }>("SELECT is_settled FROM node WHERE id = 1");
    const rows = all<{ note_id: string; promised: number; holder: string | null; committed: number }>(
      "SELECT note_id, promised, holder, committed FROM ballots",
    );
    const entries = new Map<string, { token: number; kind: string; bytes: Uint8Array }[]>();
    for (const row of all<{ note_id: string; position: number; token: number; kind: string; bytes: ArrayBuffer; checksum: number }>(
      "SELECT note_id, position, token, kind, bytes, checksum FROM entries ORDER BY note_id, position",
    )) {
      const log = entries.get(row.note_id) ?? [];
      const bytes = new Uint8Array(row.bytes);
      const { position, token, kind } = row;
      if (position !== log.length + 1 || row.checksum !== checksumOf(row.note_id, position, token, kind, bytes))
        throw new Error(`Entry ${log.length + 1} of ${row.note_id} is not what was written`);
      log.push({ token, kind, bytes });
      entries.set(row.note_id, log);
    }
    const unballoted = all<{ note_id: string }>("SELECT note_id FROM notes WHERE note_id NOT IN (SELECT note_id FROM ballots)");
    return {
      settledOf: settled[0]?.is_settled ?? 0,
      ballots: rows.map(({ note_id, promised, holder, committed }) => ({
        noteId: note_id as NoteId,
        promised,
        holder,
        committed,
        entries: entries.get(note_id) ?? [],
      })),
      unballoted: unballoted.map(({ note_id }) => note_id as NoteId),
    };
  }
}

function checksumOf(noteId: string, position: number, token: number, kind: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(Buffer.from(`${noteId}:${position}:${token}:${kind}:`)));
}
