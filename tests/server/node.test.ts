import { mkdirSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { mintReplicaId } from "../../crdt/base/ids.ts";
import type { LedgerEntry, ReplicasAnswer } from "../../crdt/sync/control-messages.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { encodeFrame, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { openStock, openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { newFolder, type ServerProcess, startServer } from "../support/server-process.ts";

const SELF = mintReplicaId(createPrng("self"));

async function getJson(server: ServerProcess, path: string): Promise<unknown> {
  return (await fetch(`http://${server.url}${path}`)).json();
}

async function send(server: ServerProcess, method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`http://${server.url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

describe("one running server", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop("SIGKILL");
  });

  it("says that it lives, and begins with the tutorial note", async () => {
    expect(await getJson(server, "/healthz")).toEqual({ status: "ok", notes: 1, quarantined: 0 });
    expect(await getJson(server, "/control/notes/welcome")).toEqual({ noteId: "welcome", strategy: "walker" });
  });

  it.each(["/sync/", "/sync/a%20b", "/sync/a/b", `/sync/${"x".repeat(65)}`])("refuses %s with 400 before the upgrade", async (path) => {
    await expect(rawSocket(`ws://${server.url}${path}`)).rejects.toThrow("400");
  });

  it("refuses another site's page", async () => {
    const answer = await fetch(`http://${server.url}/control/heal`, { method: "POST", headers: { origin: "http://evil.example" } });
    expect(answer.status).toBe(403);
  });

  it("[CL1] a stock client on a note of another strategy is closed with 4409 before any sync byte", async () => {
    const { frames, closed, socket } = await rawSocket(`ws://${server.url}/sync/welcome`);
    socket.send(encodeFrame({ type: "sync-step-1", version: Uint8Array.of(0) }));
    const { code, reason } = await closed;
    expect([code, frames.length]).toEqual([CLOSE.otherStrategy, 0]);
    expect(reason).toContain("walker");
  });

  it("a tab that takes the note for another strategy is refused the same way", async () => {
    const { closed } = await rawSocket(`ws://${server.url}/sync/welcome?replica=${SELF}&strategy=yjs`, [SUBPROTOCOL]);
    expect((await closed).code).toBe(CLOSE.otherStrategy);
  });

  it("a stock client cannot touch the list of notes", async () => {
    const { closed, frames } = await rawSocket(`ws://${server.url}/sync/_catalog?replica=${SELF}`);
    expect([(await closed).code, frames.length]).toEqual([CLOSE.otherStrategy, 0]);
  });

  it("[CL1] what cannot be read closes its own connection and no other", async () => {
    const good = await openTabNote(server.url, "hostile", { strategy: "fugue", seed: "good" });
    await until(good, ({ connection }) => connection === "synced");
    for (const bytes of [Uint8Array.of(), Uint8Array.of(99), Uint8Array.of(0, 2, 3, 1, 1), new Uint8Array(2 * 1024 * 1024)]) {
      const { socket, closed } = await rawSocket(`ws://${server.url}/sync/hostile?replica=${SELF}&strategy=fugue`, [SUBPROTOCOL]);
      socket.send(encodeFrame({ type: "epoch", epoch: null }));
      socket.send(bytes);
      expect([CLOSE.unreadable, CLOSE.updateTooLarge, CLOSE.protocolError]).toContain((await closed).code);
    }
    typeInto(good, "still here");
    await until(good, ({ unsaved }) => unsaved === 0);
    expect(good.session.status().connection).toBe("synced");
    good.close();
  });

  it("a room becomes a note of the list with a stock client's first update, not by connecting", async () => {
    const stock = openStock(server.url, "from-stock");
    await stock.synced();
    expect((await fetch(`http://${server.url}/control/notes/from-stock`)).status).toBe(404);
    stock.text.insert(0, "hello");
    const reader = await openTabNote(server.url, "from-stock", { strategy: "yjs", seed: "reader" });
    await until(reader, (_, text) => text === "hello");
    expect(await getJson(server, "/control/notes/from-stock")).toEqual({ noteId: "from-stock", strategy: "yjs" });
    stock.close();
    reader.close();
  });

  it.each([
    ["GET", "/control/nothing", undefined, 404],
    ["GET", "/control/heal", undefined, 405],
    ["GET", "/control/ledger/a%20b", undefined, 400],
    ["PUT", "/control/links/xyz", {}, 400],
    ["PUT", "/control/rates/xyz", null, 400],
    ["PUT", `/control/rates/${SELF}`, { perS: 0, burst: 40 }, 400],
    ["PUT", `/control/rates/${SELF}`, { perS: 20 }, 400],
    ["PUT", `/control/clocks/${SELF}`, { offsetMs: 86_400_001 }, 400],
    ["PUT", `/control/clocks/${SELF}`, { hours: 1 }, 400],
    ["PUT", "/control/stamps/links", { kind: "sundial" }, 400],
    ["PUT", `/control/presence/${SELF}`, { up: { lossShare: 2 } }, 400],
    ["PUT", `/control/links/${SELF}`, "{", 400],
    ["PUT", `/control/links/${SELF}`, { up: { latencyMs: 9_000 } }, 400],
    ["PUT", `/control/links/${SELF}`, { up: { speed: 3 } }, 400],
    ["PUT", `/control/links/${SELF}`, JSON.stringify({ x: "y".repeat(100_000) }), 413],
  ])("%s %s is answered with %i and a reason", async (method, path, body, status) => {
    const { json, ...answer } = await send(server, method, path, body);
    expect([answer.status, typeof (json as { error?: unknown }).error]).toEqual([status, "string"]);
  });

  it("sets links over HTTP, lists them, and heals them", async () => {
    const note = await openTabNote(server.url, "links", { strategy: "fugue", seed: "links", replicaId: SELF });
    await until(note, ({ connection }) => connection === "synced");
    const set = await send(server, "PUT", `/control/links/${SELF}`, { up: { latencyMs: 120 }, down: { cut: "blackhole" } });
    const row = (set.json as ReplicasAnswer).replicas.find(({ replicaId }) => replicaId === SELF);
    expect([row?.conditions.up.latencyMs, row?.conditions.down.cut, row?.noteId]).toEqual([120, "blackhole", "links"]);
    const healed = await send(server, "POST", "/control/heal");
    expect((healed.json as ReplicasAnswer).healAtMs).toBeNull();
    note.close();
  });

  it("sets clocks, what a note is stamped with, and faults of presence over HTTP; a heal leaves the note's clock", async () => {
    const note = await openTabNote(server.url, "clocks", { strategy: "lww-note", seed: "clocks", replicaId: SELF });
    await until(note, ({ connection }) => connection === "synced");
    const rowOf = ({ json }: { readonly json: unknown }) => (json as ReplicasAnswer).replicas.find(({ replicaId }) => replicaId === SELF);
    await send(server, "PUT", `/control/clocks/${SELF}`, { offsetMs: 60_000, driftPpm: 1_000 });
    expect(rowOf(await send(server, "PUT", `/control/clocks/${SELF}`, { stepMs: -3_600_000 }))?.clock?.driftPpm).toBe(1_000);
    const set = await send(server, "PUT", `/control/presence/${SELF}`, { down: { isCut: true } });
    expect(rowOf(set)?.presence).toEqual({
      up: { latencyMs: 0, lossShare: 0, isCut: false },
      down: { latencyMs: 0, lossShare: 0, isCut: true },
    });
    expect((await send(server, "PUT", "/control/stamps/clocks", { kind: "hybrid" })).json).toEqual({ noteId: "clocks", kind: "hybrid" });
    const row = rowOf(await send(server, "POST", "/control/heal"));
    expect([row?.clock, row?.presence, row?.noteId]).toEqual([undefined, undefined, "clocks"]);
    expect(await getJson(server, "/control/stamps/clocks")).toEqual({ noteId: "clocks", kind: "hybrid" });
    note.close();
  });

  it("a reset breaks the connection and lets none be made until it is healed", async () => {
    const note = await openTabNote(server.url, "reset", { strategy: "yjs", seed: "reset" });
    await until(note, ({ connection }) => connection === "synced");
    await send(server, "PUT", `/control/links/${note.replicaId}`, { up: { cut: "reset" }, down: { cut: "reset" } });
    await until(note, ({ connection }) => connection === "waiting");
    typeInto(note, "typed while broken");
    await send(server, "POST", "/control/heal");
    note.session.retryNow();
    await until(note, ({ unsaved, connection }) => connection === "synced" && unsaved === 0);
    note.close();
  });

  it("losses of a note are kept and read over HTTP", async () => {
    const [first, second] = await Promise.all(["a", "b"].map((seed) => openTabNote(server.url, "lossy", { strategy: "lww-note", seed })));
    await Promise.all([first!, second!].map((note) => until(note, ({ connection }) => connection === "synced")));
    await send(server, "PUT", `/control/links/${first!.replicaId}`, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    typeInto(first!, "lost");
    typeInto(second!, "kept");
    await until(second!, ({ unsaved }) => unsaved === 0);
    await send(server, "POST", "/control/heal");
    await until(first!, ({ unsaved }, text) => unsaved === 0 && text.length === 4);
    const { losses, typed, kept } = (await getJson(server, "/control/ledger/lossy")) as {
      losses: LedgerEntry[];
      typed: number;
      kept: number;
    };
    const winner = first!.text();
    const loser = winner === "kept" ? "lost" : "kept";
    expect([losses.map(({ loss }) => loss.splices[0]?.insert), typed, kept]).toEqual([[loser], 8, 4]);
    first!.close();
    second!.close();
  });
});

