/** Long notes that are kept as their documents, on a node: what is asked of one holds nobody else up. Turns are counted, not timed. */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintEpoch, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { Replica, StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { encodeFrame } from "../../crdt/sync/frames.ts";
import { PieceReader } from "../../crdt/sync/pieces.ts";
import type { RoomMember } from "../../crdt/sync/room.ts";
import { factsOf } from "../../server/rooms/note-facts.ts";
import { compactNow, NOTE, setUpHub, settled, sinceNow } from "../support/hub-setup.ts";

/** Turns that are enough for everything here. */
const TURNS_MAX = 2_000;

const OTHER = parseNoteId("other")!;

/** A note of a few thousand runs, or lines, that stand in no order of time. */
async function setUpLong(name: StrategyName) {
  let turns = 0;
  const set = await setUpHub(compactNow, sinceNow, (task) => {
    turns++;
    setImmediate(task);
  });
  const strategy = await loadStrategy(name);
  const prng = createPrng(`long ${name}`);
  const writer = strategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock(5_000) });
  const type = (edits: number): Uint8Array[] =>
    Array.from({ length: edits }, () => {
      const edited = writer.edit([{ index: prng.int(0, writer.length + 1), remove: 0, insert: "typed\n" }]);
      return edited.isAccepted ? edited.update : expect.unreachable(edited.reason);
    });
  writer.edit([{ index: 0, remove: 0, insert: "line\n".repeat(1_000) }]);
  type(1_400);
  const snapshot = writer.since(EMPTY_BYTES);
  set.notes.set(NOTE, { strategy: name, epoch: mintEpoch(createPrng("long")), snapshot, updates: [], position: 1 });
  /** Taken in, in this turn, whatever room it has for them. */
  const write = ({ session }: { readonly session: RoomMember }, edits: number): void => {
    for (const update of type(edits)) set.hub.find(NOTE)!.room.receive(update, session);
  };
  const open = (state: Uint8Array): Replica => strategy.open({ replica: replicaIdFrom(9), clock: new VirtualClock(), state });
  return { ...set, writer, write, open, turns: () => turns };
}

type Long = Awaited<ReturnType<typeof setUpLong>>;
type Tab = Awaited<ReturnType<Long["join"]>>;

const QUESTION = (version: Uint8Array): Uint8Array => encodeFrame({ type: "sync-step-1", version });

/** What a tab was answered, and what was passed on to it, in the order of coming. */
function brought({ inbox }: Tab): { answers: Uint8Array[]; updates: Uint8Array[] } {
  const [answers, updates]: [Uint8Array[], Uint8Array[]] = [[], []];
  const pieces = new PieceReader(8_000_000);
  for (const frame of inbox.splice(0)) {
    const whole = frame.type === "piece" ? pieces.take(frame) : frame;
    if (whole?.type === "sync-step-2") answers.push(whole.update);
    else if (whole?.type === "update") updates.push(whole.update);
  }
  return { answers, updates };
}

