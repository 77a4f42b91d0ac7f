/** The store's own thread: opens the file and hands on what it is told. */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteFile } from "./sqlite.ts";
import { StoreThread } from "./store-thread.ts";
import type { StoreAnswer, StoreMessage } from "./store.ts";
import { readWrites } from "./write-batch.ts";

const port = parentPort!;
const say = (answer: StoreAnswer): void => port.postMessage(answer, answer.type === "answer" ? snapshotOf(answer.value) : []);

/** A note's snapshot may be large, and nobody here needs it: it changes hands. */
function snapshotOf(value: unknown): readonly ArrayBuffer[] {
  const { snapshot } = Object(value) as { readonly snapshot?: unknown };
  return snapshot instanceof Uint8Array ? [snapshot.buffer as ArrayBuffer] : [];
}

try {
  const file = new SqliteFile((workerData as { folder: string }).folder);
  say({ type: "ready" });
  const thread = new StoreThread({
    file,
    say,
    defer: (task) => void setImmediate(task),
    stall: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    setTimer(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
    onClosed: () => port.close(),
  });
  port.on("message", (message: StoreMessage) => thread.take("type" in message ? [message] : readWrites(message)));
} catch (error) {
  say({ type: "broken", message: error instanceof Error ? error.message : String(error) });
}
