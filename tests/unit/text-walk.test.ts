import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

function edit(prng: Prng, document: TextDocument): void {
  const at = prng.int(0, document.length + 1);
  if (prng.float() < 0.6) document.insert(at, "abcdefgh".slice(0, prng.int(1, 9)));
  else document.delete(at, Math.min(document.length - at, prng.int(0, 6)));
}

/** The same document, asked by rows alone and with a tracker that knows every unit. */
function both(bytes: Uint8Array): [walking: TextDocument, replaying: TextDocument] {
  const [walking, replaying] = [2, 2].map((n) => TextDocument.load(bytes, { agent: replicaIdFrom(n) })) as [TextDocument, TextDocument];
  for (const _ of replaying.items());
  return [walking, replaying];
}

describe("a unit is found in the rows of the log as by a replay", () => {
  it.each([1, 2, 3, 4, 5, 6])("anchors are the same bytes, and lie at the same places when one has edited on; seed %i", (seed) => {
    const prng = createPrng(`walk/${seed}`);
    const ana = TextDocument.create({ agent: replicaIdFrom(1) });
    for (let n = 0; n < 150; n++) edit(prng, ana);
    const before = ana.encode({ history: seed % 2 === 0 ? "full" : "cut" });
    const [walking, replaying] = both(before);
    // Now and then two at once, before which a walk cannot see.
    const bo = TextDocument.load(before, { agent: replicaIdFrom(3) });
    for (let n = 0; seed > 3 && n < 3; n++) {
      edit(prng, bo);
      edit(prng, walking);
      for (const update of [walking.since(replaying.version()), bo.since(replaying.version())]) replaying.applyUpdate(update);
      walking.applyUpdate(bo.since(walking.version()));
      bo.applyUpdate(walking.since(bo.version()));
    }
    const anchors = Array.from({ length: 20 }, () => [prng.int(0, walking.length + 1), prng.float() < 0.5 ? -1 : 1] as const);
    const made = anchors.map(([index, side]) => walking.anchor(index, side));
    expect(made).toEqual(anchors.map(([index, side]) => replaying.anchor(index, side)));
    for (let n = 0; n < 30; n++) {
      edit(prng, walking);
      replaying.applyUpdate(walking.since(replaying.version()));
    }
    expect(made.map((anchor) => walking.resolve(anchor))).toEqual(made.map((anchor) => replaying.resolve(anchor)));
    for (const document of [walking, replaying]) document.checkInvariants();
  });
});
