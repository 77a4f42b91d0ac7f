/**
 * Digests of everything that a copy of a Yjs note has received: clocks, and those that are gone. A deletion advances no
 * state vector, hence both.
 *
 * seen   := ranges ranges, of what was inserted and of what is gone
 * ranges := varUint(clients) (varUint(client) varUint(count) (varUint(from - end before) varUint(length))^count)^clients
 */

import { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Comparison } from "../causal/version-vector.ts";

/** client -> half-open clock ranges, ascending and joined. */
export type Ranges = Map<number, [from: number, to: number][]>;

/** Ranges in both shapes: `ClockRanges` iterates as pairs too. */
type RangesLike = ReadonlyMap<number, Iterable<readonly [from: number, to: number]>>;

export function writeSeen(inserted: RangesLike, deleted: RangesLike): Uint8Array {
  const writer = new ByteWriter();
  writeRanges(writer, inserted);
  writeRanges(writer, deleted);
  return writer.finish();
}

function writeRanges(writer: ByteWriter, ranges: RangesLike): void {
  const clients = [...ranges.keys()].sort((a, b) => a - b);
  writer.varUint(clients.length);
  for (const client of clients) {
    const list = [...(ranges.get(client) ?? [])];
    writer.varUint(client).varUint(list.length);
    let at = 0;
    for (const [from, to] of list) {
      writer.varUint(from - at).varUint(to - from);
      at = to;
    }
  }
}

function readRanges(reader: ByteReader): Ranges {
  const out: Ranges = new Map();
  for (let clients = reader.count(2); clients > 0; clients--) {
    const client = reader.varUint();
    const list: [number, number][] = [];
    let at = 0;
    for (let count = reader.count(2); count > 0; count--) {
      const from = at + reader.varUint();
      at = from + reader.varUint();
      list.push([from, at]);
    }
    out.set(client, list);
  }
  return out;
}

function readSeen(bytes: Uint8Array): { inserted: Ranges; deleted: Ranges } {
  const reader = new ByteReader(bytes);
  const inserted = readRanges(reader);
  const deleted = readRanges(reader);
  reader.end();
  return { inserted, deleted };
}

/** @throws DecodeError on foreign bytes. Cost: linear. */
export function compareSeen(first: Uint8Array, second: Uint8Array): Comparison {
  const a = readSeen(first);
  const b = readSeen(second);
  const firstLacks = lackOf(a.inserted, b.inserted) + lackOf(a.deleted, b.deleted);
  const secondLacks = lackOf(b.inserted, a.inserted) + lackOf(b.deleted, a.deleted);
  const ordering = firstLacks === 0 ? (secondLacks === 0 ? "same" : "ahead") : secondLacks === 0 ? "behind" : "concurrent";
  return { ordering, firstLacks, secondLacks };
}

/** How many clocks `theirs` covers and `mine` does not. */
function lackOf(mine: Ranges, theirs: Ranges): number {
  let lack = 0;
  for (const [client, list] of theirs) {
    const held = mine.get(client) ?? [];
    let at = 0;
    for (const [from, to] of list) {
      lack += to - from;
      // One of mine may reach into several of theirs: the last is looked at again.
      while (at < held.length && held[at]![1] <= from) at++;
      for (let k = at; k < held.length && held[k]![0] < to; k++) lack -= Math.min(held[k]![1], to) - Math.max(held[k]![0], from);
    }
  }
  return lack;
}
