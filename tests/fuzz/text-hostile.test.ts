/**
 * Hostile bytes for the text CRDT: whatever comes, only DecodeError (with an offset inside the bytes) or ProtocolError may come
 * out, nothing may have changed then, and what is made of accepted bytes is in proportion to them.
 */

import { describe, expect, it } from "vitest";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { DELETE, INSERT } from "../../crdt/text/event-log.ts";
import { encodeRuns, type Run } from "../../crdt/text/update-codec.ts";
import { damaged } from "./text/damage.ts";

const [ANA, BO, CY] = [1, 2, 3].map(replicaIdFrom) as [ReplicaId, ReplicaId, ReplicaId];
const SEED = process.env.FUZZ_SEED ?? "0";
const MUTANTS = Math.ceil(1_500 * Number(process.env.FUZZ_SCALE ?? 1));
const RERUN = `FUZZ_SEED=${SEED} npx vitest run --config tests/vitest.config.ts tests/fuzz/text-hostile`;
const EMPTY = new Uint8Array(0);
/** Output bytes that one byte of input may lead to, and a constant for heads and tables. */
const [BYTES_EACH, BYTES_MORE] = [8, 64];

interface Corpus {
  readonly base: TextDocument;
  /** What honest peers sent, and whole states. */
  readonly bytes: readonly Uint8Array[];
  readonly version: Uint8Array;
}

/** Three people at once, with pairs, deletions in both directions and branches. */
function corpus(): Corpus {
  const base = TextDocument.create({ agent: ANA });
  base.insert(0, "shared 😀 text");
  const bytes: Uint8Array[] = [];
  const others = [BO, CY].map((agent) => TextDocument.load(base.encode(), { agent }));
  for (const document of others) document.onUpdate((update) => bytes.push(update));
  const [bo, cy] = others as [TextDocument, TextDocument];
  for (const document of others) {
    document.insert(3, "x👍");
    for (let n = 0; n < 4; n++) document.delete(document.length - 1, 1);
    document.insert(0, "front ");
    document.delete(2, 3);
  }
  bo.applyUpdate(cy.since(bo.version()));
  bo.insert(5, "after both");
  cy.insert(1, "é");
  bytes.push(bo.since(base.version()), cy.encode(), bo.encode(), base.encode());
  return { base, bytes, version: bo.version() };
}

/** Gives bytes to everything that takes bytes; returns how many of the doors refused them. */
function knock(document: TextDocument, bytes: Uint8Array, version: Uint8Array, what: string): number {
  let refused = 0;
  const before = document.encode();
  const limit = BYTES_EACH * bytes.length + BYTES_MORE;
  const doors: Readonly<Record<string, () => number>> = {
    validate: () => {
      walkerStrategy.validate(bytes);
      return 0;
    },
    merge: () => walkerStrategy.merge!([bytes, bytes]).length / 2,
    diff: () => walkerStrategy.diff!(bytes, version).length,
    version: () => walkerStrategy.diff!(before, bytes).length - before.length,
    load: () => TextDocument.load(bytes, { agent: ANA }).encode().length,
    apply: () => {
      const copy = TextDocument.load(before, { agent: ANA });
      try {
        const added = copy.applyUpdate(bytes).reduce((sum, { insert }) => sum + insert.length, 0);
        if (!(added <= bytes.length)) throw new Error(`${added} units out of ${bytes.length} bytes`);
        copy.checkInvariants();
        return copy.encode().length - before.length;
      } catch (error) {
        expect([copy.toString(), String(copy.encode()), copy.missing()], `${what}: ${RERUN}`).toEqual([
          document.toString(),
          String(before),
          [],
        ]);
        throw error;
      }
    },
  };
  for (const [door, open] of Object.entries(doors)) {
    try {
      const size = open();
      if (size > limit) throw new Error(`${size} bytes out of ${bytes.length}`);
    } catch (error) {
      const isExpected =
        error instanceof ProtocolError || (error instanceof DecodeError && error.offset >= 0 && error.offset <= bytes.length);
      if (!isExpected) throw new Error(`${door}, ${what} [${bytes.join()}]: ${String(error)}; rerun: ${RERUN}`, { cause: error });
      refused++;
    }
  }
  return refused;
}

