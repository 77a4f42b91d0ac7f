/**
 * A text as it is stored: deflated in parts, each with the help of what stands before it. Those that an edit is too far away from to
 * matter are not coded again, so an encode costs the parts around what has changed.
 */

import { type ByteReader, ByteWriter } from "../base/bytes.ts";
import { readDeflated, writeCode } from "../base/deflate.ts";
import { deflateParts, END_OF_PARTS, WINDOW_BYTES } from "../base/deflater.ts";

/** A part has no more bytes, and, unless the text is short, no less than a quarter of them. */
const PART_BYTES = 49_152;

const utf8 = new TextEncoder();

/** The code of the bytes of a text between the part before and `to`. */
interface Part {
  readonly to: number;
  readonly code: Uint8Array;
}

export class CodedText {
  readonly text: string;
  /** As it is written: varUint(units) deflated. */
  readonly bytes: Uint8Array;
  readonly #parts: readonly Part[];

  private constructor(text: string, bytes: Uint8Array, parts: readonly Part[]) {
    this.text = text;
    this.bytes = bytes;
    this.#parts = parts;
  }

  /** `before`: another text, which this one may have come from. Cost: the parts that changed; comparing the two. */
  static of(text: string, before: CodedText | null = null): CodedText {
    const bytes = utf8.encode(text);
    const parts = before === null ? partsOf(bytes, new Uint8Array(0), []) : partsOf(bytes, utf8.encode(before.text), before.#parts);
    const size = parts.reduce((sum, { code }) => sum + code.length, 0);
    const code = new ByteWriter(size + 2);
    for (const part of parts) code.raw(part.code);
    if (parts.length > 0) code.raw(END_OF_PARTS);
    const writer = new ByteWriter(size + 32).varUint(text.length);
    writeCode(writer, bytes, code.finish());
    return new CodedText(text, writer.finish(), parts);
  }

  /** From `bytes`, which `reader` reads. @throws DecodeError */
  static read(reader: ByteReader, bytes: Uint8Array): CodedText {
    const { offset } = reader;
    const units = reader.varUint();
    const found: (readonly [codeEnd: number, to: number])[] = [];
    const text = readDeflated(reader, "", (codeEnd, to) => found.push([codeEnd, to]));
    if (text.length !== units) throw reader.error(`A text of ${text.length} units where ${units} were announced`);
    const coded = bytes.subarray(offset, reader.offset);
    const end = found.at(-1);
    // What is followed by more than the end was not written in parts.
    if (end === undefined || !isEnd(coded.subarray(-END_OF_PARTS.length))) return new CodedText(text, coded, []);
    const code = coded.subarray(coded.length - END_OF_PARTS.length - end[0]);
    const parts = found.map(([codeEnd, to], n) => ({ to, code: code.subarray(n === 0 ? 0 : found[n - 1]![0], codeEnd) }));
    return new CodedText(text, coded, parts);
  }
}

function isEnd(bytes: Uint8Array): boolean {
  return bytes.every((byte, n) => byte === END_OF_PARTS[n]);
}

/** The parts of `bytes`; those of `before` are `parts`, or there are none. */
function partsOf(bytes: Uint8Array, before: Uint8Array, parts: readonly Part[]): Part[] {
  const least = Math.min(bytes.length, before.length);
  let same = 0;
  while (same < least && bytes[same] === before[same]) same++;
  let sameEnd = 0;
  while (sameEnd < least - same && bytes[bytes.length - 1 - sameEnd] === before[before.length - 1 - sameEnd]) sameEnd++;
  let front = 0;
  while (front < parts.length && parts[front]!.to <= same) front++;
  // A part behind the change is the same where what it looks back at is, too.
  let back = parts.length;
  while (back > front && startOf(parts, back - 1) - WINDOW_BYTES >= before.length - sameEnd) back--;
  const shift = bytes.length - before.length;
  const endOf = (): number => (back < parts.length ? startOf(parts, back) + shift : bytes.length);
  // Parts do not get shorter and shorter.
  while (front > 0 && endOf() > startOf(parts, front) && endOf() - startOf(parts, front) < PART_BYTES / 4) front--;
  const out = parts.slice(0, front);
  const [from, to] = [startOf(parts, front), endOf()];
  const count = Math.ceil((to - from) / PART_BYTES);
  const ends = Array.from({ length: count }, (_, n) => from + Math.floor(((to - from) * (n + 1)) / count));
  for (const [n, code] of deflateParts(bytes.subarray(0, to), from, ends).entries()) out.push({ to: ends[n]!, code });
  for (const part of parts.slice(back)) out.push({ to: part.to + shift, code: part.code });
  return out;
}

function startOf(parts: readonly Part[], n: number): number {
  return n === 0 ? 0 : parts[n - 1]!.to;
}
