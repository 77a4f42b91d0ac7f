/** The page's editor and the worker's text, with what they say to each other late, in random orders: always equal in the end. */

import { describe, expect, it } from "vitest";
import { FarEnd, inverseOf, NearEnd, type FarBatch, type NearEdit } from "../../app/_lab/text-link.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";

function randomSplices(prng: Prng, length: number): Splice[] {
  const out: Splice[] = [];
  let from = 0;
  for (let n = prng.int(1, 4); n > 0 && from <= length; n--) {
    const index = prng.int(from, length + 1);
    const remove = prng.int(0, Math.min(4, length - index) + 1);
    const insert = ["", "x", "yz"][prng.int(0, 3)]!;
    if (remove > 0 || insert !== "") out.push({ index, remove, insert });
    from = index + remove + 1;
  }
  return out;
}

describe("an editor and the text behind it", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("meet again (seed %i)", (seed) => {
    const prng = createPrng(`text link ${seed}`);
    const [near, far] = [new NearEnd(), new FarEnd()];
    let [page, world] = ["abcdefgh", "abcdefgh"];
    const up: NearEdit[] = [];
    const down: FarBatch[] = [];
    const takeUp = (): void => {
      const edit = up.shift();
      if (edit === undefined) return;
      const splices = far.receive(edit);
      const isRefused = prng.int(0, 5) === 0;
      if (isRefused) far.change(inverseOf(splices, world));
      else world = applySplices(world, splices);
    };
    const takeDown = (): void => {
      const batch = down.shift();
      if (batch !== undefined) page = applySplices(page, near.receive(batch));
    };
    const send = (): void => {
      const batch = far.flush();
      if (batch !== null) down.push(batch);
    };
    for (let round = 0; round < 400; round++) {
      for (let n = 0; n < 12; n++) {
        const choice = prng.int(0, 5);
        if (choice === 0) {
          const splices = randomSplices(prng, page.length);
          page = applySplices(page, splices);
          up.push(near.edit(splices));
        } else if (choice === 1) {
          const splices = randomSplices(prng, world.length);
          world = applySplices(world, splices);
          far.change(splices);
        } else if (choice === 2) send();
        else if (choice === 3) takeUp();
        else takeDown();
      }
      while (up.length > 0) takeUp();
      send();
      while (down.length > 0) takeDown();
      expect(page, `after round ${round}`).toBe(world);
    }
  });
});
