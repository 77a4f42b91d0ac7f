/** Yjs. Sizes in its second format, which is smaller; times in its first, which is faster and the default. */

import type { Copy, Peer } from "../peer.ts";

export async function open(): Promise<Peer> {
  const Y = await import("yjs");
  const copyOf = (doc: InstanceType<typeof Y.Doc>): Copy => {
    const text = doc.getText("text");
    return {
      edit([index, remove, insert]) {
        if (remove > 0 && insert !== "") {
          doc.transact(() => {
            text.delete(index, remove);
            text.insert(index, insert);
          });
        } else if (remove > 0) text.delete(index, remove);
        else if (insert !== "") text.insert(index, insert);
      },
      settle: () => undefined,
      listen: (onUpdate) => void doc.on("update", onUpdate),
      apply: (update) => Y.applyUpdate(doc, update),
      // Merging them into one first takes minutes for as many as these.
      applyAll: (updates) => Y.transact(doc, () => updates.forEach((update) => Y.applyUpdate(doc, update))),
      length: () => text.length,
      text: () => text.toJSON(),
      encode: () => Y.encodeStateAsUpdateV2(doc),
      saved: () => Y.encodeStateAsUpdate(doc),
      everything: () => Y.encodeStateAsUpdate(doc),
      close: () => doc.destroy(),
    };
  };
  return {
    kinds: ["full", "without-deleted-text"],
    create(n, kind) {
      const doc = new Y.Doc({ gc: kind !== "full" });
      doc.clientID = n;
      return copyOf(doc);
    },
    load(bytes) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, bytes);
      return copyOf(doc);
    },
  };
}
