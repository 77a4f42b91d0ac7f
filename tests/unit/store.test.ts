/** The store: what it says is durable is, what the disk refuses waits, and what is damaged is found and left alone. */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { crc32 } from "../../server/store/crc32.ts";
import { SqliteFile, troubleOf } from "../../server/store/sqlite.ts";
import { RETRY_MS } from "../../server/store/store-thread.ts";
import { DamagedNoteError, type StoredNote } from "../../server/store/store.ts";
import { append, copyOf, databaseError, dataFolder, noteOf, reopened, setUpThread, updateOf } from "../support/store-thread.ts";

/** A copy of a folder, with SQL run on it. */
function tampered(folder: string, sql: string): string {
  const copy = copyOf(folder);
  const database = new Database(join(copy, "notes.db"));
  database.exec(sql);
  return copy;
}

function written(notes: readonly string[], updates: number): string {
  const folder = dataFolder();
  const file = new SqliteFile(folder);
  for (const note of notes) for (let n = 1; n <= updates; n++) file.commit(append(note, n));
  // Opening writes the log into the file.
  const copy = copyOf(folder);
  new SqliteFile(copy).close();
  return copyOf(copy);
}

describe("a disk that refuses", () => {
  it.each([
    ["SQLITE_FULL", "full"],
    ["SQLITE_IOERR_FSYNC", "failing"],
    ["SQLITE_IOERR_WRITE", "failing"],
    ["SQLITE_READONLY", "failing"],
  ])("[DU2] %s: nothing is called durable, all of it waits in order, and is there when the disk takes it", (code, kind) => {
    const { tell, said, disk, clock, folder, close } = setUpThread();
    tell(...append("a", 1));
    expect(said()).toEqual(["saved a:1"]);
    disk.fails = () => databaseError(code);
    tell(...append("a", 2));
    tell(...append("a", 3), ...append("b", 1));
    clock.advance(3 * RETRY_MS);
    expect(said()).toEqual([`halted ${kind}`]);
    disk.fails = null;
    clock.advance(RETRY_MS);
    expect(said()).toEqual(["saved a:3,b:1", "resumed"]);
    close();
    expect([reopened(folder, "a")?.updates, reopened(folder, "b")?.position]).toEqual([[1, 2, 3].map((n) => updateOf(n)), 1]);
  });

  it("[DU2] a real failure of the database is seen for what it is", () => {
    const full = new Database(join(dataFolder(), "full.db"));
    full.exec("CREATE TABLE t (n INTEGER, b BLOB); PRAGMA max_page_count = 3;");
    const put = full.prepare("INSERT INTO t (n, b) VALUES (?, ?)");
    let error: unknown = null;
    try {
      put.run(1, Buffer.alloc(100_000));
    } catch (thrown) {
      error = thrown;
    }
    expect(troubleOf(error)).toMatchObject({ kind: "full" });
  });

  it("[DU2] reads go on; one of a note with writes that wait is answered after them, and a flush says no", () => {
    const { tell, said, disk, clock, readNote, flush } = setUpThread();
    tell(...append("a", 1), ...append("b", 1));
    disk.fails = () => databaseError("SQLITE_FULL");
    tell(...append("a", 2));
    readNote("a");
    readNote("b");
    flush();
    expect(said()).toEqual(["saved a:1,b:1", "halted full", "answer 1", "failed"]);
    disk.fails = null;
    clock.advance(RETRY_MS);
    expect(said()).toEqual(["saved a:2", "resumed", "answer 2"]);
  });

  it("[DU2] a log that was to be made shorter stays long, so that what people wrote can go first", () => {
    const { tell, said, disk, clock, folder, close } = setUpThread();
    tell(...append("a", 1), ...append("a", 2));
    disk.fails = (writes) => (writes.some(({ type }) => type === "compact") ? databaseError("SQLITE_FULL") : null);
    tell({ type: "compact", noteId: noteOf("a"), position: 2, state: updateOf(99) }, ...append("a", 3));
    clock.advance(RETRY_MS);
    close();
    expect(said()).toEqual(["saved a:2", "halted full", "saved a:3", "resumed", "answer null"]);
    expect(reopened(folder, "a")).toMatchObject({ snapshot: null, position: 3 });
  });

  it("[DU1] what never became durable was never acknowledged: a store that closes in trouble says so", () => {
    const { tell, said, disk, clock, folder, close } = setUpThread();
    tell(...append("a", 1));
    disk.fails = () => databaseError("SQLITE_IOERR_FSYNC");
    tell(...append("a", 2));
    close();
    expect(said()).toEqual(["saved a:1", "halted failing", "failed"]);
    expect([reopened(folder, "a")?.position, clock.pending]).toEqual([1, 0]);
  });

  it("[DU3] what fails for a reason of one note costs that note alone", () => {
    const { tell, said, disk, readNote } = setUpThread();
    disk.fails = (writes) => (writes.some((write) => "noteId" in write && write.noteId === "bad") ? databaseError("SQLITE_CORRUPT") : null);
    tell(...append("a", 1), ...append("bad", 1), ...append("b", 1));
    tell(...append("bad", 2), ...append("a", 2));
    readNote("bad");
    expect(said()).toEqual(["saved a:1", "damaged bad", "saved b:1", "saved a:2", "answer null"]);
  });
});

