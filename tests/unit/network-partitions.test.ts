import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { between, bridge, describeCuts, type DirectedCut, groups, islandsOf, isolate, ring, splitInHalf } from "../../crdt/network/cuts.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { nodeIds, type NodePair, pairOf } from "../../crdt/network/node-pair.ts";
import { Partitions } from "../../crdt/network/partitions.ts";

const FIVE = nodeIds(5);
const [S1, S2, S3] = nodeIds(3) as [
  ReturnType<typeof nodeIds>[number],
  ReturnType<typeof nodeIds>[number],
  ReturnType<typeof nodeIds>[number],
];
const alone = (nodes: readonly string[]) => ({ nodes, clients: new Map<string, string>() });
const islandsOfNodes = (nodes: readonly string[], cuts: readonly DirectedCut[]) =>
  islandsOf(alone(nodes), cuts).map(({ ends }) => ends.join(""));

describe("cuts", () => {
  it("split in half leaves a majority on one side", () => {
    const islands = islandsOf(alone(FIVE), splitInHalf(FIVE));
    expect(islands.map(({ ends, hasMajority }) => [ends.length, hasMajority])).toEqual([
      [2, false],
      [3, true],
    ]);
  });

  it("isolate, ring and bridge cut what they say", () => {
    expect(islandsOfNodes(FIVE, isolate("S3", FIVE))).toEqual(["S1S2S4S5", "S3"]);
    expect(ring(FIVE)).toHaveLength(10);
    expect(islandsOfNodes(FIVE, ring(FIVE))).toEqual(["S1S2S3S4S5"]);
    expect(islandsOfNodes(FIVE, bridge("S3", FIVE))).toEqual(["S1S2S3S4S5"]);
    expect(islandsOfNodes(FIVE, [...bridge("S3", FIVE), ...isolate("S3", FIVE)])).toEqual(["S1S2", "S3", "S4S5"]);
  });

  it("an island is who reaches each other in both directions", () => {
    const topology = {
      nodes: [S1, S2, S3],
      clients: new Map([
        ["A", "S1"],
        ["B", "S3"],
      ]),
    };
    const oneWay = [{ from: "S1", to: "A" }];
    expect(islandsOf(topology, oneWay).map(({ ends }) => ends.join(" "))).toEqual(["S1 S2 S3 B", "A"]);
    expect(describeCuts(topology, oneWay)).toEqual(["A can send to S1, S2, S3 and B, and hears nothing back."]);
    // What is cut between two nodes goes round by the third.
    expect(islandsOf(topology, between("S1", "S3"))).toHaveLength(1);
    expect(describeCuts(topology, groups(["A", "S1"], ["B", "S2", "S3"]))).toEqual(["S1 and A cannot reach S2, S3 and B."]);
    expect(describeCuts(topology, [])).toEqual([]);
  });

  it("refuses ends that are not there", () => {
    expect(() => isolate("S9", FIVE)).toThrow(/Unknown end S9/);
    expect(() => bridge("S9", FIVE)).toThrow(/Unknown end S9/);
  });
});

describe("partitions", () => {
  function setUp() {
    const clock = new VirtualClock();
    const [nodeLinks, clientLinks] = [new FaultBoard<NodePair>({ clock, healAfterMs: 60_000 }), new FaultBoard({ clock })];
    const partitions = new Partitions({ clock, nodes: [S1, S2, S3], nodeLinks, clientLinks });
    const client = replicaIdFrom(1);
    partitions.place(client, S1);
    const cutsOf = (a: typeof S1, b: typeof S1) => [nodeLinks.get(pairOf(a, b)).up.cut, nodeLinks.get(pairOf(a, b)).down.cut];
    return { clock, nodeLinks, clientLinks, partitions, client, cutsOf };
  }

  it("cut one direction of a link between nodes, and keep its latency when they heal", () => {
    const { partitions, nodeLinks, cutsOf } = setUp();
    nodeLinks.set(pairOf(S1, S2), { up: { latencyMs: 80 } });
    partitions.cut([{ from: S2, to: S1 }]);
    expect(cutsOf(S1, S2)).toEqual(["open", "blackhole"]);
    partitions.heal();
    expect(cutsOf(S1, S2)).toEqual(["open", "open"]);
    expect(nodeLinks.get(pairOf(S1, S2)).up.latencyMs).toBe(80);
  });

  it("hold for a client once it is on the node that it is cut from", () => {
    const { partitions, clientLinks, client } = setUp();
    partitions.cut(groups([client, S1], [S2, S3]), "reset");
    expect(clientLinks.get(client).up.cut).toBe("open");
    partitions.place(client, S2);
    expect(clientLinks.get(client)).toMatchObject({ up: { cut: "reset" }, down: { cut: "reset" } });
    partitions.place(client, S1);
    expect(clientLinks.get(client).up.cut).toBe("open");
  });

  it("of a client that left: go where it goes only if they are from there, and are gone once healed", () => {
    const { partitions, clientLinks, client } = setUp();
    partitions.cut(between(client, S1));
    partitions.place(client, null);
    partitions.place(client, S2);
    expect([clientLinks.get(client).up.cut, partitions.cuts.length]).toEqual(["open", 2]);
    partitions.place(client, S1);
    expect(clientLinks.get(client).up.cut).toBe("blackhole");
    partitions.place(client, null);
    clientLinks.heal();
    partitions.place(client, S1);
    expect([clientLinks.get(client).up.cut, partitions.cuts]).toEqual(["open", []]);
  });

  it("cut at 2 s and heal at 9 s", () => {
    const { partitions, clock, cutsOf } = setUp();
    partitions.schedule([
      { atMs: 2_000, cuts: isolate(S3, [S1, S2, S3]) },
      { atMs: 9_000, cuts: [] },
    ]);
    const seen = [1_999, 1, 6_999, 1].map((ms) => (clock.advance(ms), cutsOf(S1, S3)[0]));
    expect(seen).toEqual(["open", "blackhole", "blackhole", "open"]);
    partitions.close();
  });

  it("know what was cut and healed on the boards themselves", () => {
    const { partitions, clock, nodeLinks, clientLinks, client } = setUp();
    clientLinks.set(client, { down: { cut: "blackhole" } });
    expect(partitions.cuts).toEqual([{ from: S1, to: client }]);
    clientLinks.heal();
    partitions.cut(isolate(S1, [S1, S2, S3]));
    expect(partitions.islands().map(({ nodes, hasMajority }) => [nodes.join(" "), hasMajority])).toEqual([
      ["S1", false],
      ["S2 S3", true],
    ]);
    clock.advance(60_000);
    expect(nodeLinks.all().size).toBe(0);
    expect(partitions.cuts).toEqual([]);
    expect(() => partitions.cut([{ from: "S1", to: "Z" }])).toThrow(/Unknown end Z/);
  });
});
