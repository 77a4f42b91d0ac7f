import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, equalBytes } from "../../crdt/base/bytes.ts";
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

  it("carries what is large in buffers of their own, copied once", () => {
    const batch = new WriteBatch();
    const large = [1, 2].map((byte) => new Uint8Array(100_000).fill(byte));
    const writes: readonly StoreWrite[] = [
      { type: "append", noteId: first, position: 1, update: large[0]! },
      { type: "append", noteId: first, position: 2, update: Uint8Array.of(1) },
      { type: "compact", noteId: first, position: 2, state: large[1]! },
      { type: "append", noteId: first, position: 3, update: new Uint8Array(65_535).fill(3) },
    ];
    for (const write of writes) batch.add(write);
    const buffers = batch.take();
    expect(buffers.slice(1).map((buffer, n) => equalBytes(buffer, large[n]!))).toEqual([true, true]);
    expect(buffers.map(({ buffer }) => buffer)).not.toContain(large[0]!.buffer);
    const bytesOf = (write: StoreWrite | undefined): Uint8Array =>
      write?.type === "append" ? write.update : write?.type === "compact" ? write.state : EMPTY_BYTES;
    const read = readWrites(buffers);
    expect(read.map(({ type }) => type)).toEqual(writes.map(({ type }) => type));
    expect(read.map((write, n) => equalBytes(bytesOf(write), bytesOf(writes[n])))).toEqual([true, true, true, true]);
    expect(() => readWrites(buffers.slice(0, 2))).toThrow(DecodeError);
  });

  it("that is cut is refused", () => {
    const batch = new WriteBatch();
    for (const write of WRITES) batch.add(write);
    const [bytes = EMPTY_BYTES] = batch.take();
    expect(() => readWrites([bytes.subarray(0, bytes.length - 1)])).toThrow(DecodeError);
  });
});
