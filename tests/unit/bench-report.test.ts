import { describe, expect, it } from "vitest";
import { parseOptions } from "../bench/text/options.ts";
import type { PeerName } from "../bench/text/peer.ts";
import { figureOf } from "../../crdt/lab/bench/figures.ts";
import { aheadText, cellOf, isMet, type Outcome, peersAhead, ratioTo, type ReportRow, tableOf } from "../bench/text/report.ts";
import type { Row } from "../bench/text/rows.ts";

const done = (...ms: number[]): Outcome => ({ state: "done", samples: ms.map((each) => ({ ms: each })) });

function rowOf(outcomes: Partial<Record<PeerName, Outcome>>, row: Partial<Row> = {}): ReportRow {
  const whole: Row = { id: "local", title: "local edits", unit: "ms", cases: ["local"], metric: "ms", ...row };
  const cells = new Map(Object.entries(outcomes).map(([peer, outcome]) => [peer as PeerName, cellOf(whole, [outcome])]));
  return { row: whole, cells };
}

describe("figures", () => {
  it("takes the middle, and between the two middles of an even number", () => {
    expect(figureOf([9, 1, 5])).toEqual({ median: 5, p95: 9, min: 1, max: 9, repetitions: 3 });
    expect(figureOf([4, 1, 2, 10]).median).toBe(3);
    expect(() => figureOf([])).toThrow(RangeError);
  });

  it("adds up the cases of a row, and is not done while one of them is not", () => {
    const row: Row = { id: "B1", title: "B1", unit: "ms", cases: ["a", "b"], metric: "ms" };
    expect(cellOf(row, [done(1, 2, 3), done(10)])).toEqual({
      state: "done",
      figure: { median: 12, p95: 13, min: 11, max: 13, repetitions: 1 },
    });
    expect(cellOf(row, [done(1), { state: "over", limitMs: 25_000 }])).toEqual({ state: "over", limitMs: 25_000 });
    expect(cellOf(row, [done(1), undefined])).toEqual({ state: "cannot" });
  });

  it("has no figure for a metric that the case did not give", () => {
    expect(rowOf({ ours: done(1) }, { metric: "gzip" }).cells.get("ours")).toEqual({ state: "cannot" });
  });
});

describe("ratios", () => {
  it("say how many times less ours is", () => {
    const row = rowOf({ ours: done(20), yjs: done(500), "json-joy": done(10), "loro-crdt": { state: "cannot" } });
    expect(ratioTo(row, "yjs")).toBe(25);
    expect(ratioTo(row, "json-joy")).toBe(0.5);
    expect(ratioTo(row, "loro-crdt")).toBeNull();
  });

  it("judge times against Yjs of the same run, and sizes as they are", () => {
    const wanted = { timesLessThanYjs: 2_527 / 55 };
    expect(isMet(rowOf({ ours: done(50), yjs: done(2_300) }, { wanted }))).toBe(true);
    expect(isMet(rowOf({ ours: done(51), yjs: done(2_300) }, { wanted }))).toBe(false);
    expect(isMet(rowOf({ ours: done(50) }, { wanted }))).toBeNull();
    expect(isMet(rowOf({ ours: done(72_000) }, { wanted: { atMost: 72_000 } }))).toBe(true);
    expect(isMet(rowOf({ ours: done(72_001) }, { wanted: { atMost: 72_000 } }))).toBe(false);
    expect(isMet(rowOf({ ours: done(1), yjs: done(9) }))).toBeNull();
  });
});

describe("the table", () => {
  it("names the best peer where ours is not first, and only there", () => {
    const lost = rowOf({ ours: done(30), yjs: done(90), "json-joy": done(20), "diamond-types-node": done(10) });
    const won = rowOf({ ours: done(30), yjs: done(90) });
    const stopped = rowOf({ ours: { state: "over", limitMs: 1_000 }, yjs: done(90) });
    expect(peersAhead([lost, won, stopped]).map(aheadText)).toEqual(["diamond-types is ahead on local edits, ms: 10 against 30 (3 times)"]);
  });

  it("calls a small difference in time noise, and none in bytes", () => {
    expect(peersAhead([rowOf({ ours: done(11), yjs: done(10) })])[0]?.isWithinNoise).toBe(true);
    expect(peersAhead([rowOf({ ours: done(11), yjs: done(10) }, { unit: "bytes" })])[0]?.isWithinNoise).toBe(false);
  });

  it("shows figure, spread, ratio, what is wanted, and what could not be measured", () => {
    const row = rowOf(
      { ours: done(10, 20, 30), yjs: done(200), "loro-crdt": { state: "cannot" }, "json-joy": { state: "over", limitMs: 25_000 } },
      { wanted: { timesLessThanYjs: 45 } },
    );
    const lines = tableOf("trace", [row], ["ours", "yjs", "loro-crdt", "json-joy"], { hasSpread: true }).split("\n");
    expect(lines[0]).toBe("| trace | ours | Yjs | Loro | json-joy | wanted | met |");
    expect(lines[2]).toBe("| local edits, ms | 20 (10-30) | 200 · 10x | - | over 25 s | Yjs / 45 | **no** |");
  });
});

describe("options", () => {
  it("keep ours among the peers, and refuse what they do not know", () => {
    expect(parseOptions(["--peers", "yjs,json-joy"]).peers).toEqual(["ours", "yjs", "json-joy"]);
    expect(() => parseOptions(["--peers", "nobody"])).toThrow(/nobody/);
    expect(() => parseOptions(["--fast"])).toThrow(/--fast/);
    expect(() => parseOptions(["--repeat", "0"])).toThrow(/--repeat/);
    expect(() => parseOptions(["--only"])).toThrow(/--only/);
  });
});
