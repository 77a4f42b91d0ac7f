/** The text CRDTs under comparison, each behind the same few calls. A peer without a driver is null. */

import { replicaIdFrom } from "../../../crdt/base/ids.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";

export type Patch = readonly [index: number, remove: number, insert: string];

/** One copy of a text. */
export interface Copy {
  edit(patch: Patch): void;
  /** Told of each edit's update from now on. */
  listen(onUpdate: (update: Uint8Array) => void): void;
  apply(update: Uint8Array): void;
  /** All updates in one call, as the peer prefers to have them. */
  applyAll(updates: readonly Uint8Array[]): void;
  text(): string;
  encode(): Uint8Array;
}

export interface Peer {
  readonly name: string;
  create(n: number): Copy;
  /** A copy from what `encode` gave, to its text. */
  load(bytes: Uint8Array): string;
}

export const PEER_NAMES = ["ours", "yjs", "loro-crdt", "@automerge/automerge", "json-joy", "diamond-types-node", "list-positions"] as const;
export type PeerName = (typeof PEER_NAMES)[number];

const ours: Peer = {
  name: "ours",
  create(n) {
    const document = TextDocument.create({ agent: replicaIdFrom(n) });
    return {
      edit([index, remove, insert]) {
        if (remove > 0) document.delete(index, remove);
        if (insert !== "") document.insert(index, insert);
      },
      listen: (onUpdate) => void document.onUpdate(onUpdate),
      apply: (update) => void document.applyUpdate(update),
      applyAll: (updates) => void document.applyUpdates(updates),
      text: () => document.toString(),
      encode: () => document.encode(),
    };
  },
  load: (bytes) => TextDocument.load(bytes, { agent: replicaIdFrom(9) }).toString(),
};

async function yjs(): Promise<Peer> {
  const Y = await import("yjs");
  return {
    name: "yjs",
    create(n) {
      const doc = new Y.Doc({ gc: false });
      doc.clientID = n;
      const text = doc.getText("text");
      return {
        edit([index, remove, insert]) {
          if (remove > 0) text.delete(index, remove);
          if (insert !== "") text.insert(index, insert);
        },
        listen: (onUpdate) => void doc.on("update", onUpdate),
        apply: (update) => Y.applyUpdate(doc, update, "remote"),
        // Merging them first takes minutes for as many as these.
        applyAll: (updates) => Y.transact(doc, () => updates.forEach((update) => Y.applyUpdate(doc, update, "remote")), "remote"),
        text: () => text.toJSON(),
        encode: () => Y.encodeStateAsUpdate(doc),
      };
    },
    load(bytes) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, bytes);
      return doc.getText("text").toJSON();
    },
  };
}

/** The peer, or null where nobody has written what drives it yet. */
export async function openPeer(name: PeerName): Promise<Peer | null> {
  if (name === "ours") return ours;
  if (name === "yjs") return yjs();
  return null;
}
