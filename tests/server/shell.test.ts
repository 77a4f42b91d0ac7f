/** The process: how it stops, how it ends when something of ours went wrong, what it counts and writes down, what it lets go of. */

import { afterEach, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { retryHintOf } from "../../crdt/sync/close-codes.ts";
import { encodeFrame, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { askUpgrade, metricOf } from "../support/raw-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const REPLICA = "0000000000b";
/** A fault of ours, planted from outside: no code of the server knows of it. */
const PLANT = (code: string): string => `--import=data:text/javascript,process.on('SIGUSR2',()=>{${encodeURIComponent(code)}})`;

let server: ServerProcess | null = null;
afterEach(async () => {
  await server?.stop("SIGKILL");
  server = null;
});

async function metrics({ url }: ServerProcess): Promise<string> {
  return (await fetch(`http://${url}/metrics`)).text();
}

describe("stopping", () => {
  it("[CL5] every socket is told when to come back, each at another time, and the deaf are not waited for", async () => {
    server = await startServer();
    const peers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => rawSocket(`ws://${server!.url}/${n % 2 === 0 ? `sync/n${n}?replica=${REPLICA}` : "control"}`)),
    );
    const deaf = await rawSocket(`ws://${server.url}/control`);
    deaf.socket.pause();
    expect(await server.stop("SIGTERM")).toBe(0);
    const ends = await Promise.all(peers.map(({ closed }) => closed));
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
    const hints = ends.map(({ reason }) => retryHintOf(reason));
    expect(hints.every((ms) => ms !== null && ms >= 500 && ms <= 1_100)).toBe(true);
    expect(new Set(hints).size).toBe(20);
    deaf.socket.terminate();
  });

  it("while it stops, whoever comes is answered with 503, and what has come in is saved", async () => {
    server = await startServer();
    const note = await openTabNote(server.url, "drained", { strategy: "fugue", seed: "drained" });
    await until(note, ({ connection }) => connection === "synced");
    // Keeps the stop from being over at once: it never answers the goodbye.
    const deaf = await rawSocket(`ws://${server.url}/control`);
    deaf.socket.pause();
    typeInto(note, "last words");
    await until(note, ({ unsaved }) => unsaved === 0);
    const stopped = server.stop("SIGTERM");
    await until(note, ({ connection }) => connection === "waiting");
    expect((await askUpgrade(server.port, "/sync/late")).status).toBe(503);
    const late = await fetch(`http://${server.url}/healthz`);
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
    const { retryAtMs } = note.session.status();
    expect(retryAtMs! - Date.now()).toBeGreaterThan(0);
    expect(await stopped).toBe(0);
    const again = await startServer({ folder: server.folder });
    const reader = await openTabNote(again.url, "drained", { strategy: "fugue", seed: "reader" });
    await until(reader, (_, text) => text === "last words");
    for (const each of [note, reader]) each.close();
    deaf.socket.terminate();
    server = again;
  });

  it("a stop that hangs ends all the same, and not with 0", async () => {
    server = await startServer({ env: { RIFTPAD_STOP_MS_MAX: "50" } });
    const deaf = await rawSocket(`ws://${server.url}/control`);
    deaf.socket.pause();
    expect(await server.stop("SIGTERM")).toBe(1);
    deaf.socket.terminate();
  });
});

