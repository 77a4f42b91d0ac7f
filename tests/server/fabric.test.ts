/** What can be done to nodes and to the links between everybody, over HTTP and on the control socket. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JournalAnswer } from "../../crdt/sync/control-messages.ts";
import { openStock, openTabNote, typeInto, until } from "../support/live-clients.ts";
import { areEqual, command, control, nodeOf, replicasOf, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
// What one test leaves broken is not the next one's.
afterEach(async () => {
  const { nodes } = await command(server, "GET", "nodes");
  for (const { id, state } of nodes) if (state === "down") await command(server, "POST", `nodes/${id}`, { action: "restart" });
  await command(server, "POST", "heal");
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

/** A on S1, B on S2, both in step, and somebody who looks at the nodes. */
async function setUp(note: string) {
  const open = (name: string, node: string) => openTabNote(server.url, note, { strategy: "walker", seed: `${note} ${name}`, node, name });
  const [a, b] = [await open(`${note}-A`, "S1"), await open(`${note}-B`, "S2")];
  const watch = await watchNodes(server, note, "walker");
  typeInto(a, "start ");
  await until(b, (_, text) => text === "start ");
  await watch.until((told) => areEqual(told, 6));
  const close = async (): Promise<void> => {
    await command(server, "POST", "heal");
    for (const each of [a, b, watch]) each.close();
  };
  return { a, b, watch, close };
}