describe("a damaged note", () => {
  it.each([
    ["a bit of an update", "UPDATE updates SET bytes = x'0202020202020203' WHERE note_id = 'a' AND position = 2"],
    ["an update in another's place", "UPDATE updates SET position = 9 WHERE note_id = 'a' AND position = 3"],
    ["an update of another note", "UPDATE updates SET note_id = 'a', position = 4 WHERE note_id = 'b' AND position = 3"],
    ["a missing update", "DELETE FROM updates WHERE note_id = 'a' AND position = 2"],
    ["no updates at all", "DELETE FROM updates WHERE note_id = 'a'"],
    ["a missing head", "DELETE FROM notes WHERE note_id = 'a'"],
    ["another epoch", "UPDATE notes SET epoch = 'zzz' WHERE note_id = 'a'"],
    ["a bit of a snapshot", "INSERT INTO snapshots VALUES ('a', 3, 1, x'00', 77)"],
    ["a snapshot of another format", "INSERT INTO snapshots VALUES ('a', 3, 2, x'00', NULL)"],
  ])("[DU3] %s: found, told, and the others load", (_, sql) => {
    const folder = tampered(written(["a", "b", "c"], 3), sql);
    expect(() => reopened(folder, "a")).toThrow(DamagedNoteError);
    expect(reopened(folder, "c")?.updates).toEqual([1, 2, 3].map((n) => updateOf(n)));
  });

  it("[DU3] is never written over: not by what would be its first update, nor by its next", () => {
    const folder = tampered(written(["a"], 3), "DELETE FROM notes WHERE note_id = 'a'");
    const { tell, said, close } = setUpThread(copyOf(folder));
    tell(...append("a", 1, updateOf(200)));
    expect(said()).toEqual(["damaged a"]);
    close();
    expect(() => reopened(folder, "a")).toThrow(DamagedNoteError);
  });

  it("[DU3] bits that flip anywhere in the file are found, or were of no note", () => {
    const updates = 40;
    const folder = written(["a", "b", "c"], updates);
    let whole = 0;
    const honest = readFileSync(join(folder, "notes.db"));
    const prng = createPrng(process.env.FUZZ_SEED ?? "flips");
    let found = 0;
    for (let round = 0; round < 150 || (whole === 0 && round < 3_000); round++) {
      const bytes = Buffer.from(honest);
      const at = prng.int(0, bytes.length);
      bytes[at]! ^= 1 << prng.int(0, 8);
      const copy = dataFolder();
      writeFileSync(join(copy, "notes.db"), bytes);
      for (const note of ["a", "b", "c"]) {
        try {
          if (new SqliteFile(copyOf(copy)).damage !== null) {
            whole++;
            continue;
          }
          const stored = reopened(copy, note);
          expect([stored?.updates.length, stored?.updates[7]], `byte ${at} of ${note}`).toEqual([updates, updateOf(8)]);
        } catch (error) {
          if (error instanceof Error && error.name === "AssertionError") throw error;
          found++;
        }
      }
    }
    expect([found > 0, whole > 0]).toEqual([true, true]);
  });

  it("[DU3] a file that is damaged as a whole is read as far as it goes, never written, and knows of no note that it is not there", () => {
    const folder = written(["a", "b"], 200);
    const bytes = readFileSync(join(folder, "notes.db"));
    // A key on a page: the row is where nobody looks for it.
    const at = bytes.lastIndexOf("b");
    bytes[at]! ^= 1;
    writeFileSync(join(folder, "notes.db"), bytes);
    const { tell, said, readNote, file } = setUpThread(folder);
    expect(file.damage).not.toBeNull();
    tell(...append("new", 1));
    readNote("other");
    expect(said()).toEqual(["halted damaged", "failed: damaged"]);
  });

  it("a file without checksums, from before, is believed and gets them from now on", () => {
    const folder = tampered(
      dataFolder(),
      `CREATE TABLE notes (note_id TEXT PRIMARY KEY, strategy TEXT, epoch TEXT NOT NULL) WITHOUT ROWID;
       CREATE TABLE updates (note_id TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (note_id, position)) WITHOUT ROWID;
       CREATE TABLE snapshots (note_id TEXT PRIMARY KEY, position INTEGER NOT NULL, format INTEGER NOT NULL, bytes BLOB NOT NULL);
       CREATE TABLE losses (ordinal INTEGER PRIMARY KEY, note_id TEXT NOT NULL, loss_id TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (note_id, loss_id));
       CREATE TABLE names (replica TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
       INSERT INTO notes VALUES ('a', 'yjs', 'epoch'); INSERT INTO updates VALUES ('a', 1, x'07'); PRAGMA user_version = 1;`,
    );
    const path = copyOf(folder);
    const file = new SqliteFile(path);
    file.commit(append("a", 2));
    expect(reopened(path, "a")?.updates).toEqual([Uint8Array.of(7), updateOf(2)]);
    const changed = tampered(path, "UPDATE updates SET bytes = x'08' WHERE position = 2");
    expect(() => reopened(changed, "a")).toThrow(DamagedNoteError);
  });
});

