/** A world that does not come to rest says so, and its driver goes on. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play } from "../../crdt/lab/play.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";

const ORDERED = (await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy))).filter(({ traits }) => traits.isOrdered);
const [SCRIPT] = loadScenarios(readFileSync(new URL("../../crdt/lab/scenarios/disk-lost.json", import.meta.url), "utf8"));

// The rebuilt note has another first entry than its copies, under the same epoch: no two of them are ever the same.
it.each(ORDERED.map((strategy) => [strategy.name, strategy] as const))("a disk lost under the old epoch, %s", async (_, strategy) => {
  const { isAtRest, isConverged, texts } = await play({ ...SCRIPT!, strategies: [] }, strategy);
  expect([isAtRest, isConverged, texts.A]).toEqual([false, false, "Hello!"]);
});

it("the same at rest, where copies are merged", async () => {
  expect((await play(SCRIPT!, await loadNodeStrategy("walker"))).isAtRest).toBe(true);
});
