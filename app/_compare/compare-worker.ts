/** Plays a script through strategies away from the page, looks for the smallest steps of an anomaly, or opens what was shared. */

import { compareUnder, type RecordedViews, recordViews, REFERENCE } from "../../crdt/lab/compare.ts";
import { parseOne } from "../../crdt/lab/load.ts";
import { withViews } from "../../crdt/lab/placed-script.ts";
import { scriptOfRecord } from "../../crdt/lab/record-script.ts";
import { rerunUnderClocks } from "../../crdt/lab/rerun-clocks.ts";
import { recordFromJson } from "../../crdt/lab/sandbox-record.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { unpackFragment } from "../../crdt/lab/share.ts";
import { smallestSteps } from "../../crdt/lab/shrink.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { CompareAnswer, CompareRequest } from "./compare-messages.ts";

interface Scope {
  postMessage(message: CompareAnswer): void;
  onmessage: ((event: MessageEvent<CompareRequest>) => void) | null;
}

const scope = self as unknown as Scope;
let loaded: { readonly script: Script; readonly views: Promise<RecordedViews> } | null = null;

scope.onmessage = ({ data }) => {
  answer(data).then(
    (message) => message !== null && scope.postMessage(message),
    (error: unknown) => scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
};

async function answer(request: CompareRequest): Promise<CompareAnswer | null> {
  switch (request.kind) {
    case "load":
      loaded = { script: request.script, views: recordViews(request.script, request.reference) };
      return null;
    case "column": {
      if (loaded === null) throw new RangeError("No script is loaded");
      const strategy = await loadNodeStrategy(request.strategy);
      return { kind: "column", column: await compareUnder(loaded.script, await loaded.views, strategy) };
    }
    case "shrink": {
      const { script, reference } = request;
      const viewed = withViews(script, await recordViews(script, reference));
      return { kind: "shrunk", shrunk: await smallestSteps(viewed, await loadNodeStrategy(request.strategy), request.anomaly) };
    }
    case "clocks":
      for await (const outcome of rerunUnderClocks(request.recording, request.strategy)) scope.postMessage({ kind: "outcome", outcome });
      return { kind: "done" };
    case "open":
      return await opened(request.fragment);
  }
}

async function opened(fragment: string): Promise<CompareAnswer> {
  const json = unpackFragment(fragment);
  const { kind, title } = Object(json) as Readonly<Record<string, unknown>>;
  if (kind !== "sandbox") return { kind: "opened", script: parseOne(json), reference: REFERENCE, told: [] };
  const record = recordFromJson(JSON.stringify(json));
  const { script, told } = await scriptOfRecord(record, typeof title === "string" ? title.slice(0, 200) : "A run of the laboratory");
  return { kind: "opened", script, reference: record.options.strategy, told };
}