describe("nodes", () => {
  it("are listed with what joins them and what they have of a note", async () => {
    const { watch, close } = await setUp("listed");
    const told = await command(server, "GET", "nodes?note=listed");
    expect(told.nodes.map(({ id, state, reach, disk }) => [id, state, reach.join(" "), disk.isSettled])).toEqual([
      ["S1", "up", "S1 S2 S3", true],
      ["S2", "up", "S1 S2 S3", true],
      ["S3", "up", "S1 S2 S3", true],
    ]);
    expect(told.links.map(({ from, to, isUp }) => `${from} ${to} ${isUp}`)).toEqual(["S1 S2 true", "S1 S3 true", "S2 S3 true"]);
    expect([told.islands.length, told.cuts, told.sentences]).toEqual([1, [], []]);
    expect(new Set(told.nodes.map(({ note }) => note?.epoch)).size).toBe(1);
    await watch.until((seen) => seen.nodes.every(({ note }) => note?.order === null && note.durable >= 1));
    await close();
  });

  it("[CN3] a partition by names: both sides go on, and are one text after the heal", async () => {
    const { a, b, watch, close } = await setUp("split");
    const told = await command(server, "POST", "partition", {
      groups: [
        ["split-A", "S1"],
        ["split-B", "S2", "S3"],
      ],
    });
    expect(told.islands.map(({ nodes, hasMajority }) => [nodes.join(" "), hasMajority])).toContainEqual(["S1", false]);
    typeInto(a, "left ");
    typeInto(b, "right ");
    await Promise.all([a, b].map((tab) => until(tab, ({ unsaved }) => unsaved === 0)));
    const lengths = { S1: "start left ".length, S2: "start right ".length, S3: "start right ".length };
    const apart = await watch.until((seen) =>
      Object.entries(lengths).every(
        ([id, length]) => nodeOf(seen, id).reach.length < 3 && nodeOf(seen, id).note?.digest?.length === length,
      ),
    );
    expect(nodeOf(apart, "S2").note?.digest?.contentHash).toBe(nodeOf(apart, "S3").note?.digest?.contentHash);
    expect(nodeOf(apart, "S1").note?.digest?.contentHash).not.toBe(nodeOf(apart, "S2").note?.digest?.contentHash);
    await command(server, "POST", "heal");
    await watch.until((seen) => areEqual(seen, "start left right ".length));
    await Promise.all([a, b].map((tab) => until(tab, (_, text) => text.length === "start left right ".length)));
    expect(a.text()).toBe(b.text());
    const { entries } = (await control(server, "GET", "journal/split")).json as JournalAnswer;
    expect(entries.flatMap((entry) => (entry.kind === "fabric" ? [entry.text.slice(0, 14)] : []))).toContain("partition: cut");
    await close();
  });

  it("[CN5] a crash loses memory and breaks connections; a restart serves what the disk has", async () => {
    const { a, b, watch, close } = await setUp("crash");
    await command(server, "POST", "nodes/S2", { action: "crash" });
    await until(b, ({ connection }) => connection === "waiting");
    typeInto(a, "on ");
    await until(a, ({ unsaved }) => unsaved === 0);
    typeInto(b, "offline ");
    // S1's link to S3 may still be coming back from what an earlier test cut.
    const down = await watch.until((told) => nodeOf(told, "S2").state === "down" && nodeOf(told, "S1").reach.join(" ") === "S1 S3");
    expect([nodeOf(down, "S2").note, nodeOf(down, "S1").reach]).toEqual([null, ["S1", "S3"]]);
    const stock = openStock(server.url, "crash-stock", { node: "S2" });
    const refused = await new Promise<string>((resolve) =>
      stock.provider.once("connection-close", (event) => resolve(event?.reason ?? "")),
    );
    expect(refused).toBe("S2 is down");
    stock.close();
    await command(server, "POST", "nodes/S2", { action: "restart" });
    b.session.retryNow();
    await until(b, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
    await Promise.all([a, b].map((tab) => until(tab, (_, text) => text.length === "start on offline ".length)));
    await watch.until((told) => areEqual(told, "start on offline ".length));
    await close();
  });

  it("[CN5] a paused one neither sends nor takes in until it goes on", async () => {
    const { a, b, watch, close } = await setUp("pause");
    await command(server, "POST", "nodes/S2", { action: "pause", ms: 60_000 });
    await watch.until((told) => nodeOf(told, "S2").state === "paused");
    typeInto(a, "a");
    typeInto(b, "b");
    await until(a, ({ unsaved }) => unsaved === 0);
    await watch.until((told) => nodeOf(told, "S3").note?.digest?.length === 7);
    expect([
      b.text(),
      b.session.status().unsaved,
      nodeOf(await command(server, "GET", "nodes?note=pause"), "S2").note?.digest?.length,
    ]).toEqual(["start b", 1, 6]);
    await command(server, "POST", "nodes/S2", { action: "resume" });
    await Promise.all([a, b].map((tab) => until(tab, ({ unsaved }, text) => unsaved === 0 && text.length === 8)));
    await close();
  });

  it("a slow disk: what is on it is acknowledged that much later", async () => {
    const { b, watch, close } = await setUp("slow");
    await command(server, "POST", "nodes/S2", { action: "slow-disk", ms: 700 });
    const fromMs = Date.now();
    typeInto(b, "later");
    await until(b, ({ unsaved }) => unsaved === 0);
    expect(Date.now() - fromMs).toBeGreaterThanOrEqual(690);
    await watch.until((told) => nodeOf(told, "S2").disk.extraMs === 700);
    await command(server, "POST", "nodes/S2", { action: "slow-disk" });
    await close();
  });

  it("[CN2] one that lost its disk comes back under its peers' epoch, with what they have", async () => {
    const { a, b, watch, close } = await setUp("disk");
    const epoch = a.session.status().epoch;
    await command(server, "POST", "nodes/S2", { action: "lose-disk" });
    await command(server, "POST", "nodes/S2", { action: "restart" });
    const told = await watch.until((seen) => areEqual(seen, 6) && nodeOf(seen, "S2").disk.isSettled && nodeOf(seen, "S2").state === "up");
    expect(nodeOf(told, "S2").note?.epoch).toBe(epoch);
    b.session.retryNow();
    typeInto(b, "back");
    await until(b, ({ unsaved, connection }) => unsaved === 0 && connection === "synced");
    expect(b.session.status()).toMatchObject({ epoch, draft: null });
    await until(a, (_, text) => text === "start back");
    await close();
  });

  it("a replica that is moved comes to the other node by itself, past a cut", async () => {
    const { a, watch, close } = await setUp("move");
    await command(server, "POST", "cut", { links: [["move-A", "S1"]] });
    typeInto(a, "behind a cut");
    const left = new Promise<void>((resolve) => {
      const stop = a.session.subscribe(() => {
        if (a.session.status().connection === "synced") return;
        stop();
        resolve();
      });
    });
    await command(server, "POST", "move", { replica: "move-A", node: "S3" });
    await left;
    await until(a, ({ connection, unsaved }) => connection === "synced" && unsaved === 0);
    expect((await replicasOf(server, "move")).find(({ name }) => name === "move-A")?.node).toBe("S3");
    await watch.until((told) => areEqual(told, "start behind a cut".length));
    await close();
  });
});

describe("links", () => {
  it("take conditions, one direction at a time, and are cut one way", async () => {
    const { watch, close } = await setUp("oneway");
    const slow = await command(server, "PUT", "node-links/S2/S1", { up: { latencyMs: 80 } });
    expect([slow.links[0]?.conditions.up.latencyMs, slow.links[0]?.conditions.down.latencyMs]).toEqual([0, 80]);
    const cut = await command(server, "POST", "cut", { cuts: [{ from: "S1", to: "S3" }], kind: "reset" });
    expect(cut.cuts).toEqual([{ from: "S1", to: "S3", kind: "reset" }]);
    await watch.until(({ links }) => links.find(({ from, to }) => from === "S1" && to === "S3")?.isUp === false);
    const mended = await command(server, "POST", "mend", { cuts: [{ from: "S1", to: "S3" }] });
    expect([mended.cuts, mended.links[0]?.conditions.down.latencyMs]).toEqual([[], 80]);
    await close();
  });

  it("presets and a schedule, on the socket as over HTTP", async () => {
    const { watch, close } = await setUp("preset");
    watch.send({ type: "partition", preset: "isolate", end: "preset-B" });
    const isolated = await watch.until(({ cuts }) => cuts.length === 2);
    expect(isolated.islands.map(({ nodes }) => nodes.length)).toEqual([3, 0]);
    watch.send({
      type: "schedule",
      steps: [{ atMs: 0, preset: "split" }, { atMs: 1_500, preset: "bridge", end: "S3" }, { atMs: 3_000 }],
    });
    await watch.until(({ cuts, schedule }) => cuts.length === 4 && schedule.length === 2);
    const bridged = await watch.until(({ cuts, schedule }) => cuts.length === 2 && schedule.length === 1);
    expect(bridged.islands.length).toBe(1);
    await watch.until(({ cuts, schedule }) => cuts.length === 0 && schedule.length === 0);
    watch.send({ type: "node", node: "S7", action: "crash" });
    await watch.until(() => watch.errors.length > 0);
    expect(watch.errors).toEqual(["Unknown node S7: expected one of S1, S2, S3"]);
    await close();
  });

  it.each([
    ["POST", "cut", {}, /expected "cuts" or "links"/],
    ["POST", "cut", { links: [["S1", "nobody"]] }, /No replica and no node is called nobody/],
    ["POST", "partition", { preset: "cube" }, /preset/],
    ["POST", "nodes/S4", { action: "crash" }, /Unknown node S4/],
    ["POST", "nodes/S1", { action: "explode" }, /action/],
    ["POST", "nodes/S1", { action: "restart" }, /S1 is up/],
    ["PUT", "node-links/S1/S1", { up: { latencyMs: 1 } }, /no link to itself/],
    ["PUT", "node-links/S1/S2", { up: { latencyMs: 9_000 } }, /latencyMs/],
    ["POST", "move", { replica: "nobody", node: "S1" }, /nobody/],
  ])("%s %s %j is refused with a reason", async (method, path, body, reason) => {
    const { status, json } = await control(server, method, path, body);
    expect([status, (json as { error: string }).error]).toEqual([400, expect.stringMatching(reason)]);
  });
});
