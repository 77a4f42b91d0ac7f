/**
 * Notes in one SQLite file: an append-only log for each note and the state that its beginning was compacted
 * into. WAL with synchronous=FULL: what a transaction holds is on the disk when `commit` returns. Synchronous;
 * lives in the store's thread.
 *
 * SQLite proves with checksums where its write-ahead log ends, but not that a page of the file is what was written. So
 * each row of a note has a checksum over itself and its place, and what does not agree is never taken for the note.
 */

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import { parseNoteId } from "../../crdt/base/ids.ts";
import { CLOCK_KINDS } from "../../crdt/causal/stamp-clock.ts";
import { BALLOT_TABLES, type BallotRows, BallotTables } from "./ballot-tables.ts";
import { crc32 } from "./crc32.ts";
import { walDamage } from "./wal.ts";
import { type BallotWrite, DamagedNoteError, type StoredStamps, type StoreFile, type StoreTrouble, type StoreWrite } from "./store.ts";

/** Raised with every change of the tables. 2: checksums, and who has seen what. 3: what a node of several has promised. 4: what notes are stamped with. */
const SCHEMA_VERSION = 4;
/** How a snapshot's bytes are to be read: a whole state as the note's strategy gives it. */
const SNAPSHOT_FORMAT = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS notes (
    note_id TEXT PRIMARY KEY, strategy TEXT, epoch TEXT NOT NULL, checksum INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS updates (
    note_id TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, checksum INTEGER, PRIMARY KEY (note_id, position)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS snapshots (
    note_id TEXT PRIMARY KEY, position INTEGER NOT NULL, format INTEGER NOT NULL, bytes BLOB NOT NULL, checksum INTEGER
  );
  CREATE TABLE IF NOT EXISTS losses (
    ordinal INTEGER PRIMARY KEY, note_id TEXT NOT NULL, loss_id TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (note_id, loss_id)
  );
  CREATE TABLE IF NOT EXISTS names (
    replica TEXT PRIMARY KEY, name TEXT NOT NULL
  ) WITHOUT ROWID;
`;

const SEEN_TABLE = `
  CREATE TABLE IF NOT EXISTS seen (
    note_id TEXT NOT NULL, replica TEXT NOT NULL, version TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (note_id, replica)
  ) WITHOUT ROWID;
`;

const STAMPS_TABLE = `
  CREATE TABLE IF NOT EXISTS stamps (
    note_id TEXT PRIMARY KEY, kind TEXT NOT NULL, from_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** Rows from before have none, and are believed. */
const ADD_CHECKSUMS = ["notes", "updates", "snapshots"].map((table) => `ALTER TABLE ${table} ADD COLUMN checksum INTEGER;`).join(" ");

const BYTES = castTo("BLOB");
const INTEGER = castTo("INTEGER");

/** What keeps a transaction from becoming durable at the moment; null: it is about what it would have written. */
export function troubleOf(error: unknown): StoreTrouble | null {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== "string") return null;
  const kind = code === "SQLITE_FULL" ? "full" : /^SQLITE_(IOERR|READONLY|CANTOPEN|NOMEM|BUSY|LOCKED)/.test(code) ? "failing" : null;
  return kind === null ? null : { kind, message: `${String(message)} (${code})` };
}

export class SqliteFile implements StoreFile {
  readonly damage: string | null;
  readonly #database: Database.Database;
  readonly #ballots: BallotTables;
  readonly #statements: Record<Exclude<StoreWrite["type"], BallotWrite["type"]> | "trim", Database.Statement>;

  /** @throws Error that says what to do when the folder cannot be used. */
  constructor(folder: string) {
    makeFolder(folder);
    const wal = join(folder, "notes.db-wal");
    const logDamage = walDamage(wal);
    // SQLite will write over it.
    if (logDamage !== null) copyFileSync(wal, `${wal}.damaged`);
    const database = new Database(join(folder, "notes.db"));
    this.#database = database;
    // Two servers on one folder would each answer for rooms that the other does not see.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 200;");
    const version = Number((database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version);
    if (version > SCHEMA_VERSION)
      throw new Error(`The data was written by a newer Riftpad (schema ${version}, this one knows ${SCHEMA_VERSION})`);
    // Nothing is written into a file that is as it should be: the disk may be full.
    if (version < SCHEMA_VERSION)
      database.exec(
        `BEGIN IMMEDIATE; ${version === 0 ? TABLES : version === 1 ? ADD_CHECKSUMS : ""} ${SEEN_TABLE} ${BALLOT_TABLES} ${STAMPS_TABLE} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`,
      );
    // What the last run could not bring to the disk may be in the system's memory alone: written and synced once more, it counts.
    try {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (troubleOf(error) === null) throw error;
    }
    // A row that is looked for in the wrong place is missing without a sign. Reads the whole file: some 0.3 s for 100 MB.
    const { integrity_check: found } = database.prepare("PRAGMA integrity_check(1)").get() as { integrity_check: string };
    this.damage = logDamage ?? (found === "ok" ? null : found);
    this.#ballots = new BallotTables(database);
    this.#statements = {
      create: database.prepare("INSERT OR IGNORE INTO notes (note_id, strategy, epoch, checksum) VALUES (?, ?, ?, ?)"),
      append: database.prepare("INSERT INTO updates (note_id, position, bytes, checksum) VALUES (?, ?, ?, ?)"),
      compact: database.prepare(
        "INSERT INTO snapshots (note_id, position, format, bytes, checksum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (note_id) DO UPDATE SET position = excluded.position, format = excluded.format, bytes = excluded.bytes, checksum = excluded.checksum WHERE excluded.position > snapshots.position",
      ),
      trim: database.prepare("DELETE FROM updates WHERE note_id = ? AND position <= ?"),
      losses: database.prepare("INSERT OR IGNORE INTO losses (note_id, loss_id, json) VALUES (?, ?, ?)"),
      name: database.prepare("INSERT INTO names (replica, name) VALUES (?, ?) ON CONFLICT (replica) DO UPDATE SET name = excluded.name"),
      seen: database.prepare(
        "INSERT INTO seen (note_id, replica, version, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (note_id, replica) DO UPDATE SET version = excluded.version, at_ms = excluded.at_ms",
      ),
      stamps: database.prepare(
        "INSERT INTO stamps (note_id, kind, from_ms) VALUES (?, ?, ?) ON CONFLICT (note_id) DO UPDATE SET kind = excluded.kind, from_ms = excluded.from_ms",
      ),
    };
  }

  commit(writes: readonly StoreWrite[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const write of writes) this.#write(write);
      this.#database.exec("COMMIT");
    } catch (error) {
      // SQLite has rolled back what the disk refused; a second time would hide why.
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  note(noteId: string): unknown {
    const head = this.#head(noteId);
    const snapshot = this.#database
      .prepare(`SELECT ${INTEGER("position", "format", "checksum")}, ${BYTES("bytes")} FROM snapshots WHERE note_id = ?`)
      .get(noteId) as { position: number; format: number; bytes: ArrayBuffer; checksum: number | null } | undefined;
    const from = snapshot?.position ?? 0;
    const rows = this.#database
      .prepare(
        `SELECT ${INTEGER("position", "checksum")}, ${BYTES("bytes")} FROM updates WHERE note_id = ? AND position > ? ORDER BY updates.position`,
      )
      .all(noteId, from) as { position: number; bytes: ArrayBuffer; checksum: number | null }[];
    if (head === null) {
      if (snapshot === undefined && rows.length === 0) return this.#absent(noteId);
      throw new DamagedNoteError(`${noteId} has updates and no head`);
    }
    if (snapshot === undefined && rows.length === 0) throw new DamagedNoteError(`${noteId} has a head and no updates`);
    if (snapshot !== undefined) {
      if (snapshot.format !== SNAPSHOT_FORMAT)
        throw new DamagedNoteError(`The snapshot of ${noteId} has the unknown format ${snapshot.format}`);
      expectIntact(`The snapshot of ${noteId}`, snapshot.checksum, checksumOf(noteId, snapshot.position, plain(snapshot.bytes)));
    }
    const updates = rows.map(({ bytes }) => plain(bytes));
    for (const [n, { position, checksum }] of rows.entries()) {
      if (position !== from + n + 1) throw new DamagedNoteError(`Update ${from + n + 1} of ${noteId} is missing: the next is ${position}`);
      expectIntact(`Update ${position} of ${noteId}`, checksum, checksumOf(noteId, position, updates[n]!));
    }
    return {
      ...head,
      snapshot: snapshot === undefined ? null : plain(snapshot.bytes),
      updates,
      position: from + rows.length,
    };
  }

  head(noteId: string): { strategy: string | null; epoch: string } | null {
    return this.#head(noteId) ?? this.#absent(noteId);
  }

  #head(noteId: string): { strategy: string | null; epoch: string } | null {
    const row = this.#database
      .prepare(`SELECT ${BYTES("strategy", "epoch")}, ${INTEGER("checksum")} FROM notes WHERE note_id = ?`)
      .get(noteId) as { strategy: ArrayBuffer | null; epoch: ArrayBuffer; checksum: number | null } | undefined;
    if (row === undefined) return null;
    const { checksum } = row;
    const strategy = row.strategy === null ? null : textOf(row.strategy);
    const epoch = textOf(row.epoch);
    expectIntact(`The head of ${noteId}`, checksum, headChecksum(noteId, strategy, epoch));
    return { strategy, epoch };
  }

  losses(noteId: string): string[] {
    const rows = this.#database.prepare(`SELECT ${BYTES("json")} FROM losses WHERE note_id = ? ORDER BY ordinal`).all(noteId) as {
      json: ArrayBuffer;
    }[];
    return rows.map(({ json }) => textOf(json));
  }

  names(): [string, string][] {
    const rows = this.#database.prepare(`SELECT ${BYTES("replica", "name")} FROM names`).all() as {
      replica: ArrayBuffer;
      name: ArrayBuffer;
    }[];
    return rows.map(({ replica, name }) => [textOf(replica), textOf(name)]);
  }

  seen(noteId: string, sinceMs: number): string[] {
    const rows = this.#database.prepare(`SELECT ${BYTES("version")} FROM seen WHERE note_id = ? AND at_ms >= ?`).all(noteId, sinceMs) as {
      version: ArrayBuffer;
    }[];
    return rows.map(({ version }) => textOf(version));
  }

  /** A row that is no longer what was written is left out: its note stamps as others do. */
  stamps(): StoredStamps[] {
    const rows = this.#database
      .prepare(`SELECT ${BYTES("note_id", "kind")}, ${INTEGER("from_ms")} FROM stamps ORDER BY stamps.from_ms`)
      .all() as { note_id: ArrayBuffer; kind: ArrayBuffer; from_ms: number }[];
    return rows.flatMap(({ note_id: id, kind: name, from_ms: fromMs }) => {
      const noteId = parseNoteId(textOf(id));
      const kind = CLOCK_KINDS.find((known) => known === textOf(name));
      return noteId === null || kind === undefined ? [] : [{ noteId, kind, fromMs }];
    });
  }

  ballots(): BallotRows {
    return this.#ballots.read();
  }

  close(): void {
    this.#database.close();
  }

  /** In a damaged file a note that is not found may be there all the same. */
  #absent(noteId: string): null {
    if (this.damage === null) return null;
    throw new DamagedNoteError(`Nobody can tell whether ${noteId} is here: ${this.damage}`);
  }

  #write(write: StoreWrite): void {
    const statements = this.#statements;
    switch (write.type) {
      case "create":
        statements.create.run(write.noteId, write.strategy, write.epoch, headChecksum(write.noteId, write.strategy, write.epoch));
        return;
      case "append":
        statements.append.run(write.noteId, write.position, buffer(write.update), checksumOf(write.noteId, write.position, write.update));
        return;
      case "compact":
        statements.compact.run(
          write.noteId,
          write.position,
          SNAPSHOT_FORMAT,
          buffer(write.state),
          checksumOf(write.noteId, write.position, write.state),
        );
        statements.trim.run(write.noteId, write.position);
        return;
      case "losses":
        for (const { id, json } of write.losses) statements.losses.run(write.noteId, id, json);
        return;
      case "name":
        statements.name.run(write.replica, write.name);
        return;
      case "seen":
        statements.seen.run(write.noteId, write.replica, write.version, write.atMs);
        return;
      case "stamps":
        statements.stamps.run(write.noteId, write.kind, write.fromMs);
        return;
      default:
        this.#ballots.write(write);
    }
  }
}

