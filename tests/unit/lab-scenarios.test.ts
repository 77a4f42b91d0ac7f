/** Every scenario of the laboratory under every strategy that there is. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { expectationsOf, judge } from "../../crdt/lab/judge.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play } from "../../crdt/lab/play.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";

const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();

function scenarioIn(file: string): Script {
  const [script, ...others] = loadScenarios(readFileSync(new URL(file, FOLDER), "utf8"));
  if (script === undefined || others.length > 0) throw new Error(`${file} is one scenario`);
  return script;
}

it("there are scenarios, each named after its file, with a title and a lesson", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(22);
  for (const file of FILES) {
    const { id, title, lesson } = scenarioIn(file);
    expect(`${id}.json`).toBe(file);
    expect([title.length > 5, lesson.length > 20], file).toEqual([true, true]);
  }
});

describe.each(FILES)("%s", (file) => {
  const script = scenarioIn(file);

  it.each(STRATEGY_NAMES)("%s", async (name) => {
    const played = await play(script, await loadNodeStrategy(name));
    const expected = expectationsOf(script, name);
    expect(expected.length, `${file} says nothing of ${name}`).toBeGreaterThan(0);
    const shown = Object.fromEntries(script.replicas.map((replica) => [replica.name, expected[0]?.text]));
    expect({ texts: played.texts, converged: played.isConverged, rest: played.isAtRest }).toEqual({
      texts: shown,
      converged: true,
      rest: true,
    });
    expect(judge(script, played).isMatch).toBe(true);
    // Where a writer must hold a lock, whoever does not writes drafts, and what follows them may lie beyond the text.
    const isLocked = played.refusals.length > 0;
    expect(played.refusals.filter(({ reason }) => !reason.includes("You can write a draft"))).toEqual([]);
    expect(isLocked || played.misplaced === 0).toBe(true);
    expect(
      isLocked && (await loadNodeStrategy(name)).open({ replica: replicaIdFrom(1), clock: new VirtualClock() }).lock === undefined,
    ).toBe(false);
  });

  it("knows which strategies throw nothing away", async () => {
    for (const name of STRATEGY_NAMES) {
      const strategy = await loadNodeStrategy(name);
      if (strategy.traits.losesWrites) continue;
      const { losses, lost } = await play(script, strategy);
      expect([name, losses, lost]).toEqual([name, [], 0]);
    }
  });
});
