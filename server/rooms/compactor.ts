/** Makes short states of long logs, and looks at long notes, in a thread of its own: opening a long history would hold every room up. */

import { Worker } from "node:worker_threads";
import { ProtocolError } from "../../crdt/base/errors.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { NoteFacts } from "./note-facts.ts";

export interface Compactor {
  /**
   * The state that `pieces` make, in order, as a document of that strategy writes it; without the history that all of
   * `passedBy` have passed, unless that is null or the strategy keeps it. Rejects when they make none.
   */
  compact(strategy: StrategyName, pieces: readonly Uint8Array[], passedBy: readonly Uint8Array[] | null): Promise<Uint8Array>;
  /** What there is to say of the note that `pieces` make. Rejects when they make none. */
  look(strategy: StrategyName, pieces: readonly Uint8Array[]): Promise<NoteFacts>;
  /** What the holder of `version` lacks of the note that `pieces` make. Rejects when they make none, or it is no version. */
  since(strategy: StrategyName, pieces: readonly Uint8Array[], version: Uint8Array): Promise<Uint8Array>;
  /**
   * Puts `update` before a document of the note that `pieces` make, and returns what the holder of `version` then lacks; null: some of
   * it builds on what is not there. Rejects with a ProtocolError when it cannot be, or takes longer than `NEWS_MS_MAX`.
   */
  news(strategy: StrategyName, pieces: readonly Uint8Array[], update: Uint8Array, version: Uint8Array): Promise<Uint8Array | null>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

/** How long an update may be checked: thirty times what 260,000 events take, behind the making of a long note's state. The rest is asked again. */
const NEWS_MS_MAX = 20_000;

/** A thread of its own need not hold as much garbage as a whole process may (48 MB) before it looks through it. */
const YOUNG = { maxYoungGenerationSizeMb: 16 };

export interface CompactRequest {
  readonly id: number;
  readonly strategy: StrategyName;
  readonly pieces: readonly Uint8Array[];
  readonly wanted: CompactWish;
}

export type CompactWish =
  | { readonly what: "state"; readonly passedBy: readonly Uint8Array[] | null }
  | { readonly what: "facts" }
  | { readonly what: "since"; readonly version: Uint8Array }
  | { readonly what: "news"; readonly update: Uint8Array; readonly version: Uint8Array };

export type CompactAnswer =
  | { readonly id: number; readonly value: Uint8Array | NoteFacts | null }
  /** `closeCode`: what is asked about is at fault. */
  | { readonly id: number; readonly problem: string; readonly closeCode: number | null };

/** A compactor whose thread starts with the first request, and again after it has died. */
export function openCompactor(): Compactor {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let worker: Worker | null = null;
  let isClosed = false;

  const giveUp = (reason: string): void => {
    worker = null;
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  const start = (): Worker => {
    const started = startWorker();
    // It must not keep a process alive that has nothing else to do.
    started.unref();
    started.on("error", (error) => giveUp(`The compactor failed: ${error instanceof Error ? error.message : String(error)}`));
    started.on("exit", () => worker === started && giveUp("The compactor has ended"));
    started.on("message", (answer: CompactAnswer) => {
      const request = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("value" in answer) request?.resolve(answer.value);
      else request?.reject(answer.closeCode === null ? new Error(answer.problem) : new ProtocolError(answer.closeCode, answer.problem));
    });
    return started;
  };

  const ask = async (wanted: CompactWish, strategy: StrategyName, pieces: readonly Uint8Array[]): Promise<unknown> => {
    if (isClosed) throw new Error("The compactor is closed");
    worker ??= start();
    const request: CompactRequest = { id: nextId++, strategy, pieces: pieces.map(alone), wanted };
    worker.postMessage(request);
    return new Promise((resolve, reject) => waiting.set(request.id, { resolve, reject }));
  };

  return {
    compact: async (strategy, pieces, passedBy) => (await ask({ what: "state", passedBy }, strategy, pieces)) as Uint8Array,
    look: async (strategy, pieces) => (await ask({ what: "facts" }, strategy, pieces)) as NoteFacts,
    since: async (strategy, pieces, version) => (await ask({ what: "since", version: alone(version) }, strategy, pieces)) as Uint8Array,
    async news(strategy, pieces, update, version) {
      const asked = ask({ what: "news", update: alone(update), version: alone(version) }, strategy, pieces);
      const by = worker;
      const timer = setTimeout(() => {
        if (worker === by) giveUp("The compactor has ended: an update took too long to check");
        void by?.terminate();
      }, NEWS_MS_MAX).unref();
      try {
        return (await asked) as Uint8Array | null;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      isClosed = true;
      const ended = worker;
      giveUp("The server stops");
      await ended?.terminate();
    },
  };
}

/** A view of a larger buffer would take that buffer along. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

function startWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./compact-worker.mjs", import.meta.url), { resourceLimits: YOUNG });
  // From sources: a thread does not inherit the hooks that read TypeScript.
  const entry = JSON.stringify(new URL("./compact-worker.ts", import.meta.url).href);
  return new Worker(`import("tsx/esm/api").then(({ register }) => { register(); return import(${entry}); });`, { eval: true });
}
