/**
 * Notes in one SQLite file: an append-only log for each note and the state that its beginning was compacted
 * into. WAL with synchronous=FULL: what a transaction holds is on the disk when `commit` returns. Synchronous;
 * lives in the store's thread.
 */

import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import type { StoreWrite } from "./store.ts";

/** Raised with every change of the tables. */
const SCHEMA_VERSION = 1;
/** How a snapshot's bytes are to be read: a whole state as the note's strategy gives it. */
const SNAPSHOT_FORMAT = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS notes (
    note_id TEXT PRIMARY KEY, strategy TEXT, epoch TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS updates (
    note_id TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (note_id, position)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS snapshots (
    note_id TEXT PRIMARY KEY, position INTEGER NOT NULL, format INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS losses (
    ordinal INTEGER PRIMARY KEY, note_id TEXT NOT NULL, loss_id TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (note_id, loss_id)
  );
  CREATE TABLE IF NOT EXISTS names (
    replica TEXT PRIMARY KEY, name TEXT NOT NULL
  ) WITHOUT ROWID;
`;

export class SqliteFile {
  readonly #database: Database.Database;
  readonly #statements: Record<StoreWrite["type"] | "trim", Database.Statement>;

  /** @throws Error that says what to do when the folder cannot be used. */
  constructor(folder: string) {
    makeFolder(folder);
    const database = new Database(join(folder, "notes.db"));
    this.#database = database;
    // Two servers on one folder would each answer for rooms that the other does not see.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 200;");
    const version = Number((database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version);
    if (version > SCHEMA_VERSION)
      throw new Error(`The data was written by a newer Riftpad (schema ${version}, this one knows ${SCHEMA_VERSION})`);
    database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    this.#statements = {
      create: database.prepare("INSERT OR IGNORE INTO notes (note_id, strategy, epoch) VALUES (?, ?, ?)"),
      append: database.prepare("INSERT INTO updates (note_id, position, bytes) VALUES (?, ?, ?)"),
      compact: database.prepare(
        "INSERT INTO snapshots (note_id, position, format, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (note_id) DO UPDATE SET position = excluded.position, format = excluded.format, bytes = excluded.bytes WHERE excluded.position > snapshots.position",
      ),
      trim: database.prepare("DELETE FROM updates WHERE note_id = ? AND position <= ?"),
      losses: database.prepare("INSERT OR IGNORE INTO losses (note_id, loss_id, json) VALUES (?, ?, ?)"),
      name: database.prepare("INSERT INTO names (replica, name) VALUES (?, ?) ON CONFLICT (replica) DO UPDATE SET name = excluded.name"),
    };
  }

  /** Everything in `writes`, durable, or nothing. @throws Error of the database. */
  commit(writes: readonly StoreWrite[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const write of writes) this.#write(write);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  note(noteId: string): unknown {
    const head = this.head(noteId);
    if (head === null) return null;
    const snapshot = this.#database.prepare("SELECT position, format, bytes FROM snapshots WHERE note_id = ?").get(noteId) as
      | { position: number; format: number; bytes: Uint8Array }
      | undefined;
    if (snapshot !== undefined && snapshot.format !== SNAPSHOT_FORMAT)
      throw new Error(`Snapshot of ${noteId} in unknown format ${snapshot.format}`);
    const rows = this.#database
      .prepare("SELECT position, bytes FROM updates WHERE note_id = ? AND position > ? ORDER BY position")
      .all(noteId, snapshot?.position ?? 0) as { position: number; bytes: Uint8Array }[];
    return {
      ...head,
      snapshot: snapshot === undefined ? null : plain(snapshot.bytes),
      updates: rows.map(({ bytes }) => plain(bytes)),
      position: rows.at(-1)?.position ?? snapshot?.position ?? 0,
    };
  }

  head(noteId: string): { strategy: string | null; epoch: string } | null {
    const row = this.#database.prepare("SELECT strategy, epoch FROM notes WHERE note_id = ?").get(noteId) as
      | { strategy: string | null; epoch: string }
      | undefined;
    return row === undefined ? null : { strategy: row.strategy, epoch: row.epoch };
  }

  losses(noteId: string): string[] {
    const rows = this.#database.prepare("SELECT json FROM losses WHERE note_id = ? ORDER BY ordinal").all(noteId) as { json: string }[];
    return rows.map(({ json }) => json);
  }

  names(): [string, string][] {
    const rows = this.#database.prepare("SELECT replica, name FROM names").all() as { replica: string; name: string }[];
    return rows.map(({ replica, name }) => [replica, name]);
  }

  close(): void {
    this.#database.close();
  }

  #write(write: StoreWrite): void {
    const statements = this.#statements;
    switch (write.type) {
      case "create":
        statements.create.run(write.noteId, write.strategy, write.epoch);
        return;
      case "append":
        statements.append.run(write.noteId, write.position, buffer(write.update));
        return;
      case "compact":
        statements.compact.run(write.noteId, write.position, SNAPSHOT_FORMAT, buffer(write.state));
        statements.trim.run(write.noteId, write.position);
        return;
      case "losses":
        for (const { id, json } of write.losses) statements.losses.run(write.noteId, id, json);
        return;
      case "name":
        statements.name.run(write.replica, write.name);
    }
  }
}

/** Step by step: on some file systems Node's recursive mkdir never returns. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** The database takes nothing but a Buffer; this one shares the bytes. */
function buffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

/** A copy that is no Buffer and shares no pool. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
