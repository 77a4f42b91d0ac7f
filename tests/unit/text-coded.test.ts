import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../crdt/base/bytes.ts";
import { readDeflated } from "../../crdt/base/deflate.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { CodedText } from "../../crdt/text/coded-text.ts";
import { wellFormed } from "../../crdt/text/surrogates.ts";

const WORDS = ["the ", "text ", "that ", "everybody ", "edits ", "😀 ", "Zürich ", "\n"];

function prose(prng: Prng, units: number): string {
  let out = "";
  while (out.length < units) out += prng.float() < 0.8 ? WORDS[prng.int(0, WORDS.length)]! : `${prng.int(0, 100_000)} `;
  return out;
}

function read(bytes: Uint8Array): string {
  const reader = new ByteReader(bytes);
  const units = reader.varUint();
  const text = readDeflated(reader);
  expect([units, reader.remaining]).toEqual([text.length, 0]);
  return text;
}

describe("a coded text", () => {
  it.each([1, 2, 3, 4])("is read as it was, whatever was edited since the last time, and loaded in between; seed %i", (seed) => {
    const prng = createPrng(`coded/${seed}`);
    let coded = CodedText.of(prose(prng, seed === 4 ? 0 : 150_000));
    for (let n = 0; n < 30; n++) {
      let { text } = coded;
      for (let edits = prng.int(1, 4); edits > 0; edits--) {
        const at = prng.int(0, text.length + 1);
        const removed = prng.float() < 0.5 ? prng.int(0, prng.float() < 0.2 ? 60_000 : 10) : 0;
        const [before, behind] = [text.slice(0, at), text.slice(at + removed)];
        text = wellFormed(before + prose(prng, prng.float() < 0.3 ? 0 : prng.int(0, 3_000)) + behind);
      }
      coded = CodedText.of(text, coded);
      expect(read(coded.bytes)).toBe(text);
      if (prng.float() < 0.3) {
        const bytes = new ByteWriter().varUint(7).raw(coded.bytes).varUint(9).finish();
        const reader = new ByteReader(bytes);
        reader.varUint();
        coded = CodedText.read(reader, bytes);
        expect([coded.text, reader.varUint()]).toEqual([text, 9]);
      }
    }
  });

  it("is read as it was when an edit is at the border of two parts", () => {
    const text = "What is typed here is told apart by its number: ".repeat(2_500).replace(/apart/g, (_, at: number) => String(at));
    const coded = CodedText.of(text);
    // Three parts of the same size.
    const border = Math.floor(text.length / 3);
    expect(text.length).toBeGreaterThan(2 * 49_152);
    for (let at = border - 12; at < border + 4; at++)
      for (const edited of [`${text.slice(0, at)}!${text.slice(at)}`, text.slice(0, at) + text.slice(at + 1)])
        expect(read(CodedText.of(edited, coded).bytes) === edited).toBe(true);
  });

  it("keeps the code of what is far from an edit, also behind a load", () => {
    const prng = createPrng("kept");
    const text = prose(prng, 300_000);
    const first = CodedText.of(text);
    const loaded = CodedText.read(new ByteReader(first.bytes), first.bytes);
    const edited = `${text.slice(0, 150_000)}here${text.slice(150_000)}`;
    for (const before of [first, loaded]) {
      const { bytes } = CodedText.of(edited, before);
      let [same, sameEnd] = [8, 0];
      while (bytes[same] === first.bytes[same]) same++;
      while (bytes[bytes.length - 1 - sameEnd] === first.bytes[first.bytes.length - 1 - sameEnd]) sameEnd++;
      // Three or four parts of fifteen, whose place is in the middle.
      expect((same + sameEnd) / bytes.length).toBeGreaterThan(0.6);
    }
  });
});
