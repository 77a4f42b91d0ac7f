import { describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { Rope } from "../../crdt/text/rope.ts";

describe("rope", () => {
  it.each([1, 2, 3, 4])("equals a plain string through pastes, typing and deletions, seed %i", (seed) => {
    const prng = createPrng(`rope/${seed}`);
    const rope = new Rope();
    let text = "";
    let caret = 0;
    for (let step = 0; step < 4_000; step++) {
      if (prng.float() < 0.1) caret = prng.int(0, text.length + 1);
      if (text.length > 0 && prng.float() < 0.4) {
        const from = Math.min(caret, text.length - 1);
        const count = Math.min(text.length - from, prng.float() < 0.02 ? prng.int(1, 6_000) : prng.int(1, 4));
        rope.delete(from, count);
        text = text.slice(0, from) + text.slice(from + count);
        caret = from;
      } else {
        const length = prng.float() < 0.02 ? prng.int(1, 9_000) : prng.int(1, 5);
        const piece = Array.from({ length }, () => String.fromCharCode(prng.int(32, 0x3000))).join("");
        if (prng.float() < 0.5) rope.insert(caret, piece);
        else
          rope.insertUnits(
            caret,
            Uint16Array.from(`xx${piece}`, (unit) => unit.charCodeAt(0)),
            2,
            2 + length,
          );
        text = text.slice(0, caret) + piece + text.slice(caret);
        caret += length;
      }
      if (text.length > 0) {
        const at = prng.int(0, text.length);
        expect(rope.unitAt(at)).toBe(text.charCodeAt(at));
      }
      if (step % 50 === 0) {
        rope.checkInvariants();
        expect(rope.toString() === text).toBe(true);
        const [from, to] = [prng.int(0, text.length + 1), prng.int(0, text.length + 1)].sort((a, b) => a - b) as [number, number];
        expect(rope.slice(from, to)).toBe(text.slice(from, to));
      }
    }
    rope.delete(0, text.length);
    rope.checkInvariants();
    rope.insert(0, "again");
    expect([rope.toString(), Rope.of("").length]).toEqual(["again", 0]);
  });
});
