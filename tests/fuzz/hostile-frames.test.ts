/**
 * Mutations of frames that honest peers sent, into live sessions: a mutant may close the connection that it came
 * on, and nothing else may happen. Most pass the envelope, so that they reach what lies behind it.
 */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { mintEpoch, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng, pick, type Prng } from "../../crdt/base/prng.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { loadNodeStrategy, loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { Relay, Replicated } from "../../crdt/strategy/strategy.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import { PresenceTable } from "../../crdt/sync/presence.ts";
import { Room } from "../../crdt/sync/room.ts";
import { Session } from "../../crdt/sync/session.ts";
import { mutateBytes, mutatePayload } from "../support/mutants.ts";

const MUTANTS = Math.ceil(1_500 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = process.env.FUZZ_SEED ?? "0";
const RERUN = `FUZZ_SEED=${SEED} npx vitest run --config tests/vitest.config.ts tests/fuzz/hostile-frames`;
const NOTE = parseNoteId("hostile")!;

interface Kind {
  readonly name: string;
  readonly open: (n: number) => Replicated;
  /** As a node holds it. */
  readonly hold: () => Relay;
  /** One local change, as bytes. */
  readonly change: (replica: Replicated, prng: Prng) => Uint8Array;
}

async function kinds(): Promise<Kind[]> {
  const clock = new VirtualClock(1_000);
  const strategies = await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy));
  const notes = strategies.map((strategy): Kind => {
    const open = (n: number): ReturnType<typeof strategy.open> => strategy.open({ replica: replicaIdFrom(n), clock });
    return {
      name: strategy.name,
      open,
      hold: () => openRelay(strategy, { replica: replicaIdFrom(1_000), clock, updates: [], onDocumentOpened: () => undefined }),
      change(replica, prng) {
        clock.advance(1);
        const note = replica as ReturnType<typeof open>;
        const index = prng.int(0, note.length + 1);
        const remove = prng.float() < 0.4 ? Math.min(3, note.length - index) : 0;
        const edited = note.edit([{ index, remove, insert: pick(prng, ["a", "word ", "😀", "\n"]) }]);
        return edited.isAccepted ? edited.update : expect.unreachable();
      },
    };
  });
  const catalog: Kind = {
    name: "catalog",
    open: (n) => new Catalog({ replica: replicaIdFrom(n), clock }),
    hold: () => new Catalog({ replica: replicaIdFrom(1_000), clock }),
    change(replica, prng) {
      clock.advance(1);
      const list = replica as Catalog;
      const noteId = parseNoteId(`n${prng.int(0, 3)}`)!;
      const writes = [
        () => list.addNote({ noteId, title: "t", strategy: "yjs" }),
        () => list.rename(noteId, `title ${prng.int(0, 9)}`),
        () => list.addTag(noteId, "tag"),
        () => list.removeTag(noteId, "tag"),
        () => list.view(noteId),
        () => list.vote(noteId, -1),
        () => list.setDeleted(noteId, prng.float() < 0.5),
      ];
      return pick(prng, writes)();
    },
  };
  return [...notes, catalog];
}

