/** Plays a script through strategies, one after another, away from the page; or looks for the smallest steps of an anomaly. */

import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { rerunUnderClocks } from "../../crdt/lab/rerun-clocks.ts";
import { showsUnder, shrink } from "../../crdt/lab/shrink.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";

interface Scope {
  postMessage(message: CompareAnswer): void;
  onmessage: ((event: MessageEvent<CompareRequest>) => void) | null;
}

const scope = self as unknown as Scope;

scope.onmessage = ({ data }) => {
  answer(data).catch((error: unknown) => {
    scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  });
};

async function answer(request: CompareRequest): Promise<void> {
  if (request.kind === "clocks") {
    for await (const outcome of rerunUnderClocks(request.recording, request.strategy)) scope.postMessage({ kind: "outcome", outcome });
    scope.postMessage({ kind: "done" });
    return;
  }
  const { script } = request;
  if (request.kind === "shrink") {
    const strategy = await loadNodeStrategy(request.strategy);
    scope.postMessage({ kind: "shrunk", shrunk: await shrink(script, showsUnder(strategy, request.anomaly)) });
    return;
  }
  const views = await recordViews(script);
  for (const name of request.strategies) {
    scope.postMessage({ kind: "column", column: await compareUnder(script, views, await loadNodeStrategy(name)) });
  }
  scope.postMessage({ kind: "done" });
}