describe.each(["fugue", "lww-line"] as const)("a long %s note", (name) => {
  it("[SY1] is handed over in many turns, in which others write on: who asked has all of it in the end", async () => {
    const { hub, join, write, writer, open, turns } = await setUpLong(name);
    const [tab, late, asking] = [await join(NOTE, 1, name), await join(NOTE, 2, name), await join(NOTE, 3, name)];
    const half = open(writer.since(EMPTY_BYTES));
    write(tab, 600);
    for (let n = 0; n < 20; n++) await settled();
    for (const { inbox } of [late, asking]) inbox.length = 0;
    const before = turns();
    asking.session.onFrame(QUESTION(EMPTY_BYTES));
    late.session.onFrame(QUESTION(half.version()));
    const beside = await join(OTHER, 7, name);
    const got = { late: brought(late), asking: brought(asking) };
    expect([got.late.answers, got.asking.answers]).toEqual([[], []]);
    let asides = 0;
    for (let turn = 0; got.late.answers.length + got.asking.answers.length < 2; turn++) {
      expect(turn).toBeLessThan(TURNS_MAX);
      if (turn % 2 === 0) write(tab, 1);
      beside.inbox.length = 0;
      beside.session.onFrame(QUESTION(EMPTY_BYTES));
      await settled();
      if (brought(beside).answers.length > 0) asides++;
      for (const [who, of] of [
        ["late", late],
        ["asking", asking],
      ] as const) {
        const more = brought(of);
        got[who].answers.push(...more.answers);
        got[who].updates.push(...more.updates);
      }
    }
    await settled();
    got.late.updates.push(...brought(late).updates);
    got.asking.updates.push(...brought(asking).updates);
    expect([turns() - before > 3, asides > 1]).toEqual([true, true]);
    // Some of what was passed on came before the answer.
    const fresh = open(EMPTY_BYTES);
    for (const [copy, { answers, updates }] of [
      [half, got.late],
      [fresh, got.asking],
    ] as const) {
      for (const update of [...updates, ...answers]) copy.receive(update);
      expect([copy.text() === writer.text(), copy.stats().pending]).toEqual([true, 0]);
      expect(copy.hash()).toEqual(writer.hash());
    }
    hub.close(CLOSE.goingAway, "End");
  });

  it("is compacted in many turns, as it was when that began, and although the last one leaves; the log goes on behind it", async () => {
    const { hub, join, write, writer, notes, save, clock, open, problems } = await setUpLong(name);
    const tab = await join(NOTE, 1, name);
    write(tab, 500);
    save();
    const atStart = writer.since(EMPTY_BYTES);
    const { snapshot } = notes.get(NOTE)!;
    // The log has fallen quiet.
    clock.advance(1_000);
    expect(notes.get(NOTE)!.snapshot).toBe(snapshot);
    write(tab, 3);
    save();
    expect([notes.get(NOTE)!.snapshot === snapshot, notes.get(NOTE)!.updates.length]).toEqual([true, 503]);
    for (let turn = 0; notes.get(NOTE)!.snapshot === snapshot; turn++) {
      expect(turn).toBeLessThan(TURNS_MAX);
      await settled();
    }
    const stored = notes.get(NOTE)!;
    expect([toBase64(stored.snapshot!) === toBase64(atStart), stored.updates.length, hub.counts.compactions]).toEqual([true, 3, 1]);

    write(tab, 20);
    save();
    tab.session.onClose({ code: 1000, reason: "" });
    clock.advance(5_000);
    expect([hub.find(NOTE), notes.get(NOTE)!.updates.length]).toEqual([null, 23]);
    for (let turn = 0; notes.get(NOTE)!.updates.length > 0; turn++) {
      expect(turn).toBeLessThan(TURNS_MAX);
      await settled();
    }
    expect(open(notes.get(NOTE)!.snapshot!).hash()).toEqual(writer.hash());
    expect((await hub.open(NOTE)).document()!.hash()).toEqual(writer.hash());
    expect(problems).toEqual([]);
    hub.close(CLOSE.goingAway, "End");
  });

  it("a compaction that has not ended when the server stops leaves what is stored as it is", async () => {
    const { hub, join, write, notes, save, clock, problems, turns } = await setUpLong(name);
    const tab = await join(NOTE, 1, name);
    write(tab, 500);
    save();
    const { snapshot } = notes.get(NOTE)!;
    const before = turns();
    clock.advance(1_000);
    expect(turns()).toBe(before + 1);
    hub.close(CLOSE.restarting, "The server stops");
    for (let n = 0; n < 50; n++) await settled();
    expect([notes.get(NOTE)!.snapshot === snapshot, notes.get(NOTE)!.updates.length, problems]).toEqual([true, 500, []]);
  });

  it("what is said of it is read in another thread", async () => {
    const { hub, writer } = await setUpLong(name);
    const { facts } = await hub.open(NOTE);
    const read = facts();
    expect(read).toBeInstanceOf(Promise);
    expect(await read).toEqual(factsOf(writer));
    hub.close(CLOSE.goingAway, "End");
  });
});
