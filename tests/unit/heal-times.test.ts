import { describe, expect, it } from "vitest";
import { BARS_MAX, CHART_HEIGHT, CHART_WIDTH, healBars, healSentence } from "../../app/_convergence/heal-chart.ts";
import { healsOf, keepHeal, subscribeHeals } from "../../app/_convergence/heal-log.ts";
import { parseNoteId } from "../../crdt/base/ids.ts";

const heals = (...times: number[]) => times.map((agreedAfterMs, n) => ({ healedAtMs: 1_000 * n, agreedAfterMs }));

describe("times to agree after heals", () => {
  it("are told as a number, and of several with the median and the longest", () => {
    expect(healSentence([])).toBeNull();
    expect(healSentence(heals(840))).toBe("All agreed 0.84 s after the last heal.");
    expect(healSentence(heals(3_000, 200, 840))).toBe("All agreed 0.84 s after the last heal; median of 3: 0.84 s, longest 3.00 s.");
    // What one telling to the next cannot tell apart.
    expect(healSentence(heals(0))).toBe("All agreed less than 0.05 s after the last heal.");
    expect(healSentence(heals(100, 300, 200, 400))).toBe("All agreed 0.40 s after the last heal; median of 4: 0.25 s, longest 0.40 s.");
  });

  it("are bars from the axis up, the longest as high as the chart, none of no height, all inside", () => {
    const bars = healBars(heals(0, 500, 1_000));
    expect(bars.map(({ height }) => height)).toEqual([2, CHART_HEIGHT / 2, CHART_HEIGHT]);
    for (const { y, height } of bars) expect(y + height).toBe(CHART_HEIGHT);
    const many = healBars(heals(...Array.from({ length: 33 }, (_, n) => n + 1)));
    expect(many).toHaveLength(BARS_MAX);
    expect(many[0]!.heal.agreedAfterMs).toBe(33 - BARS_MAX + 1);
    const right = many.at(-1)!;
    expect(right.x + right.width).toBeLessThanOrEqual(CHART_WIDTH + 1e-9);
    expect(healBars([])).toEqual([]);
  });

  it("are kept by note, once each, and whoever shows them is told", () => {
    const [one, other] = [parseNoteId("healed-one")!, parseNoteId("healed-other")!];
    let told = 0;
    const stop = subscribeHeals(() => told++);
    const [first, second] = heals(840, 90);
    keepHeal(one, first!);
    keepHeal(one, first!);
    keepHeal(one, second!);
    expect(healsOf(one)).toEqual([first, second]);
    expect(healsOf(one)).toBe(healsOf(one));
    expect([healsOf(other), healsOf(null), told]).toEqual([[], [], 2]);
    stop();
    for (let n = 0; n < 60; n++) keepHeal(other, { healedAtMs: n, agreedAfterMs: n });
    expect([healsOf(other).length, healsOf(other)[0]!.healedAtMs, told]).toEqual([50, 10, 2]);
  });
});
