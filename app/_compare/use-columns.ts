import { useEffect, useRef, useState } from "react";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";

export interface Columns {
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** What of `script` is done; what was there before stays until the first new one comes. */
  readonly columns: readonly Column[];
  /** The script that `columns` are of. */
  readonly script: Script;
  readonly failure: string | null;
}

/** Enough for a run of key presses. */
const SETTLE_MS = 150;

/** `script` through `strategies` in a worker. `attempt`: another number starts anew. */
export function useColumns(
  script: Script,
  strategies: readonly StrategyName[],
  attempt: number,
): Columns & { readonly cancel: () => void } {
  const key = `${strategies.join()} ${attempt}`;
  const [held, setHeld] = useState<{ readonly of: Script; readonly key: string; readonly result: Columns } | null>(null);
  const halt = useRef<(() => void) | null>(null);
  useEffect(() => {
    let worker: Worker | null = null;
    let columns: readonly Column[] = [];
    const show = (state: Columns["state"], failure: string | null = null): void =>
      setHeld({ of: script, key, result: { state, columns, script, failure } });
    const start = (): void => {
      worker = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
        if (data.kind === "failed") show("failed", data.message);
        else if (data.kind === "done") show("done");
        else if (data.kind === "column") {
          columns = [...columns, data.column];
          show("running");
        }
      };
      worker.onerror = (event) => show("failed", event.message || "The worker did not start");
      const names = key.slice(0, key.indexOf(" ")).split(",") as StrategyName[];
      worker.postMessage({ kind: "compare", script, strategies: names } satisfies CompareRequest);
    };
    const timer = setTimeout(start, SETTLE_MS);
    const stop = (): void => {
      clearTimeout(timer);
      worker?.terminate();
    };
    halt.current = () => {
      stop();
      show("cancelled");
    };
    return stop;
  }, [script, key]);
  const cancel = (): void => halt.current?.();
  if (held?.of === script && held.key === key) return { ...held.result, cancel };
  return { state: "running", columns: held?.result.columns ?? [], script: held?.result.script ?? script, failure: null, cancel };
}
