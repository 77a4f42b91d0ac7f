/**
 * A disk that refuses, and one that has changed what was written, under the running server. The first is real: the kernel
 * refuses to let its files grow (RLIMIT_FSIZE), and lets them again.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { statusText } from "../../app/_ui/status-text.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { mintReplicaId } from "../../crdt/base/ids.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { openStock, openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { metricOf } from "../support/raw-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { SqliteFile } from "../../server/store/sqlite.ts";
import { copyOf } from "../support/store-thread.ts";

/** A process that is not killed for writing beyond its limit, but told. */
const TOLD = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('process.on("SIGXFSZ", () => undefined)')}` };

/** Lets no file of the server grow beyond what its log is now, and so many bytes. */
function limitDisk({ child, folder }: ServerProcess, moreBytes: number): void {
  const most = statSync(join(folder, "notes.db-wal")).size + moreBytes;
  execFileSync("prlimit", ["--pid", String(child.pid), `--fsize=${most}:unlimited`]);
}

function freeDisk({ child }: ServerProcess): void {
  execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited"]);
}

const health = async (server: ServerProcess): Promise<Record<string, unknown>> =>
  (await (await fetch(`http://${server.url}/healthz`)).json()) as Record<string, unknown>;
const metric = async (server: ServerProcess, name: string): Promise<number> =>
  metricOf(await (await fetch(`http://${server.url}/metrics`)).text(), name);

