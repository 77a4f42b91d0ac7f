/**
 * The shapes of the crdt-benchmarks suite, written anew after what its README says they measure (N = 6,000):
 * B1 one writer, each update applied by a reader at once; B2 two who change a shared text of 100 units apart, merged into one
 * replica; B3 the edits of 20 times the square root of N writers, none of whom has seen another, merged one by one.
 */

import { createPrng } from "../../../../crdt/base/prng.ts";
import { type Patch, sentence } from "../../../../crdt/lab/bench/history.ts";
import { B1_SHAPES, B2_SHAPES, WRITERS_BY_SHAPE, writersOfB3 } from "../../../../crdt/lab/bench/shapes.ts";
import { timed } from "../cpu-clock.ts";
import type { Copy, Peer } from "../peer.ts";
import { type Case, expectText } from "./case.ts";

const N = 6_000;
const WRITERS = writersOfB3(N);

export const SHAPES: readonly Case[] = [
  ...B1_SHAPES.map((shape, n): Case => ({
    id: `B1.${n + 1}`,
    prepare({ peer }) {
      const patches = WRITERS_BY_SHAPE[shape](createPrng(`B1 ${shape}`), 0, N);
      const wanted = applied("", patches);
      return () => {
        const [writer, reader] = [peer.create(1), peer.create(2)];
        writer.listen((update) => reader.apply(update));
        const ms = timed(() => {
          for (const patch of patches) writer.edit(patch);
        });
        expectText(writer.text(), wanted);
        expectText(reader.text(), wanted);
        writer.close();
        reader.close();
        return { ms };
      };
    },
  })),
  ...B2_SHAPES.map((shape, n): Case => ({
    id: `B2.${n + 1}`,
    prepare({ peer }) {
      const start = sentence(3, 100);
      const [first] = updatesOf(peer.create(1), [[0, 0, start]]);
      if (first === undefined) throw new Error("No update for the shared text");
      const sides = [2, 3].map((id) => {
        const copy = peer.create(id);
        copy.apply(first);
        return updatesOf(copy, WRITERS_BY_SHAPE[shape](createPrng(`B2 ${shape} ${id}`), start.length, N));
      });
      return mergingBothWays(peer, [first], sides);
    },
  })),
  {
    id: "B3",
    prepare({ peer }) {
      const sides: Uint8Array[][] = [];
      for (let n = 0; n < WRITERS; n++) {
        const copy = peer.create(n + 10);
        sides.push(updatesOf(copy, [[0, 0, sentence(n, 8)]]));
        copy.close();
      }
      return () => {
        const [forwards, backwards] = [peer.create(2), peer.create(3)];
        const ms = timed(() => {
          for (const updates of sides) for (const update of updates) forwards.apply(update);
        });
        backwards.applyAll(sides.toReversed().flat());
        expectText(backwards.text(), forwards.text());
        if (forwards.length() !== WRITERS * 8) throw new Error(`${forwards.length()} units of ${WRITERS * 8}`);
        forwards.close();
        backwards.close();
        return { ms };
      };
    },
  },
];

/** Merges the sides into one replica, which is timed, and in the opposite order into another, which must agree. */
function mergingBothWays(peer: Peer, base: readonly Uint8Array[], sides: readonly (readonly Uint8Array[])[]): () => { ms: number } {
  return () => {
    const [forwards, backwards] = [peer.create(11), peer.create(12)];
    forwards.applyAll(base);
    backwards.applyAll(base);
    const ms = timed(() => {
      for (const updates of sides) forwards.applyAll(updates);
      forwards.length();
    });
    for (const updates of sides.toReversed()) backwards.applyAll(updates);
    expectText(backwards.text(), forwards.text());
    forwards.close();
    backwards.close();
    return { ms };
  };
}

function updatesOf(copy: Copy, patches: readonly Patch[]): Uint8Array[] {
  const updates: Uint8Array[] = [];
  copy.listen((update) => updates.push(update));
  for (const patch of patches) copy.edit(patch);
  return updates;
}

function applied(start: string, patches: readonly Patch[]): string {
  let text = start;
  for (const [index, remove, insert] of patches) text = text.slice(0, index) + insert + text.slice(index + remove);
  return text;
}
