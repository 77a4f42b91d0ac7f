/** Datagram mode on real sockets: edits are lost, doubled and overtaken, and nothing of that is left after the heal. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JournalAnswer } from "../../crdt/sync/control-messages.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { command, control, replicasOf } from "../support/nodes-http.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const BAD = { loss: 0.25, dup: 0.25, reorder: 0.25 };
const WORDS = 25;

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ nodes: 3 });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

/** Types words one after another, each when the one before has left. */
async function typeWords(note: NoteSession, letter: string): Promise<void> {
  for (let n = 0; n < WORDS; n++) {
    typeInto(note, `${letter}${n} `);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("datagram mode", () => {
  it.each(["walker", "yjs", "ot"] as const)("%s: what was lost comes with the heal, what was doubled is there once", async (strategy) => {
    const note = `datagrams-${strategy}`;
    const open = (name: string) => openTabNote(server.url, note, { strategy, seed: `${note} ${name}`, name: `${note}-${name}` });
    const [a, b] = [await open("A"), await open("B")];
    await Promise.all([a, b].map((tab) => until(tab, ({ connection }) => connection === "synced")));
    for (const { replicaId } of (await replicasOf(server, note)).filter(({ kind }) => kind === "tab"))
      expect((await control(server, "PUT", `links/${replicaId}`, { up: { datagrams: BAD }, down: { datagrams: BAD } })).status).toBe(200);
    await Promise.all([typeWords(a, "a"), typeWords(b, "b")]);
    await command(server, "POST", "heal", {});
    for (const tab of [a, b]) tab.session.retryNow();
    const words = ["a", "b"].flatMap((letter) => Array.from({ length: WORDS }, (_, n) => `${letter}${n}`)).toSorted();
    const length = words.join(" ").length + 1;
    await Promise.all([a, b].map((tab) => until(tab, ({ unsaved }, text) => unsaved === 0 && text.length === length)));
    expect(a.text()).toBe(b.text());
    expect(a.text().trim().split(" ").toSorted()).toEqual(words);
    const { entries } = (await control(server, "GET", `journal/${note}`)).json as JournalAnswer;
    expect(entries.some((entry) => entry.kind === "dropped" && entry.hop === "link")).toBe(true);
    for (const tab of [a, b]) tab.close();
  });

  it.each([
    ["a share that is none", { up: { datagrams: { loss: 1.5, dup: 0, reorder: 0 } } }],
    ["a share that is missing", { up: { datagrams: { loss: 0.5 } } }],
  ])("%s is refused, and changes nothing", async (_, body) => {
    const a = await openTabNote(server.url, "refused", { strategy: "walker", seed: "refused", name: "refused-A" });
    await until(a, ({ connection }) => connection === "synced");
    const row = (await replicasOf(server, "refused")).find(({ kind }) => kind === "tab")!;
    expect((await control(server, "PUT", `links/${row.replicaId}`, body)).status).toBe(400);
    expect((await replicasOf(server, "refused")).find(({ kind }) => kind === "tab")!.conditions).toEqual(row.conditions);
    a.close();
  });

  it("between nodes it is the notes' updates, and they come with the heal too", async () => {
    const note = "datagrams-between";
    const open = (name: string, node: string) =>
      openTabNote(server.url, note, { strategy: "walker", seed: `${note} ${name}`, name: `${note}-${name}`, node });
    const [a, b] = [await open("A", "S1"), await open("B", "S2")];
    await Promise.all([a, b].map((tab) => until(tab, ({ connection }) => connection === "synced")));
    for (const pair of ["S1/S2", "S1/S3", "S2/S3"])
      expect((await control(server, "PUT", `node-links/${pair}`, { up: { datagrams: BAD }, down: { datagrams: BAD } })).status).toBe(200);
    await Promise.all([typeWords(a, "a"), typeWords(b, "b")]);
    await Promise.all([a, b].map((tab) => until(tab, ({ unsaved }) => unsaved === 0)));
    await command(server, "POST", "heal", {});
    const words = ["a", "b"].flatMap((letter) => Array.from({ length: WORDS }, (_, n) => `${letter}${n}`)).toSorted();
    const length = words.join(" ").length + 1;
    await Promise.all([a, b].map((tab) => until(tab, (_, text) => text.length === length)));
    expect(a.text()).toBe(b.text());
    expect(a.text().trim().split(" ").toSorted()).toEqual(words);
    for (const tab of [a, b]) tab.close();
  });
});