/** Columns as the type that they were written as: a damaged row may have any, and the driver ends the process at text that is no UTF-8. */
function castTo(type: "BLOB" | "INTEGER"): (...columns: string[]) => string {
  return (...columns) => columns.map((column) => `CAST(${column} AS ${type}) AS ${column}`).join(", ");
}

function textOf(bytes: ArrayBuffer): string {
  return new TextDecoder().decode(bytes);
}

/** Step by step: on some file systems Node's recursive mkdir never returns. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** Over the place too: a row that has come to stand elsewhere is as wrong as one that has changed. */
function checksumOf(noteId: string, position: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(Buffer.from(`${noteId}:${position}:`)));
}

function headChecksum(noteId: string, strategy: string | null, epoch: string): number {
  return crc32(Buffer.from(JSON.stringify([noteId, strategy, epoch])));
}

/** @throws DamagedNoteError */
function expectIntact(what: string, stored: number | null, computed: number): void {
  if (stored !== null && stored !== computed) throw new DamagedNoteError(`${what} is not what was written: its checksum is another`);
}

/** The database takes nothing but a Buffer; this one shares the bytes. */
function buffer({ buffer: bytes, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(bytes, byteOffset, length);
}

/** The database gives an ArrayBuffer or a Buffer. */
function plain(bytes: ArrayBuffer): Uint8Array {
  return new Uint8Array(bytes);
}