function passesEnvelope(bytes: Uint8Array): boolean {
  try {
    decodeFrame(bytes);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

describe("mutants of honest frames", async () => {
  it.each(await kinds())("$name", ({ name, open, hold, change }) => {
    const prng = createPrng(`${name}/${SEED}`);
    const clock = new VirtualClock(5_000);
    const epoch = mintEpoch(prng);
    let position = 1;
    const relay = hold();
    const room = new Room({
      noteId: NOTE,
      relay,
      defer: (task) => task(),
      epoch,
      nodeReplica: replicaIdFrom(1_000),
      clock,
      tracer: SILENT_TRACER,
      log: { append: () => ++position, durablePosition: () => position },
    });
    const connect = (n: number, closes: number[]): Session => {
      const transport = { send: () => undefined, close: (code: number) => void closes.push(code), bufferedBytes: 0 };
      const session = new Session({ room, transport, kind: "tab", replicaId: replicaIdFrom(n), clock, tracer: SILENT_TRACER });
      session.onFrame(encodeFrame({ type: "epoch", epoch: null }));
      return session;
    };
    const goodCloses: number[] = [];
    const good = connect(1, goodCloses);
    const author = open(1);
    const corpus: Frame[] = [];
    let seq = 0;
    for (let n = 0; n < 30; n++) {
      const frame: Frame = { type: "numbered", seq: ++seq, frame: { type: "update", update: change(author, prng) } };
      good.onFrame(encodeFrame(frame));
      const table = new PresenceTable(clock);
      corpus.push(
        { ...frame, seq: 1 },
        { type: "update", update: author.since(new Uint8Array(0)) },
        { type: "sync-step-1", version: author.version() },
        { type: "awareness", update: table.setLocal(n, { user: { name: "Ana" } }) },
      );
    }

    let passed = 0;
    let closed = 0;
    for (let n = 0; n < MUTANTS; n++) {
      const honest = pick(prng, corpus);
      const mutant = prng.float() < 0.75 ? mutatePayload(prng, honest) : mutateBytes(prng, encodeFrame(honest));
      if (passesEnvelope(mutant)) passed++;
      const closes: number[] = [];
      const before = relay.since(EMPTY_BYTES);
      const hostile = connect(2, closes);
      try {
        hostile.onFrame(mutant);
      } catch (error) {
        throw new Error(`${String(error)} escaped from mutant ${n} [${mutant.join()}]; rerun: ${RERUN}`, { cause: error });
      }
      if (closes.length > 0) {
        closed++;
        expect(relay.since(EMPTY_BYTES), `a refused mutant changed the room: ${RERUN}`).toEqual(before);
      }
      hostile.onClose({ code: 1006, reason: "" });
      if (n % 50 === 0 || n === MUTANTS - 1) {
        // What a restart would find, and what whoever joins is told, is what is here.
        const loaded = open(1_000);
        loaded.receive(relay.since(EMPTY_BYTES));
        loaded.checkInvariants();
        expect([loaded.version(), loaded.seen()], `mutant ${n}: ${RERUN}`).toEqual([relay.version(), relay.seen()]);
      }
    }
    expect(passed / MUTANTS).toBeGreaterThan(0.3);
    expect(closed).toBeGreaterThan(MUTANTS / 20);

    // The honest peer is still here, and what it says next is still understood. A mutant may have forged its author's
    // next number, which nobody can tell from the truth, so it speaks for one whose id no mutant can have hit upon.
    const stranger = open(987_654_321_012);
    good.onFrame(encodeFrame({ type: "numbered", seq: ++seq, frame: { type: "update", update: change(stranger, prng) } }));
    expect([goodCloses, good.isOpen]).toEqual([[], true]);
    good.onClose({ code: 1000, reason: "" });
    expect(clock.pending).toBe(0);
  });

  it("of anchors and digests escape as DecodeError alone", async () => {
    const prng = createPrng(`digests/${SEED}`);
    for (const name of STRATEGY_NAMES) {
      const strategy = await loadStrategy(name);
      const replica = strategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
      replica.edit([{ index: 0, remove: 0, insert: "hello 😀 world" }]);
      for (let n = 0; n < MUTANTS / 4; n++) {
        for (const act of [
          () => replica.resolve(mutateBytes(prng, replica.anchor(prng.int(0, 10), 1))),
          () => strategy.compare(replica.seen(), mutateBytes(prng, replica.seen())),
          () => strategy.validate(mutateBytes(prng, replica.since(new Uint8Array(0)))),
          () => replica.since(mutateBytes(prng, replica.version())),
        ]) {
          try {
            act();
          } catch (error) {
            if (!(error instanceof DecodeError || error instanceof ProtocolError))
              throw new Error(`${name}: ${String(error)}; rerun: ${RERUN}`, { cause: error });
          }
        }
      }
    }
  });
});
