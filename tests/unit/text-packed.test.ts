import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { openWalkerRelay } from "../../crdt/strategy/walker-relay.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { mergeUpdates } from "../../crdt/text/update-algebra.ts";

const [ANA, BO, CY, DI] = [1, 2, 3, 4].map(replicaIdFrom) as [ReplicaId, ReplicaId, ReplicaId, ReplicaId];

function sync(...documents: TextDocument[]): void {
  for (const to of documents) for (const from of documents) to.applyUpdate(from.since(to.version()));
}

function edit(prng: Prng, document: TextDocument): void {
  const at = prng.int(0, document.length + 1);
  if (prng.float() < 0.35 && at < document.length) document.delete(at, Math.min(document.length - at, prng.int(1, 8)));
  else document.insert(at, prng.float() < 0.1 ? "😀é" : "words and words".slice(0, prng.int(1, 15)));
}

/** Two people who type for a while, now alone, now at once. */
function history(seed: number, steps = 200): [TextDocument, TextDocument] {
  const prng = createPrng(`packed/${seed}`);
  const ana = TextDocument.create({ agent: ANA });
  const bo = TextDocument.create({ agent: BO });
  const pace = prng.float();
  for (let n = 0; n < steps; n++) {
    edit(prng, prng.float() < 0.5 ? ana : bo);
    if (prng.float() < pace) sync(ana, bo);
  }
  sync(ana, bo);
  return [ana, bo];
}

const told = (document: TextDocument): string => JSON.stringify([...document.events()]);

describe("a packed history", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("is the same document again, trusted or not, and goes on; seed %i", (seed) => {
    const [ana, bo] = history(seed);
    const bytes = ana.encode();
    const loaded = TextDocument.load(bytes, { agent: CY });
    expect([loaded.toString(), loaded.eventCount, loaded.insertedCount, loaded.length]).toEqual([
      ana.toString(),
      ana.eventCount,
      ana.insertedCount,
      ana.length,
    ]);
    expect([loaded.version(), loaded.frontier()]).toEqual([ana.version(), ana.frontier()]);
    expect(told(loaded)).toBe(told(ana));
    const received = TextDocument.create({ agent: DI });
    expect(received.applyUpdate(bytes)).toEqual([{ index: 0, remove: 0, insert: ana.toString() }]);
    expect(told(received)).toBe(told(ana));
    // The critical versions that a replay finds are those that came about by editing.
    expect(received.encode()).toEqual(bytes);
    // One that has edited since takes it in like any update; so does one that has a part already.
    const late = TextDocument.load(bytes, { agent: CY });
    late.insert(0, "late ");
    bo.delete(0, Math.min(5, bo.length));
    bo.insert(0, "bo ");
    late.applyUpdate(bo.encode());
    bo.applyUpdate(late.since(bo.version()));
    expect(late.toString()).toBe(bo.toString());
    for (const document of [loaded, received, late, bo]) document.checkInvariants();
    expect(TextDocument.load(late.encode(), { agent: DI }).encode()).toEqual(late.encode());
  });

  it("a copy that knows nothing is given the packed history and what came since", () => {
    const [ana] = history(9, 900);
    ana.since(new Uint8Array(0));
    ana.insert(3, "since then");
    const copy = TextDocument.create({ agent: CY });
    copy.applyUpdate(ana.since(new Uint8Array(0)));
    expect([copy.toString(), told(copy)]).toEqual([ana.toString(), told(ana)]);
    const loaded = TextDocument.load(ana.since(new Uint8Array(0)), { agent: CY });
    expect([loaded.toString(), told(loaded)]).toEqual([ana.toString(), told(ana)]);
    expect(copy.since(ana.version())).toEqual(new Uint8Array(0));
  });

  it("without deleted text the text and everything to come are the same; past versions show what is not known", () => {
    const ana = TextDocument.create({ agent: ANA });
    ana.insert(0, "keep secret");
    const past = ana.frontier();
    ana.delete(4, 7);
    const bytes = ana.encode({ history: "without-deleted-text" });
    expect(bytes.length).toBeLessThan(ana.encode().length);
    const loaded = TextDocument.load(bytes, { agent: BO });
    expect([loaded.toString(), loaded.checkout(past)]).toEqual(["keep", `keep${"\ufffd".repeat(7)}`]);
    loaded.insert(4, "!");
    ana.insert(0, "> ");
    // Neither takes the other's knowledge for a contradiction.
    sync(ana, loaded);
    ana.applyUpdate(loaded.encode());
    loaded.applyUpdate(ana.encode());
    expect([ana.toString(), loaded.toString()]).toEqual(["> keep!", "> keep!"]);
    const again = TextDocument.load(loaded.encode(), { agent: CY });
    expect(again.checkout(past)).toBe(`keep${"\ufffd".repeat(7)}`);
  });

  it("lies are refused: another text length, other numbers, half a pair", () => {
    const [ana] = history(10, 60);
    const bytes = ana.encode();
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 16, 128]) {
        const lie = bytes.slice();
        lie[at]! ^= bit;
        const copy = TextDocument.create({ agent: CY });
        try {
          copy.applyUpdate(lie);
        } catch (error) {
          expect(error instanceof DecodeError || error instanceof ProtocolError, String(error)).toBe(true);
          expect([copy.eventCount, copy.toString()]).toEqual([0, ""]);
          refused++;
          continue;
        }
        // Whatever was believed must hold together.
        copy.checkInvariants();
        for (const _ of copy.events());
      }
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });
});

