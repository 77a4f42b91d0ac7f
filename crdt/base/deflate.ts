/** Text as deflated UTF-8 (RFC 1951), through fflate. Halves of surrogate pairs do not survive. */

import { deflateSync, inflateSync } from "fflate";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { DecodeError } from "./errors.ts";

/** How much longer than its bytes a text may claim to be. What compresses better than that is stored as it is. */
const RATIO_MAX = 64;
const ALWAYS_ALLOWED_BYTES = 1024 * 1024;
/** Text that helps to code another is looked back at no further than this. */
export const WINDOW_BYTES = 32 * 1024;
/** Level 9 takes twice as long where text repeats itself, and is 0.1 % smaller. */
const LEVEL = 6 as const;

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
  const options = { level: LEVEL, ...(known === null ? {} : { dictionary: known }) };
  const deflated = bytes.length === 0 ? bytes : deflateSync(bytes, options);
  const isFair = bytes.length <= RATIO_MAX * deflated.length + free;
  writer.varUint(bytes.length).varBytes(isFair ? deflated : deflateSync(bytes, { ...options, level: 0 }));
}

/**
 * Reads what `writeDeflated` wrote with the same `known`.
 * @throws DecodeError when it is not that, or claims to be longer than its bytes can be.
 */
export function readDeflated(reader: ByteReader, known = ""): string {
  const { offset } = reader;
  const bytes = readDeflatedBytes(reader, dictionaryOf(known));
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
export function readDeflatedBytes(reader: ByteReader, known: Uint8Array | null, free = ALWAYS_ALLOWED_BYTES): Uint8Array {
  const { offset } = reader;
  const { length, deflated } = claimed(reader, free);
  if (length === 0) return new Uint8Array(0);
  try {
    // One byte more, to see whether there is more than was said.
    const out = new Uint8Array(length + 1);
    const bytes = inflateSync(deflated, { out, ...(known === null ? {} : { dictionary: known }) });
    if (bytes.length === length) return bytes;
  } catch {
    // Said below: what fflate throws has no offset.
  }
  throw new DecodeError("Invalid deflated text", offset);
}

/** The end of a text, as far as a text that is coded with its help looks back. */
export function dictionaryOf(known: string): Uint8Array | null {
  return known === "" ? null : utf8.encode(known.slice(-WINDOW_BYTES)).subarray(-WINDOW_BYTES);
}
