/** Leases and locks over HTTP and on the control socket: read, and ended before their time. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalAnswer, NodesAnswer } from "../../crdt/sync/control-messages.ts";
import type { LeaseAnswer } from "../../crdt/sync/lease-messages.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { control, nodeOf, replicasOf, watchNodes } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

async function ask<T = LeaseAnswer>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, json } = await control(server, method, path, body);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
  return json as T;
}

async function problem(method: string, path: string, body?: unknown): Promise<string> {
  const { status, json } = await control(server, method, path, body);
  return `${status} ${(json as { error?: string }).error ?? "no error"}`;
}

describe("the lease of a note's order", () => {
  it("[LE5] is told with its holder, token and time; ended, another node orders under a higher token, and nothing is lost", async () => {
    const a = await openTabNote(server.url, "order", { strategy: "ot", seed: "order A", name: "A" });
    const watch = await watchNodes(server, "order", "ot");
    typeInto(a, "before ");
    await until(a, ({ unsaved }) => unsaved === 0);
    // Every node that is looked through has the note open, and would order it.
    await watch.until(({ nodes }) => nodes.every(({ note }) => note?.digest?.length === 7));
    const { lease, lock } = await ask("GET", "leases/order");
    expect(lease).toMatchObject({ mode: "majority", isFencing: true, ttlMs: 5_000 });
    expect(lease!.nodes.find(({ node }) => node === lease!.holder)?.holds).toBe(lease!.token);
    expect([lock, lease!.leftMs! > 0, lease!.leftMs! <= 5_000]).toEqual([null, true, true]);

    const ended = await ask("DELETE", "leases/order");
    expect(ended.lease).toMatchObject({ holder: null, token: null, leftMs: null });
    const told = await watch.until(({ nodes }) => nodes.some(({ note }) => (note?.order?.token ?? 0) > lease!.token!));
    const next = told.nodes.find(({ note }) => note?.order?.token != null)!;
    expect(next.id).not.toBe(lease!.holder);
    expect(nodeOf(told, lease!.holder!).note?.order?.token).toBeNull();
    typeInto(a, "after");
    await until(a, ({ unsaved }) => unsaved === 0);
    expect(a.text()).toBe("before after");
    const { entries } = await ask<JournalAnswer>("GET", "journal/order");
    const deed = `the lease of this note was ended: ${lease!.holder} held it under token ${lease!.token}`;
    expect(entries.flatMap((entry) => (entry.kind === "fabric" ? [entry.text] : []))).toContain(deed);
    for (const each of [a, watch]) each.close();
  });
});

describe("the lock of a note's writers", () => {
  it("[M11] is ended: what its holder still sends bounces; without fencing it overwrites", async () => {
    const open = (name: string) => openTabNote(server.url, "lock", { strategy: "lease", seed: `lock ${name}`, name });
    const a = await open("Ana");
    typeInto(a, "base");
    await until(a, ({ unsaved }) => unsaved === 0);
    const b = await open("Bo");
    await until(b, (_, text) => text === "base");
    const ids = new Map((await replicasOf(server, "lock")).map(({ name, replicaId }) => [name, replicaId]));
    const first = await ask("GET", "locks/lock");
    expect(first.lock).toMatchObject({ holder: { replicaId: ids.get("Ana"), name: "Ana" }, token: 1, isFencing: true, queue: [] });
    expect(first.lock!.leftMs).toBeGreaterThan(0);

    await ask("PUT", `links/${ids.get("Ana")}`, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    typeInto(a, " late");
    b.acquireLock();
    await until(b, () => b.replica.lock?.state().queue.length === 1);
    expect((await ask("GET", "locks/lock")).lock?.queue).toEqual([{ replicaId: ids.get("Bo"), name: "Bo" }]);
    const ended = await ask("DELETE", "locks/lock");
    expect(ended.lock).toMatchObject({ holder: { name: "Bo" }, token: 2, queue: [] });
    await until(b, () => b.replica.lock?.state().token === 2);
    typeInto(b, " in time");
    await until(b, ({ unsaved }) => unsaved === 0);
    await ask("POST", "heal", {});
    await until(a, (_, text) => text === "base in time");

    expect((await ask("PUT", "locks/lock", { isFencing: false })).lock?.isFencing).toBe(false);
    await ask("PUT", `links/${ids.get("Bo")}`, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    typeInto(b, ", late");
    const free = await ask("DELETE", "locks/lock");
    expect(free.lock).toMatchObject({ holder: null, token: 3, leftMs: 0 });
    await until(a, () => a.replica.lock?.state().token === 3);
    typeInto(a, ", lost");
    await until(a, ({ unsaved }) => unsaved === 0);
    await ask("POST", "heal", {});
    await until(a, (_, text) => text === "base in time, late");
    for (const each of [a, b]) each.close();
  });
});

describe("the clock of a node", () => {
  it("[M11] when it jumps, the lock of writers is over early; the lease between nodes is timed by another clock and stays", async () => {
    const open = (name: string) => openTabNote(server.url, "jump", { strategy: "lease", seed: `jump ${name}`, name });
    const a = await open("Jump A");
    typeInto(a, "base");
    await until(a, ({ unsaved }) => unsaved === 0);
    const b = await open("Jump B");
    await until(b, (_, text) => text === "base");
    const before = await ask("GET", "leases/jump");
    const { holder, token } = before.lease!;
    expect(before.lock).toMatchObject({ holder: { name: "Jump A" }, token: 1 });
    const nodes = await ask<NodesAnswer>("PUT", `clocks/${holder}`, { offsetMs: 3_600_000 });
    expect(nodes.nodes.map(({ id, clock }) => [id, clock?.offsetMs])).toEqual(
      ["S1", "S2", "S3"].map((id) => [id, id === holder ? 3_600_000 : undefined]),
    );
    // A believes that it holds the lock for another ten seconds.
    b.acquireLock();
    await until(b, () => b.replica.lock?.state().token === 2);
    typeInto(b, " B");
    await until(b, ({ unsaved }) => unsaved === 0);
    const after = await ask("GET", "leases/jump");
    expect([after.lease!.holder, after.lease!.token]).toEqual([holder, token]);
    expect(after.lease!.nodes.map(({ grantsTo }) => grantsTo)).toEqual([holder, holder, holder]);
    expect(after.lock).toMatchObject({ holder: { name: "Jump B" }, token: 2 });
    expect(after.lock!.leftMs).toBeLessThanOrEqual(10_000);
    await ask("PUT", `clocks/${holder}`, null);
    expect((await ask<NodesAnswer>("GET", "nodes")).nodes.flatMap(({ clock }) => clock ?? [])).toEqual([]);
    expect(await problem("PUT", "clocks/S9", { offsetMs: 1 })).toMatch(/^400 "S9" is no replica id/);
    expect(await problem("PUT", "clocks/S1", { offsetMs: 1e12 })).toMatch(/^400 Invalid offset/);
    for (const each of [a, b]) each.close();
  });
});

describe("what is refused", () => {
  it("says why: no such note, no lease, no lock, nobody's lock, and what cannot be read", async () => {
    const free = await openTabNote(server.url, "free", { strategy: "walker", seed: "free", name: "Free" });
    typeInto(free, "x");
    await until(free, ({ unsaved }) => unsaved === 0);
    expect(await problem("GET", "leases/nothing")).toBe("404 No note nothing");
    expect(await problem("DELETE", "locks/nothing")).toBe("404 No note nothing");
    expect(await ask("GET", "leases/free")).toMatchObject({ lease: null, lock: null });
    expect(await problem("DELETE", "leases/free")).toBe("409 Any node may write in this note: it has no lease");
    expect(await problem("DELETE", "locks/free")).toBe("409 Nobody needs a lock to write in this note: it has none");
    expect(await problem("GET", "leases/no%20id")).toMatch(/^400 /);
    expect(await problem("PUT", "locks/free", { isFencing: 1 })).toMatch(/^400 isFencing/);
    expect(await problem("PUT", "leases/free", {})).toMatch(/^405 /);
    const lock = await openTabNote(server.url, "unlocked", { strategy: "lease", seed: "unlocked", name: "Nobody" });
    lock.setFencing(true);
    typeInto(lock, "mine");
    await until(lock, ({ unsaved }) => unsaved === 0);
    lock.releaseLock();
    await until(lock, () => lock.replica.lock?.state().holder === null);
    expect(await problem("DELETE", "locks/unlocked")).toBe("409 Nobody holds the lock of this note at the moment");
    const watch = await watchNodes(server, "free", "walker");
    await watch.until(() => true);
    watch.send({ type: "end-lease", noteId: free.noteId });
    await expect.poll(() => watch.errors).toEqual(["Any node may write in this note: it has no lease"]);
    for (const each of [free, lock, watch]) each.close();
  });
});
