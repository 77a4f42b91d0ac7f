/** Ours, through the public face of TextDocument alone. */

import { replicaIdFrom } from "../../../../crdt/base/ids.ts";
import { TextDocument } from "../../../../crdt/text/text-document.ts";
import type { Copy, EncodeKind, Peer } from "../peer.ts";

/** `encode` with the options of the plan; a document that knows none of them ignores the argument. */
interface Encoder {
  encode(options?: { readonly history: EncodeKind }): Uint8Array;
}

export function open(): Peer {
  return {
    kinds: ["full", "without-deleted-text", "cut"],
    create: (n) => copyOf(TextDocument.create({ agent: replicaIdFrom(n) })),
    load: (bytes) => copyOf(TextDocument.load(bytes, { agent: replicaIdFrom(999) })),
  };
}

function copyOf(document: TextDocument): Copy {
  const encoder: Encoder = document;
  return {
    edit([index, remove, insert]) {
      if (remove > 0) document.delete(index, remove);
      if (insert !== "") document.insert(index, insert);
    },
    settle: () => undefined,
    listen: (onUpdate) => void document.onUpdate(onUpdate),
    apply: (update) => void document.applyUpdate(update),
    applyAll: (updates) => void document.applyUpdates(updates),
    length: () => document.length,
    text: () => document.toString(),
    encode: (kind) => encoder.encode({ history: kind }),
    saved: () => encoder.encode({ history: "full" }),
    everything: () => document.since(new Uint8Array(0)),
    close: () => undefined,
  };
}
