import { useEffect, useRef, useState } from "react";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";

export interface Columns {
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** What of `script` is done, in the order that was asked for; what was there before stays until the first new one comes. */
  readonly columns: readonly Column[];
  /** The script that `columns` are of. */
  readonly script: Script;
  readonly failure: string | null;
}

/** Enough for a run of key presses. */
const SETTLE_MS = 150;
const WORKERS_MAX = 4;

/** `script` through `strategies`, in as many workers as there are cores to spare. `attempt`: another number starts anew. */
export function useColumns(
  script: Script,
  reference: StrategyName,
  strategies: readonly StrategyName[],
  attempt: number,
): Columns & { readonly cancel: () => void } {
  const key = `${strategies.join()} ${reference} ${attempt}`;
  const [held, setHeld] = useState<{ readonly of: Script; readonly key: string; readonly result: Columns } | null>(null);
  const halt = useRef<(() => void) | null>(null);
  useEffect(() => {
    const workers: Worker[] = [];
    let columns: readonly Column[] = [];
    const [list = "", of] = key.split(" ");
    const names = list.split(",") as StrategyName[];
    const waiting = [...names];
    const stop = (): void => {
      clearTimeout(timer);
      for (const worker of workers) worker.terminate();
    };
    const show = (state: Columns["state"], failure: string | null = null): void => {
      if (state !== "running") stop();
      setHeld({ of: script, key, result: { state, columns, script, failure } });
    };
    const take = (column: Column): void => {
      columns = [...columns, column].sort((a, b) => names.indexOf(a.strategy) - names.indexOf(b.strategy));
      show(columns.length === names.length ? "done" : "running");
    };
    const start = (): void => {
      const count = Math.max(1, Math.min(WORKERS_MAX, names.length, navigator.hardwareConcurrency - 1));
      for (let n = 0; n < count; n++) {
        const worker = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module" });
        workers.push(worker);
        const post = (request: CompareRequest): void => worker.postMessage(request);
        const next = (): void => {
          const strategy = waiting.shift();
          if (strategy !== undefined) post({ kind: "column", strategy });
        };
        worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
          if (data.kind === "failed") show("failed", data.message);
          else if (data.kind === "column") {
            next();
            take(data.column);
          }
        };
        worker.onerror = (event) => show("failed", event.message || "The worker did not start");
        post({ kind: "load", script, reference: of as StrategyName });
        next();
      }
    };
    const timer = setTimeout(start, SETTLE_MS);
    halt.current = () => show("cancelled");
    return stop;
  }, [script, key]);
  const cancel = (): void => halt.current?.();
  if (held?.of === script && held.key === key) return { ...held.result, cancel };
  return { state: "running", columns: held?.result.columns ?? [], script: held?.result.script ?? script, failure: null, cancel };
}
