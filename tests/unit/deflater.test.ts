import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { deflate, deflateParts, END_OF_PARTS, stored } from "../../crdt/base/deflater.ts";
import { inflate } from "../../crdt/base/inflate.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";

/** Words that come again, or bytes that do not, or one byte for long. */
function someBytes(prng: Prng, size: number): Uint8Array {
  const words = Array.from({ length: 50 }, () => Array.from({ length: prng.int(1, 12) }, () => prng.int(97, 123)));
  const out: number[] = [];
  while (out.length < size) {
    const dice = prng.float();
    if (dice < 0.8) out.push(...words[Math.floor(prng.float() ** 2 * 50)]!, 32);
    else if (dice < 0.97) out.push(prng.int(0, 256));
    else out.push(...new Uint8Array(prng.int(1, 600)).fill(prng.int(0, 256)));
  }
  return Uint8Array.from(out.slice(0, size));
}

function isSame(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && Buffer.compare(a, b) === 0;
}

function inflated(code: Uint8Array, size: number): Uint8Array | null {
  const out = new Uint8Array(size);
  return inflate(code, out, 0) === size ? out : null;
}

const sizes = [0, 1, 2, 3, 4, 5, 10, 257, 258, 259, 1000, 40_000, 65_535, 65_536, 140_000];

describe("deflated bytes", () => {
  it.each(sizes)("are read by zlib, and what zlib wrote is read, whatever its level; %i bytes", (size) => {
    const prng = createPrng(`deflated/${size}`);
    const bytes = someBytes(prng, size);
    for (const code of [deflate(bytes, 0), stored(bytes)]) {
      expect(isSame(inflateRawSync(code), bytes)).toBe(true);
      expect(isSame(inflated(code, size), bytes)).toBe(true);
    }
    for (const level of [0, 1, 6, 9]) expect(isSame(inflated(deflateRawSync(bytes, { level }), size), bytes)).toBe(true);
    for (const strategy of [1, 2, 3, 4]) expect(isSame(inflated(deflateRawSync(bytes, { strategy }), size), bytes)).toBe(true);
  });

  it("are about as few as zlib's, within 4 %", () => {
    const bytes = someBytes(createPrng("few"), 100_000);
    expect(deflate(bytes, 0).length).toBeLessThan(1.04 * deflateRawSync(bytes, { level: 6 }).length);
  });

  it("have codes of 15 bits at most, however uneven the bytes are", () => {
    // Fibonacci's numbers make the deepest tree.
    const counts = [1, 1];
    while (counts.length < 21) counts.push(counts.at(-1)! + counts.at(-2)!);
    const prng = createPrng("uneven");
    const all = counts.flatMap((count, byte) => [...new Uint8Array(count).fill(byte * 11)]);
    const bytes = Uint8Array.from(all, () => 0);
    for (let at = 0; at < bytes.length; at++) {
      const pick = prng.int(at, all.length);
      bytes[at] = all[pick]!;
      all[pick] = all[at]!;
    }
    expect(isSame(inflateRawSync(deflate(bytes, 0)), bytes)).toBe(true);
    expect(isSame(inflated(deflate(bytes, 0), bytes.length), bytes)).toBe(true);
  });

  it.each([1, 2, 3, 4, 5])("in parts, each after what stands before it, are one code, and tell where the parts end; seed %i", (seed) => {
    const prng = createPrng(`parts/${seed}`);
    const bytes = someBytes(prng, 120_000);
    const ends = [...Array.from({ length: 5 }, () => prng.int(1, bytes.length)).sort((a, b) => a - b), bytes.length];
    const codes = deflateParts(bytes, 0, ends);
    const code = Uint8Array.from([...codes, END_OF_PARTS].flatMap((part) => [...part]));
    expect(isSame(inflateRawSync(code), bytes)).toBe(true);
    const out = new Uint8Array(bytes.length);
    const found: [number, number][] = [];
    expect(inflate(code, out, 0, (codeEnd, end) => found.push([codeEnd, end]))).toBe(bytes.length);
    expect(isSame(out, bytes)).toBe(true);
    let codeEnd = 0;
    expect(found).toEqual(codes.map((part, n) => [(codeEnd += part.length), ends[n]]));
    // One coded anew, with what it may look back at alone, fits in its place.
    const [from, to] = [ends[2]!, ends[3]!];
    const again = deflateParts(bytes.subarray(Math.max(0, from - 32_768), to), Math.min(from, 32_768), [to - Math.max(0, from - 32_768)]);
    const mixed = [...codes.slice(0, 3), ...again, ...codes.slice(4), END_OF_PARTS].flatMap((part) => [...part]);
    expect(isSame(inflateRawSync(Uint8Array.from(mixed)), bytes)).toBe(true);
  });

  it("that are damaged or cut off give other bytes or none, and never write beyond the room", () => {
    const prng = createPrng("damaged");
    const bytes = someBytes(prng, 3_000);
    const code = deflate(bytes, 0);
    let refused = 0;
    for (let n = 0; n < 3_000; n++) {
      const wrong = prng.float() < 0.3 ? code.slice(0, prng.int(0, code.length)) : code.slice();
      if (wrong.length === code.length) wrong[prng.int(0, code.length)]! ^= 1 << prng.int(0, 8);
      const room = new Uint8Array(bytes.length + 16);
      const end = inflate(wrong, room.subarray(8, 8 + bytes.length), 0);
      expect(end).toBeLessThanOrEqual(bytes.length);
      expect([...room.subarray(0, 8), ...room.subarray(-8)].every((byte) => byte === 0)).toBe(true);
      if (end !== bytes.length) refused++;
      if (wrong.length < code.length) expect(end).toBe(-1);
    }
    expect(refused).toBeGreaterThan(1_000);
  });
});
