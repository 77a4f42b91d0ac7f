/** A world that does not come to rest says so, and its driver goes on. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play } from "../../crdt/lab/play.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";

const [SCRIPT] = loadScenarios(readFileSync(new URL("../../crdt/lab/scenarios/disk-lost.json", import.meta.url), "utf8"));

it("copies of which no two are ever the same are not at rest", async () => {
  const strategy = await loadNodeStrategy("walker");
  const compare = () => ({ ordering: "concurrent", firstLacks: 1, secondLacks: 1 }) as const;
  const { isAtRest, texts } = await play(SCRIPT!, { ...strategy, compare });
  expect([isAtRest, texts.A]).toEqual([false, "Hello!Hello"]);
});

it("the same at rest, where they are compared for what they are", async () => {
  expect((await play(SCRIPT!, await loadNodeStrategy("walker"))).isAtRest).toBe(true);
});
