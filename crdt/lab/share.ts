/**
 * A scenario in the fragment of a link: "1." and, in base64url, its JSON deflated against words that every scenario has. Opening
 * one gives a scenario and runs nothing.
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { readDeflated, writeDeflated } from "../base/deflate.ts";
import { DecodeError } from "../base/errors.ts";

/** Longer scenarios are files. */
export const FRAGMENT_LENGTH_MAX = 16_384;
/** What unpacks to more is refused before it is unpacked. */
const TEXT_BYTES_MAX = 256 * 1024;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MARK = "1.";
/** Fixed for this mark: links that are out there were packed with it. */
const KNOWN =
  '"refused":,"skipped":,"drafts":{"meta":{"title":"tags":["engines":["g-counter","pn-counter","lww","mv","or-set"]{"id":"","v":1,"title":"","lesson":"","tags":["metadata","duplicate","clock","lost update"],"seed":1,"text":"","topology":{"nodes":1,"replicas":[{"id":"A","name":"Ana"},{"id":"B","name":"Bo"},{"id":"C","name":"Cy"}]},"steps":[{"at":0,"do":"link","from":"S1","to":"A","set":{"latency":},{"at":0,"do":"partition","groups":[["A"],["B"],["S1"]]},{"at":1000,"do":"replace","by":"A","pos":0,"len":2,"text":""},{"at":2000,"do":"delete","by":"B","pos":1,"len":1},{"at":1000,"do":"type","by":"A","pos":1,"text":""},{"at":4000,"do":"heal"}],{"at":3000,"do":"sync","order":["A","B"]}],"expect":{"walker":{"text":"","converged":true},"yjs":{"text":"","converged":true},"lww-note":{"text":"","converged":true,"lost":1},"lww-line":{"text":"","converged":true},"mv-note":{"text":"","converged":true},"fugue":{"text":"","converged":true},"fuguemax":{"text":"","converged":true},"rga":{"text":"","converged":true},"ot":{"text":"","converged":true},"cas-diff3":{"text":"‹|CONFLICT|›","converged":true},"cas-index":{"text":"","converged":true},"quorum":{"text":"","converged":true},"lease":{"text":"","converged":true}}}';

/** `scenario` is plain JSON. Returns null where it is too long for a link. */
export function packFragment(scenario: unknown): string | null {
  const writer = new ByteWriter();
  writeDeflated(writer, JSON.stringify(scenario), KNOWN);
  const fragment = MARK + toBase64(writer.finish());
  return fragment.length > FRAGMENT_LENGTH_MAX ? null : fragment;
}

/** The JSON of what `packFragment` has packed; check it as any scenario. @throws DecodeError for anything else. */
export function unpackFragment(fragment: string): unknown {
  if (!fragment.startsWith(MARK)) throw new DecodeError("No packed scenario", 0);
  if (fragment.length > FRAGMENT_LENGTH_MAX) throw new DecodeError(`A link of ${fragment.length} characters`, 0);
  const bytes = fromBase64(fragment.slice(MARK.length));
  const claimed = new ByteReader(bytes).varUint();
  if (claimed > TEXT_BYTES_MAX) throw new DecodeError(`A scenario of ${claimed} bytes`, 0);
  const reader = new ByteReader(bytes);
  const text = readDeflated(reader, KNOWN);
  reader.end();
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError("A packed text that is not JSON", 0);
  }
}

function toBase64(bytes: Uint8Array): string {
  let out = "";
  let [held, bits] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) out += DIGITS.charAt((held >> (bits - 6)) & 63);
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + DIGITS.charAt((held << (6 - bits)) & 63);
}

function fromBase64(text: string): Uint8Array {
  const out: number[] = [];
  let [held, bits] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const digit = DIGITS.indexOf(text.charAt(at));
    if (digit < 0) throw new DecodeError("A character that base64url does not have", at);
    held = (held << 6) | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push((held >> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(out);
}
