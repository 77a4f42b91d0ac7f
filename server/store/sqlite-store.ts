/** The store as the rest of the server sees it: hands everything to the store's thread. */

import { Worker } from "node:worker_threads";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import {
  DamagedNoteError,
  type Store,
  type StoreAnswer,
  type StoredLoss,
  type StoredNote,
  type StoreEvents,
  type StoreRequest,
} from "./store.ts";

/**
 * The least time between two messages of writes: waking a thread costs more than the writes themselves, and so does a
 * commit. An ack waits this much longer under load; delivery to others does not wait for the store.
 */
const GATHER_MS = 3;

/** Opens the store in `folder`. Rejects with an Error that says why it cannot be used. */
export async function openSqliteStore(folder: string, events: StoreEvents): Promise<Store> {
  const worker = startWorker(folder);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let broken: Error | null = null;
  let isReady = false;
  let isHalted = false;

  await new Promise<void>((resolve, reject) => {
    const breakDown = (error: Error): void => {
      if (broken !== null) return;
      broken = error;
      reject(error);
      for (const { reject: refuse } of waiting.values()) refuse(error);
      waiting.clear();
      if (isReady) events.onBroken(error);
    };
    worker.on("error", (error) => breakDown(error instanceof Error ? error : new Error(String(error))));
    worker.on("message", (answer: StoreAnswer) => {
      switch (answer.type) {
        case "ready":
          isReady = true;
          resolve();
          return;
        case "saved":
          for (const [noteId, position] of answer.positions) events.onSaved(noteId, position);
          return;
        case "answer":
          waiting.get(answer.id)?.resolve(answer.value);
          waiting.delete(answer.id);
          return;
        case "failed":
          waiting.get(answer.id)?.reject(answer.isDamage ? new DamagedNoteError(answer.message) : new Error(answer.message));
          waiting.delete(answer.id);
          return;
        case "halted":
          isHalted = true;
          events.onHalted(answer.trouble);
          return;
        case "resumed":
          isHalted = false;
          events.onResumed();
          return;
        case "damaged":
          events.onDamaged(answer.noteId, new DamagedNoteError(answer.message));
          return;
        case "broken":
          breakDown(new Error(answer.message));
      }
    });
  });

  /** What is to be handed over next: one message for all of it. */
  let outgoing: StoreRequest[] = [];
  let handedOverAtMs = 0;
  const handOver = (): void => {
    const requests = outgoing;
    outgoing = [];
    handedOverAtMs = performance.now();
    if (broken === null && requests.length > 0) worker.postMessage(requests);
  };
  const tell = (request: StoreRequest): void => {
    if (broken !== null) return;
    if (outgoing.length === 0) {
      const waitMs = handedOverAtMs + GATHER_MS - performance.now();
      // At once when little is going on.
      if (waitMs > 0) setTimeout(handOver, waitMs);
      else setImmediate(handOver);
    }
    outgoing.push(request);
  };
  const ask = async (make: (id: number) => StoreRequest): Promise<unknown> => {
    if (broken !== null) throw broken;
    const id = nextId++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      outgoing.push(make(id));
      handOver();
    });
  };

  return {
    load: async (noteId) => (await ask((id) => ({ type: "read", id, what: "note", noteId }))) as StoredNote | null,
    find: async (noteId) => (await ask((id) => ({ type: "read", id, what: "head", noteId }))) as StoredNote | null,
    create: (noteId, strategy, epoch) => tell({ type: "create", noteId, strategy, epoch }),
    append: (noteId, position, update) => tell({ type: "append", noteId, position, update: alone(update) }),
    compact: (noteId, position, state) => tell({ type: "compact", noteId, position, state: alone(state) }),
    putLosses: (noteId, losses) =>
      tell({ type: "losses", noteId, losses: losses.map((stored) => ({ id: stored.loss.id, json: JSON.stringify(stored) })) }),
    losses: async (noteId: NoteId) =>
      ((await ask((id) => ({ type: "read", id, what: "losses", noteId }))) as string[]).map((json) => JSON.parse(json) as StoredLoss),
    putName(replica, name) {
      // Names come with each connection; what waits must not grow by them.
      if (!isHalted) tell({ type: "name", replica, name });
    },
    names: async () => new Map((await ask((id) => ({ type: "read", id, what: "names" }))) as [ReplicaId, string][]),
    flush: async () => void (await ask((id) => ({ type: "read", id, what: "nothing" }))),
    close: async () => {
      await ask((id) => ({ type: "close", id }));
      await worker.terminate();
    },
  };
}

/** A view of a larger buffer would take that buffer along. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

function startWorker(folder: string): Worker {
  const options = { workerData: { folder } };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./store-worker.mjs", import.meta.url), options);
  // From sources: a thread does not inherit the hooks that read TypeScript.
  const entry = JSON.stringify(new URL("./store-worker.ts", import.meta.url).href);
  return new Worker(`import("tsx/esm/api").then(({ register }) => { register(); return import(${entry}); });`, { ...options, eval: true });
}
