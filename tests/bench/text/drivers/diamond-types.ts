/**
 * diamond-types-node. It counts code points: the texts here must have none beyond U+FFFF. A batch
 * is gathered in a log of operations first, so that it is merged once.
 */

import type { Copy, Peer } from "../peer.ts";

interface Doc {
  ins(index: number, text: string): void;
  del(index: number, count: number): void;
  len(): number;
  get(): string;
  toBytes(): Uint8Array;
  getLocalVersion(): Uint32Array;
  getPatchSince(version: Uint32Array): Uint8Array;
  mergeBytes(bytes: Uint8Array): Uint32Array;
  free(): void;
}

interface OpLog {
  addFromBytes(bytes: Uint8Array): unknown;
  toBytes(): Uint8Array;
  free(): void;
}

interface DiamondTypes {
  readonly OpLog: { fromBytes(bytes: Uint8Array): OpLog };
  readonly Doc: { new (agent: string): Doc; fromBytes(bytes: Uint8Array, agent: string): Doc };
}

/** Fewer are merged one by one: gathering costs a copy of the whole log. */
const BATCH_MIN = 64;

export function open(load: (name: string) => unknown): Peer {
  const { Doc, OpLog } = load("diamond-types-node") as DiamondTypes;
  const copyOf = (doc: Doc): Copy => {
    let onUpdate: ((update: Uint8Array) => void) | null = null;
    return {
      edit([index, remove, insert]) {
        const before = onUpdate === null ? null : doc.getLocalVersion();
        if (remove > 0) doc.del(index, remove);
        if (insert !== "") doc.ins(index, insert);
        if (onUpdate !== null && before !== null) onUpdate(doc.getPatchSince(before));
      },
      settle: () => undefined,
      listen(listener) {
        onUpdate = listener;
      },
      apply: (update) => void doc.mergeBytes(update),
      applyAll(updates) {
        if (updates.length < BATCH_MIN) {
          updates.forEach((update) => void doc.mergeBytes(update));
          return;
        }
        const log = OpLog.fromBytes(doc.toBytes());
        updates.forEach((update) => void log.addFromBytes(update));
        doc.mergeBytes(log.toBytes());
        log.free();
      },
      length: () => doc.len(),
      text: () => doc.get(),
      encode: () => doc.toBytes(),
      saved: () => doc.toBytes(),
      everything: () => doc.toBytes(),
      close: () => doc.free(),
    };
  };
  return {
    kinds: ["full"],
    isWasm: true,
    create: (n) => copyOf(new Doc(`r${n}`)),
    load: (bytes) => copyOf(Doc.fromBytes(bytes, "r999")),
  };
}