describe("what notes are stamped with", () => {
  const [a, b] = [noteOf("a"), noteOf("b")];

  it("is kept, the last of each note, and written over nothing else", () => {
    const folder = dataFolder();
    const file = new SqliteFile(folder);
    file.commit(append("a", 1));
    file.commit([
      { type: "stamps", noteId: b, kind: "hybrid", fromMs: 20 },
      { type: "stamps", noteId: a, kind: "node", fromMs: 10 },
      { type: "stamps", noteId: a, kind: "lamport", fromMs: 30 },
    ]);
    const again = new SqliteFile(copyOf(folder));
    expect(again.stamps()).toEqual([
      { noteId: b, kind: "hybrid", fromMs: 20 },
      { noteId: a, kind: "lamport", fromMs: 30 },
    ]);
    expect((again.note("a") as StoredNote).updates).toEqual([updateOf(1)]);
    again.close();
  });

  it("a file from before has none, keeps what it has, and takes them from now on", () => {
    const folder = dataFolder();
    const file = new SqliteFile(folder);
    file.commit(append("a", 1));
    file.commit([{ type: "promise", noteId: a, token: 4, holder: "S2" }]);
    const before = tampered(folder, "DROP TABLE stamps; PRAGMA user_version = 3;");
    const migrated = new SqliteFile(copyOf(before));
    expect(migrated.stamps()).toEqual([]);
    migrated.commit([{ type: "stamps", noteId: a, kind: "hybrid", fromMs: 1 }]);
    expect(migrated.stamps()).toEqual([{ noteId: a, kind: "hybrid", fromMs: 1 }]);
    expect([migrated.damage, (migrated.note("a") as StoredNote).updates, migrated.ballots().ballots[0]?.promised]).toEqual([
      null,
      [updateOf(1)],
      4,
    ]);
    migrated.close();
  });
});

