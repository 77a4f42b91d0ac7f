import { describe, expect, it } from "vitest";
import { layOutBoard } from "../../app/_network/board-layout.ts";
import { heldRows, ROWS_MAX } from "../../app/_network/held-rows.ts";
import { flightOf, PILLS_MAX, pillsOf, placeOf } from "../../app/_network/wire-pills.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { NodesAnswer, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { fairDepth, mergeFlights } from "../../crdt/sync/told-messages.ts";
import type { HeldLink, HeldMessage, NodeFlight } from "../../crdt/sync/held-messages.ts";

const ANA = replicaIdFrom(1);
const REPLICAS: readonly ReplicaStatus[] = [
  {
    replicaId: ANA,
    kind: "tab",
    name: "Ana",
    colour: 3,
    noteId: parseNoteId("n")!,
    strategy: "walker",
    isConnected: true,
    conditions: CLEAR_BOTH,
    cutSinceMs: null,
    digest: null,
    roundTripMs: null,
    bucket: null,
  },
];
const nodes = ["S1", "S2", "S3"].map((id) => ({ id, clients: id === "S1" ? [ANA] : [] }));
const BOARD = layOutBoard({ nodes, cuts: [] } as unknown as NodesAnswer, REPLICAS);
const WIRE = BOARD.links.find(({ a }) => a.end === ANA)!;

const message = (id: number, more: Partial<HeldMessage> = {}): HeldMessage => ({
  id,
  name: "numbered",
  bytes: 20,
  ageMs: 100,
  dueInMs: 300,
  share: 0.25,
  summary: "",
  ...more,
});
const link = (direction: "up" | "down", messages: readonly HeldMessage[], more = 0): HeldLink => ({
  link: `0-${direction}`,
  replicaId: ANA,
  direction,
  isHeld: false,
  messages,
  more,
});

describe("messages on the board", () => {
  it("stand where their latency has brought them, each direction on its side of the wire, and arrive when they are due", () => {
    const [up, down] = pillsOf([link("up", [message(4)]), link("down", [message(7)])], [], BOARD, REPLICAS);
    expect([up!.key, up!.sign, up!.colour, up!.count]).toEqual(["0-up-4", "+", 3, 1]);
    const length = Math.hypot(WIRE.x2 - WIRE.x1, WIRE.y2 - WIRE.y1);
    const gone = (pill: typeof up, ms: number): number => {
      const at = placeOf(pill!, ms);
      return Math.hypot(at.x - pill!.from.x, at.y - pill!.from.y) / length;
    };
    expect(gone(up, 0)).toBeCloseTo(0.25);
    // 400 ms of way in all: 100 ms more are a quarter more.
    expect(gone(up, 100)).toBeCloseTo(0.5);
    expect(gone(up, 300)).toBeCloseTo(1);
    expect(gone(up, 999)).toBeCloseTo(1);
    // Opposite ways, ten units apart.
    expect(Math.hypot(up!.from.x - down!.to.x, up!.from.y - down!.to.y)).toBeCloseTo(10);
    expect(Math.hypot(WIRE.x1 - up!.from.x, WIRE.y1 - up!.from.y)).toBeCloseTo(5);
  });

  it("stay where they are while they are held", () => {
    const [held] = pillsOf([link("up", [message(1, { dueInMs: null, share: 0.4 })])], [], BOARD, REPLICAS);
    expect(placeOf(held!, 5_000)).toEqual(placeOf(held!));
  });

  it("are sent on their whole way at the time that they have been under way: the animation is where the pill is", () => {
    for (const told of [message(1), message(2, { share: 0, dueInMs: 80 }), message(3, { share: 0.9, dueInMs: 4_000 })]) {
      const [pill] = pillsOf([link("up", [told])], [], BOARD, REPLICAS);
      const { totalMs, elapsedMs } = flightOf(pill!)!;
      for (const ms of [0, 20, 79, 80]) {
        const part = (elapsedMs + ms) / totalMs;
        const { x, y } = placeOf(pill!, ms);
        expect(x).toBeCloseTo(pill!.from.x + (pill!.to.x - pill!.from.x) * part);
        expect(y).toBeCloseTo(pill!.from.y + (pill!.to.y - pill!.from.y) * part);
      }
    }
    const standing = [message(1, { dueInMs: null }), message(2, { dueInMs: 0, share: 1 })];
    expect(pillsOf([link("up", standing)], [], BOARD, REPLICAS).map(flightOf)).toEqual([null, null]);
  });

  it("stand where all of them are on the average, though only the first were told one by one", () => {
    const told = { ...link("up", [message(1, { share: 0.9 }), message(2, { share: 0.8 })], 70), middle: { share: 0.5, dueInMs: 290 } };
    const [pill] = pillsOf([told], [], BOARD, REPLICAS);
    expect([pill!.sign, pill!.share, pill!.dueInMs, flightOf(pill!)]).toEqual(["×72", 0.5, 290, null]);
  });

  it("are one pill for each direction of a wire above the cap, with their number at their middle", () => {
    const many = Array.from({ length: PILLS_MAX - 1 }, (_, id) => message(id, { share: id % 2 === 0 ? 0.2 : 0.6, dueInMs: 100 + id }));
    expect(pillsOf([link("up", many), link("down", [message(99)])], [], BOARD, REPLICAS)).toHaveLength(PILLS_MAX);
    const [up, down, ...rest] = pillsOf([link("up", many, 88), link("down", [message(99)])], [], BOARD, REPLICAS);
    expect([up!.sign, up!.count, down!.sign, rest]).toEqual(["×127", 127, "+", []]);
    expect(up!.share).toBeCloseTo((20 * 0.2 + 19 * 0.6) / 39);
    expect(up!.dueInMs).toBe(100 + PILLS_MAX - 2);
  });

  it("of replicas that have no wire on the board are not shown", () => {
    expect(pillsOf([{ ...link("up", [message(1)]), replicaId: replicaIdFrom(5) }], [], BOARD, REPLICAS)).toEqual([]);
  });
});