describe("errors that nobody caught", () => {
  it.each([
    ["an exception", "throw new Error('planted')"],
    ["a rejection", "Promise.reject(new Error('planted'))"],
    ["something that is no error", "throw 'planted'"],
  ])("%s: a stack in the log, what had come in saved, exit 1; with pages beside it, too", async (_, code) => {
    server = await startServer({ hasPages: true, env: { NODE_OPTIONS: PLANT(code) } });
    expect((await fetch(`http://${server.url}/notes/welcome`)).status).toBe(200);
    const note = await openTabNote(server.url, "failing", { strategy: "fugue", seed: code });
    await until(note, ({ connection }) => connection === "synced");
    typeInto(note, "kept");
    await until(note, ({ unsaved }) => unsaved === 0);
    const exited = new Promise<number | null>((resolve) => server!.child.once("exit", resolve));
    server.child.kill("SIGUSR2");
    expect(await exited).toBe(1);
    await until(note, ({ connection }) => connection !== "synced");
    expect(server.output()).toMatch(/"level":60,.*"stack":"Error: planted\\n\s+at /);
    const again = await startServer({ folder: server.folder });
    const reader = await openTabNote(again.url, "failing", { strategy: "fugue", seed: "reader" });
    await until(reader, (_status, text) => text === "kept");
    for (const each of [note, reader]) each.close();
    server = again;
  });

  it("a peer that hung up is survived, and said", async () => {
    server = await startServer({ env: { NODE_OPTIONS: PLANT("throw Object.assign(new Error('planted'),{code:'ECONNRESET'})") } });
    const said = new Promise<void>((resolve) => {
      server!.child.stderr?.on("data", () => server!.output().includes("a peer is gone") && resolve());
    });
    server.child.kill("SIGUSR2");
    await said;
    expect((await fetch(`http://${server.url}/healthz`)).status).toBe(200);
  });
});

describe("what is counted and written down", () => {
  it("frames and bytes by type and direction, connections, fan-out, commits, acknowledgements, the event loop, the heap", async () => {
    server = await startServer();
    const [writer, reader] = await Promise.all(
      ["writer", "reader"].map((seed) => openTabNote(server!.url, "counted", { strategy: "walker", seed })),
    );
    await Promise.all([writer!, reader!].map((note) => until(note, ({ connection }) => connection === "synced")));
    // What both say in their handshakes is acknowledged with the first edit of each.
    for (const note of [writer!, reader!]) {
      typeInto(note, ".");
      await until(note, ({ unsaved }) => unsaved === 0);
    }
    await Promise.all([writer!, reader!].map((note) => until(note, (_, text) => text.length === 2)));
    const before = await metrics(server);
    typeInto(writer!, "twelve bytes");
    await Promise.all([until(writer!, ({ unsaved }) => unsaved === 0), until(reader!, (_, text) => text.length === 14)]);
    const after = await metrics(server);
    const grown = (name: string, labels = ""): number => metricOf(after, name, labels) - metricOf(before, name, labels);
    expect(grown("riftpad_frames_total", '{direction="in",type="numbered"}')).toBe(1);
    expect(grown("riftpad_bytes_total", '{direction="in",type="numbered"}')).toBeGreaterThan(12);
    expect(grown("riftpad_frames_total", '{direction="out",type="update"}')).toBe(1);
    expect(grown("riftpad_frames_total", '{direction="out",type="ack"}')).toBe(1);
    expect([grown("riftpad_fan_out_size_sum"), grown("riftpad_fan_out_size_count")]).toEqual([1, 1]);
    expect([grown("riftpad_commit_latency_seconds_count"), grown("riftpad_commit_group_size_sum")]).toEqual([1, 1]);
    expect(grown("riftpad_ack_latency_seconds_count")).toBe(1);
    expect(grown("riftpad_ack_latency_seconds_sum")).toBeGreaterThanOrEqual(grown("riftpad_commit_latency_seconds_sum") * 0.5);
    expect(metricOf(after, "riftpad_connections", '{kind="tab"}')).toBe(2);
    // The list of notes, the tutorial and this one.
    expect(metricOf(after, "riftpad_rooms")).toBe(3);
    for (const name of ["riftpad_outbox_bytes", "nodejs_heap_size_used_bytes", "process_resident_memory_bytes"])
      expect(after, name).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(metricOf(after, "riftpad_event_loop_delay_seconds_bucket", '{le="0.02"}')).toBeGreaterThan(0);
    expect(after).toMatch(/^riftpad_event_loop_delay_max_seconds \d/m);
    writer!.close();
    reader!.close();
  });

  it("one line for each connection and each refusal, and no word of a note, a name or a capability", async () => {
    const capability = "private-token-of-the-owner";
    server = await startServer({ env: { RIFTPAD_LOG: "info", RIFTPAD_ACCESS: "links", RIFTPAD_TOKEN: capability } });
    await askUpgrade(server.port, "/sync/%00?cap=private-capability");
    const note = await openTabNote(server.url, "logged", { strategy: "walker", seed: "logged", capability });
    await until(note, ({ connection }) => connection === "synced");
    typeInto(note, "private words");
    await until(note, ({ unsaved }) => unsaved === 0);
    const { socket, closed } = await rawSocket(`ws://${server.url}/sync/logged?replica=${REPLICA}&name=PrivateName&cap=private-capability`);
    socket.send(encodeFrame({ type: "query-awareness" }));
    expect((await closed).code).toBe(4401);
    note.close();
    await server.stop("SIGTERM");
    const lines = server
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ msg }) => msg === "refused")).toMatchObject([
      { refusal: "path", status: 400 },
      { refusal: "unauthorised", code: 4401 },
    ]);
    const tab = lines.find(({ msg, kind }) => msg === "connection" && kind === "tab");
    expect(tab).toMatchObject({ noteId: "logged", address: "127.0.0.1", counts: { framesIn: expect.any(Number) as number } });
    expect(lines.filter(({ msg }) => msg === "connection")).toHaveLength(2);
    expect(server.output()).not.toMatch(/private|Private/);
  });
});

