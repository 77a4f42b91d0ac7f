import { describe, expect, it } from "vitest";
import { birthWait } from "../../app/_network/birth-wait.ts";
import { parseEpoch, replicaIdFrom } from "../../crdt/base/ids.ts";
import { groups, islandsOf } from "../../crdt/network/cuts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { NodeNote, NodesAnswer, NodeStatus } from "../../crdt/sync/control-messages.ts";

const ANA = replicaIdFrom(1);
const EPOCH = parseEpoch("e".repeat(16)) ?? parseEpoch("0123456789abcdef");

function fabricOf(
  sides: readonly (readonly string[])[],
  { born = [], down = [], home = "S3" }: { born?: readonly string[]; down?: readonly string[]; home?: string } = {},
): NodesAnswer {
  const ids = sides.flat();
  const noteOf = (id: string): NodeNote => ({
    epoch: born.includes(id) ? EPOCH : null,
    digest: null,
    position: 0,
    durable: 0,
    room: null,
    order: null,
  });
  const nodes = ids.toSorted().map((id): NodeStatus => ({
    id: id as NodeId,
    state: down.includes(id) ? "down" : "up",
    pausedUntilMs: null,
    disk: { extraMs: 0, isSettled: true, trouble: null },
    reach: [],
    clients: id === home ? [ANA] : [],
    note: down.includes(id) ? null : noteOf(id),
  }));
  const cuts = groups(...sides);
  return {
    nodes,
    links: [],
    cuts: cuts.map((cut) => ({ ...cut, kind: "blackhole" })),
    islands: islandsOf({ nodes: ids, clients: new Map([[ANA, home]]) }, cuts),
    sentences: [],
    schedule: [],
    healAtMs: null,
    serverNowMs: 0,
  };
}

describe("a note that cannot begin", () => {
  it("says how many servers its side has and how many it takes", () => {
    expect(birthWait(fabricOf([["S1", "S2"], ["S3"]]), ANA, null)).toBe(
      "This side has 1 of 3 servers: a new note needs a majority, 2 of them, and waits for it. What you write is kept on this device.",
    );
    expect(
      birthWait(
        fabricOf([
          ["S1", "S2", "S4"],
          ["S3", "S5"],
        ]),
        ANA,
        null,
      ),
    ).toContain("This side has 2 of 5 servers");
  });

  it("says nothing on the side of the majority, where the note is known, or where nothing is cut", () => {
    expect(birthWait(fabricOf([["S1", "S2"], ["S3"]], { home: "S2" }), ANA, null)).toBeNull();
    expect(birthWait(fabricOf([["S1", "S2"], ["S3"]], { born: ["S3"] }), ANA, null)).toBeNull();
    expect(birthWait(fabricOf([["S1", "S2", "S3"]]), ANA, null)).toBeNull();
    expect(birthWait(null, ANA, null)).toBeNull();
  });

  it("counts nodes that are down as not here", () => {
    expect(birthWait(fabricOf([["S1", "S2", "S3"]], { down: ["S1", "S2"] }), ANA, null)).toContain("This side has 1 of 3 servers");
  });

  it("goes by the address while the tab is connected to no node", () => {
    const fabric = fabricOf([["S1", "S2"], ["S3"]], { home: "S1" });
    expect(birthWait(fabric, replicaIdFrom(9), "S3")).toContain("This side has 1 of 3 servers");
    expect(birthWait(fabric, replicaIdFrom(9), "S1")).toBeNull();
  });
});
