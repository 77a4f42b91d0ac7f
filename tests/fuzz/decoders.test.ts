/** Every reader of bytes or text that comes from outside, on what nobody sent: it says no in its own way, soon, and holds nothing. */

import { describe, expect, it } from "vitest";
import { ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { parseEpoch, parseNoteId, parseReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { loadNodeStrategy, loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import { decodeFrame, encodeFrame } from "../../crdt/sync/frames.ts";
import { decodePresence, PresenceTable } from "../../crdt/sync/presence.ts";
import { signCapability, verifyCapability } from "../../server/access/capability.ts";
import { controlRequest } from "../../server/faults/control-schema.ts";
import { lengthBomb, mutateBytes, randomBytes, truncated } from "../support/mutants.ts";

const INPUTS = Math.ceil(800 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = process.env.FUZZ_SEED ?? "0";
const RERUN = `FUZZ_SEED=${SEED} npx vitest run --config tests/vitest.config.ts tests/fuzz/decoders`;

interface Decoder {
  readonly name: string;
  /** What it is meant for. */
  readonly honest: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
}

async function decoders(): Promise<Decoder[]> {
  const clock = new VirtualClock(1_000);
  const table = new PresenceTable(clock);
  const list = new Catalog({ replica: replicaIdFrom(1), clock });
  const presence = table.setLocal(7, { user: { name: "Ana" } });
  const noteId = parseNoteId("note")!;
  list.addNote({ noteId, title: "Title", strategy: "yjs" });
  const out: Decoder[] = [
    {
      name: "frames",
      honest: encodeFrame({ type: "numbered", seq: 3, frame: { type: "update", update: Uint8Array.of(1, 2, 3) } }),
      read: decodeFrame,
    },
    { name: "presence", honest: presence, read: decodePresence },
    { name: "a presence table", honest: presence, read: (bytes) => new PresenceTable(clock).apply(bytes) },
    {
      name: "the catalog",
      honest: list.since(EMPTY_BYTES),
      read: (bytes) => new Catalog({ replica: replicaIdFrom(2), clock }).receive(bytes),
    },
    { name: "a version of the catalog", honest: list.version(), read: (bytes) => list.since(bytes) },
  ];
  for (const name of STRATEGY_NAMES) {
    const [strategy, onNode] = [await loadStrategy(name), await loadNodeStrategy(name)];
    const replica = strategy.open({ replica: replicaIdFrom(3), clock });
    for (const insert of ["hello ", "world 😀"]) replica.edit([{ index: replica.length, remove: 0, insert }]);
    const honest = replica.since(EMPTY_BYTES);
    const options = { replica: replicaIdFrom(9), clock };
    const relay = openRelay(onNode, { ...options, updates: [], onDocumentOpened: () => undefined });
    const { forward } = relay.receive(honest);
    if (forward !== null) relay.settle?.(forward);
    out.push(
      { name: `updates of ${name}`, honest, read: (bytes) => strategy.open(options).receive(bytes) },
      {
        name: `updates of ${name}, on a node`,
        honest,
        read: (bytes) => openRelay(onNode, { ...options, updates: [], onDocumentOpened: () => undefined }).receive(bytes),
      },
      { name: `states of ${name}`, honest, read: (bytes) => strategy.open({ ...options, state: bytes }) },
      { name: `versions of ${name}`, honest: relay.version(), read: (bytes) => relay.since(bytes) },
    );
  }
  return out;
}

/** Promises of far more than there is, at a place where a count or a length may be. */
function bombAt(prng: Prng, honest: Uint8Array): Uint8Array {
  const at = prng.int(0, Math.min(honest.length, 24) + 1);
  const huge = new ByteWriter().varUint([2 ** 31 - 1, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER][prng.int(0, 4)]!).finish();
  return Uint8Array.from([...honest.subarray(0, at), ...huge, ...honest.subarray(at + 1)]);
}

const INPUT_KINDS: readonly ((prng: Prng, honest: Uint8Array) => Uint8Array)[] = [
  (prng) => randomBytes(prng, 120),
  truncated,
  mutateBytes,
  bombAt,
  (prng) => lengthBomb(prng),
];

describe("every decoder", async () => {
  it.each(await decoders())("of $name: DecodeError or ProtocolError, and nothing else", ({ name, honest, read }) => {
    const prng = createPrng(`${name}/${SEED}`);
    read(honest);
    let refused = 0;
    for (let n = 0; n < INPUTS; n++) {
      const bytes = INPUT_KINDS[n % INPUT_KINDS.length]!(prng, honest);
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError || error instanceof ProtocolError))
          throw new Error(`${name}: ${String(error)} on [${bytes.join()}]; rerun: ${RERUN}`, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(INPUTS / 5);
  });

  it("of capabilities: none but its own passes", () => {
    const prng = createPrng(`capabilities/${SEED}`);
    const secret = Buffer.alloc(32, 7);
    let same = 0;
    const honest = signCapability({ noteId: parseNoteId("note")!, right: "view", id: "abcdefghijklmnop", expiresAtMs: null }, secret);
    const meaning = verifyCapability(honest, secret);
    expect(meaning).not.toBeNull();
    for (let n = 0; n < INPUTS; n++) {
      const text = Buffer.from(INPUT_KINDS[n % 4]!(prng, Buffer.from(honest))).toString("latin1");
      // The last letter of a signature has bits to spare: then it is the same one.
      const read = verifyCapability(text, secret);
      if (read !== null) expect(read, `${JSON.stringify(text)}: ${RERUN}`).toEqual(meaning);
      if (read !== null) same++;
    }
    expect(same).toBeLessThan(INPUTS / 50);
    expect(verifyCapability("a".repeat(1_000_000), secret)).toBeNull();
  });

  it("of ids and of what travels on /control: a value or none", () => {
    const prng = createPrng(`texts/${SEED}`);
    const honest = JSON.stringify({ type: "hello", replicaId: replicaIdFrom(5), noteId: "note", name: "Ana", capability: null });
    for (let n = 0; n < INPUTS; n++) {
      const text = Buffer.from(INPUT_KINDS[n % 4]!(prng, Buffer.from(honest))).toString("utf8");
      for (const parse of [parseNoteId, parseReplicaId, parseEpoch]) parse(text);
      let json: unknown = text;
      try {
        json = JSON.parse(text);
      } catch {
        // Then it is a string.
      }
      expect(() => controlRequest.safeParse(json)).not.toThrow();
    }
  });
});