describe("what is let go of", () => {
  it("20,000 rooms opened and left: rooms and timers are gone, and the memory is back within 60 MB", async () => {
    const ROOMS = 20_000;
    const AT_A_TIME = 100;
    server = await startServer({ env: { RIFTPAD_LINGER_MS: "1000" } });
    const { url } = server;
    const open = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += AT_A_TIME) {
        await Promise.all(
          Array.from({ length: Math.min(AT_A_TIME, to - n) }, (_, i) => visit(`${url}/sync/room-${n + i}?replica=${REPLICA}`)),
        );
      }
    };
    const cold = await metrics(server);
    // What the process needs once, for a few rooms, is no leak.
    await open(ROOMS, ROOMS + 300);
    const before = await metrics(server);
    await open(0, ROOMS);
    let after = "";
    const grown = (name: string, labels = ""): number => metricOf(after, name, labels) - metricOf(before, name, labels);
    const grownMb = async (): Promise<number> => {
      after = await metrics(server!);
      // No more than the list of notes and the tutorial are in memory.
      return metricOf(after, "riftpad_rooms") > 2 ? Infinity : grown("process_resident_memory_bytes") / 2 ** 20;
    };
    await expect.poll(grownMb, { timeout: 60_000, interval: 500 }).toBeLessThan(60);
    const heapMb = grown("nodejs_heap_size_used_bytes") / 2 ** 20;
    const coldMb = (metricOf(after, "process_resident_memory_bytes") - metricOf(cold, "process_resident_memory_bytes")) / 2 ** 20;
    console.log(
      `after ${ROOMS} rooms: resident ${(await grownMb()).toFixed(1)} MB more than after 300, ${coldMb.toFixed(1)} MB more than after the start; heap in use ${heapMb.toFixed(1)} MB more`,
    );
    expect(metricOf(after, "riftpad_connections", '{kind="tab"}')).toBe(0);
    expect(metricOf(after, "riftpad_closes_total", '{kind="tab",code="1005"}')).toBe(ROOMS + 300);
    expect(grown("nodejs_active_resources", '{type="Timeout"}')).toBeLessThan(10);
  });
});

/** Opens a room as a tab does, waits for its first frame, and leaves. */
async function visit(address: string): Promise<void> {
  const socket = new WebSocket(`ws://${address}`, SUBPROTOCOL, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => socket.send(encodeFrame({ type: "epoch", epoch: null })));
    socket.once("message", () => socket.close());
    socket.once("close", () => resolve());
    socket.once("error", reject);
  });
}
