/** The compactor's thread. */

import { parentPort } from "node:worker_threads";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import { systemClock } from "../system-clock.ts";
import type { CompactAnswer, CompactRequest } from "./compactor.ts";
import { factsOf, type NoteFacts } from "./note-facts.ts";

const port = parentPort!;

/** Who reads; writes nothing, so that nobody meets it. */
const READER = replicaIdFrom(0);

async function answer({ what, strategy, pieces }: CompactRequest): Promise<Uint8Array | NoteFacts> {
  const [state = EMPTY_BYTES, ...updates] = pieces;
  const document = (await loadStrategy(strategy)).open({ replica: READER, clock: systemClock, state });
  for (const update of updates) document.receive(update);
  if (document.stats().pending > 0) throw new Error(`A ${strategy} note lacks what ${document.stats().pending} of its updates build on`);
  return what === "state" ? document.since(EMPTY_BYTES) : factsOf(document);
}

port.on("message", (request: CompactRequest) => {
  answer(request).then(
    (value) => port.postMessage({ id: request.id, value } satisfies CompactAnswer),
    (error: unknown) =>
      port.postMessage({ id: request.id, problem: error instanceof Error ? error.message : String(error) } satisfies CompactAnswer),
  );
});