describe("a cut history", () => {
  it("is the text alone where everybody has seen everything, and goes on", () => {
    const [ana, bo] = history(11);
    ana.insert(0, "one who has seen all. ");
    sync(ana, bo);
    const cut = TextDocument.load(ana.encode({ history: "cut" }), { agent: CY });
    expect([cut.toString(), cut.version(), [...cut.events()]]).toEqual([ana.toString(), ana.version(), []]);
    cut.insert(4, "cy ");
    bo.insert(2, "bo ");
    bo.delete(0, 1);
    sync(cut, bo);
    ana.applyUpdate(cut.since(ana.version()));
    expect([cut.toString(), ana.toString()]).toEqual([bo.toString(), bo.toString()]);
    const again = TextDocument.load(cut.encode(), { agent: DI });
    expect([again.toString(), told(again)]).toEqual([cut.toString(), told(cut)]);
    const received = TextDocument.create({ agent: DI });
    received.applyUpdate(cut.since(new Uint8Array(0)));
    expect([received.toString(), told(received)]).toEqual([cut.toString(), told(cut)]);
    for (const document of [cut, again, received, ana]) document.checkInvariants();
  });

  it("understands what the author of its last event does next, which counts from that one's caret", () => {
    const ana = TextDocument.create({ agent: ANA });
    ana.insert(0, "abc");
    const cut = TextDocument.load(ana.encode({ history: "cut" }), { agent: BO });
    ana.onUpdate((update) => cut.applyUpdate(update));
    ana.insert(3, "d");
    ana.delete(0, 1);
    expect([ana.toString(), cut.toString(), cut.missing()]).toEqual(["bcd", "bcd", []]);
    expect(TextDocument.load(cut.encode(), { agent: CY }).toString()).toBe("bcd");
    cut.checkInvariants();
  });

  it("takes a run that began before it for what it is: known", () => {
    const ana = TextDocument.create({ agent: ANA });
    const updates: Uint8Array[] = [];
    ana.onUpdate((update) => updates.push(update.slice()));
    ana.insert(0, "start ");
    ana.delete(0, 1);
    const half = ana.version();
    for (const letter of "typed on") ana.insert(ana.length, letter);
    const cut = TextDocument.load(ana.encode({ history: "cut", passedBy: [half] }), { agent: BO });
    const before = cut.encode();
    cut.applyUpdate(mergeUpdates(updates.slice(1)));
    expect([cut.toString(), cut.encode()]).toEqual([ana.toString(), before]);
  });

  it("keeps what people are typing at once", () => {
    const [ana, bo] = history(12);
    ana.insert(0, "ana ");
    bo.insert(0, "bo ");
    sync(ana, bo);
    const cut = TextDocument.load(ana.encode({ history: "cut" }), { agent: CY });
    expect([...cut.events()].length).toBeGreaterThan(0);
    expect(cut.toString()).toBe(ana.toString());
    bo.insert(3, "more ");
    cut.applyUpdate(bo.since(cut.version()));
    expect(cut.toString()).toBe(bo.toString());
    cut.checkInvariants();
  });

  it("tells an older replica that it cannot take part, in either direction, and changes nothing", () => {
    const [ana, bo] = history(13);
    const old = TextDocument.load(bo.encode(), { agent: BO });
    ana.insert(0, "x");
    old.insert(0, "unsaved ");
    const cut = TextDocument.load(ana.encode({ history: "cut" }), { agent: CY });
    const before = cut.encode();
    expect(() => cut.applyUpdate(old.since(cut.version()))).toThrow(ProtocolError);
    expect(() => cut.since(old.version())).toThrow("cut off");
    expect(() => old.applyUpdate(cut.encode())).toThrow("cut off");
    const stranger = TextDocument.create({ agent: DI });
    stranger.insert(0, "who has seen nothing");
    expect(() => cut.applyUpdate(stranger.encode())).toThrow("cut off");
    expect(cut.encode()).toEqual(before);
    expect(cut.missing()).toEqual([]);
    expect(() => cut.checkout(bo.frontier())).toThrow(RangeError);
  });

  it("goes no further than what all who are named have passed", () => {
    const [ana, bo] = history(15);
    ana.insert(0, "one who has seen all. ");
    bo.applyUpdate(ana.since(bo.version()));
    const passed = bo.version();
    for (let n = 0; n < 5; n++) ana.insert(ana.length, `${n} `);
    const bytes = ana.encode({ history: "cut", passedBy: [passed, ana.version()] });
    const cut = TextDocument.load(bytes, { agent: CY });
    expect([cut.toString(), cut.eventCount]).toEqual([ana.toString(), ana.eventCount]);
    // Bo lacks a part of what is left, and no more.
    bo.insert(0, "bo ");
    cut.applyUpdate(bo.since(cut.version()));
    bo.applyUpdate(cut.since(bo.version()));
    expect(cut.toString()).toBe(bo.toString());
    cut.checkInvariants();
    // Where somebody has seen nothing, nothing can be cut.
    expect(ana.encode({ history: "cut", passedBy: [TextDocument.create({ agent: DI }).version()] })).toEqual(ana.encode());
  });

  it("a relay that holds it refuses what a document of it would refuse", () => {
    const [ana, bo] = history(16);
    const old = TextDocument.load(bo.encode(), { agent: BO });
    ana.insert(0, "x");
    const bytes = ana.encode({ history: "cut" });
    const relay = openWalkerRelay({ replica: CY, clock: new VirtualClock(), state: bytes, updates: [], onDocumentOpened: () => undefined });
    old.insert(0, "unsaved ");
    expect(() => relay.receive(old.since(ana.version()))).toThrow("cut off");
    expect(() => relay.since(old.version())).toThrow("cut off");
    const fresh = TextDocument.load(bytes, { agent: DI });
    fresh.insert(1, "fresh ");
    expect(relay.receive(fresh.since(ana.version())).forward).not.toBeNull();
    expect(relay.document().text()).toBe(fresh.toString());
    const reader = TextDocument.create({ agent: DI });
    reader.applyUpdate(relay.since(new Uint8Array(0)));
    expect(reader.toString()).toBe(fresh.toString());
  });

  it("a place in text older than the cut can be held, and found again by those who have it whole", () => {
    const [ana] = history(14);
    const cut = TextDocument.load(ana.encode({ history: "cut" }), { agent: CY });
    const anchor = cut.anchor(5, 1);
    cut.insert(0, "before ");
    ana.applyUpdate(cut.since(ana.version()));
    expect([cut.resolve(anchor), ana.resolve(anchor)]).toEqual([12, 12]);
    cut.delete(12, 1);
    expect(cut.undo().length).toBe(1);
    ana.applyUpdate(cut.since(ana.version()));
    expect(ana.toString()).toBe(cut.toString());
  });
});
