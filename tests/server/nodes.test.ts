/** Several nodes in one process: what each keeps by itself, and what a folder of one node becomes. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { openStock, openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { control } from "../support/nodes-http.ts";
import { startServer } from "../support/server-process.ts";

describe("several nodes", () => {
  it("each has a store of its own; SIGKILL loses nothing that was acknowledged, on whichever node it was", async () => {
    const server = await startServer({ nodes: 3 });
    // What a note is stamped with is the note's, and not the process's.
    expect(await control(server, "PUT", "stamps/kept", { kind: "hybrid" })).toMatchObject({ status: 200 });
    const tabs = await Promise.all(
      ["S1", "S2", "S3"].map((node) => openTabNote(server.url, "kept", { strategy: "walker", seed: node, node })),
    );
    await Promise.all(tabs.map((tab) => until(tab, ({ connection }) => connection === "synced")));
    for (const [n, tab] of tabs.entries()) typeInto(tab, `${n} `);
    await Promise.all(tabs.map((tab) => until(tab, ({ unsaved }, text) => unsaved === 0 && text.length === 6)));
    const epoch = tabs[0]!.session.status().epoch;
    await server.stop("SIGKILL");
    for (const tab of tabs) tab.close();
    for (const folder of [".", "nodes/S2", "nodes/S3"]) expect(existsSync(join(server.folder, folder, "notes.db"))).toBe(true);
    const again = await startServer({ folder: server.folder, nodes: 3 });
    for (const node of ["S1", "S2", "S3"]) {
      const reader = await openTabNote(again.url, "kept", { strategy: "walker", seed: `reader ${node}`, node });
      await until(reader, (_, text) => text.trim().split(" ").toSorted().join("") === "012");
      expect(reader.session.status().epoch).toBe(epoch);
      reader.close();
    }
    expect((await control(again, "GET", "stamps/kept")).json).toEqual({ noteId: "kept", kind: "hybrid" });
    await again.stop("SIGKILL");
  });

  it("a folder of one node opens as S1's, under the same epochs, and as one node's again", async () => {
    const alone = await startServer();
    const first = await openTabNote(alone.url, "before", { strategy: "yjs", seed: "first" });
    const ordered = await openTabNote(alone.url, "ordered", { strategy: "ot", seed: "ordered" });
    for (const tab of [first, ordered]) {
      await until(tab, ({ connection }) => connection === "synced");
      typeInto(tab, "alone");
      await until(tab, ({ unsaved, epoch }) => unsaved === 0 && epoch !== null);
    }
    const epochs = [first, ordered].map((tab) => tab.session.status().epoch);
    await alone.stop("SIGTERM");
    const several = await startServer({ folder: alone.folder, nodes: 3, port: alone.port });
    const other = await openTabNote(several.url, "before", { strategy: "yjs", seed: "other", node: "S2" });
    const follower = await openTabNote(several.url, "ordered", { strategy: "ot", seed: "follower", node: "S3" });
    await Promise.all([until(other, (_, text) => text === "alone"), until(follower, (_, text) => text === "alone")]);
    expect([other, follower].map((tab) => tab.session.status().epoch)).toEqual(epochs);
    typeInto(other, ", then three");
    first.session.retryNow();
    await until(first, (_, text) => text === "alone, then three");
    await until(other, ({ unsaved }) => unsaved === 0);
    for (const tab of [first, other, ordered, follower]) tab.close();
    await several.stop("SIGTERM");
    const again = await startServer({ folder: alone.folder });
    const reader = await openTabNote(again.url, "before", { strategy: "yjs", seed: "reader" });
    await until(reader, (_, text) => text === "alone, then three");
    reader.close();
    // What several nodes have ordered is not one node's to go on with.
    const { closed } = await rawSocket(`ws://${again.url}/sync/ordered?replica=${replicaIdFrom(7)}&strategy=ot`, [SUBPROTOCOL]);
    expect(await closed).toEqual({ code: 1013, reason: expect.stringContaining("--nodes 3") });
    await again.stop("SIGKILL");
  });

  it("a folder of three nodes opens with five, and with three again: everything is there, and goes on", async () => {
    let server = await startServer({ nodes: 3 });
    const { folder } = server;
    let wanted = "";
    for (const nodes of [3, 5, 3] as const) {
      if (nodes !== 3 || wanted !== "") server = await startServer({ folder, nodes });
      // Whoever led before leads at once; another would wait until the lease of before has run out.
      const tabs = await Promise.all([
        openTabNote(server.url, "walker", { strategy: "walker", seed: `walker ${wanted}`, node: `S${nodes}` }),
        openTabNote(server.url, "ot", { strategy: "ot", seed: `ot ${wanted}`, node: "S1" }),
      ]);
      for (const tab of tabs) {
        await until(tab, ({ connection }, text) => connection === "synced" && text === wanted);
        typeInto(tab, `${nodes} `);
      }
      wanted += `${nodes} `;
      for (const tab of tabs) await until(tab, ({ unsaved }, text) => unsaved === 0 && text === wanted);
      for (const tab of tabs) tab.close();
      await server.stop("SIGTERM");
    }
  });

  it("the list of notes is one on all nodes, with what a stock client made on any", async () => {
    const server = await startServer({ nodes: 3 });
    const stock = openStock(server.url, "from-stock", { node: "S3" });
    await stock.synced();
    stock.text.insert(0, "hello");
    const tab = await openTabNote(server.url, "from-stock", { strategy: "yjs", seed: "tab", node: "S1" });
    await until(tab, (_, text) => text === "hello");
    const answer = await fetch(`http://${server.url}/control/notes/from-stock`);
    expect(await answer.json()).toEqual({ noteId: "from-stock", strategy: "yjs" });
    stock.close();
    tab.close();
    await server.stop("SIGKILL");
  });
});
