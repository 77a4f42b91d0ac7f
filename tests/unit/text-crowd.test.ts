import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, shuffle } from "../../crdt/base/prng.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

/** What many typed at the same place, none having seen another, some of them on and on, some before what stood there. */
function typed(seed: number, writers: number): { readonly base: Uint8Array; readonly updates: Uint8Array[] } {
  const prng = createPrng(`crowd/${seed}`);
  const start = TextDocument.create({ agent: replicaIdFrom(500) });
  start.insert(0, "ab");
  const base = start.encode();
  const updates: Uint8Array[] = [];
  for (let n = 0; n < writers; n++) {
    const copy = TextDocument.load(base, { agent: replicaIdFrom(n + 1) });
    copy.onUpdate((update) => updates.push(update.slice()));
    if (prng.float() < 0.2) copy.delete(1, 1);
    copy.insert(1, `<${n}`);
    if (prng.float() < 0.3) copy.insert(prng.int(1, copy.length), "+");
    if (prng.float() < 0.5) copy.insert(1, `${n}>`);
  }
  return { base, updates };
}

describe("a crowd at one place", () => {
  it.each([1, 2, 3, 4])("stands alike in whatever order it comes, and as in a replay; seed %i", (seed) => {
    const prng = createPrng(`crowd orders/${seed}`);
    const { base, updates } = typed(seed, 60);
    const texts = new Set<string>();
    for (const order of [updates, updates.toReversed(), ...[1, 2, 3].map(() => shuffle(prng, updates.slice()))]) {
      const reader = TextDocument.load(base, { agent: replicaIdFrom(900) });
      for (const update of order) reader.applyUpdate(update);
      reader.checkInvariants();
      texts.add(reader.toString());
      const batch = TextDocument.load(base, { agent: replicaIdFrom(901) });
      batch.applyUpdates(order);
      texts.add(batch.toString());
    }
    expect(texts.size).toBe(1);
  });
});
