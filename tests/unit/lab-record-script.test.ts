/** Runs of the sandbox as scripts for other strategies, and smallest steps that keep what people saw. */

import { describe, expect, it } from "vitest";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { withViews } from "../../crdt/lab/placed-script.ts";
import { play } from "../../crdt/lab/play.ts";
import { scriptOfRecord } from "../../crdt/lab/record-script.ts";
import { replay } from "../../crdt/lab/replay.ts";
import type { SandboxRecord } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import { writeScenario } from "../../crdt/lab/script-writer.ts";
import { showsUnder, smallestSteps } from "../../crdt/lab/shrink.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { LEASE_MS, LiveFabric } from "../support/live-fabric.ts";

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

describe("a fork of a note on three nodes, as a script", () => {
  /** Written on both sides of a cut; before and after it what does not matter. */
  async function forked(strategy: StrategyName): Promise<SandboxRecord> {
    const live = await LiveFabric.open(strategy, 3, ["S1", "S2", "S3"]);
    await live.type(0, "Plan: ");
    await live.type(2, "noise ", "first");
    await live.run(500);
    live.split(["S1"], ["S2", "S3"]);
    await live.type(0, "Mon. ");
    await live.type(1, "Tue. ");
    await live.run(2_000);
    live.heal();
    await live.run(3_000);
    live.crash("S3");
    await live.run(500);
    live.restart("S3");
    await live.type(1, "Done.");
    await live.end();
    return (await forkLive({ entries: live.entries, strategy }))!.record;
  }

  it.each(["walker", "lww-note", "ot"] as const)("comes out under its own strategy, %s, as it did", async (name) => {
    const record = await forked(name);
    const sandbox = await Sandbox.replay(record);
    const { script, told } = await scriptOfRecord(record, "fork");
    const column = await compareUnder(script, await recordViews(script), await loadNodeStrategy(name));
    expect([told, column.viewsDiffered, column.serverText]).toEqual([[], [], sandbox.textOf(0)]);
    expect(column.losses.map(({ rule, inserted }) => [rule, inserted])).toEqual(
      sandbox.ledger.losses.map(({ rule, splices }) => [rule, splices.map(({ insert }) => insert).join("")]),
    );
    sandbox.close();
  });

  it("shrinks to the edits that met and the cuts that kept them apart, each where it was meant", async () => {
    const strategy = await loadNodeStrategy("lww-note");
    const { script } = await scriptOfRecord(await forked("lww-note"), "fork");
    const shrunk = (await smallestSteps(script, strategy, "lost insert"))!;
    const { actions } = shrunk.script;
    expect(actions.length).toBeLessThan(script.actions.length / 3);
    expect(actions.filter(({ action }) => action.do === "edit").length).toBeLessThanOrEqual(3);
    const question = showsUnder(strategy, "lost insert");
    expect(await question(parseScenario(JSON.parse(JSON.stringify(writeScenario(shrunk.script)))))).toBe(true);
    // Nothing can be left out.
    for (const n of actions.keys()) expect([n, await question({ ...shrunk.script, actions: actions.toSpliced(n, 1) })]).toEqual([n, false]);
  });

  it("is a file that carries what each writer saw, and is played by it", async () => {
    const { script } = await scriptOfRecord(await forked("walker"), "fork");
    const file = parseScenario(JSON.parse(JSON.stringify(writeScenario({ ...script, id: "fork" }))));
    expect(file.actions).toEqual(script.actions);
    expect([file.nodes, file.startAt, file.leaseMs]).toEqual([3, script.startAt, LEASE_MS]);
    const first = file.actions.findIndex(({ view }) => view === "Plan: ");
    const without = { ...file, actions: file.actions.filter(({ view }) => view !== "") };
    expect(first).toBeGreaterThan(0);
    // Without its first words "noise " comes to an empty text, and what was written behind them to its end.
    const [played, ran] = [await play(without, await loadNodeStrategy("walker")), await runScenario(without, "walker")];
    expect(new Set([played.serverText, ...ran.texts])).toEqual(new Set([expect.stringMatching(/^noise (Mon. Tue. |Tue. Mon. )Done\.$/)]));
  });
});
