/**
 * What SQLite does not say about its write-ahead log. It reads it up to the first frame whose checksum does not agree, and
 * takes that for the end: rightly where a crash has torn the last transaction, which nobody was told is durable; wrongly where
 * the disk has changed something in the middle, since every transaction behind it was durable. Each is synced before the next
 * is written, so frames of a later one tell the two apart. (A change within the last transaction looks like a torn one.)
 *
 * The format: sqlite.org/fileformat2.html, section 4.
 */

import { existsSync, readFileSync } from "node:fs";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
/** SQLite's own choice, which is ours. */
const PAGE_BYTES = 4_096;

/** What is damaged in the log at `path` other than its end; null: nothing. Cost: reads the whole file. */
export function walDamage(path: string): string | null {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  if (bytes.length <= HEADER_BYTES) return null;
  const isBigEndian = bytes.readUInt32BE(0) === MAGIC + 1;
  let sums = checksum(bytes.subarray(0, 24), isBigEndian, [0, 0]);
  const isHeaderSound = sums[0] === bytes.readUInt32BE(24) && sums[1] === bytes.readUInt32BE(28);
  const frameBytes = FRAME_HEADER_BYTES + PAGE_BYTES;
  const isOfThisLog = (at: number): boolean => bytes.compare(bytes, 16, 24, at + 8, at + 16) === 0;
  let at = HEADER_BYTES;
  if (!isHeaderSound || (bytes.readUInt32BE(0) & ~1) !== MAGIC) {
    // It is synced before the first frame is written: with a frame behind it, it is no torn one.
    const next = HEADER_BYTES + FRAME_HEADER_BYTES + PAGE_BYTES;
    const hasFrames = next + 16 <= bytes.length && bytes.compare(bytes, at + 8, at + 16, next + 8, next + 16) === 0;
    return hasFrames ? "The head of the log is damaged" : null;
  }
  for (; at + frameBytes <= bytes.length && isOfThisLog(at); at += frameBytes) {
    sums = checksum(bytes.subarray(at, at + 8), isBigEndian, sums);
    sums = checksum(bytes.subarray(at + FRAME_HEADER_BYTES, at + frameBytes), isBigEndian, sums);
    if (sums[0] !== bytes.readUInt32BE(at + 16) || sums[1] !== bytes.readUInt32BE(at + 20)) break;
  }
  const end = at;
  let isBehindIt = false;
  for (; at + frameBytes <= bytes.length; at += frameBytes) {
    if (!isOfThisLog(at)) continue;
    if (isBehindIt) return `The log is damaged at byte ${end}, and goes on behind it`;
    // The size of the database, which only the last frame of a transaction has.
    isBehindIt = bytes.readUInt32BE(at + 4) !== 0;
  }
  return null;
}

type Sums = readonly [number, number];

function checksum(bytes: Buffer, isBigEndian: boolean, [first, second]: Sums): Sums {
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}
