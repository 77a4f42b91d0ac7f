/** The store's own thread: whatever has come in while the disk was busy goes to it in one transaction (group commit). */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteFile } from "./sqlite.ts";
import type { StoreAnswer, StoreRequest } from "./store.ts";

const port = parentPort!;
let file: SqliteFile | null = null;
let queue: StoreRequest[] = [];
let isDue = false;

function say(answer: StoreAnswer): void {
  port.postMessage(answer);
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
    let writes: Exclude<StoreRequest, { type: "read" | "close" }>[] = [];
    const commit = (): void => {
      if (writes.length === 0 || file === null) return;
      file.commit(writes);
      const positions = new Map(writes.filter((write) => write.type === "append").map(({ noteId, position }) => [noteId, position]));
      if (positions.size > 0) say({ type: "saved", positions: [...positions] });
      writes = [];
    };
    for (const request of requests) {
      if (request.type === "read") {
        commit();
        answer(request);
      } else if (request.type === "close") {
        commit();
        file?.close();
        file = null;
        say({ type: "answer", id: request.id, value: null });
        port.close();
      } else {
        writes.push(request);
      }
    }
    commit();
  } catch (error) {
    fail(error);
  }
}

function answer(request: StoreRequest & { type: "read" }): void {
  try {
    say({ type: "answer", id: request.id, value: read(request) });
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

port.on("message", (requests: readonly StoreRequest[]) => {
  for (const request of requests) queue.push(request);
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
