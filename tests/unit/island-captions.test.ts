import { describe, expect, it } from "vitest";
import { layOutBoard } from "../../app/_network/board-layout.ts";
import { capOf } from "../../app/_network/cap.ts";
import { captionsOf, captionSpots } from "../../app/_network/island-captions.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { NodesAnswer, NodeStatus } from "../../crdt/sync/control-messages.ts";

const clientsOf = (node: number): number[] => (node === 1 ? [1, 2, 3, 4] : [node * 10, node * 10 + 1]);
const nodes = [1, 2, 3].map((n) => ({ id: `S${n}` as NodeId, state: "up" as const, clients: clientsOf(n).map(replicaIdFrom) }));
const people = [1, 2, 3].flatMap((n) => clientsOf(n).map((id) => ({ replicaId: replicaIdFrom(id), kind: "tab" as const })));
const BOARD = layOutBoard({ nodes, cuts: [] }, people);
const endsOf = (...ns: number[]): string[] => ns.flatMap((n) => [`S${n}`, ...clientsOf(n).map((id) => replicaIdFrom(id) as string)]);

describe("what stands in an island", () => {
  const split = [endsOf(1), endsOf(2, 3)];
  const clearOf = ({ x, y }: { x: number; y: number }): void => {
    for (const end of BOARD.ends) expect(Math.hypot(end.x - x, end.y - y)).toBeGreaterThan(17);
    for (const { x1, y1, x2, y2 } of BOARD.links)
      for (let part = 0; part <= 1; part += 0.05)
        expect(Math.hypot(x1 + (x2 - x1) * part - x, y1 + (y2 - y1) * part - y)).toBeGreaterThan(11);
  };

  it("stands among its ends where there is room, on none of them and on no wire", () => {
    const spot = captionSpots(BOARD, split)[1]!;
    clearOf(spot);
    const own = BOARD.ends.filter(({ end }) => split[1]!.includes(end));
    expect(spot.x).toBeGreaterThan(Math.min(...own.map(({ x }) => x)));
    expect(spot.x).toBeLessThan(Math.max(...own.map(({ x }) => x)));
    expect(spot.y).toBeGreaterThan(Math.min(...own.map(({ y }) => y)));
  });

  it("stands beside a crowded island or a lone end, near it and clear of every other", () => {
    for (const islands of [split, [[replicaIdFrom(1) as string], endsOf(1, 2, 3).filter((end) => end !== replicaIdFrom(1))]]) {
      const ends = islands[0]!;
      const spot = captionSpots(BOARD, islands)[0]!;
      clearOf(spot);
      const nearest = BOARD.ends.toSorted((a, b) => Math.hypot(a.x - spot.x, a.y - spot.y) - Math.hypot(b.x - spot.x, b.y - spot.y))[0]!;
      expect(ends).toContain(nearest.end);
    }
  });

  it("stands on no other island's words, whoever is alone", () => {
    const few = layOutBoard(
      { nodes: nodes.map((node) => ({ ...node, clients: node.id === "S1" ? [1, 2].map(replicaIdFrom) : [] })), cuts: [] },
      [
        { replicaId: replicaIdFrom(1), kind: "tab" },
        { replicaId: replicaIdFrom(2), kind: "tab" },
      ],
    );
    const all = few.ends.map(({ end }) => end);
    const alone = all.map((end) => [[end], all.filter((other) => other !== end)]);
    const apart = all.map((end) => [end]);
    for (const islands of [...alone, ...alone.map((each) => each.toReversed()), apart]) {
      const spots = captionSpots(few, islands);
      for (const [n, a] of spots.entries())
        for (const b of spots.slice(n + 1)) expect(Math.abs(a.x - b.x) >= 56 || Math.abs(a.y - b.y) >= 26).toBe(true);
    }
  });

  it("says who has a majority and who may write, by the strategy's rights; nothing while nothing is split", () => {
    const status = (id: string, token: number | null): NodeStatus =>
      ({
        id,
        state: "up",
        clients: [],
        disk: { extraMs: 0, isSettled: true, trouble: null },
        note: { order: { leader: null, token, promised: 1, length: 0, committed: 0, reason: null } },
      }) as unknown as NodeStatus;
    const island = (ns: readonly string[], hasMajority: boolean) => ({ ends: ns, nodes: ns as readonly NodeId[], hasMajority });
    const fabric = {
      nodes: [status("S1", null), status("S2", 3), status("S3", null)],
      islands: [island(["S1"], false), island(["S2", "S3"], true)],
    } as unknown as NodesAnswer;
    const words = (isOrdered: boolean, of = fabric) =>
      captionsOf(capOf({ fabric: of, replicas: [], traits: { isOrdered } })).map((each) => each.words);
    expect(words(true)).toEqual([
      ["minority", "may not write"],
      ["majority", "may write"],
    ]);
    expect(words(false)).toEqual([
      ["minority", "may write"],
      ["majority", "may write"],
    ]);
    expect(words(true, { ...fabric, islands: [island(["S1", "S2", "S3"], true)] } as unknown as NodesAnswer)).toEqual([]);
  });
});
