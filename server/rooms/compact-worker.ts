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

async function answer({ what, strategy: name, pieces, passedBy }: CompactRequest): Promise<Uint8Array | NoteFacts> {
  const [state = EMPTY_BYTES, ...updates] = pieces;
  const strategy = await loadStrategy(name);
  const document = strategy.open({ replica: READER, clock: systemClock, state });
  for (const update of updates) document.receive(update);
  if (document.stats().pending > 0) throw new Error(`A ${name} note lacks what ${document.stats().pending} of its updates build on`);
  if (what === "facts") return factsOf(document);
  const whole = document.since(EMPTY_BYTES);
  return passedBy === null ? whole : (strategy.cutHistory?.(whole, passedBy) ?? whole);
}

port.on("message", (request: CompactRequest) => {
  answer(request).then(
    (value) => port.postMessage({ id: request.id, value } satisfies CompactAnswer),
    (error: unknown) =>
      port.postMessage({ id: request.id, problem: error instanceof Error ? error.message : String(error) } satisfies CompactAnswer),
  );
});
