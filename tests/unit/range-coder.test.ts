import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../crdt/base/bytes.ts";
import { readDeflated, writeDeflated } from "../../crdt/base/deflate.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { codeNumber, Model, NUMBER_SLOTS, RangeDecoder, RangeEncoder } from "../../crdt/base/range-coder.ts";

describe("range coder", () => {
  it("gives back what it was given, whatever the numbers are", () => {
    const prng = createPrng("range");
    for (let round = 0; round < 50; round++) {
      const limit = 2 ** prng.int(1, 31);
      const numbers = Array.from({ length: prng.int(0, 3_000) }, () => (prng.float() < 0.5 ? prng.int(0, limit) : 3));
      const encoder = new RangeEncoder();
      const written = new Model(NUMBER_SLOTS);
      for (const number of numbers) codeNumber(encoder, written, 0, number);
      const decoder = new RangeDecoder(encoder.finish());
      const model = new Model(NUMBER_SLOTS);
      expect(numbers.map(() => codeNumber(decoder, model, 0, 0))).toEqual(numbers);
      decoder.end();
    }
  });

  it("goes on where a decoder has come to, as if it had written all of it", () => {
    for (let seed = 0; seed < 200; seed++) {
      const prng = createPrng(`go on/${seed}`);
      // Nothing but bits of 1 that were hardly expected gives long runs of bytes of 255, through which a carry must go.
      const oddness = prng.float();
      const bits = Array.from({ length: prng.int(1, 2_000) }, () => (prng.float() < oddness ? 1 : 0));
      const code = (from: RangeEncoder, model: Model, some: readonly number[]): void => {
        for (const [n, bit] of some.entries()) from.bit(model, n % 3, bit);
      };
      const whole = new RangeEncoder();
      code(whole, new Model(3), bits);
      const bytes = whole.clone().finish();
      const decoder = new RangeDecoder(bytes);
      const model = new Model(3);
      const read = 3 * prng.int(0, Math.floor(bits.length / 3) + 1);
      for (let n = 0; n < read; n++) decoder.bit(model, n % 3);
      const resumed = decoder.encoder();
      code(resumed, model, bits.slice(read));
      expect(resumed.clone().finish()).toEqual(bytes);
      expect(resumed.finish()).toEqual(bytes);
    }
  });

  it("what is regular costs next to nothing", () => {
    const encoder = new RangeEncoder();
    const model = new Model(NUMBER_SLOTS);
    for (let n = 0; n < 10_000; n++) codeNumber(encoder, model, 0, 7);
    expect(encoder.finish().length).toBeLessThan(100);
  });

  it("does not go on for ever behind the end of its bytes", () => {
    const decoder = new RangeDecoder(new Uint8Array(2));
    const model = new Model(NUMBER_SLOTS);
    for (let n = 0; n < 5_000; n++) codeNumber(decoder, model, 0, 0);
    const far = new RangeDecoder(Uint8Array.of(255, 255, 255, 255));
    for (let n = 0; n < 5_000; n++) codeNumber(far, new Model(NUMBER_SLOTS), 0, 0);
    expect(() => far.end()).toThrow(DecodeError);
  });
});

describe("deflated text", () => {
  it("comes back, with and without a text that helps", () => {
    for (const text of ["", "a", "ünïcödé 😀".repeat(200), "the quick brown fox ".repeat(4_000)]) {
      for (const known of ["", "the quick brown fox", "x".repeat(100_000)]) {
        const writer = new ByteWriter();
        writeDeflated(writer, text, known);
        const reader = new ByteReader(writer.finish());
        expect(readDeflated(reader, known)).toBe(text);
        reader.end();
      }
    }
  });

  it("refuses a text that claims to be longer than its bytes can be, or is another one than it says", () => {
    const claims = new ByteWriter()
      .varUint(2 ** 30)
      .varBytes(Uint8Array.of(1, 2, 3))
      .finish();
    expect(() => readDeflated(new ByteReader(claims))).toThrow(DecodeError);
    const writer = new ByteWriter();
    writeDeflated(writer, "hello hello hello");
    const bytes = writer.finish();
    for (const length of [16, 18]) {
      const lies = bytes.slice();
      lies[0] = length;
      expect(() => readDeflated(new ByteReader(lies))).toThrow(DecodeError);
    }
  });

  it("a text that hardly has content is stored so that it may be read again", () => {
    const text = "a".repeat(8 * 1024 * 1024);
    const writer = new ByteWriter();
    writeDeflated(writer, text);
    expect(readDeflated(new ByteReader(writer.finish())) === text).toBe(true);
  });
});
