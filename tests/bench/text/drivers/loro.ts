/** loro-crdt: a commit for each edit where updates are wanted, else one for all. History kept with times off, as by default. */

import type { Copy, Peer } from "../peer.ts";

interface LoroText {
  readonly length: number;
  insert(index: number, text: string): void;
  delete(index: number, count: number): void;
  toString(): string;
}

interface LoroDoc {
  setPeerId(id: bigint): void;
  getText(key: string): LoroText;
  commit(): void;
  subscribeLocalUpdates(listener: (bytes: Uint8Array) => void): () => void;
  import(bytes: Uint8Array): unknown;
  importBatch(updates: Uint8Array[]): unknown;
  oplogFrontiers(): unknown;
  export(mode: { mode: "update" } | { mode: "snapshot" } | { mode: "shallow-snapshot"; frontiers: unknown }): Uint8Array;
  free(): void;
}

interface Loro {
  readonly LoroDoc: new () => LoroDoc;
}

export function open(load: (name: string) => unknown): Peer {
  const { LoroDoc } = load("loro-crdt") as Loro;
  const copyOf = (doc: LoroDoc): Copy => {
    const text = doc.getText("text");
    let isTold = false;
    return {
      edit([index, remove, insert]) {
        if (remove > 0) text.delete(index, remove);
        if (insert !== "") text.insert(index, insert);
        if (isTold) doc.commit();
      },
      settle: () => doc.commit(),
      listen(onUpdate) {
        isTold = true;
        doc.subscribeLocalUpdates(onUpdate);
      },
      apply: (update) => void doc.import(update),
      applyAll: (updates) => void doc.importBatch([...updates]),
      length: () => text.length,
      text: () => text.toString(),
      encode: (kind) =>
        kind === "cut" ? doc.export({ mode: "shallow-snapshot", frontiers: doc.oplogFrontiers() }) : doc.export({ mode: "snapshot" }),
      saved: () => doc.export({ mode: "snapshot" }),
      everything: () => doc.export({ mode: "update" }),
      close: () => doc.free(),
    };
  };
  return {
    kinds: ["full", "cut"],
    isWasm: true,
    create(n) {
      const doc = new LoroDoc();
      doc.setPeerId(BigInt(n));
      return copyOf(doc);
    },
    load(bytes) {
      const doc = new LoroDoc();
      doc.import(bytes);
      return copyOf(doc);
    },
  };
}
