/** The store's own thread: opens the file and hands on what it is told. */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteFile } from "./sqlite.ts";
import { StoreThread } from "./store-thread.ts";
import type { StoreAnswer, StoreRequest } from "./store.ts";

const port = parentPort!;
const say = (answer: StoreAnswer): void => port.postMessage(answer);

try {
  const file = new SqliteFile((workerData as { folder: string }).folder);
  say({ type: "ready" });
  const thread = new StoreThread({
    file,
    say,
    defer: (task) => void setImmediate(task),
    setTimer(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
    onClosed: () => port.close(),
  });
  port.on("message", (requests: readonly StoreRequest[]) => thread.take(requests));
} catch (error) {
  say({ type: "broken", message: error instanceof Error ? error.message : String(error) });
}
