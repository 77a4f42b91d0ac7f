import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { describe, expect, it } from "vitest";
import { writePermissionDenied } from "y-protocols/auth";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import { DecodeError } from "../../crdt/base/errors.ts";
import { mintEpoch } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";

const BYTES = Uint8Array.of(1, 2, 3);

function written(type: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, type);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

const ALL: readonly Frame[] = [
  { type: "sync-step-1", version: BYTES },
  { type: "sync-step-2", update: BYTES },
  { type: "update", update: new Uint8Array(300) },
  { type: "awareness", update: BYTES },
  { type: "query-awareness" },
  { type: "auth", reason: "no" },
  { type: "ack", seq: 7 },
  { type: "epoch", epoch: null },
  { type: "epoch", epoch: mintEpoch(createPrng("epoch")) },
  { type: "refusal", code: 4409, reason: "This note uses another strategy" },
  { type: "heartbeat", nonce: 5, isReply: true },
  { type: "numbered", seq: 300, frame: { type: "update", update: BYTES } },
  { type: "numbered", seq: 1, frame: { type: "sync-step-2", update: BYTES } },
  { type: "piece", totalBytes: 70_000, offset: 65_000, bytes: BYTES },
];

describe("frames", () => {
  it("are equal to y-protocols' bytes", () => {
    const doc = new Y.Doc();
    doc.getText("text").insert(0, "hello");
    const version = Y.encodeStateVector(doc);
    const update = Y.encodeStateAsUpdate(doc);
    expect(encodeFrame({ type: "sync-step-1", version })).toEqual(written(0, (encoder) => sync.writeSyncStep1(encoder, doc)));
    expect(encodeFrame({ type: "sync-step-2", update })).toEqual(written(0, (encoder) => sync.writeSyncStep2(encoder, doc)));
    expect(encodeFrame({ type: "update", update })).toEqual(written(0, (encoder) => sync.writeUpdate(encoder, update)));
    expect(encodeFrame({ type: "awareness", update: BYTES })).toEqual(written(1, (encoder) => encoding.writeVarUint8Array(encoder, BYTES)));
    expect(encodeFrame({ type: "auth", reason: "no" })).toEqual(written(2, (encoder) => writePermissionDenied(encoder, "no")));
    expect(encodeFrame({ type: "query-awareness" })).toEqual(written(3, () => undefined));
  });

  it("are read by y-protocols", () => {
    const [from, to] = [new Y.Doc(), new Y.Doc()];
    from.getText("text").insert(0, "hello");
    const decoder = decoding.createDecoder(encodeFrame({ type: "update", update: Y.encodeStateAsUpdate(from) }));
    expect(decoding.readVarUint(decoder)).toBe(0);
    sync.readSyncMessage(decoder, encoding.createEncoder(), to, "test");
    expect(to.getText("text").toJSON()).toBe("hello");
  });

  it.each(ALL)("round-trip: $type", (frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
  });

  it.each([
    ["nothing", []],
    ["an unknown type", [77]],
    ["an unknown sync message", [0, 9, 0]],
    ["a truncated update", [0, 2, 5, 1]],
    ["bytes left over", [3, 3]],
    ["a numbered step 1", [104, 1, 0, 0]],
    ["number 0", [104, 0, 2, 0]],
    ["an epoch that is none", [101, 2, 65, 66]],
    ["a piece of nothing", [105, 5, 0, 0]],
    ["a piece beyond its frame", [105, 2, 1, 2, 1, 1]],
    ["a length bomb", [0, 2, 255, 255, 255, 127]],
  ])("refuse %s", (_, bytes) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow(DecodeError);
  });
});
