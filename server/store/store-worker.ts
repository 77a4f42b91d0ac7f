/** The store's own thread: whatever has come in while the disk was busy goes to it in one transaction (group commit). */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteFile } from "./sqlite.ts";
import type { StoreAnswer, StoreRequest, StoreWrite } from "./store.ts";
import { readWrites } from "./write-batch.ts";

const port = parentPort!;
let file: SqliteFile | null = null;
let queue: StoreRequest[] = [];
let isDue = false;
/** Batches that have come. */
let taken = 0;

function say(answer: StoreAnswer, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(answer, transfer);
}

function fail(error: unknown): void {
  queue = [];
  file = null;
  say({ type: "broken", message: error instanceof Error ? error.message : String(error) });
}

/** Writes are committed before any read that came after them is answered. */
function work(): void {
  isDue = false;
  const requests = queue;
  queue = [];
  try {
    let writes: StoreWrite[] = [];
    const commit = (): void => {
      if (writes.length === 0 || file === null) return;
      file.commit(writes);
      say({ type: "saved", batch: taken });
      writes = [];
    };
    for (const request of requests) {
      switch (request.type) {
        case "write":
          taken++;
          // One by one: a batch may be long.
          for (const write of readWrites(request.batch)) writes.push(write);
          break;
        case "read":
          commit();
          answer(request);
          break;
        case "close":
          commit();
          file?.close();
          file = null;
          say({ type: "answer", id: request.id, value: null });
          port.close();
      }
    }
    commit();
  } catch (error) {
    fail(error);
  }
}

function answer(request: StoreRequest & { type: "read" }): void {
  try {
    const value = read(request);
    // It may be large, and nobody here needs it.
    const snapshot = request.what === "note" ? (value as { readonly snapshot: Uint8Array<ArrayBuffer> | null } | null)?.snapshot : null;
    say({ type: "answer", id: request.id, value }, snapshot ? [snapshot.buffer] : []);
  } catch (error) {
    say({ type: "failed", id: request.id, message: error instanceof Error ? error.message : String(error) });
  }
}

function read(request: StoreRequest & { type: "read" }): unknown {
  if (file === null) throw new Error("The store is closed");
  switch (request.what) {
    case "note":
      return file.note(request.noteId);
    case "head":
      return file.head(request.noteId);
    case "losses":
      return file.losses(request.noteId);
    case "names":
      return file.names();
    case "nothing":
      return null;
  }
}

port.on("message", (request: StoreRequest) => {
  queue.push(request);
  if (isDue) return;
  isDue = true;
  setImmediate(work);
});

try {
  file = new SqliteFile((workerData as { folder: string }).folder);
  say({ type: "ready" });
} catch (error) {
  fail(error);
}
