/** What is told of the structs that a Yjs document holds: how many are gone, which, and a digest of all that they say. */

import { assert } from "../base/assert.ts";
import { Hasher } from "../base/hash.ts";
import type { Ranges } from "./yjs-seen.ts";

export interface StructId {
  readonly client: number;
  readonly clock: number;
}

/** Of a struct of Yjs, what matters here. What was collected has no origins. */
interface Struct {
  readonly id: StructId;
  readonly length: number;
  readonly deleted: boolean;
  readonly origin?: StructId | null;
  readonly rightOrigin?: StructId | null;
}

/** client -> structs, ascending and without gaps. */
export type Structs = ReadonlyMap<number, readonly Struct[]>;

export function idText(id: StructId | null): string {
  return id === null ? "-" : `${id.client}:${id.clock}`;
}

/** A digest of `content` and of the structs, the same however a copy happens to have cut them. Cost: linear in them. */
export function digestOf(content: string, structs: Structs): string {
  const hasher = new Hasher().text(content);
  for (const [client, list] of [...structs].sort(([a], [b]) => a - b)) {
    hasher.int(client);
    // Runs are cut where origins or tombstones change.
    let run: { from: number; to: number; left: string; right: string; isDeleted: boolean } | null = null;
    const flush = (): void => {
      if (run !== null) hasher.int(run.from).int(run.to).text(run.left).text(run.right).int(Number(run.isDeleted));
    };
    for (const { id, length, deleted, origin, rightOrigin } of list) {
      const left = origin === undefined ? "gc" : idText(origin);
      const right = rightOrigin === undefined ? "gc" : idText(rightOrigin);
      const continues: boolean =
        run !== null &&
        run.isDeleted === deleted &&
        run.right === right &&
        (left === `${client}:${id.clock - 1}` || (left === "gc" && run.left === "gc"));
      if (run !== null && continues) {
        run.to = id.clock + length;
      } else {
        flush();
        run = { from: id.clock, to: id.clock + length, left, right, isDeleted: deleted };
      }
    }
    flush();
  }
  return hasher.digest();
}

export function deletedRanges(structs: Structs): Ranges {
  const out: Ranges = new Map();
  for (const [client, list] of structs) {
    const ranges: [number, number][] = [];
    for (const { deleted, id, length } of list) {
      if (!deleted) continue;
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === id.clock) last[1] += length;
      else ranges.push([id.clock, id.clock + length]);
    }
    if (ranges.length > 0) out.set(client, ranges);
  }
  return out;
}

export function countEvents(structs: Structs): { readonly events: number; readonly tombstones: number } {
  let events = 0;
  let tombstones = 0;
  for (const list of structs.values()) {
    for (const { length, deleted } of list) {
      events += length;
      if (deleted) tombstones += length;
    }
  }
  return { events, tombstones };
}

/** @throws AssertionError when a client's structs have gaps or overlap. */
export function checkStructs(structs: Structs): void {
  for (const [client, list] of structs) {
    let next = 0;
    for (const { id, length } of list) {
      assert(id.clock === next, `Client ${client}: expected clock ${next}, found ${id.clock}`);
      next += length;
    }
  }
}
