import { useEffect, useState } from "react";
import type { LessonRun } from "../../crdt/lab/lesson.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Lesson } from "./lessons.ts";
import type { LessonAnswer, LessonRequest } from "./lesson-messages.ts";

export interface LessonState {
  /** The lesson's own strategy first, then the others as they are done. */
  readonly runs: readonly LessonRun[];
  /** Whether every strategy is done. */
  readonly isDone: boolean;
  readonly failure: string | null;
}

const EMPTY: LessonState = { runs: [], isDone: false, failure: null };

/** The lesson's scenario through every strategy, in a worker that lives as long as the page shows it. */
export function useLesson({ scenario, strategy, askBefore }: Lesson): LessonState {
  const [state, setState] = useState(EMPTY);
  useEffect(() => {
    const strategies = [strategy, ...STRATEGY_NAMES.filter((name) => name !== strategy)];
    const worker = new Worker(new URL("./lesson-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<LessonAnswer>) =>
      setState((held) => {
        if (data.kind === "failed") return { ...held, failure: data.message };
        if (data.kind === "done") return { ...held, isDone: true };
        return { ...held, runs: [...held.runs, data.run] };
      });
    worker.onerror = (event) => setState((held) => ({ ...held, failure: event.message || "The worker did not start" }));
    worker.postMessage({ scenario, strategies, askBefore } satisfies LessonRequest);
    return () => worker.terminate();
  }, [scenario, strategy, askBefore]);
  return state;
}
