/** Plays a lesson's scenario through the strategies, away from the page. */

import { runLesson } from "../../crdt/lab/lesson.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { LessonAnswer, LessonRequest } from "./lesson-messages.ts";
import { scenarioOf } from "./scenario-of.ts";

interface Scope {
  postMessage(message: LessonAnswer): void;
  onmessage: ((event: MessageEvent<LessonRequest>) => void) | null;
}

const scope = self as unknown as Scope;

scope.onmessage = ({ data }) => {
  answer(data).catch((error: unknown) => {
    scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  });
};

async function answer({ scenario, strategies, askBefore }: LessonRequest): Promise<void> {
  const script = await scenarioOf(scenario);
  for (const name of strategies) {
    if (script.strategies.length > 0 && !script.strategies.includes(name)) continue;
    scope.postMessage({ kind: "run", run: await runLesson(script, await loadStrategy(name), askBefore) });
  }
  scope.postMessage({ kind: "done" });
}
