/** How the cost grows with the document: as many edits at random places of a text of each size, typed and received. */

import { createPrng } from "../../../../crdt/base/prng.ts";
import { timed } from "../cpu-clock.ts";
import { letter, type Patch, sentence } from "../../../../crdt/lab/bench/history.ts";
import { type Case, expectText } from "./case.ts";

const EDITS = 10_000;
export const DOCUMENT_SIZES = [10_000, 100_000, 1_000_000] as const;

export const GROWTH_DOCUMENT: readonly Case[] = DOCUMENT_SIZES.map((size): Case => ({
  id: `document-${size}`,
  prepare({ peer }) {
    const prng = createPrng(`document ${size}`);
    const patches = Array.from({ length: EDITS }, (_, n): Patch => [prng.int(0, size + n + 1), 0, letter(n % 27)]);
    // A text that was itself typed in pieces, so that there is a structure to search.
    const pieces = Array.from({ length: 1_000 }, (_, n): Patch => [prng.int(0, (n * size) / 1_000 + 1), 0, sentence(n, size / 1_000)]);
    const first: Uint8Array[] = [];
    const origin = peer.create(1);
    origin.listen((update) => first.push(update));
    for (const piece of pieces) origin.edit(piece);
    return () => {
      const [writer, reader] = [peer.create(2), peer.create(3)];
      writer.applyAll(first);
      reader.applyAll(first);
      const updates: Uint8Array[] = [];
      writer.listen((update) => updates.push(update));
      const emit = timed(() => {
        for (const patch of patches) writer.edit(patch);
      });
      const apply = timed(() => {
        for (const update of updates) reader.apply(update);
      });
      expectText(reader.text(), writer.text());
      if (reader.length() !== size + EDITS) throw new Error(`${reader.length()} units, expected ${size + EDITS}`);
      writer.close();
      reader.close();
      return { emit, apply };
    };
  },
}));
