/**
 * Memory of a document, in fresh processes: heapUsed plus external (array buffers and, as V8 counts it there, a wasm peer's
 * linear memory), after a full collection. Plain JavaScript: several documents held at once, divided by their number, with one
 * more made before the first reading, so that code and tables are not counted. Wasm: the first document, room that its making
 * needed included, because a linear memory never shrinks; an empty document is made before the first reading.
 */

import type { Copy, Peer } from "../peer.ts";
import { type Case, expectText } from "./case.ts";

const LOADED_COPIES = 10;
const TYPED_COPIES = 2;
const MB = 1_000_000;

function usedBytes(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("Memory is measured under --expose-gc");
  for (let n = 0; n < 4; n++) gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes of one copy. */
function measure(peer: Peer, held: number, make: () => Copy): { readonly bytes: number; readonly copies: readonly Copy[] } {
  const copies = [peer.isWasm === true ? peer.create(800) : make()];
  const count = peer.isWasm === true ? 1 : held;
  const before = usedBytes();
  for (let n = 0; n < count; n++) copies.push(make());
  return { bytes: (usedBytes() - before) / count, copies };
}

export const MEMORY: readonly Case[] = [
  {
    id: "memory-loaded",
    needs: ["saved"],
    isFresh: true,
    collectsGarbage: true,
    prepare({ peer, trace, material }) {
      const { blob } = material("saved");
      if (blob === null) throw new Error("Nothing saved");
      return () => {
        const { bytes, copies } = measure(peer, LOADED_COPIES, () => {
          const copy = peer.load(blob);
          expectText(copy.text(), trace.endContent);
          return copy;
        });
        copies.forEach((copy) => copy.close());
        return { mb: bytes / MB };
      };
    },
  },
  {
    id: "memory-typed",
    isFresh: true,
    collectsGarbage: true,
    prepare:
      ({ peer, trace }) =>
      () => {
        const { bytes, copies } = measure(peer, TYPED_COPIES, () => {
          const copy = peer.create(1);
          for (const patch of trace.patches) copy.edit(patch);
          copy.settle();
          expectText(copy.text(), trace.endContent);
          return copy;
        });
        copies.forEach((copy) => copy.close());
        return { mb: bytes / MB };
      },
  },
];
