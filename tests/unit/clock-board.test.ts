/** Clocks that are off: what a board remembers of them, and whether a write that lost was late or lost to a clock. */

import { describe, expect, it } from "vitest";
import { spanText } from "../../app/_client/span-text.ts";
import { latenessSentence } from "../../app/_ledger/loss-text.ts";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { type Clock, VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { offsetAt, trueTimeOf, WallClock } from "../../crdt/base/wall-clock.ts";
import { conflictsOf } from "../../crdt/catalog/conflicts.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { type ClockKind, CLOCK_KINDS, stampSource } from "../../crdt/causal/stamp-clock.ts";
import { type NodeId, nodeIds } from "../../crdt/network/node-pair.ts";
import { lwwLineStrategy } from "../../crdt/strategy/lww-line-strategy.ts";
import { lwwNoteStrategy } from "../../crdt/strategy/lww-note-strategy.ts";
import { mvNoteStrategy } from "../../crdt/strategy/mv-note-strategy.ts";
import { otStrategy } from "../../crdt/strategy/ot-strategy.ts";
import { stampedBy } from "../../crdt/strategy/stamped-by.ts";
import type { Loss, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { ClockBoard, type ClockPatch } from "../../crdt/sync/clock-board.ts";
import { latenessOf } from "../../crdt/sync/lateness.ts";
import { lossClocksOf } from "../../server/faults/loss-clocks.ts";

const NOTE = parseNoteId("n")!;
const [ANA, BO] = [replicaIdFrom(1), replicaIdFrom(2)];
const START_MS = 1_700_000_000_000;
const MINUTE = 60_000;

/** Two copies of a note and of its title, whose clocks follow a board as tabs' do. */
function setUp(strategy: Strategy = lwwNoteStrategy) {
  const clock = new VirtualClock(START_MS);
  const board = new ClockBoard({ clock });
  const walls = { ana: new WallClock(clock, 0), bo: new WallClock(clock, 0) };
  board.subscribe((replica) => walls[replica === ANA ? "ana" : "bo"].set(board.get(replica)));
  const kind = (): ClockKind => board.kindOf(NOTE);
  const open = (replica: typeof ANA, wall: Clock): Replica => stampedBy({ kind, wall, node: clock }, strategy).open({ replica, clock });
  const list = (replica: typeof ANA, wall: Clock): Catalog => {
    const catalog: Catalog = new Catalog({
      replica,
      clock: stampSource({ replica, wall, node: clock, kind, heard: () => catalog.latestStamp() }),
    });
    return catalog;
  };
  const ana = open(ANA, walls.ana);
  const bo = open(BO, walls.bo);
  const lists = { ana: list(ANA, walls.ana), bo: list(BO, walls.bo) };
  const type = (copy: Replica, insert: string): void => {
    clock.advance(1_000);
    const edited = copy.edit([{ index: 0, remove: copy.length, insert }]);
    if (!edited.isAccepted) expect.unreachable(edited.reason);
  };
  /** What Ana's copy says was lost. */
  const meet = (): Loss[] => {
    const { losses } = ana.receive(bo.since(ana.version()));
    bo.receive(ana.since(bo.version()));
    return [...losses];
  };
  return { clock, board, ana, bo, lists, type, meet };
}

/** Of the only loss: what the ledger says of its clocks. */
function toldOf(board: ClockBoard, [loss, ...more]: readonly Loss[], noteId = NOTE): string | null {
  if (loss === undefined || more.length > 0) expect.unreachable(`${more.length} losses too many, or none`);
  const clocks = lossClocksOf(board, noteId, loss);
  const nameOf = (replica: string): string => (replica === ANA ? "Ana" : "Bo");
  const names = { authorName: nameOf(loss.author), winnerName: nameOf(loss.winningStamp.replica) };
  return clocks === null ? null : latenessSentence({ ...names, clocks });
}

describe("a clock that is off", () => {
  it("drifts from the instant at which it was set, and tells the true time back", () => {
    const clock = new VirtualClock(START_MS);
    const wall = new WallClock(clock, START_MS);
    const setting = { offsetMs: -5_000, driftPpm: 100_000, sinceMs: START_MS };
    wall.set(setting);
    clock.advance(10_000);
    expect(wall.now() - clock.now()).toBe(-4_000);
    expect(offsetAt(setting, clock.now())).toBe(-4_000);
    expect(trueTimeOf(setting, wall.now())).toBeCloseTo(clock.now(), 3);
  });
});

describe("the board of clocks", () => {
  it("sets, steps, lets drift without a jump, and sets right again by itself", () => {
    const clock = new VirtualClock(START_MS);
    const board = new ClockBoard({ clock, healAfterMs: MINUTE });
    const told: string[] = [];
    board.subscribe((replica) => told.push(replica));
    const off = (): number => Math.round(offsetAt(board.get(ANA), clock.now()));
    board.set(ANA, { offsetMs: -5 * MINUTE });
    board.set(ANA, { driftPpm: 100_000 });
    expect([off(), board.isSet(ANA), board.isSet(BO)]).toEqual([-5 * MINUTE, true, false]);
    clock.advance(10_000);
    expect(off()).toBe(-5 * MINUTE + 1_000);
    board.set(ANA, { stepMs: -60 * MINUTE });
    expect(off()).toBe(-65 * MINUTE + 1_000);
    expect(board.healAtMs).toBe(clock.now() + MINUTE);
    clock.advance(MINUTE);
    expect([off(), board.isSet(ANA), board.healAtMs, clock.pending]).toEqual([0, false, null, 0]);
    expect(told).toEqual([ANA, ANA, ANA, ANA]);
    board.set(ANA, null);
    expect(told).toHaveLength(4);
  });

  it.each<ClockPatch>([{ offsetMs: 86_400_001 }, { offsetMs: Number.NaN }, { driftPpm: -500_001 }, { stepMs: -86_400_001 }])(
    "refuses %o, and nothing has changed",
    (patch) => {
      const board = new ClockBoard({ clock: new VirtualClock() });
      expect(() => board.set(ANA, patch)).toThrow(RangeError);
      expect([board.isSet(ANA), board.healAtMs]).toEqual([false, null]);
    },
  );

  it("tells when a write was made, and when its author has told it through every setting since", () => {
    const clock = new VirtualClock(START_MS);
    const board = new ClockBoard({ clock });
    const wall = new WallClock(clock, 0);
    board.subscribe(() => wall.set(board.get(ANA)));
    const made: { atMs: number; wallMs: number }[] = [];
    for (const patch of [{}, { offsetMs: MINUTE }, { driftPpm: 50_000 }, { stepMs: -60 * MINUTE }, { offsetMs: 0, driftPpm: 0 }]) {
      board.set(ANA, patch);
      clock.advance(20_000);
      const [atMs, wallMs] = [clock.now(), Math.floor(wall.now())];
      made.push({ atMs, wallMs });
      // Asked at once: later a clock that was set back shows the same again.
      expect(Math.abs(board.readingOf(NOTE, { wallMs, replica: ANA, seq: 1 })!.writtenAtMs - atMs)).toBeLessThan(2);
      board.tell(ANA, wallMs, { writtenAtMs: atMs, offsetMs: wallMs - atMs });
      clock.advance(20_000);
    }
    for (const { atMs, wallMs } of made) {
      const reading = board.readingOf(NOTE, { wallMs, replica: ANA, seq: 1 });
      expect(Math.abs(reading!.writtenAtMs - atMs)).toBeLessThan(2);
      expect(Math.abs(reading!.offsetMs - (wallMs - atMs))).toBeLessThan(2);
    }
  });

  it("says nothing of stamps that are no reading of a clock it knows", () => {
    const clock = new VirtualClock(START_MS);
    const board = new ClockBoard({ clock });
    const at = (wallMs: number) => board.readingOf(NOTE, { wallMs, replica: ANA, seq: 1 });
    expect(at(START_MS)).toEqual({ writtenAtMs: START_MS, offsetMs: 0 });
    expect(at(START_MS + 5 * MINUTE)).toBeNull();
    board.setKind(NOTE, "lamport");
    expect(at(START_MS)).toBeNull();
  });
});

describe("late, or lost to a clock", () => {
  it("a text: Bo's clock was ahead, Ana wrote later and lost", () => {
    const { board, ana, bo, type, meet } = setUp();
    board.set(BO, { offsetMs: 5 * MINUTE });
    type(bo, "bo's");
    type(ana, "ana's");
    expect(toldOf(board, meet())).toBe("Lost to clock skew: Bo's clock was 5 min ahead. In real time Ana wrote 1 s later.");
    expect([ana.text(), bo.text()]).toEqual(["bo's", "bo's"]);
  });

  it("a text: Ana's own clock was behind", () => {
    const { board, ana, bo, type, meet } = setUp();
    board.set(ANA, { offsetMs: -60 * MINUTE });
    type(bo, "bo's");
    type(ana, "ana's");
    expect(toldOf(board, meet())).toBe("Lost to clock skew: Ana's clock was 1 h behind. In real time Ana wrote 1 s later.");
  });

  it("a text: Bo was later, though his clock was behind, and though it was ahead", () => {
    for (const offsetMs of [-500, 0, 5 * MINUTE]) {
      const { board, ana, bo, type, meet } = setUp();
      board.set(BO, { offsetMs });
      type(ana, "ana's");
      type(bo, "bo's");
      expect(toldOf(board, meet())).toBe("Bo's write won, and in real time it is 1 s later than Ana's.");
    }
  });

  it("a line, and a clock that was set right before the two met", () => {
    const { board, clock, ana, bo, type, meet } = setUp(lwwLineStrategy);
    board.set(BO, { offsetMs: 5 * MINUTE });
    type(bo, "bo's");
    type(ana, "ana's");
    clock.advance(MINUTE);
    board.heal();
    clock.advance(MINUTE);
    expect(toldOf(board, meet())).toBe("Lost to clock skew: Bo's clock was 5 min ahead. In real time Ana wrote 1 s later.");
  });

  it("a clock that drifts: the offset is the one of the moment of writing", () => {
    const { board, clock, ana, bo, type, meet } = setUp();
    board.set(BO, { driftPpm: 100_000 });
    clock.advance(9 * MINUTE);
    type(bo, "bo's");
    type(ana, "ana's");
    expect(toldOf(board, meet())).toMatch(/^Lost to clock skew: Bo's clock was 54.1 s ahead\./);
  });

  it("[M3] a title: B has seen A's and loses all the same, and by hybrid and Lamport time does not", () => {
    for (const kind of CLOCK_KINDS) {
      const { board, clock, lists } = setUp();
      board.setKind(NOTE, kind);
      board.set(ANA, { offsetMs: 60 * MINUTE });
      lists.ana.addNote({ noteId: NOTE, title: "Ana's", strategy: "yjs" });
      clock.advance(58_000);
      lists.bo.receive(lists.ana.since(EMPTY_BYTES));
      const { losses } = lists.ana.receive(lists.bo.rename(NOTE, "Bo's"));
      const title = lists.ana.find(NOTE)?.title;
      if (kind === "wall") {
        expect([title, toldOf(board, losses)]).toEqual([
          "Ana's",
          "Lost to clock skew: Ana's clock was 1 h ahead. In real time Bo wrote 58 s later.",
        ]);
        expect(conflictsOf(lists.bo.cellsOf(NOTE))).toMatchObject([{ field: "title", others: [{ value: "Bo's", hasSeenWinner: true }] }]);
      } else expect([kind, title, losses]).toEqual([kind, "Bo's", []]);
    }
  });

  it("names nobody's clock where stamps only count, or where they decided nothing", () => {
    const { board, ana, bo, type, meet } = setUp();
    board.setKind(NOTE, "lamport");
    type(bo, "bo's");
    type(bo, "bo's again");
    type(ana, "ana's");
    expect(toldOf(board, meet())).toBeNull();
    const mv = setUp(mvNoteStrategy);
    mv.type(mv.ana, "ana's");
    mv.type(mv.bo, "bo's");
    mv.meet();
    expect(lossClocksOf(mv.board, NOTE, { rule: "mv-superseded" } as Loss)).toBeNull();
  });

  it("names the clock that did more to it", () => {
    const told = (losingOff: number, winningOff: number) =>
      latenessOf({ losing: { writtenAtMs: 1_000, offsetMs: losingOff }, winning: { writtenAtMs: 0, offsetMs: winningOff } });
    expect(told(-2_000, 5_000)).toEqual({ kind: "skew", byMs: 1_000, whose: "winner", offMs: 5_000 });
    expect(told(-5_000, 2_000)).toEqual({ kind: "skew", byMs: 1_000, whose: "loser", offMs: -5_000 });
    expect(told(-5_000, -2_000)).toEqual({ kind: "skew", byMs: 1_000, whose: "loser", offMs: -5_000 });
    expect(told(3_000, 5_000)).toEqual({ kind: "skew", byMs: 1_000, whose: "winner", offMs: 5_000 });
    // No clock was off by as much as the loser was later, so the stamps are no times.
    expect([told(0, 0), told(0, 500)]).toEqual([
      { kind: "counted", byMs: 1_000 },
      { kind: "counted", byMs: 1_000 },
    ]);
  });
});

describe("what a note is stamped with", () => {
  it.each([lwwNoteStrategy, lwwLineStrategy, mvNoteStrategy])("can become another clock between two writes: $name", (strategy) => {
    const { board, ana, bo, type, meet } = setUp(strategy);
    board.set(BO, { offsetMs: 60 * MINUTE });
    type(bo, "bo's");
    meet();
    for (const kind of ["hybrid", "lamport"] as const) {
      board.setKind(NOTE, kind);
      type(ana, `ana's by ${kind}`);
      meet();
      expect([ana.text(), bo.text()]).toEqual([`ana's by ${kind}`, `ana's by ${kind}`]);
    }
    expect(ana.latestStamp?.()?.wallMs).toBe(bo.latestStamp?.()?.wallMs);
  });

  it("is nothing to a strategy that one node orders", () => {
    expect(stampedBy({ kind: () => "hybrid", node: new VirtualClock() }, otStrategy)).toBe(otStrategy);
  });
});

it.each([
  [40, "40 ms"],
  [5_840, "5.8 s"],
  [59_990, "1 min"],
  [299_999, "5 min"],
  [3_720_000, "1 h 2 min"],
])("%i ms are %s", (ms, words) => expect(spanText(ms)).toBe(words));

describe("the clocks of nodes", () => {
  const [S1, S2] = nodeIds(2) as [NodeId, NodeId];

  /** Ana is on S1, Bo on S2, and they stamp by node time; `isTold`: both tell of their stamps. */
  function setUpNodes(isTold: boolean) {
    const clock = new VirtualClock(START_MS);
    const board = new ClockBoard({ clock });
    board.setKind(NOTE, "node");
    const walls = new Map([S1, S2].map((id) => [id, new WallClock(clock, START_MS)]));
    board.subscribe((owner) => walls.get(owner as NodeId)?.set(board.get(owner)));
    const open = (replica: typeof ANA, on: NodeId): Replica => {
      const node = walls.get(on)!;
      const onStamp = (wallMs: number): void => {
        if (isTold) board.tell(replica, wallMs, { writtenAtMs: clock.now(), offsetMs: node.now() - clock.now(), node: on });
      };
      return stampedBy({ kind: () => board.kindOf(NOTE), node, onStamp }, lwwNoteStrategy).open({ replica, clock });
    };
    const [ana, bo] = [open(ANA, S1), open(BO, S2)];
    const write = (copy: Replica, insert: string): void => {
      clock.advance(1_000);
      if (!copy.edit([{ index: 0, remove: copy.length, insert }]).isAccepted) expect.unreachable();
    };
    const meet = (): Loss[] => {
      const { losses } = ana.receive(bo.since(ana.version()));
      bo.receive(ana.since(bo.version()));
      return [...losses];
    };
    return { board, ana, write, bo, meet };
  }

  it("by node time a node's clock that is ahead wins, and the ledger says which node's it was", () => {
    const { board, ana, bo, write, meet } = setUpNodes(true);
    board.setNode(S1, { offsetMs: 5 * MINUTE });
    write(ana, "from S1");
    write(bo, "from S2");
    expect(toldOf(board, meet())).toBe("Lost to clock skew: S1's clock was 5 min ahead. In real time Bo wrote 1 s later.");
    expect(bo.text()).toBe("from S1");
  });

  it("set right, the later write stays, and it is said that it was later", () => {
    const { board, ana, bo, write, meet } = setUpNodes(true);
    board.setNode(S1, { offsetMs: 5 * MINUTE });
    board.heal();
    write(ana, "from S1");
    write(bo, "from S2");
    expect(toldOf(board, meet())).toBe("Bo's write won, and in real time it is 1 s later than Ana's.");
    expect(ana.text()).toBe("from S2");
  });

  it("of stamps that nobody told of nothing is said once a node's clock was set: on which node they were made is not known", () => {
    const { board, ana, bo, write, meet } = setUpNodes(false);
    board.setNode(S1, { offsetMs: 5 * MINUTE });
    write(ana, "from S1");
    write(bo, "from S2");
    expect(toldOf(board, meet())).toBeNull();
  });
});
