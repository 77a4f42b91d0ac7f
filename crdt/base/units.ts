/**
 * UTF-16 units as bytes, each by itself: UTF-8, but that the halves of a surrogate pair take three bytes each (CESU-8), so
 * that a half without its other half survives.
 */

import { DecodeError } from "./errors.ts";

/** Cost: linear. */
export function unitsToBytes(units: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(3 * units.length);
  let end = 0;
  for (let at = 0; at < units.length; at++) {
    const unit = units[at]!;
    if (unit < 0x80) bytes[end++] = unit;
    else if (unit < 0x800) {
      bytes[end++] = 0xc0 | (unit >> 6);
      bytes[end++] = 0x80 | (unit & 63);
    } else {
      bytes[end++] = 0xe0 | (unit >> 12);
      bytes[end++] = 0x80 | ((unit >> 6) & 63);
      bytes[end++] = 0x80 | (unit & 63);
    }
  }
  return bytes.subarray(0, end);
}

/** @throws DecodeError where `unitsToBytes` would not have written that. Cost: linear. */
export function bytesToUnits(bytes: Uint8Array): Uint16Array<ArrayBuffer> {
  const units = new Uint16Array(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    if (first < 0x80) {
      // Most text is ASCII for long.
      const from = at;
      while (at < bytes.length && bytes[at]! < 0x80) at++;
      units.set(bytes.subarray(from, at), end);
      end += at - from;
      continue;
    }
    const size = first < 0xe0 ? 2 : 3;
    const unit = size === 2 ? ((first & 31) << 6) | follower(bytes, at + 1) : threeBytes(bytes, at);
    if (first < 0xc0 || first > 0xef || unit < (size === 2 ? 0x80 : 0x800)) throw new DecodeError("No UTF-16 unit", at);
    units[end++] = unit;
    at += size;
  }
  return units.slice(0, end);
}

function threeBytes(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 15) << 12) | (follower(bytes, at + 1) << 6) | follower(bytes, at + 2);
}

function follower(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined || (byte & 0xc0) !== 0x80) throw new DecodeError("No UTF-16 unit", at);
  return byte & 63;
}
