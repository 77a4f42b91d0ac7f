/** Presence with faults of its own: two tabs in one room on the virtual clock, whose edits pass all the while. */

import { describe, expect, it } from "vitest";
import { linkWord, presenceWord } from "../../app/_network/link-word.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../../crdt/base/ids.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { connectThrough } from "../../crdt/network/pipe.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { encodeFrame } from "../../crdt/sync/frames.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import { EMPTY_PRESENCE } from "../../crdt/sync/presence.ts";
import { type LanePatch, PresenceBoard } from "../../crdt/sync/presence-board.ts";
import { type Laned, layPresenceLanes } from "../../crdt/sync/presence-lane.ts";
import { reachOf } from "../../crdt/sync/reach.ts";
import { Session } from "../../crdt/sync/session.ts";
import { setUpRoom } from "../support/room-setup.ts";

const [ANA, BO] = [replicaIdFrom(1), replicaIdFrom(2)];

async function setUp() {
  const { clock, room, save } = setUpRoom();
  const board = new PresenceBoard({ clock });
  const prng = createPrng("lanes");
  const run = async (durationMs: number): Promise<void> => {
    for (const untilMs = clock.now() + durationMs; ;) {
      for (let n = 0; n < 20; n++) await Promise.resolve();
      save();
      const dueMs = clock.nextDueMs();
      if (dueMs === null || dueMs > untilMs) return clock.advance(untilMs - clock.now());
      clock.step();
    }
  };
  const open = (replicaId: ReplicaId): NoteSession =>
    new NoteSession({
      noteId: room.noteId,
      replicaId,
      strategy: yjsStrategy,
      connect: connectThrough(clock, () => (pipe) => {
        const lanes: Laned = layPresenceLanes({
          replica: replicaId,
          board,
          clock,
          prng,
          transport: pipe,
          onFrame: (frame) => session.onFrame(frame),
        });
        const session = new Session({ room, transport: lanes.transport, kind: "tab", replicaId, clock, tracer: SILENT_TRACER });
        return {
          onFrame: (frame) => lanes.onFrame(frame),
          onClose(closed) {
            lanes.close();
            session.onClose(closed);
          },
        };
      }),
      store: new MemoryStore(),
      clock,
      prng: prng.stream(replicaId),
      tracer: SILENT_TRACER,
    });
  const [ana, bo] = [open(ANA), open(BO)];
  for (const note of [ana, bo]) {
    await note.session.start();
    note.session.setPresence({ caret: 0 });
  }
  await run(100);
  /** Where Ana sees Bo. */
  const seen = (): unknown => ana.session.presence.states().get(replicaNumber(BO));
  const reach = () => reachOf(ana.session.presence.known().get(replicaNumber(BO))!, clock.now(), true).kind;
  expect(seen()).toEqual({ caret: 0 });
  const close = async (): Promise<void> => {
    for (const note of [ana, bo]) note.close();
    await run(100);
    room.close(1001, "End");
    board.close();
    await run(5_000);
  };
  return { clock, board, ana, bo, run, seen, reach, close };
}