describe("messages between nodes", () => {
  const flight = (id: number, from = "S1", to = "S3"): NodeFlight => ({
    from: from as NodeId,
    to: to as NodeId,
    id,
    share: 0.5,
    dueInMs: 50,
  });

  it("go along their wire in their direction, and belong to nobody", () => {
    const [there, back] = pillsOf([], [flight(3), flight(3, "S3", "S1")], BOARD, REPLICAS);
    expect([there!.key, there!.colour, there!.count, back!.key]).toEqual(["S1>S3 3", null, 1, "S3>S1 3"]);
    const [s1, s3] = ["S1", "S3"].map((id) => BOARD.ends.find(({ end }) => end === id)!);
    const near = (point: { x: number; y: number }, end: typeof s1): number => Math.hypot(point.x - end!.x, point.y - end!.y);
    expect(near(there!.from, s1)).toBeLessThan(near(there!.from, s3));
    expect(near(back!.from, s3)).toBeLessThan(near(back!.from, s1));
  });

  it("count towards the cap, and are one pill for each direction above it", () => {
    const pills = pillsOf(
      [
        link(
          "up",
          Array.from({ length: 30 }, (_, id) => message(id)),
        ),
      ],
      Array.from({ length: 11 }, (_, id) => flight(id)),
      BOARD,
      REPLICAS,
    );
    expect(pills.map(({ sign }) => sign)).toEqual(["×30", "×11"]);
  });

  it("are the same pill when they were told as one", () => {
    const many = [link("up", [message(1), message(2)], 60)];
    const flights = [flight(1), { ...flight(2), share: 0.7 }, flight(5, "S3", "S1")];
    const merged = mergeFlights(flights);
    expect(merged.map(({ from, to, count }) => [from, to, count])).toEqual([
      ["S1", "S3", 2],
      ["S3", "S1", undefined],
    ]);
    expect(pillsOf(many, merged, BOARD, REPLICAS)).toEqual(pillsOf(many, flights, BOARD, REPLICAS));
  });
});

describe("the list of messages", () => {
  it("takes as many of each link as of the others, as long as all of them are few enough, and the first of each at least", () => {
    expect([fairDepth([40, 3], 40), fairDepth([18, 18], 40), fairDepth([20, 21], 40), fairDepth([])]).toEqual([37, 18, 20, 1]);
    expect(fairDepth(Array.from({ length: 50 }, () => 9))).toBe(1);
  });

  it("has forty rows at most, as many of each link as of the others, the first to arrive of each", () => {
    const many = (n: number) => Array.from({ length: n }, (_, id) => message(id));
    const rows = heldRows([link("up", many(40)), link("down", many(3))]);
    expect(rows.filter(({ direction }) => direction === "down").map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(rows.filter(({ direction }) => direction === "up").map(({ id }) => id)).toEqual(Array.from({ length: 37 }, (_, id) => id));
    expect(heldRows([link("up", many(40))])).toHaveLength(ROWS_MAX);
    expect(heldRows(Array.from({ length: 60 }, () => link("up", many(2))))).toHaveLength(ROWS_MAX);
    expect(heldRows([])).toEqual([]);
  });
});
