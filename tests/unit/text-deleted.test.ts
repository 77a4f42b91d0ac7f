import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ByteReader, fromBase64 } from "../../crdt/base/bytes.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { bytesToUnits, unitsToBytes } from "../../crdt/base/units.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

const [ANA, BO, CY] = [1, 2, 3].map(replicaIdFrom) as [ReplicaId, ReplicaId, ReplicaId];
const told = (document: TextDocument): string => JSON.stringify([...document.events()]);

// Two people, 60 edits, now alone, now at once, as format 2 wrote them.
const FORMAT_2 =
  "B+cCAgYCAZoBArEBlgICAJkBAbAB4QHuAW1NT8ENwCAIXIXVTHhLog++HaO/vp3DhTpCD64agyIcx4Hvc19zqLs1dYOr6j/WrSHvUqqKm88RJGTweXaJpBTY/HhIJEZN0jsAhaESwuxKxxA+NYobR8" +
  "PaWjQYXPaYJSVCAjFzBdmJBBf/MvkAuQE8AYAEcN3E5QFLLa8k46+n2LXQEqXY2rZ7A19xWKqYCHnzCB8/Jfqbl2RZt2+Wk/0qS6qpHpxDmnncVGbcQ+qSGT8O509Yw3sUuLOk0n4fqtZ0FCA8YRrB" +
  "uBrWYK+LYbuBVDL+IBljUrvcgOUFmeaSEzx8UarMvindknGtdwOTlUk0OnKWs1K6tCqmUBriF2wLT1Hn0BAFMkClzQduEtctMFlz/E0XPKUy8+xfG4Cyfa3h9bXseupHEDU6JQNZrpCYDzEL5Begbh" +
  "AH4obylGIgPwVkODBAQGaAbAeqUUgsAgA=";
const FORMAT_2_WITHOUT_DELETED =
  "B78CAgQCAZoBArEBlgICAJkBAbAB4QHuAW1NT8ENwCAIXIXVTHhLog++HaO/vp3DhTpCD64agyIcx4Hvc19zqLs1dYOr6j/WrSHvUqqKm88RJGTweXaJpBTY/HhIJEZN0jsAhaESwuxKxxA+NYobR8" +
  "PaWjQYXPaYJSVCAjFzBdmJBBf/MvkAuQE8AYAEcN3E5QFLLa8k46+n2LXQEqXY2rZ7A19xWKqYCHnzCB8/Jfqbl2RZt2+Wk/0qS6qpHpxDmnncVGbcQ+qSGT8O509Yw3sUuLOk0n4fqtZ0FCA8YRrB" +
  "uBrWYK+LYbuBVDL+IBljUrvcgOUFmeaSEzx8UarMvindknGtdwOTlUk0OnKWs1K6tCqmUBriF2wLT1Hn0BAFMkClzQduEtctMFlz/E0XPKUy8+xfG4Cyfa3h9bXseupHEA==";
const FORMAT_2_EVENTS = "0b577a5910eacf2488b26ac42dbae25d80606696bd6b69b477edab72d10133b4";

/** Words, as a person would type them. */
function words(prng: Prng, units: number): string {
  let text = "";
  while (text.length < units) text += `${["the", "quick", "brown", "fox", "jumps", "over"][prng.int(0, 6)]} ${prng.int(0, 10_000)} `;
  return text.slice(0, units);
}

/** Both hold the same, forwards and backwards deletions of all sizes, some at once; `most` units at a time. */
function edit(prng: Prng, document: TextDocument, most: number): void {
  const at = prng.int(0, document.length + 1);
  const way = prng.float();
  if (way < 0.4) document.insert(at, prng.float() < 0.2 ? "😀é漢" : words(prng, prng.int(1, most)));
  else if (way < 0.7) document.delete(at, Math.min(document.length - at, prng.int(0, most)));
  else for (let n = Math.min(at, prng.int(0, 20)); n > 0 && document.length > 0; n--) document.delete(Math.min(at, document.length) - 1, 1);
}

