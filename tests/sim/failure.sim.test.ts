/** What `npm run sim` leaves of a failing storm, by a planted bug: a smaller storm, a scenario, commands and a link. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadScenarios, parseOne } from "../../crdt/lab/load.ts";
import { replay } from "../../crdt/lab/replay.ts";
import { unpackFragment } from "../../crdt/lab/share.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { writeScenario } from "../../crdt/lab/script-writer.ts";
import { keepFailure } from "./fabric/failure.ts";
import { marksOf } from "./fabric/marks.ts";
import { stormOf } from "./fabric/planted.ts";
import { optionsOf, stormFileOf, stormFromJson, stormToJson } from "./fabric/storm-file.ts";
import { scenarioOf } from "./fabric/storm-scenario.ts";
import { FABRIC_NEMESES, runStorm } from "./fabric/storm.ts";

const BUG = "an edit that is made twice";
const folder = mkdtempSync(join(tmpdir(), "riftpad-sim-"));

afterAll(() => rmSync(folder, { recursive: true }));

it.each(Object.keys(FABRIC_NEMESES))("a storm that is done again from its file is the same storm: %s", async (nemesis) => {
  const strategy = await loadNodeStrategy(STRATEGY_NAMES[Object.keys(FABRIC_NEMESES).indexOf(nemesis)]!);
  const options = { strategy, nemesis, seed: 3 };
  const storm = await runStorm(options);
  const file = stormFromJson(stormToJson(stormFileOf(options, null, storm)));
  expect(file.acts).toEqual(storm.acts);
  const again = await runStorm(await optionsOf(file));
  expect([again.traceHash, again.findings, again.acts.length > 50]).toEqual([storm.traceHash, [], true]);
});

describe("a planted bug", async () => {
  const options = await stormOf(BUG, 0);
  const storm = await runStorm(options);
  const { lines, stormPath, scenarioPath } = await keepFailure(options, BUG, storm, folder);
  const twice = (text: string): boolean => new Set(marksOf(text)).size < marksOf(text).length;

  it("becomes a smaller storm, which is the same each time it is replayed", async () => {
    const file = stormFromJson(readFileSync(stormPath, "utf8"));
    expect(file.acts.length).toBeLessThan(storm.acts.length / 4);
    const again = await runStorm(await optionsOf(file));
    expect([again.traceHash, again.findings]).toEqual([file.traceHash, file.findings]);
    expect(again.findings[0]).toMatch(/^nothing doubled: /);
    // Without the bug the same storm is without a finding.
    const { acts, seed, nemesis, strategy } = file;
    expect((await runStorm({ acts, seed, nemesis, strategy: await loadNodeStrategy(strategy) })).findings).toEqual([]);
  });

  it("becomes a scenario that shows it with the bug, and not without", async () => {
    const [script] = loadScenarios(readFileSync(scenarioPath, "utf8"));
    expect(twice((await replay(script!, options.strategy)).played.serverText)).toBe(true);
    const honest = await replay(script!, await loadNodeStrategy(options.strategy.name));
    expect([twice(honest.played.serverText), honest.played.isConverged]).toEqual([false, true]);
  });

  it("is told with the command that replays it, and a link that holds the scenario", () => {
    const text = lines.join("\n");
    expect(text).toContain(`npm run sim -- --replay ${stormPath}`);
    expect(text).toContain(`npm run --silent lab -- replay ${scenarioPath} --strategy fugue`);
    const fragment = /watch: \/lab#s=(\S+)/.exec(text)?.[1] ?? "";
    const [script] = loadScenarios(readFileSync(scenarioPath, "utf8"));
    expect(parseOne(unpackFragment(fragment))).toEqual(script);
  });

  it("is found again from the command line: 1, and 2 where there is no storm", () => {
    const sim = (path: string) =>
      spawnSync(process.execPath, ["--import", "tsx", "tests/sim/run.ts", "--replay", path], {
        cwd: new URL("../..", import.meta.url).pathname,
        encoding: "utf8",
      });
    expect(sim(stormPath)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/nothing doubled[^]*the same as in the file/) as string,
    });
    expect(sim(scenarioPath)).toMatchObject({ status: 2, stderr: expect.stringContaining("expected a storm") as string });
  });
});

describe("a bug planted between three nodes", async () => {
  const options = await stormOf("an update that no link brings", 46);
  const storm = await runStorm(options);
  const failure = await keepFailure(options, "an update that no link brings", storm, folder);
  const [script] = loadScenarios(readFileSync(failure.scenarioPath, "utf8"));

  it("becomes a scenario of three nodes that shows it with the bug, and not without, and of which nothing can be left out", async () => {
    expect(storm.findings[0]).toMatch(/^converged: /);
    expect([failure.isShownByScenario, script!.nodes]).toEqual([true, 3]);
    expect(script!.actions.length).toBeLessThan(12);
    const { plant, strategy } = options;
    expect((await replay(script!, strategy, { planted: plant })).played.isConverged).toBe(false);
    expect((await replay(script!, strategy)).played.isConverged).toBe(true);
    for (const n of script!.actions.keys()) {
      const { played } = await replay({ ...script!, actions: script!.actions.toSpliced(n, 1) }, strategy, { planted: plant });
      expect([n, played.isConverged]).toEqual([n, true]);
    }
  });

  it("is told with both replay commands and a link that holds the three nodes", () => {
    const text = failure.lines.join("\n");
    expect(text).toContain(`npm run sim -- --replay ${failure.stormPath}`);
    expect(text).toMatch(/A scenario of 3 nodes shows it too: \d+ actions became \d+/);
    expect(text).toContain(`npm run --silent lab -- replay ${failure.scenarioPath} --strategy rga`);
    expect(parseOne(unpackFragment(/watch: \/lab#s=(\S+)/.exec(text)?.[1] ?? ""))).toEqual(script);
  });
});

it("what no scenario can be asked for leaves the smallest acts as one, and says so", async () => {
  const bug = "a token that is not checked where a write is appended";
  const options = await stormOf(bug, 5);
  const storm = await runStorm(options);
  const { lines, scenarioPath, isShownByScenario } = await keepFailure(options, bug, storm, folder, 40);
  const [script] = loadScenarios(readFileSync(scenarioPath, "utf8"));
  expect([storm.findings[0]?.startsWith("fencing: "), isShownByScenario, script!.nodes]).toEqual([true, false, 3]);
  expect(script!.actions.map(({ action }) => action.do)).toContain("pause-node");
  expect(lines.join("\n")).toMatch(/No scenario shows that; the same acts on 3 nodes: [^]*watch: \/lab#s=/);
});

it.each(["flapping", "clock-jump", "lost-disk", "any"])(
  "a storm is a scenario of its nodes that plays, and agrees in the end: %s",
  async (nemesis) => {
    const strategy = await loadNodeStrategy("walker");
    const options = { strategy, nemesis, seed: 3 };
    const script = scenarioOf(stormFileOf(options, null, await runStorm(options)));
    const [again] = loadScenarios(JSON.stringify(writeScenario(script)));
    expect([again!.nodes, again!.actions]).toEqual([5, script.actions]);
    const { played } = await replay(again!, strategy);
    expect([played.isConverged, played.isAtRest, played.skipped]).toEqual([true, true, []]);
  },
);