describe("a log that has changed", () => {
  it("[DU3] before its end: reported, kept, and nothing is written; in its last transaction: an end like any other", () => {
    const folder = dataFolder();
    const file = new SqliteFile(folder);
    const path = join(folder, "notes.db-wal");
    const ends = [readFileSync(path).length];
    for (let n = 1; n <= 10; n++) {
      file.commit(append("a", n));
      ends.push(readFileSync(path).length);
    }
    const image = readFileSync(path);
    const prng = createPrng(process.env.FUZZ_SEED ?? "log");
    const flipped = (from: number, to: number): string => {
      const copy = copyOf(folder);
      const bytes = Buffer.from(image);
      bytes[prng.int(from, to)]! ^= 1 << prng.int(0, 8);
      writeFileSync(join(copy, "notes.db-wal"), bytes);
      return copy;
    };
    for (let n = 0; n < 40; n++) {
      const damaged = flipped(n === 0 ? 0 : ends[0]!, n === 0 ? 24 : ends[8]!);
      const { file: opened, tell, said, close } = setUpThread(damaged);
      expect(opened.damage).toMatch(/log is damaged/);
      expect(readFileSync(join(damaged, "notes.db-wal.damaged")).length).toBe(image.length);
      tell(...append("b", 1));
      close();
      expect(said()).toEqual(["halted damaged", "failed"]);
      const torn = new SqliteFile(flipped(ends[9]!, image.length));
      expect([torn.damage, (torn.note("a") as StoredNote).position]).toEqual([null, 9]);
    }
    expect(new SqliteFile(copyOf(folder)).damage).toBeNull();
  });
});

describe("a crash", () => {
  it("[DU1] at any byte of the log: whole transactions, none of those that were durable missing", () => {
    const folder = dataFolder();
    const file = new SqliteFile(folder);
    const wal = join(folder, "notes.db-wal");
    /** How long the log was when each group was called durable. */
    const ends = [readFileSync(wal).length];
    for (let n = 1; n <= 12; n++) {
      file.commit([...append("a", 2 * n - 1), ...append("a", 2 * n, updateOf(2 * n, n === 7 ? 9_000 : 8))]);
      ends.push(readFileSync(wal).length);
    }
    const image = readFileSync(wal);
    const before = dataFolder();
    cpSync(join(folder, "notes.db"), join(before, "notes.db"));
    file.close();
    const prng = createPrng(process.env.FUZZ_SEED ?? "cuts");
    const cuts = [
      ...ends.flatMap((end) => [end - 1, end, end + 1, end + 24, end + 4_000]),
      ...Array.from({ length: 60 }, () => prng.int(ends[0]!, image.length)),
    ];
    for (const cut of cuts.filter((at) => at >= ends[0]! && at <= image.length)) {
      const copy = dataFolder();
      cpSync(join(before, "notes.db"), join(copy, "notes.db"));
      // What was not synced may be there in part, or as anything.
      const garbage = Buffer.from(Uint8Array.from({ length: prng.int(0, 9_000) }, () => prng.int(0, 256)));
      const torn = Buffer.concat([image.subarray(0, cut), prng.float() < 0.5 ? garbage : Buffer.alloc(0)]);
      writeFileSync(join(copy, "notes.db-wal"), torn);
      // Garbage may begin with the very byte that was missing (seed 172326331).
      let sound = cut;
      while (sound < image.length && torn[sound] === image[sound]) sound++;
      const durable = ends.findLastIndex((end) => end <= sound);
      const stored: StoredNote | null = reopened(copy, "a");
      expect(stored?.position ?? 0, `cut at ${cut} of ${image.length}`).toBe(2 * durable);
    }
  });
});

it("CRC-32 is the one that everybody has", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
  expect(crc32(Buffer.from("6789"), crc32(Buffer.from("12345")))).toBe(0xcbf43926);
});
