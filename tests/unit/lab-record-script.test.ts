/** Runs of the sandbox as scripts for other strategies, and smallest steps that keep what people saw. */

import { describe, expect, it } from "vitest";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { withViews } from "../../crdt/lab/placed-script.ts";
import { scriptOfRecord } from "../../crdt/lab/record-script.ts";
import { replay } from "../../crdt/lab/replay.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import { writeScenario } from "../../crdt/lab/script-writer.ts";
import { showsUnder, smallestSteps } from "../../crdt/lab/shrink.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

/** A bot and two people; B is cut off while both write. */
async function played(strategy: StrategyName): Promise<Sandbox> {
  const sandbox = await Sandbox.open({ strategy, seed: 5, replicas: 3, startText: "Trip: ", latencyMs: 40 });
  await sandbox.act({ do: "bot", by: 0, isOn: true });
  await sandbox.advance(900);
  await sandbox.act({ do: "bot", by: 0, isOn: false });
  await sandbox.act({ do: "cut", by: 1, direction: "both" });
  await sandbox.act({ do: "edit", by: 1, splices: [{ index: 6, remove: 0, insert: "Bo's " }], caret: 11 });
  await sandbox.act({ do: "edit", by: 2, splices: [{ index: 6, remove: 0, insert: "Cy's " }], caret: 11 });
  await sandbox.advance(500);
  await sandbox.act({ do: "heal", by: 1 });
  await sandbox.advance(4_000);
  return sandbox;
}

describe("a run of the sandbox as a script", () => {
  it.each(["walker", "yjs", "rga", "lww-line", "ot"] as const)("comes out under its own strategy, %s, as it did", async (name) => {
    const sandbox = await played(name);
    const { script, told } = await scriptOfRecord(sandbox.record(), "free");
    const column = await compareUnder(script, await recordViews(script), await loadNodeStrategy(name));
    expect(told).toEqual([]);
    expect(column.viewsDiffered).toEqual([]);
    const [own] = [sandbox.textOf(0)];
    // Ids differ, so that what was typed at once may stand the other way round.
    expect(Array.from(column.serverText).sort().join("")).toBe(Array.from(own).sort().join(""));
    expect(column.isConverged).toBe(true);
    sandbox.close();
  });

  it("marks where another strategy showed its writer something else", async () => {
    const sandbox = await played("walker");
    await sandbox.act({ do: "edit", by: 1, splices: [{ index: 0, remove: 0, insert: "! " }], caret: 2 });
    await sandbox.act({ do: "hold", isHeld: true });
    const { script, told } = await scriptOfRecord(sandbox.record(), "free");
    expect(told).toEqual(["Left out: holds of the network (1)."]);
    const views = await recordViews(script);
    const lost = await compareUnder(script, views, await loadNodeStrategy("lww-note"));
    expect([lost.losses.length > 0, lost.viewsDiffered.length]).toEqual([true, 1]);
    expect(script.actions[lost.viewsDiffered[0]!]?.action).toMatchObject({ do: "edit", by: "B", text: "! " });
    sandbox.close();
  });
});

describe("the smallest steps", () => {
  /** Under lww-note A's word is gone by the time that B, who had seen it in the recording, types behind it. */
  const script = parseTextScenario({
    id: "views",
    init: "Hello",
    steps: [
      { r: "A", ins: [0, "noise "] },
      { r: "A", del: [0, 6] },
      { r: "A", ins: [5, " Alice"] },
      { r: "B", ins: [0, "Oh, "] },
      { sync: ["A", "B"] },
      { r: "A", ins: [15, "!"] },
      { r: "B", ins: [15, "?"] },
      { sync: ["A", "B"] },
    ],
  });

  it.each(STRATEGY_NAMES)("of each anomaly that the compare page shows under %s show it alone, as a file", async (name) => {
    const strategy = await loadNodeStrategy(name);
    const views = await recordViews(script);
    const { anomalies } = await compareUnder(script, views, strategy);
    for (const kind of new Set(anomalies.map((anomaly) => anomaly.kind))) {
      const shrunk = await smallestSteps(withViews(script, views), strategy, kind);
      expect(shrunk?.script.actions.length).toBeLessThan(script.actions.length);
      expect(shrunk?.script.actions.every(({ view }) => view === undefined)).toBe(true);
      const file = parseScenario(JSON.parse(JSON.stringify(writeScenario(shrunk!.script))));
      expect(await showsUnder(strategy, kind)(file), kind).toBe(true);
    }
  });

  it("keep the recorded views while steps are left out", async () => {
    const strategy = await loadNodeStrategy("lww-note");
    const viewed = withViews(script, await recordViews(script));
    const cut = { ...viewed, actions: viewed.actions.slice(2) };
    const { edits } = await replay(cut, strategy);
    // At 15 of "Oh, Hello Alice" there is nothing in "Oh, Hello": the end, and not beyond it.
    expect(edits.map(({ before, index }) => [before.length, index])).toEqual(
      edits.map(({ before, index }) => [before.length, Math.min(index, before.length)]),
    );
    expect(edits.some(({ viewDiffered }) => viewDiffered)).toBe(true);
  });
});
