/** Stock y-websocket clients on several nodes: `?node=` is all that they need. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { openStock, openTabNote, typeInto, until } from "../support/live-clients.ts";
import { replicasOf } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

describe("stock clients on three nodes", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ nodes: 3 });
  });
  afterAll(async () => {
    await server.stop("SIGKILL");
  });

  it("[CN3] one on S1 and one on S2 edit one note, and a tab on S3 sees both", async () => {
    const [first, second] = ["S1", "S2"].map((node, n) => openStock(server.url, "shared", { node, replica: replicaIdFrom(n + 1) }));
    await Promise.all([first!.synced(), second!.synced()]);
    first!.text.insert(0, "from S1");
    await second!.reads("from S1");
    second!.text.insert(7, " and S2");
    await first!.reads("from S1 and S2");
    const tab = await openTabNote(server.url, "shared", { strategy: "yjs", seed: "S3", node: "S3" });
    await until(tab, (_, text) => text === "from S1 and S2");
    typeInto(tab, "!");
    await Promise.all([first!.reads("from S1 and S2!"), second!.reads("from S1 and S2!")]);
    const rows = await replicasOf(server, "shared");
    expect(rows.filter(({ kind }) => kind !== "node").map(({ node }) => node)).toEqual(["S1", "S2", "S3"]);
    for (const client of [first!, second!, tab]) client.close();
  });

  it("[CN6] they see each other's presence across nodes", async () => {
    const [first, second] = ["S1", "S2"].map((node) => openStock(server.url, "present", { node }));
    await Promise.all([first!.synced(), second!.synced()]);
    const seen = new Promise<unknown>((resolve) => {
      const { awareness } = second!.provider;
      awareness.on("change", () => {
        const state = awareness.getStates().get(first!.doc.clientID);
        if (state?.user !== undefined) resolve(state.user);
      });
    });
    first!.provider.awareness.setLocalStateField("user", { name: "Ana" });
    expect(await seen).toEqual({ name: "Ana" });
    for (const client of [first!, second!]) client.close();
  });

  it("one without ?node= is on S1", async () => {
    const stock = openStock(server.url, "plain", { replica: replicaIdFrom(9) });
    await stock.synced();
    expect((await replicasOf(server, "plain")).find(({ replicaId }) => replicaId === replicaIdFrom(9))?.node).toBe("S1");
    stock.close();
  });

  it("one that asks for a node that is not there is told so, and stops retrying", async () => {
    const stock = openStock(server.url, "nowhere", { node: "S9" });
    const closed = await new Promise<{ code: number; reason: string } | null>((resolve) =>
      stock.provider.once("connection-close", (event) => resolve(event)),
    );
    expect([closed?.code, closed?.reason, stock.provider.shouldConnect]).toEqual([4404, "No server S9 here: there are S1, S2, S3", false]);
    stock.close();
  });
});