it("[DU2] [RO1] a full disk: said in words, reads go on, nothing is acknowledged, and all of it is saved once there is room", async () => {
  const server = await startServer({ env: TOLD });
  const writer = await openTabNote(server.url, "full", { strategy: "yjs", seed: "writer" });
  typeInto(writer, "before ");
  await until(writer, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
  const stock = openStock(server.url, "full");
  await stock.synced();
  const idle = await openTabNote(server.url, "quiet", { strategy: "fugue", seed: "idle" });
  await until(idle, ({ connection }) => connection === "synced");

  limitDisk(server, 2_000);
  typeInto(writer, "[the last that came in] ");
  await until(writer, ({ refusal }) => refusal !== null);
  typeInto(writer, "[turned away] ");
  stock.text.insert(0, "[stock] ");
  typeInto(idle, "[another note] ");
  await until(idle, ({ refusal, unsaved }) => refusal !== null && unsaved === 1);

  const status = writer.session.status();
  expect([status.connection, status.unsaved]).toEqual(["synced", 2]);
  expect(status.refusal).toContain("changes are kept here");
  expect(statusText(status)).toEqual({ state: "warn", text: "Server cannot save, 2 edits kept on this device" });
  expect(await health(server)).toMatchObject({ status: "read-only", reason: status.refusal });
  expect(await metric(server, "riftpad_read_only")).toBe(1);
  // Who comes now reads what is here, and is told.
  const reader = await openTabNote(server.url, "full", { strategy: "yjs", seed: "reader" });
  await until(reader, ({ connection, refusal }, text) => connection === "synced" && refusal !== null && text.includes("before"));
  expect(reader.text()).not.toContain("turned away");

  freeDisk(server);
  for (const note of [writer, idle]) await until(note, ({ unsaved, refusal }) => unsaved === 0 && refusal === null);
  await until(reader, ({ refusal }, text) => refusal === null && text === writer.text() && text.includes("[stock] "));
  await stock.reads(writer.text());
  expect([await health(server), await metric(server, "riftpad_read_only")]).toMatchObject([{ status: "ok" }, 0]);
  typeInto(writer, "after");
  await until(writer, ({ unsaved }) => unsaved === 0);
  const text = writer.text();
  await server.stop("SIGKILL");
  for (const client of [writer, idle, reader, stock]) client.close();

  const again = await startServer({ folder: server.folder });
  const late = await openTabNote(again.url, "full", { strategy: "yjs", seed: "late" });
  await until(late, ({ connection }) => connection === "synced");
  expect(late.text()).toBe(text);
  for (const word of ["before", "the last that came in", "turned away", "stock", "after"]) expect(text.split(word).length, word).toBe(2);
  late.close();
  await again.stop("SIGKILL");
});

it("[DU1] [RO1] a server that stops, or is killed, while its disk is full loses nothing: who wrote still has it", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const server = await startServer({ env: TOLD });
    const local = new MemoryStore();
    const prng = createPrng(signal);
    const replicaId = mintReplicaId(prng);
    const writer = await openTabNote(server.url, "stopped", { strategy: "fugue", seed: "writer", store: local, replicaId });
    typeInto(writer, "saved ");
    await until(writer, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
    limitDisk(server, 100);
    typeInto(writer, "not ");
    await until(writer, ({ refusal }) => refusal !== null);
    typeInto(writer, "yet");
    expect(writer.session.status().unsaved).toBe(2);
    expect(await server.stop(signal)).toBe(signal === "SIGTERM" ? 0 : null);
    writer.close();
    const again = await startServer({ folder: server.folder });
    const back = await openTabNote(again.url, "stopped", { strategy: "fugue", seed: "back", store: local, replicaId });
    await until(back, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
    expect(back.text()).toBe("saved not yet");
    back.close();
    await again.stop("SIGKILL");
  }
});

/** A server that has these notes, has stopped, and whose file `change` has been run on. */
async function damagedFolder(change: string): Promise<string> {
  const server = await startServer();
  for (const strategy of ["yjs", "fugue"] as const) {
    const note = await openTabNote(server.url, strategy, { strategy, seed: strategy });
    typeInto(note, `the text of ${strategy}`);
    await until(note, ({ unsaved }) => unsaved === 0);
    note.close();
  }
  await server.stop("SIGTERM");
  const database = new Database(join(server.folder, "notes.db"));
  database.exec(change);
  return copyOf(server.folder);
}

describe("a damaged disk", () => {
  it("[DU3] a damaged note is closed to everybody with 4424, is left as it is, and the others go on", async () => {
    const folder = await damagedFolder("UPDATE updates SET bytes = x'0102' || bytes WHERE note_id = 'fugue'");
    const server = await startServer({ folder });
    const refused = await openTabNote(server.url, "fugue", { strategy: "fugue", seed: "refused" });
    typeInto(refused, "mine");
    await until(refused, ({ connection }) => connection === "refused");
    expect(refused.session.status().refusal).toBe("What the server has of this note is damaged and left as it is; your copy is kept here");
    expect([refused.text(), refused.session.status().unsaved]).toEqual(["mine", 1]);
    const { closed } = await rawSocket(`ws://${server.url}/sync/fugue`);
    expect((await closed).code).toBe(4424);
    const other = await openTabNote(server.url, "yjs", { strategy: "yjs", seed: "other" });
    typeInto(other, " goes on");
    await until(other, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
    expect(other.text()).toContain("the text of yjs");
    expect([await health(server), await metric(server, "riftpad_quarantined_notes")]).toMatchObject([{ status: "ok", quarantined: 1 }, 1]);
    // Once, however often somebody asks.
    expect(server.output().match(/A note is damaged/g)).toHaveLength(1);
    for (const note of [refused, other]) note.close();
    await server.stop("SIGTERM");
    const rows = new Database(join(copyOf(folder), "notes.db")).prepare("SELECT count(*) AS n FROM updates WHERE note_id = 'fugue'").get();
    expect(rows).toMatchObject({ n: 1 });
  });

  it("[DU3] a damaged list of notes: the notes are at their addresses", async () => {
    const server = await startServer({
      folder: await damagedFolder("UPDATE updates SET bytes = x'0102' || bytes WHERE note_id = '_catalog'"),
    });
    expect(await health(server)).toMatchObject({ status: "ok", quarantined: 1 });
    const note = await openTabNote(server.url, "fugue", { strategy: "fugue", seed: "note" });
    await until(note, ({ connection }) => connection === "synced");
    expect(note.text()).toBe("the text of fugue");
    note.close();
    await server.stop("SIGKILL");
  });

  it("[DU3] a file that is damaged as a whole is read and not written; one that is no database is one line, and left as it is", async () => {
    const folder = await damagedFolder("DELETE FROM names");
    const path = join(folder, "notes.db");
    const honest = readFileSync(path);
    // A key: its row is where nobody looks for it.
    for (let at = honest.indexOf("yjs"); at !== -1 && new SqliteFile(copyOf(folder)).damage === null; at = honest.indexOf("yjs", at + 1)) {
      const bytes = Buffer.from(honest);
      bytes[at]! ^= 64;
      writeFileSync(path, bytes);
    }
    const server = await startServer({ folder });
    expect(await health(server)).toMatchObject({ status: "read-only" });
    expect((await health(server)).reason).toContain("damaged");
    await server.stop("SIGKILL");
    writeFileSync(path, honest.fill(7, 0, 100));
    await expect(startServer({ folder })).rejects.toThrow(/^Exit 1: Cannot use the data folder .*It is damaged and was left as it is/);
    expect(readFileSync(path).equals(honest)).toBe(true);
  });
});
