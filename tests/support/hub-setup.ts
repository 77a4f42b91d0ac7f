/** A hub of rooms on a store in memory, and tabs that are lists of frames. */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, type NoteId, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import { Session } from "../../crdt/sync/session.ts";
import { factsOf, type NoteFacts } from "../../server/rooms/note-facts.ts";
import { RoomHub } from "../../server/rooms/room-hub.ts";
import type { Store, StoredNote } from "../../server/store/store.ts";

export const NOTE = parseNoteId("note")!;

/** What a store keeps beside notes: none of it. */
export const NOTHING_ELSE = {
  putLosses: () => undefined,
  losses: async () => [],
  putName: () => undefined,
  names: async () => new Map(),
  putStamps: () => undefined,
  stamps: async () => [],
  putSeen: () => undefined,
  seen: async () => [],
  flush: async () => undefined,
  close: async () => undefined,
} satisfies Partial<Store>;

/** A store in memory that says when something is durable only when told to. */
function memoryStore() {
  const notes = new Map<
    NoteId,
    { strategy: StrategyName | null; epoch: StoredNote["epoch"]; snapshot: Uint8Array | null; updates: Uint8Array[]; position: number }
  >();
  const appended: [NoteId, number][] = [];
  let loads = 0;
  const store: Store = {
    load: async (noteId) => {
      loads++;
      const note = notes.get(noteId);
      return note === undefined ? null : { ...note, updates: [...note.updates] };
    },
    find: async (noteId) => notes.get(noteId) ?? null,
    create: (noteId, strategy, epoch) => void notes.set(noteId, { strategy, epoch, snapshot: null, updates: [], position: 0 }),
    append: (noteId, position, update) => {
      const note = notes.get(noteId)!;
      note.updates.push(update);
      note.position = position;
      appended.push([noteId, position]);
    },
    compact: (noteId, position, state) => {
      const note = notes.get(noteId)!;
      note.snapshot = state;
      note.updates = note.position === position ? [] : note.updates.slice(position - note.position);
    },
    ...NOTHING_ELSE,
  };
  return { store, notes, appended, loads: () => loads };
}

/** What the compactor's thread does. */
export async function compactNow(name: StrategyName, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const document = (await loadStrategy(name)).open({ replica: replicaIdFrom(0), clock: new VirtualClock() });
  for (const piece of pieces) document.receive(piece);
  return document.since(EMPTY_BYTES);
}

async function lookNow(name: StrategyName, pieces: readonly Uint8Array[]): Promise<NoteFacts> {
  const document = (await loadStrategy(name)).open({ replica: replicaIdFrom(0), clock: new VirtualClock() });
  for (const piece of pieces) document.receive(piece);
  return factsOf(document);
}

export async function sinceNow(name: StrategyName, pieces: readonly Uint8Array[], version: Uint8Array): Promise<Uint8Array> {
  const document = (await loadStrategy(name)).open({ replica: replicaIdFrom(0), clock: new VirtualClock() });
  for (const piece of pieces) document.receive(piece);
  return document.since(version);
}

async function newsNow(name: StrategyName, pieces: readonly Uint8Array[], update: Uint8Array, version: Uint8Array) {
  const document = (await loadStrategy(name)).open({ replica: replicaIdFrom(0), clock: new VirtualClock() });
  for (const piece of [...pieces, update]) document.receive(piece);
  return document.stats().pending > 0 ? null : document.since(version);
}

/** Lets every promise settle that can. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function setUpHub(compact = compactNow, since = sinceNow, defer = (task: () => void): void => task()) {
  const memory = memoryStore();
  const clock = new VirtualClock(1_000);
  const problems: unknown[] = [];
  const hub = new RoomHub({
    store: memory.store,
    compactor: { compact, look: lookNow, since, news: newsNow },
    defer,
    onProblem: (_, __, error) => problems.push(error),
    clock,
    prng: createPrng("hub"),
    tracer: SILENT_TRACER,
    nodeReplica: replicaIdFrom(500),
    onMerged: () => undefined,
    onLosses: () => undefined,
  });
  await hub.open(CATALOG_NOTE_ID);
  const save = (): void => {
    for (const [noteId, position] of memory.appended.splice(0)) hub.onSaved(noteId, position);
  };
  /** A tab that types into a note through a session. */
  const join = async (noteId: NoteId, n: number, wanted: StrategyName = "fugue") => {
    const { room, strategy } = await hub.open(noteId, wanted);
    const inbox: Frame[] = [];
    const closes: number[] = [];
    const session = new Session({
      room,
      kind: "tab",
      replicaId: replicaIdFrom(n),
      clock,
      tracer: SILENT_TRACER,
      transport: { send: (bytes) => inbox.push(decodeFrame(bytes)), close: (code) => closes.push(code), bufferedBytes: 0 },
      onClosed: () => hub.left(noteId),
    });
    session.onFrame(encodeFrame({ type: "epoch", epoch: null }));
    return { session, inbox, closes, strategy };
  };
  return { ...memory, clock, hub, save, join, problems };
}
