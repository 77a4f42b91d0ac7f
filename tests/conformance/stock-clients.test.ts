/** The y-websocket client as it is published, over real sockets. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { ReplicasAnswer } from "../../crdt/sync/control-messages.ts";
import { openStock, openTabNote, typeInto, until } from "../support/live-clients.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

describe("stock y-websocket clients", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop("SIGKILL");
  });

  it("two of them and a tab of ours converge, with an 800 ms link set over HTTP", async () => {
    const slow = openStock(server.url, "three", { replica: replicaIdFrom(77), name: "Slow" });
    const other = openStock(server.url, "three");
    const tab = await openTabNote(server.url, "three", { strategy: "yjs", seed: "tab" });
    await Promise.all([slow, other].map((client) => client.synced()));
    await until(tab, ({ connection }) => connection === "synced");
    const link = { latencyMs: 800 };
    const answer = await fetch(`http://${server.url}/control/links/${replicaIdFrom(77)}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ up: link, down: link }),
    });
    expect(answer.status).toBe(200);
    const startedMs = Date.now();
    slow.text.insert(0, "slow ");
    await until(tab, (_, text) => text === "slow ");
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(790);
    typeInto(tab, "tab ");
    await other.reads("slow tab ");
    other.text.insert(9, "other");
    await Promise.all([slow.reads("slow tab other"), until(tab, (_, text) => text === "slow tab other")]);
    await fetch(`http://${server.url}/control/heal`, { method: "POST" });
    for (const client of [slow, other, tab]) client.close();
  });

  it("one without ?replica= is known by its presence, under which it can be cut", async () => {
    const stock = openStock(server.url, "known");
    await stock.synced();
    const { replicas } = (await (await fetch(`http://${server.url}/control/replicas?note=known`)).json()) as ReplicasAnswer;
    expect(replicas.filter(({ kind }) => kind === "stock").map(({ replicaId }) => replicaId)).toEqual([replicaIdFrom(stock.doc.clientID)]);
    stock.close();
  });

  it("a refused one stops retrying", async () => {
    const stock = openStock(server.url, "welcome");
    const code = await new Promise((resolve) => stock.provider.once("connection-close", (event) => resolve(event?.code)));
    expect([code, stock.provider.shouldConnect]).toEqual([4409, false]);
    stock.close();
  });

  it("[HB1] one that is alone in its room stays connected beyond its own 30 s of patience", async () => {
    const stock = openStock(server.url, "alone");
    let closes = 0;
    stock.provider.on("connection-close", () => closes++);
    await stock.synced();
    // It gives up 30 s after the last message: four signs of life, 10 s apart, go beyond that.
    const socket = stock.provider.ws!;
    await new Promise<void>((resolve) => {
      const fromMs = Date.now();
      socket.addEventListener("message", () => {
        if (Date.now() - fromMs > 38_000) resolve();
      });
    });
    expect([closes, stock.provider.wsconnected]).toEqual([0, true]);
    stock.close();
  });

  it("nothing converges while the server is stopped, everything once it is back", async () => {
    const own = await startServer();
    const first = openStock(own.url, "apart");
    const second = openStock(own.url, "apart");
    await Promise.all([first, second].map((client) => client.synced()));
    const gone = Promise.all([first, second].map(({ provider }) => new Promise((resolve) => provider.once("connection-close", resolve))));
    await own.stop("SIGKILL");
    await gone;
    first.text.insert(0, "a");
    second.text.insert(0, "b");
    // A failed attempt of both to connect again: had there been another way between them, they would have met by now.
    await Promise.all([first, second].map(({ provider }) => new Promise((resolve) => provider.once("connection-error", resolve))));
    expect([first.text.toJSON(), second.text.toJSON()]).toEqual(["a", "b"]);
    const again = await startServer({ folder: own.folder, port: own.port });
    const wanted = first.doc.clientID < second.doc.clientID ? "ab" : "ba";
    await Promise.all([first.reads(wanted), second.reads(wanted)]);
    first.close();
    second.close();
    await again.stop("SIGKILL");
  });
});
