/** The store as the rest of the server sees it: hands everything to the store's thread. */

import { Worker } from "node:worker_threads";
import { fromBase64, toBase64 } from "../../crdt/base/bytes.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { BallotRows } from "./ballot-tables.ts";
import {
  DamagedNoteError,
  type NodeDisk,
  type StoreAnswer,
  type StoredLoss,
  type StoredNote,
  type StoredStamps,
  type StoreEvents,
  type StoreMessage,
  type StoreRequest,
  type StoreWrite,
} from "./store.ts";
import { WriteBatch } from "./write-batch.ts";

/**
 * The least time between two messages of writes: waking a thread costs more than the writes themselves, and so does a
 * commit. An ack waits this much longer under load; delivery to others does not wait for the store.
 */
const GATHER_MS = 8;

/** Opens the store in `folder`. Rejects with an Error that says why it cannot be used. */
export async function openSqliteStore(folder: string, events: StoreEvents): Promise<NodeDisk> {
  const worker = startWorker(folder);
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let broken: Error | null = null;
  let isReady = false;
  let isHalted = false;
  let isDead = false;

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
      if (isDead && answer.type !== "answer") return;
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

  /** What is to be handed over next. */
  const batch = new WriteBatch();
  let isDue = false;
  let handedOverAtMs = 0;
  const post = (message: StoreMessage, transfer: readonly ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  const handOver = (): void => {
    if (broken !== null || batch.isEmpty) return;
    handedOverAtMs = performance.now();
    const buffers = batch.take();
    post(
      buffers,
      buffers.map(({ buffer }) => buffer as ArrayBuffer),
    );
  };
  const onDue = (): void => {
    isDue = false;
    handOver();
  };
  const write = (change: StoreWrite): void => {
    if (broken !== null || isDead) return;
    batch.add(change);
    if (isDue) return;
    isDue = true;
    const waitMs = handedOverAtMs + GATHER_MS - performance.now();
    // At once when little is going on.
    if (waitMs > 0) setTimeout(onDue, waitMs);
    else setImmediate(onDue);
  };
  const ask = async (make: (id: number) => Exclude<StoreRequest, StoreWrite>): Promise<unknown> => {
    if (broken !== null) throw broken;
    const id = nextId++;
    handOver();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      post(make(id));
    });
  };

  return {
    load: async (noteId) => (await ask((id) => ({ type: "read", id, what: "note", noteId }))) as StoredNote | null,
    find: async (noteId) => (await ask((id) => ({ type: "read", id, what: "head", noteId }))) as StoredNote | null,
    create: (noteId, strategy, epoch) => write({ type: "create", noteId, strategy, epoch }),
    append: (noteId, position, update) => write({ type: "append", noteId, position, update }),
    compact: (noteId, position, state) => write({ type: "compact", noteId, position, state }),
    putLosses: (noteId, losses) =>
      write({ type: "losses", noteId, losses: losses.map((stored) => ({ id: stored.loss.id, json: JSON.stringify(stored) })) }),
    losses: async (noteId: NoteId) =>
      ((await ask((id) => ({ type: "read", id, what: "losses", noteId }))) as string[]).map((json) => JSON.parse(json) as StoredLoss),
    putName(replica, name) {
      // Names come with each connection; what waits must not grow by them.
      if (!isHalted) write({ type: "name", replica, name });
    },
    putSeen(noteId, replica, version, atMs) {
      if (!isHalted) write({ type: "seen", noteId, replica, version: toBase64(version), atMs });
    },
    seen: async (noteId, sinceMs) =>
      ((await ask((id) => ({ type: "read", id, what: "seen", noteId, sinceMs }))) as string[]).map((version) => fromBase64(version)),
    names: async () => new Map((await ask((id) => ({ type: "read", id, what: "names" }))) as [ReplicaId, string][]),
    putStamps: (stamps) => write({ type: "stamps", ...stamps }),
    stamps: async () => (await ask((id) => ({ type: "read", id, what: "stamps" }))) as StoredStamps[],
    flush: async () => void (await ask((id) => ({ type: "read", id, what: "nothing" }))),
    ballots: async () => (await ask((id) => ({ type: "read", id, what: "ballots" }))) as BallotRows,
    putBallot: write,
    slowDown: (ms) => post({ type: "slow", ms }),
    crash: async () => {
      if (broken !== null) return;
      isDead = true;
      batch.take();
      await ask((id) => ({ type: "crash", id }));
      broken = new Error("The node has crashed");
      await worker.terminate();
    },
    close: async () => {
      await ask((id) => ({ type: "close", id }));
      await worker.terminate();
    },
  };
}

function startWorker(folder: string): Worker {
  // A thread of its own need not hold as much garbage as a whole process may (48 MB) before it looks through it.
  const options = { workerData: { folder }, resourceLimits: { maxYoungGenerationSizeMb: 16 } };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./store-worker.mjs", import.meta.url), options);
  // From sources: a thread does not inherit the hooks that read TypeScript.
  const entry = JSON.stringify(new URL("./store-worker.ts", import.meta.url).href);
  return new Worker(`import("tsx/esm/api").then(({ register }) => { register(); return import(${entry}); });`, { ...options, eval: true });
}