describe("bytes that are no update", () => {
  it("cut off at every offset", () => {
    const { base, bytes, version } = corpus();
    let refused = 0;
    for (const update of bytes)
      for (let end = 0; end < update.length; end++) refused += knock(base, update.slice(0, end), version, `cut at ${end}`);
    expect(refused).toBeGreaterThan(1_000);
  });

  it("with every single bit turned", () => {
    const { base, bytes, version } = corpus();
    let refused = 0;
    for (const update of bytes.slice(-4))
      for (let bit = 0; bit < 8 * update.length; bit++) {
        const turned = update.slice();
        turned[bit >> 3]! ^= 1 << (bit & 7);
        refused += knock(base, turned, version, `bit ${bit}`);
      }
    expect(refused).toBeGreaterThan(1_000);
  });

  it("with a length bomb, or a varint of too many bytes, at every offset", () => {
    const { base, bytes, version } = corpus();
    const bombs = [
      [0xff, 0xff, 0xff, 0x7f],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
      Array.from({ length: 12 }, () => 0xff),
    ];
    for (const update of bytes.slice(-4))
      for (let at = 0; at <= update.length; at++)
        for (const bomb of bombs) {
          knock(base, Uint8Array.from([...update.slice(0, at), ...bomb, ...update.slice(at)]), version, `bomb before ${at}`);
          knock(base, Uint8Array.from([...update.slice(0, at), ...bomb, ...update.slice(at + 1)]), version, `bomb at ${at}`);
        }
  });

  it("broken at random", () => {
    const { base, bytes, version } = corpus();
    const prng = createPrng(`text-hostile/${SEED}`);
    for (let n = 0; n < MUTANTS; n++) knock(base, damaged(prng, bytes[prng.int(0, bytes.length)]!), version, `mutant ${n}`);
  });
});

describe("updates that cannot be true", () => {
  const run = (agent: ReplicaId, seq: number, more: Partial<Run> = {}): Run => ({
    agent,
    seq,
    parents: [],
    kind: INSERT,
    position: 0,
    length: 1,
    text: "x",
    ...more,
  });

  it("events that wait for each other wait, are reported, and change nothing", () => {
    const { base } = corpus();
    const before = base.encode();
    const cycle = encodeRuns([run(BO, 0, { parents: [[CY, 0]] }), run(CY, 0, { parents: [[BO, 0]] })]);
    expect(base.applyUpdate(cycle)).toEqual([]);
    expect(base.encode()).toEqual(before);
    expect(base.missing().map(({ agent }) => agent)).toEqual(expect.arrayContaining([BO, CY]));
    expect(() => TextDocument.load(cycle, { agent: ANA })).toThrow(DecodeError);
  });

  it.each<[string, Partial<Run>]>([
    ["another text", { text: "S" }],
    ["another place", { position: 1, parents: [[BO, 0]] }],
    ["a deletion", { kind: DELETE, text: "" }],
  ])("a number used again with %s is refused with all that came along", (_, more) => {
    const { base } = corpus();
    base.applyUpdate(encodeRuns([run(BO, 0)]));
    const before = base.encode();
    expect(() => base.applyUpdate(encodeRuns([run(CY, 0), run(ANA, 0, more)]))).toThrow(ProtocolError);
    expect(base.encode()).toEqual(before);
    base.checkInvariants();
  });

  it("a deletion of more than there is deletes what there is; one of hundreds of millions is refused at once", () => {
    const { base } = corpus();
    const before = base.encode();
    const beyond = (length: number): Uint8Array => encodeRuns([run(BO, 0, { kind: DELETE, length, text: "", parents: [[ANA, 13]] })]);
    expect(() => base.applyUpdate(beyond(2 ** 28))).toThrow(ProtocolError);
    expect(base.encode()).toEqual(before);
    for (const length of [15, 1_000]) {
      const copy = TextDocument.load(before, { agent: CY });
      copy.applyUpdate(beyond(length));
      expect([copy.toString(), copy.eventCount]).toEqual(["", base.eventCount + length]);
      copy.checkInvariants();
    }
  });

  it("what waits is bounded: more than ten thousand runs of strangers leave nothing behind", () => {
    const { base } = corpus();
    const before = base.encode();
    const early = Array.from({ length: 12_000 }, (_, n) => run(replicaIdFrom(1_000 + n), 5, { parents: [[replicaIdFrom(1_000 + n), 4]] }));
    base.applyUpdate(encodeRuns(early));
    expect(base.missing().length).toBeLessThanOrEqual(10_000);
    expect(base.encode()).toEqual(before);
    base.applyUpdate(encodeRuns([run(BO, 0)]));
    expect(base.toString()).toBe("shared 😀 textx");
  });

  it("an unknown version, frontier or anchor is answered, not believed", () => {
    const { base } = corpus();
    const prng = createPrng(`foreign/${SEED}`);
    for (let n = 0; n < MUTANTS; n++)
      for (const act of [
        () => base.since(damaged(prng, base.version())),
        () => base.checkout(damaged(prng, base.frontier())),
        () => base.resolve(damaged(prng, base.anchor(prng.int(0, 10), 1))),
      ]) {
        try {
          act();
        } catch (error) {
          if (!(error instanceof DecodeError || error instanceof RangeError))
            throw new Error(`${String(error)}; rerun: ${RERUN}`, { cause: error });
        }
      }
    const copy = TextDocument.create({ agent: CY });
    copy.applyUpdate(base.since(EMPTY));
    expect(copy.encode()).toEqual(base.encode());
  });
});
