import { describe, expect, it } from "vitest";
import { DecodeError } from "../../crdt/base/errors.ts";
import { type Epoch, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { StoreWrite } from "../../server/store/store.ts";
import { readWrites, WriteBatch } from "../../server/store/write-batch.ts";

const [first, second] = [parseNoteId("first")!, parseNoteId("second")!];

const WRITES: readonly StoreWrite[] = [
  { type: "create", noteId: first, strategy: "walker", epoch: "epoch" as Epoch },
  { type: "append", noteId: first, position: 1, update: Uint8Array.of(1, 2, 3) },
  { type: "append", noteId: first, position: 2, update: new Uint8Array(0) },
  { type: "append", noteId: second, position: 7, update: Uint8Array.of(4) },
  { type: "losses", noteId: second, losses: [{ id: "a>b", json: '{"text":"\\ud800 ü"}' }] },
  { type: "append", noteId: first, position: 3, update: Uint8Array.of(5) },
  { type: "compact", noteId: first, position: 3, state: Uint8Array.of(9, 9) },
  { type: "name", replica: replicaIdFrom(5), name: "Ana 😀" },
  { type: "create", noteId: parseNoteId("_catalog")!, strategy: null, epoch: "other" as Epoch },
];

describe("a batch of writes", () => {
  it("is read as it was written, in order", () => {
    const batch = new WriteBatch();
    for (const write of WRITES) batch.add(write);
    expect(readWrites(batch.take())).toEqual(WRITES);
  });

  it("begins anew after it was taken", () => {
    const batch = new WriteBatch();
    batch.add(WRITES[1]!);
    batch.take();
    expect(batch.isEmpty).toBe(true);
    batch.add(WRITES[2]!);
    expect(readWrites(batch.take())).toEqual([WRITES[2]]);
  });

  it("keeps its own bytes: what was handed over may change", () => {
    const batch = new WriteBatch();
    const update = Uint8Array.of(1);
    batch.add({ type: "append", noteId: first, position: 1, update });
    update[0] = 2;
    expect(readWrites(batch.take())).toEqual([{ type: "append", noteId: first, position: 1, update: Uint8Array.of(1) }]);
  });

  it("that is cut is refused", () => {
    const batch = new WriteBatch();
    for (const write of WRITES) batch.add(write);
    const bytes = batch.take();
    expect(() => readWrites(bytes.subarray(0, bytes.length - 1))).toThrow(DecodeError);
  });
});
