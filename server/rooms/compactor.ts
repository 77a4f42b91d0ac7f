/** Makes short states of long logs, and looks at long notes, in a thread of its own: opening a long history would hold every room up. */

import type { EventEmitter } from "node:events";
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

/** How long an update may be checked, once it is its turn: thirty times what 260,000 events take. The rest is asked again. */
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

/** The thread, as far as it is needed here. */
export type CompactThread = Pick<Worker, "postMessage" | "terminate" | "unref"> & Pick<EventEmitter, "on">;

/** One request, and who waits for its answer. */
interface Job extends Omit<CompactRequest, "id"> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A compactor whose thread starts with the first request, and again after it has died: with whatever it died of, and with no other
 * request. One at a time is with the thread: what is sent there is a copy, and the others would take a note's memory each.
 */
export function openCompactor(startThread: () => CompactThread = startWorker): Compactor {
  const queue: Job[] = [];
  let current: { readonly id: number; readonly job: Job } | null = null;
  let nextId = 1;
  let thread: CompactThread | null = null;
  let isClosed = false;
  let hurrying: NodeJS.Timeout | undefined;

  /** The thread is gone. */
  const giveUp = (reason: string): void => {
    clearTimeout(hurrying);
    const failed = current?.job;
    thread = current = null;
    failed?.reject(new Error(reason));
    next();
  };
  const start = (): CompactThread => {
    const started = startThread();
    // It must not keep a process alive that has nothing else to do.
    started.unref();
    const onEnd = (reason: string): void => {
      if (thread === started) giveUp(reason);
    };
    started.on("error", (error: unknown) => onEnd(`The compactor failed: ${error instanceof Error ? error.message : String(error)}`));
    started.on("exit", () => onEnd("The compactor has ended"));
    started.on("message", (answer: CompactAnswer) => {
      if (current === null || current.id !== answer.id) return;
      const { job } = current;
      clearTimeout(hurrying);
      current = null;
      if ("value" in answer) job.resolve(answer.value);
      else job.reject(answer.closeCode === null ? new Error(answer.problem) : new ProtocolError(answer.closeCode, answer.problem));
      next();
    });
    return started;
  };
  const next = (): void => {
    if (current !== null) return;
    const job = queue.shift();
    if (job === undefined) return;
    current = { id: nextId++, job };
    try {
      thread ??= start();
    } catch (error) {
      giveUp(`The compactor does not start: ${String(error)}`);
      return;
    }
    const { strategy, pieces, wanted } = job;
    thread.postMessage({ id: current.id, strategy, pieces: pieces.map(alone), wanted: aloneIn(wanted) } satisfies CompactRequest);
    if (wanted.what === "news") hurry(current.id, thread);
  };
  const hurry = (id: number, by: CompactThread): void => {
    hurrying = setTimeout(() => {
      if (current?.id !== id) return;
      giveUp("The compactor has ended: an update took too long to check");
      void by.terminate();
    }, NEWS_MS_MAX).unref();
  };

  const ask = async (wanted: CompactWish, strategy: StrategyName, pieces: readonly Uint8Array[]): Promise<unknown> => {
    if (isClosed) throw new Error("The compactor is closed");
    return new Promise((resolve, reject) => {
      queue.push({ strategy, pieces, wanted, resolve, reject });
      next();
    });
  };

  return {
    compact: async (strategy, pieces, passedBy) => (await ask({ what: "state", passedBy }, strategy, pieces)) as Uint8Array,
    look: async (strategy, pieces) => (await ask({ what: "facts" }, strategy, pieces)) as NoteFacts,
    since: async (strategy, pieces, version) => (await ask({ what: "since", version }, strategy, pieces)) as Uint8Array,
    news: async (strategy, pieces, update, version) =>
      (await ask({ what: "news", update, version }, strategy, pieces)) as Uint8Array | null,
    async close() {
      isClosed = true;
      const ended = thread;
      for (const { reject } of queue.splice(0)) reject(new Error("The server stops"));
      giveUp("The server stops");
      await ended?.terminate();
    },
  };
}

/** A view of a larger buffer would take that buffer along. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/** The same of what is asked about: it may be a view of a message. */
function aloneIn(wanted: CompactWish): CompactWish {
  if (wanted.what === "news") return { ...wanted, update: alone(wanted.update), version: alone(wanted.version) };
  return wanted.what === "since" ? { ...wanted, version: alone(wanted.version) } : wanted;
}

function startWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./compact-worker.mjs", import.meta.url), { resourceLimits: YOUNG });
  // From sources: a thread does not inherit the hooks that read TypeScript.
  const entry = JSON.stringify(new URL("./compact-worker.ts", import.meta.url).href);
  return new Worker(`import("tsx/esm/api").then(({ register }) => { register(); return import(${entry}); });`, { eval: true });
}
