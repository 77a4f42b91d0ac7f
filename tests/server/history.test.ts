/** A server that cuts off history: what everybody has seen goes, and who comes back from before it is told so. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { ReplicasAnswer } from "../../crdt/sync/control-messages.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const [ANA, BO, CY] = [replicaIdFrom(1), replicaIdFrom(2), replicaIdFrom(3)];

let server: ServerProcess;
beforeAll(async () => {
  // Rooms leave at once, and a room that is left is compacted.
  server = await startServer({ env: { RIFTPAD_HISTORY: "cut", RIFTPAD_LINGER_MS: "50" } });
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

/** Events that the copy still has with their content. */
function eventsOf({ replica }: NoteSession): number {
  return [...TextDocument.load(replica.since(EMPTY_BYTES), { agent: replicaIdFrom(9) }).events()].reduce(
    (sum, { length }) => sum + length,
    0,
  );
}

async function open(note: string, replicaId: typeof ANA, store = new MemoryStore()): Promise<NoteSession> {
  const session = await openTabNote(server.url, note, { strategy: "walker", seed: `${note} ${replicaId}`, store, replicaId });
  await until(session, ({ connection }) => connection === "synced");
  return session;
}

async function type(note: NoteSession, words: number): Promise<void> {
  for (let n = 0; n < words; n++) typeInto(note, `word ${n} `);
  await until(note, ({ unsaved }) => unsaved === 0);
}

/** Resolves when the server has let go of the note's room. */
async function unloaded(note: string): Promise<void> {
  for (let isThere = true; isThere;) {
    const answer = await fetch(`http://${server.url}/control/replicas`);
    const { replicas } = (await answer.json()) as ReplicasAnswer;
    isThere = replicas.some(({ noteId }) => noteId === note);
  }
}

/** The note as a newcomer gets it, once it has at most `most` events left. */
async function newcomer(note: string, most: number): Promise<NoteSession> {
  for (let n = 100; ; n++) {
    await unloaded(note);
    const reader = await open(note, replicaIdFrom(n));
    if (eventsOf(reader) <= most) return reader;
    reader.close();
  }
}

it("what all have seen is cut off; a replica that lags holds it up, and one that stayed away is told and keeps a draft", async () => {
  const ana = await open("cut", ANA);
  await type(ana, 40);
  const boStore = new MemoryStore();
  const bo = await open("cut", BO, boStore);
  await until(bo, (_, text) => text === ana.text());
  bo.close();
  await type(ana, 40);
  const text = ana.text();
  // Ana comes again, and says that she has it all; Bo has seen the first half.
  ana.close();
  const again = await open("cut", ANA);
  expect(again.text()).toBe(text);
  again.close();
  const half = text.length / 2;
  const reader = await newcomer("cut", text.length - half + 20);
  expect(reader.text()).toBe(text);
  expect(reader.replica.hash()).toEqual(again.replica.hash());
  reader.close();

  // Whom nobody has seen before, with work on the very beginning: its history cannot be joined any more.
  const stranger = TextDocument.create({ agent: CY });
  const updates: Uint8Array[] = [];
  stranger.onUpdate((update) => updates.push(update.slice()));
  stranger.insert(0, "made apart");
  const store = new MemoryStore();
  store.epoch = reader.session.status().epoch;
  for (const [n, update] of updates.entries()) await store.put(n + 1, update);
  const cy = await openTabNote(server.url, "cut", { strategy: "walker", seed: "cy", store, replicaId: CY });
  await until(cy, ({ draft, connection }) => draft !== null && connection === "synced");
  expect([cy.session.status().draft, cy.text()]).toEqual(["made apart", text]);
  cy.close();
});
