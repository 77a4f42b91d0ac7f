/** What a node says of a note: its hashes, and what became of what was typed. Read off a document, wherever that is. */

import { toBase64 } from "../../crdt/base/bytes.ts";
import type { Replicated } from "../../crdt/strategy/strategy.ts";
import type { ReplicaDigest } from "../../crdt/sync/control-messages.ts";

export interface NoteFacts {
  readonly digest: ReplicaDigest;
  /** Characters that all known writes inserted, and how many of them no rule threw away. */
  readonly typed: number;
  readonly kept: number;
}

/** Cost: linear in the note. */
export function factsOf(copy: Replicated & { readonly length?: number }): NoteFacts {
  const { content, structure } = copy.hash();
  const { pending, typed, kept } = copy.stats();
  const digest = {
    contentHash: content,
    structureHash: structure,
    seen: toBase64(copy.seen()),
    unacknowledged: 0,
    buffered: pending,
    length: copy.length ?? 0,
  };
  return { digest, typed, kept };
}