describe("starting and stopping", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s: saves what has come in, says goodbye, and exits with 0", async (signal) => {
    const server = await startServer();
    const note = await openTabNote(server.url, "stopping", { strategy: "fugue", seed: "stopping" });
    await until(note, ({ connection }) => connection === "synced");
    typeInto(note, "last words");
    await until(note, ({ unsaved }) => unsaved === 0);
    const startedMs = Date.now();
    expect(await server.stop(signal)).toBe(0);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    await until(note, ({ connection }) => connection === "waiting");
    const again = await startServer({ folder: server.folder });
    const reader = await openTabNote(again.url, "stopping", { strategy: "fugue", seed: "reader" });
    await until(reader, (_, text) => text === "last words");
    expect(reader.session.status().epoch).toBe(note.session.status().epoch);
    note.close();
    reader.close();
    await again.stop("SIGKILL");
  });

  it("a port in use, a folder in use, a folder that cannot be made: one line that says what to do", async () => {
    const server = await startServer();
    await expect(startServer({ port: server.port })).rejects.toThrow(/^Exit 1: Port \d+ is in use\. .*PORT=\d+ npm start$/);
    await expect(startServer({ folder: server.folder })).rejects.toThrow(
      /^Exit 1: Cannot use the data folder .* Another Riftpad is using it\. .*$/,
    );
    await expect(startServer({ folder: "/proc/riftpad" })).rejects.toThrow(
      /^Exit 1: Cannot use the data folder .* set RIFTPAD_DATA to another folder\.$/,
    );
    await server.stop("SIGKILL");
  });

  it("[EP1] [EP2] after the server lost its disk, a tab keeps its unsaved text as a draft and does not double the note", async () => {
    const folder = newFolder();
    const server = await startServer({ folder });
    const store = new MemoryStore();
    const note = await openTabNote(server.url, "epochs", { strategy: "yjs", seed: "epochs", store });
    await until(note, ({ connection }) => connection === "synced");
    typeInto(note, "saved");
    await until(note, ({ unsaved, epoch }) => unsaved === 0 && epoch !== null);
    const first = note.session.status().epoch;
    await server.stop("SIGKILL");
    typeInto(note, " and unsaved");
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const again = await startServer({ folder, port: server.port });
    const other = await openTabNote(again.url, "epochs", { strategy: "yjs", seed: "other" });
    typeInto(other, "anew");
    await until(other, ({ unsaved }) => unsaved === 0);
    note.session.retryNow();
    await until(note, ({ connection }, text) => connection === "synced" && text === "anew");
    expect([note.session.status().draft, store.draft, note.session.status().epoch === first]).toEqual([
      "saved and unsaved",
      "saved and unsaved",
      false,
    ]);
    note.close();
    other.close();
    await again.stop("SIGKILL");
  });
});
