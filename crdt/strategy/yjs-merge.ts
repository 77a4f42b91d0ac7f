/** Plain Yjs updates joined, and parts of updates written. */

import { ByteWriter } from "../base/bytes.ts";
import { joined, type PlainStruct, readPlainUpdate, structFrom, writeGap, writeStruct } from "./yjs-updates.ts";

/** Half-open ranges of clocks. */
export type Deletes = readonly (readonly [client: number, from: number, to: number])[];

export function writeDeletes(writer: ByteWriter, deletes: Deletes): ByteWriter {
  const byClient = new Map<number, [number, number][]>();
  for (const [client, from, to] of deletes) {
    const list = byClient.get(client);
    if (list === undefined) byClient.set(client, [[from, to]]);
    else list.push([from, to]);
  }
  writer.varUint(byClient.size);
  for (const [client, list] of byClient) {
    writer.varUint(client).varUint(list.length);
    for (const [from, to] of list) writer.varUint(from).varUint(to - from);
  }
  return writer;
}

/**
 * Joins plain updates into one that says the same; null when one of them is not plain. A client's part may have gaps;
 * what stands twice is written once. @throws DecodeError
 */
export function mergePlain(updates: readonly Uint8Array[]): Uint8Array | null {
  const structs = new Map<number, PlainStruct[]>();
  const deletes: [client: number, from: number, to: number][] = [];
  for (const update of updates) {
    if (update.length === 0) continue;
    const plain = readPlainUpdate(update);
    if (plain === null) return null;
    for (const [client, list] of plain.structs) {
      const held = structs.get(client);
      if (held === undefined) structs.set(client, [...list]);
      else for (const struct of list) held.push(struct);
    }
    for (const [client, from, to] of plain.deletes) deletes.push([client, from, to]);
  }
  const writer = new ByteWriter(256);
  const clients = [...structs].filter(([, list]) => list.length > 0).sort(([a], [b]) => b - a);
  writer.varUint(clients.length);
  for (const [client, list] of clients) writeClient(writer, client, inOrder(client, list));
  return writeDeletes(writer, deletes).finish();
}

/** Ascending, without what stands twice, typed runs joined. */
function inOrder(client: number, list: PlainStruct[]): PlainStruct[] {
  list.sort((a, b) => a.clock - b.clock);
  const out: PlainStruct[] = [];
  let next = 0;
  for (const struct of list) {
    if (struct.clock + struct.length <= next) continue;
    const rest = structFrom(struct, client, Math.max(struct.clock, next));
    const last = out.at(-1);
    const both = last === undefined ? null : joined(client, last, rest);
    if (both === null) out.push(rest);
    else out[out.length - 1] = both;
    next = rest.clock + rest.length;
  }
  return out;
}

function writeClient(writer: ByteWriter, client: number, list: readonly PlainStruct[]): void {
  let gaps = 0;
  for (let k = 1; k < list.length; k++) if (list[k]!.clock > list[k - 1]!.clock + list[k - 1]!.length) gaps++;
  writer
    .varUint(list.length + gaps)
    .varUint(client)
    .varUint(list[0]!.clock);
  let at = list[0]!.clock;
  for (const struct of list) {
    if (struct.clock > at) writeGap(writer, struct.clock - at);
    writeStruct(writer, struct);
    at = struct.clock + struct.length;
  }
}
