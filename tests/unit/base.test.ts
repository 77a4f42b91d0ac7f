import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, fromBase64, kept, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { hashText } from "../../crdt/base/hash.ts";
import { mintReplicaId, parseNoteId, parseReplicaId, replicaIdFrom, replicaNumber } from "../../crdt/base/ids.ts";
import { JournalRing } from "../../crdt/base/journal.ts";
import { createPrng, shuffle } from "../../crdt/base/prng.ts";

describe("VirtualClock", () => {
  it("runs timers in order of time, then in the order in which they were set", () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.setTimer(20, () => seen.push("late"));
    clock.setTimer(10, () => seen.push("first"));
    clock.setTimer(10, () => seen.push("second"));
    clock.advance(15);
    expect([seen, clock.now(), clock.pending]).toEqual([["first", "second"], 15, 1]);
  });

  it("does not run what was cancelled, and cancelling twice is harmless", () => {
    const clock = new VirtualClock();
    const cancel = clock.setTimer(5, () => expect.unreachable());
    cancel();
    cancel();
    clock.advance(10);
    expect(clock.pending).toBe(0);
  });

  it("agrees with a sorted list on thousands of timers", () => {
    const clock = new VirtualClock();
    const prng = createPrng("heap");
    const seen: number[] = [];
    const due = Array.from({ length: 3_000 }, () => prng.int(0, 500));
    for (const ms of due) clock.setTimer(ms, () => seen.push(ms));
    while (clock.step());
    expect(seen).toEqual(due.toSorted((a, b) => a - b));
  });
});

describe("prng", () => {
  it("gives the same numbers for the same seed, and sub-streams that do not disturb each other", () => {
    const a = createPrng(7);
    const b = createPrng(7);
    a.float();
    expect(a.stream("net").int(0, 1e9)).toBe(b.stream("net").int(0, 1e9));
    expect(createPrng(8).float()).not.toBe(createPrng(7).float());
  });

  it("shuffles without losing anything", () => {
    expect(shuffle(createPrng(1), [1, 2, 3, 4]).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });
});

describe("ids", () => {
  it("order as their numbers do and round-trip", () => {
    const prng = createPrng("ids");
    const numbers = [
      0,
      1,
      31,
      32,
      2 ** 31,
      2 ** 49,
      Number.MAX_SAFE_INTEGER,
      ...Array.from({ length: 200 }, () => prng.int(0, 2 ** 53 - 1)),
    ];
    const ordered = numbers.toSorted((a, b) => a - b);
    expect(ordered.map(replicaIdFrom)).toEqual(ordered.map(replicaIdFrom).toSorted());
    for (const n of numbers) expect(replicaNumber(replicaIdFrom(n))).toBe(n);
    expect(parseReplicaId(mintReplicaId(prng))).not.toBeNull();
  });

  it.each(["", "x", "8zzzzzzzzzz", "0000000000i", "../etc"])("refuses %j as a replica id", (text) => {
    expect(parseReplicaId(text)).toBeNull();
  });

  it.each(["", "a b", "../x", "%00", "x".repeat(65)])("refuses %j as a note id", (text) => {
    expect(parseNoteId(text)).toBeNull();
  });
});

describe("bytes", () => {
  it("round-trips numbers, strings and bytes", () => {
    const numbers = [0, 1, 127, 128, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER];
    const writer = new ByteWriter(1);
    for (const n of numbers) writer.varUint(n);
    for (const n of [0, -1, 1, -(2 ** 40)]) writer.varInt(n);
    const bytes = writer
      .varString("héllo 😀")
      .varBytes(new Uint8Array([1, 2]))
      .finish();
    const reader = new ByteReader(bytes);
    expect(numbers.map(() => reader.varUint())).toEqual(numbers);
    expect([0, 1, 2, 3].map(() => reader.varInt())).toEqual([0, -1, 1, -(2 ** 40)]);
    expect(reader.varString()).toBe("héllo 😀");
    expect([...reader.varBytes()]).toEqual([1, 2]);
    reader.end();
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });

  it.each([
    "x".repeat(1_025),
    `${"x".repeat(2_000)}é`,
    "é".repeat(1_500),
    `${"x".repeat(1_100)}😀${"y".repeat(5)}`,
    "a\ud800b".repeat(700),
  ])("writes long strings as short ones (%#)", (text) => {
    const wanted = new TextEncoder().encode(text);
    for (const capacity of [1, 10_000]) {
      expect([...new ByteWriter(capacity).text(text).byte(7).finish()]).toEqual([...wanted, 7]);
      const reader = new ByteReader(new ByteWriter(capacity).byte(9).varString(text).byte(7).finish());
      expect([reader.byte(), reader.varString(), reader.byte(), reader.remaining]).toEqual([9, new TextDecoder().decode(wanted), 7, 0]);
    }
  });

  it("writes no more into large bytes that were handed over", () => {
    const writer = new ByteWriter(100_000).raw(new Uint8Array(99_000).fill(1));
    const first = writer.finish();
    const second = writer.raw(new Uint8Array(500).fill(2)).finish();
    writer.clear().raw(new Uint8Array(99_000).fill(3));
    expect([first.length, first.every((byte) => byte === 1)]).toEqual([99_000, true]);
    expect([second.length, second[0], second[99_000]]).toEqual([99_500, 1, 2]);
    expect([writer.length, writer.written()[0]]).toEqual([99_000, 3]);
  });

  it("keeps large bytes that are most of their buffer, and copies others", () => {
    const buffer = new Uint8Array(300_000);
    const [large, part, small] = [buffer.subarray(1, 200_000), buffer.subarray(0, 100_000), new Uint8Array(10)];
    expect([kept(large) === large, kept(part) === part, kept(small) === small]).toEqual([true, false, false]);
    expect(kept(part).buffer.byteLength).toBe(100_000);
  });

  it.each([
    ["an empty input", []],
    ["an endless varint", [255, 255, 255, 255, 255, 255, 255, 255, 255]],
    ["a length bomb", [255, 255, 255, 127]],
    ["bad UTF-8", [1, 255]],
  ])("refuses %s with its offset", (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).varString()).toThrow(DecodeError);
  });
});

describe("hash and journal", () => {
  it("tells texts apart and is stable", () => {
    expect(hashText("abc")).toBe(hashText("abc"));
    expect(new Set(["", "a", "b", "ab", "ba"].map(hashText)).size).toBe(5);
  });

  it("keeps the last entries of a ring", () => {
    const ring = new JournalRing(2);
    for (const position of [1, 2, 3])
      ring.trace({ kind: "saved", position, atMs: 0, hop: "room", noteId: parseNoteId("n")!, replica: replicaIdFrom(1) });
    expect(ring.since().map((entry) => entry.kind === "saved" && entry.position)).toEqual([2, 3]);
    expect(ring.written).toBe(3);
  });
});
