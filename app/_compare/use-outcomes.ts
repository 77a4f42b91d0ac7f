import { useEffect, useState } from "react";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { type Outcome, replay, type Script } from "./replay.ts";

export type Outcomes =
  | { readonly state: "idle" | "running"; readonly outcomes: readonly Outcome[] }
  | { readonly state: "done"; readonly outcomes: readonly Outcome[] }
  | { readonly state: "failed"; readonly outcomes: readonly Outcome[]; readonly message: string };

const IDLE: Outcomes = { state: "idle", outcomes: [] };

/** `script` replayed through every registered strategy, one after another; those of the script before stay until then. */
export function useOutcomes(script: Script | null): Outcomes {
  const [latest, setLatest] = useState<{ readonly script: Script | null; readonly result: Outcomes }>({ script: null, result: IDLE });
  useEffect(() => {
    if (script === null) return;
    let isCurrent = true;
    const run = async (): Promise<void> => {
      const outcomes: Outcome[] = [];
      for (const name of STRATEGY_NAMES) {
        outcomes.push(await replay(script, await loadStrategy(name)));
        if (!isCurrent) return;
        const state = outcomes.length === STRATEGY_NAMES.length ? "done" : "running";
        setLatest({ script, result: { state, outcomes: [...outcomes] } });
      }
    };
    run().catch((error: unknown) => {
      if (!isCurrent) return;
      setLatest({ script, result: { state: "failed", outcomes: [], message: error instanceof Error ? error.message : String(error) } });
    });
    return () => {
      isCurrent = false;
    };
  }, [script]);
  if (latest.script === script) return latest.result;
  return script === null ? IDLE : { state: "running", outcomes: latest.result.outcomes };
}
