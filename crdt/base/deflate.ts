/**
 * Text as deflated UTF-8 (RFC 1951), with its length. Halves of surrogate pairs do not survive.
 *
 * deflated := varUint(bytes) varBytes(their code, empty for none)
 */

import { type ByteReader, ByteWriter } from "./bytes.ts";
import { deflate, stored, WINDOW_BYTES } from "./deflater.ts";
import { DecodeError } from "./errors.ts";
import { inflate } from "./inflate.ts";

/** How much longer than its bytes a text may claim to be. What compresses better than that is stored as it is. */
const RATIO_MAX = 64;
const ALWAYS_ALLOWED_BYTES = 1024 * 1024;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Appends `text`. `known` is a text that the reader will have, and that this one may resemble. Cost: linear. */
export function writeDeflated(writer: ByteWriter, text: string, known = ""): void {
  writeDeflatedBytes(writer, utf8.encode(text), dictionaryOf(known));
}

/**
 * As `writeDeflated`, of bytes; what is known is bytes too, at most WINDOW_BYTES of them. `free`: how many bytes may be claimed
 * whatever their code is like: none, where there may be many such texts.
 */
export function writeDeflatedBytes(writer: ByteWriter, bytes: Uint8Array, known: Uint8Array | null, free = ALWAYS_ALLOWED_BYTES): void {
  const all = known === null ? bytes : new ByteWriter(known.length + bytes.length).raw(known).raw(bytes).finish();
  writeCode(writer, bytes, bytes.length === 0 ? bytes : deflate(all, known?.length ?? 0), free);
}

/** `bytes`, which `code` is the deflated form of. */
export function writeCode(writer: ByteWriter, bytes: Uint8Array, code: Uint8Array, free = ALWAYS_ALLOWED_BYTES): void {
  const isFair = bytes.length <= RATIO_MAX * code.length + free;
  writer.varUint(bytes.length).varBytes(isFair ? code : stored(bytes));
}

/**
 * Reads what `writeDeflated` wrote with the same `known`.
 * @throws DecodeError when it is not that, or claims to be longer than its bytes can be.
 */
export function readDeflated(reader: ByteReader, known = "", onPart: OnPart | null = null): string {
  const { offset } = reader;
  const bytes = readDeflatedBytes(reader, dictionaryOf(known), onPart);
  try {
    return fromUtf8.decode(bytes);
  } catch {
    // What TextDecoder throws has no offset.
    throw new DecodeError("Invalid deflated text", offset);
  }
}

/** Passes over what `writeDeflatedBytes` wrote; returns how many bytes it claims to be. @throws DecodeError when that is too much. */
export function skipDeflated(reader: ByteReader, free = ALWAYS_ALLOWED_BYTES): number {
  return claimed(reader, free).length;
}

function claimed(reader: ByteReader, free: number): { readonly length: number; readonly deflated: Uint8Array } {
  const { offset } = reader;
  const length = reader.varUint();
  const deflated = reader.varBytes();
  if (length > RATIO_MAX * deflated.length + free) throw new DecodeError(`A text of ${length} bytes in ${deflated.length}`, offset);
  return { length, deflated };
}

/** Reads what `writeDeflatedBytes` wrote. @throws DecodeError as `readDeflated`. */
export function readDeflatedBytes(reader: ByteReader, known: Uint8Array | null, onPart: OnPart | null = null): Uint8Array {
  const { offset } = reader;
  const { length, deflated } = claimed(reader, ALWAYS_ALLOWED_BYTES);
  const from = known?.length ?? 0;
  const out = new Uint8Array(from + length);
  if (known !== null) out.set(known);
  if (length > 0 && inflate(deflated, out, from, onPart) !== from + length) throw new DecodeError("Invalid deflated text", offset);
  return out.subarray(from);
}

/** As `readDeflatedBytes`, into `out` from `from` on, behind what is known; returns where it ends. `free` as it was written. */
export function readDeflatedInto(reader: ByteReader, out: Uint8Array, from: number, free: number): number {
  const { offset } = reader;
  const { length, deflated } = claimed(reader, free);
  const to = from + length;
  if (length > 0 && (to > out.length || inflate(deflated, out.subarray(0, to), from) !== to))
    throw new DecodeError("Invalid deflated text", offset);
  return to;
}

/** Told where each part of a code ends (see deflatePart), and where what it stands for does. */
export type OnPart = (codeEnd: number, end: number) => void;

/** The end of a text, as far as a text that is coded with its help looks back. */
export function dictionaryOf(known: string): Uint8Array | null {
  return known === "" ? null : utf8.encode(known.slice(-WINDOW_BYTES)).subarray(-WINDOW_BYTES);
}