describe("presence with faults of its own", () => {
  it.each<{ readonly of: string; readonly replica: ReplicaId; readonly direction: "up" | "down" }>([
    { of: "from Bo", replica: BO, direction: "up" },
    { of: "to Ana", replica: ANA, direction: "down" },
  ])("[PR1] $of: cut, it waits while edits pass; Bo is out of reach after 20 s, and back with the heal", async ({ replica, direction }) => {
    const { board, ana, bo, run, seen, reach, close } = await setUp();
    board.set(replica, { [direction]: { isCut: true } });
    bo.edit([{ index: 0, remove: 0, insert: "still here" }], 10);
    bo.session.setPresence({ caret: 10 });
    await run(1_000);
    expect([ana.text(), seen(), reach()]).toEqual(["still here", { caret: 0 }, "active"]);
    await run(20_000);
    expect([reach(), ana.session.status().connection, bo.session.status().unsaved]).toEqual(["unreachable", "synced", 0]);
    board.heal();
    await run(10);
    expect([seen(), reach()]).toEqual([{ caret: 10 }, "active"]);
    await close();
  });

  it("late, it comes when it is due, and in its order", async () => {
    const { board, ana, bo, run, seen, close } = await setUp();
    board.set(BO, { up: { latencyMs: 2_000 } });
    bo.session.setPresence({ caret: 1 });
    await run(500);
    bo.session.setPresence({ caret: 2 });
    bo.edit([{ index: 0, remove: 0, insert: "ab" }], 2);
    await run(1_490);
    expect([ana.text(), seen()]).toEqual(["ab", { caret: 0 }]);
    await run(20);
    expect(seen()).toEqual({ caret: 1 });
    await run(500);
    expect(seen()).toEqual({ caret: 2 });
    await close();
  });

  it("lost, about so many are never heard of, and the last word comes with the next sign of life", async () => {
    const { board, bo, run, seen, close } = await setUp();
    board.set(BO, { up: { lossShare: 0.5 } });
    let heard = 0;
    for (let caret = 1; caret <= 200; caret++) {
      bo.session.setPresence({ caret });
      await run(100);
      if ((seen() as { caret: number }).caret === caret) heard++;
    }
    expect(heard).toBeGreaterThan(70);
    expect(heard).toBeLessThan(130);
    board.set(BO, { up: { lossShare: 0 } });
    await run(15_000);
    expect(seen()).toEqual({ caret: 200 });
    await close();
  });

  it("leaves no timer, whatever waits", async () => {
    const { clock, board, bo, close } = await setUp();
    board.set(BO, { up: { latencyMs: 60_000 } });
    bo.session.setPresence({ caret: 3 });
    await close();
    expect(clock.pending).toBe(0);
  });

  it("lets a stock client's sign of life pass, which says nothing of anybody", () => {
    const clock = new VirtualClock();
    const board = new PresenceBoard({ clock });
    board.set(ANA, { down: { isCut: true } });
    const sent: number[] = [];
    const { transport } = layPresenceLanes({
      replica: ANA,
      board,
      clock,
      prng: createPrng(1),
      transport: { send: (frame) => void sent.push(frame.length), close: () => undefined, bufferedBytes: 0 },
      onFrame: () => undefined,
    });
    transport.send(encodeFrame({ type: "awareness", update: EMPTY_PRESENCE }));
    transport.send(encodeFrame({ type: "awareness", update: new Uint8Array(40) }));
    expect(sent).toHaveLength(1);
    board.close();
  });

  it("heals by itself, tells who asks, and refuses what is out of range", () => {
    const clock = new VirtualClock();
    const board = new PresenceBoard({ clock, healAfterMs: 1_000 });
    const told: string[] = [];
    board.subscribe((replica) => told.push(replica));
    board.set(ANA, { up: { isCut: true } });
    expect([board.isSet(ANA), board.healAtMs]).toEqual([true, 1_000]);
    clock.advance(1_000);
    expect([board.isSet(ANA), board.healAtMs, clock.pending, told]).toEqual([false, null, 0, [ANA, ANA]]);
    for (const up of [{ latencyMs: -1 }, { lossShare: 1.1 }, { latencyMs: Number.NaN }] satisfies LanePatch[])
      expect(() => board.set(ANA, { up })).toThrow(RangeError);
    expect(board.isSet(ANA)).toBe(false);
  });

  it("is said beside the link, which is as it was", () => {
    const lane = { latencyMs: 0, lossShare: 0, isCut: false };
    const link = { conditions: CLEAR_BOTH, cutSinceMs: null, isConnected: true, kind: "tab" } as const;
    const say = (down: typeof lane): string => linkWord(link) + presenceWord({ presence: { up: lane, down } });
    expect([say({ ...lane, isCut: true }), say({ ...lane, latencyMs: 9 }), presenceWord({})]).toEqual([
      "Online, presence cut",
      "Online, presence faulty",
      "",
    ]);
  });
});
