import { describe, expect, it } from "vitest";
import { commandOf, endAt, strokeOf, strokeWords } from "../../app/_network/board-drag.ts";
import { layOutBoard } from "../../app/_network/board-layout.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";

const [ANA, BO] = [replicaIdFrom(1), replicaIdFrom(2)];
const nodes = ["S1", "S2", "S3"].map((id) => ({
  id: id as NodeId,
  state: "up" as const,
  clients: id === "S1" ? [ANA] : id === "S2" ? [BO] : [],
}));
const boardWith = (cuts: readonly [string, string][] = []) =>
  layOutBoard({ nodes, cuts: cuts.map(([from, to]) => ({ from, to, kind: "blackhole" as const })) }, [
    { replicaId: ANA, kind: "tab" },
    { replicaId: BO, kind: "tab" },
  ]);
const BOARD = boardWith();
const place = (end: string) => BOARD.ends.find((each) => each.end === end)!;
const between = (a: string, b: string) => ({ x: (place(a).x + place(b).x) / 2, y: (place(a).y + place(b).y) / 2 });

describe("a line over the board", () => {
  it("from one end to another cuts that direction of their link, and heals it where it is cut", () => {
    const stroke = strokeOf(BOARD, place("S1"), { x: place("S3").x + 9, y: place("S3").y - 9 })!;
    expect(commandOf(stroke)).toEqual({ type: "cut", cuts: [{ from: "S1", to: "S3" }] });
    expect(strokeWords(stroke, (end) => end)).toBe("cut S1 to S3");
    const cut = boardWith([["S1", "S3"]]);
    expect(commandOf(strokeOf(cut, place("S1"), place("S3"))!)).toEqual({ type: "mend", cuts: [{ from: "S1", to: "S3" }] });
    expect(commandOf(strokeOf(cut, place("S3"), place("S1"))!)).toEqual({ type: "cut", cuts: [{ from: "S3", to: "S1" }] });
    expect(commandOf(strokeOf(BOARD, place(ANA), place("S1"))!)).toEqual({ type: "cut", cuts: [{ from: ANA, to: "S1" }] });
  });

  it("does nothing between ends that no link joins, to itself, or to where nothing stands", () => {
    for (const [from, to] of [
      [place(ANA), place("S2")],
      [place(ANA), place(BO)],
      [place("S1"), place("S1")],
      [place("S1"), { x: 0, y: 0 }],
    ] as const)
      expect(strokeOf(BOARD, from, to)).toBeNull();
    expect(endAt(BOARD, { x: 1, y: 1 })).toBeNull();
  });

  it("across links cuts each of them both ways, but for those that are", () => {
    const [left, right] = [between("S1", "S3"), between("S1", "S2")];
    const [from, to] = [
      { x: left.x - 20, y: left.y },
      { x: right.x + 20, y: right.y },
    ];
    const stroke = strokeOf(BOARD, from, to)!;
    expect(strokeWords(stroke, (end) => end)).toBe("cut 2 links both ways");
    const command = commandOf(stroke);
    expect(command.type === "cut" && command.links?.toSorted()).toEqual([
      ["S1", "S2"],
      ["S1", "S3"],
    ]);
    const half = boardWith([
      ["S1", "S2"],
      ["S2", "S1"],
      ["S3", "S1"],
    ]);
    expect(strokeOf(half, from, to)).toMatchObject({ kind: "across", links: [{ a: { end: "S1" }, b: { end: "S3" } }] });
    expect(strokeOf(BOARD, from, { x: left.x - 5, y: left.y })).toBeNull();
  });
});