describe("deleted text", () => {
  it.each([1, 2, 3, 4])("goes on after each encode and each load with what is in no block yet; seed %i", (seed) => {
    const prng = createPrng(`deleted/${seed}`);
    let ana = TextDocument.create({ agent: ANA });
    const bo = TextDocument.create({ agent: BO });
    for (let n = 0; n < 120; n++) {
      const [one, other] = prng.float() < 0.7 ? [ana, bo] : [bo, ana];
      edit(prng, one, 30);
      if (prng.float() < 0.7) other.applyUpdate(one.since(other.version()));
      if (prng.float() < 0.3) {
        const loaded = TextDocument.load(ana.encode(), { agent: CY });
        expect(told(loaded)).toBe(told(ana));
        if (prng.float() < 0.5) ana = TextDocument.load(ana.encode(), { agent: ANA });
      }
    }
    ana.applyUpdate(bo.since(ana.version()));
    const received = TextDocument.create({ agent: CY });
    received.applyUpdate(ana.encode());
    expect(told(received)).toBe(told(ana));
    received.checkInvariants();
  });

  it("is put into blocks when there is much of it, of which none is lost and none is coded again", () => {
    const prng = createPrng("deleted blocks");
    let ana = TextDocument.create({ agent: ANA });
    let before = new Uint8Array(0);
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 150; n++) {
        const at = prng.int(0, ana.length + 1);
        ana.insert(at, words(prng, prng.int(1, 400)));
        if (ana.length > 20_000) ana.delete(prng.int(0, 10_000), 2 * prng.int(1, 400));
        else if (ana.length > 400) ana.delete(prng.int(0, ana.length - 200), prng.int(1, 200));
      }
      const bytes = ana.encode();
      const lean = ana.encode({ history: "without-deleted-text" });
      expect(TextDocument.load(lean, { agent: BO }).toString()).toBe(ana.toString());
      const received = TextDocument.create({ agent: BO });
      received.applyUpdate(bytes);
      expect(told(received)).toBe(told(ana));
      if (round > 3) expect(Buffer.from(bytes).includes(Buffer.from(before))).toBe(true);
      ana = TextDocument.load(bytes, { agent: ANA });
      // A part of the oldest block, which a history with blocks goes on to hold.
      const deletedAt = lean.length;
      before = bytes.slice(deletedAt + 100, deletedAt + 1_100);
    }
  });

  it("of a pair, the halves of which were deleted by events far apart, is whole again", () => {
    const ana = TextDocument.create({ agent: ANA });
    ana.insert(0, "a😀b");
    ana.delete(1, 2);
    ana.encode();
    ana.insert(1, "漢");
    ana.undo();
    ana.undo();
    const loaded = TextDocument.load(ana.encode(), { agent: BO });
    expect([loaded.toString(), told(loaded)]).toEqual([ana.toString(), told(ana)]);
  });

  it.each([1, 2, 3, 4])("is put back as it was, in a document that was loaded; seed %i", (seed) => {
    const prng = createPrng(`put back/${seed}`);
    const start = TextDocument.create({ agent: BO });
    for (let n = 0; n < 60; n++) edit(prng, start, 20);
    const ana = TextDocument.load(start.encode(), { agent: ANA });
    const texts = [ana.toString()];
    for (let n = 0; n < 30; n++) {
      const before = ana.eventCount;
      edit(prng, ana, 12);
      if (ana.eventCount > before) texts.push(ana.toString());
    }
    while (ana.undo().length > 0);
    expect(ana.toString()).toBe(texts[0]);
    while (ana.redo().length > 0);
    expect(ana.toString()).toBe(texts.at(-1));
    ana.checkInvariants();
  });

  it("of format 2 is read, and written as format 3", () => {
    const document = TextDocument.load(fromBase64(FORMAT_2), { agent: CY });
    expect(createHash("sha256").update(told(document)).digest("hex")).toBe(FORMAT_2_EVENTS);
    expect(document.encode()).toEqual(fromBase64(FORMAT_2));
    expect(document.encode({ history: "without-deleted-text" })).toEqual(fromBase64(FORMAT_2_WITHOUT_DELETED));
    const received = TextDocument.create({ agent: BO });
    received.applyUpdate(fromBase64(FORMAT_2));
    expect(told(received)).toBe(told(document));
    document.delete(0, 5);
    const again = TextDocument.load(document.encode(), { agent: BO });
    expect([told(again), new ByteReader(document.encode().subarray(3)).byte()]).toEqual([told(document), 3]);
  });
});

describe("UTF-16 units as bytes", () => {
  it("come back, halves of pairs too", () => {
    const prng = createPrng("units");
    const units = Uint16Array.from({ length: 2_000 }, () => prng.int(0, 2 ** prng.int(1, 17)));
    expect(bytesToUnits(unitsToBytes(units))).toEqual(units);
  });

  it("are refused where they are cut, too long or no bytes of this kind", () => {
    for (const bytes of [[0x80], [0xc2], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xe1, 0x80], [0xf0, 0x9f, 0x98, 0x80], [0xc2, 0x41]])
      expect(() => bytesToUnits(Uint8Array.from(bytes)), String(bytes)).toThrow(DecodeError);
  });
});
