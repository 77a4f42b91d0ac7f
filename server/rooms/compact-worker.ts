/** The compactor's thread. */

import { parentPort } from "node:worker_threads";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { systemClock } from "../system-clock.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import type { CompactAnswer, CompactRequest } from "./compactor.ts";
import { factsOf, type NoteFacts } from "./note-facts.ts";

const port = parentPort!;

/** Who reads; writes nothing, so that nobody meets it. */
const READER = replicaIdFrom(0);

/** How long a document is kept for the next who asks the same note. */
const KEPT_MS = 2_000;

interface Kept {
  readonly pieces: readonly Uint8Array[];
  readonly document: Replica;
  readonly timer: NodeJS.Timeout;
}

/** The note that somebody who comes back was last answered from: after a restart many ask at once. */
let kept: Kept | null = null;

async function answer({ strategy: name, pieces, wanted }: CompactRequest): Promise<Uint8Array | NoteFacts | null> {
  const strategy = await loadStrategy(name);
  if (wanted.what === "since") return keptDocument(strategy, pieces).since(wanted.version);
  if (wanted.what === "news") {
    const document = wholeDocument(strategy, pieces);
    document.receive(wanted.update);
    return document.stats().pending > 0 ? null : document.since(wanted.version);
  }
  // What waits is one of the facts; a state would be without it.
  if (wanted.what === "facts") return factsOf(documentOf(strategy, pieces));
  const whole = wholeDocument(strategy, pieces).since(EMPTY_BYTES);
  return wanted.passedBy === null ? whole : (strategy.cutHistory?.(whole, wanted.passedBy) ?? whole);
}

function keptDocument(strategy: Strategy, pieces: readonly Uint8Array[]): Replica {
  const isSame = kept?.pieces.length === pieces.length && kept.pieces.every((piece, n) => Buffer.compare(piece, pieces[n]!) === 0);
  const document = isSame ? kept!.document : wholeDocument(strategy, pieces);
  clearTimeout(kept?.timer);
  kept = { pieces, document, timer: setTimeout(() => (kept = null), KEPT_MS).unref() };
  return document;
}

function documentOf(strategy: Strategy, pieces: readonly Uint8Array[]): Replica {
  const [state = EMPTY_BYTES, ...updates] = pieces;
  const document = strategy.open({ replica: READER, clock: systemClock, state });
  for (const update of updates) document.receive(update);
  return document;
}

function wholeDocument(strategy: Strategy, pieces: readonly Uint8Array[]): Replica {
  const document = documentOf(strategy, pieces);
  const { pending } = document.stats();
  if (pending > 0) throw new Error(`A ${strategy.name} note lacks what ${pending} of its updates build on`);
  return document;
}

port.on("message", (request: CompactRequest) => {
  answer(request).then(
    (value) => port.postMessage({ id: request.id, value } satisfies CompactAnswer),
    (error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      port.postMessage({ id: request.id, problem, closeCode: closeCodeOf(error) } satisfies CompactAnswer);
    },
  );
});

function closeCodeOf(error: unknown): number | null {
  if (error instanceof ProtocolError) return error.closeCode;
  return error instanceof DecodeError ? CLOSE.unreadable : null;
}
