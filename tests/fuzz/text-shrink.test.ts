/** A failing world is made small, and what is printed is a test that fails in the same way. */

import { expect, it } from "vitest";
import { noCounts } from "./text/counts.ts";
import { type Outcome, runSteps } from "./text/engine.ts";
import { asTest, shrink } from "./text/shrink.ts";
import { type Step, type World, worldFrom } from "./text/steps.ts";

/** "Fails" where somebody reloads after another has erased backwards. */
function planted({ steps }: World): Outcome {
  const erased = steps.findIndex((step) => step.do === "erase" && step.isBackward === true && step.count > 1);
  const at = erased < 0 ? -1 : steps.findIndex((step, n) => n > erased && step.do === "reload");
  return { counts: noCounts(), failure: at < 0 ? null : { at, error: new Error("planted") } };
}

it("to the steps that matter, made plain", () => {
  const { world, message } = shrink(worldFrom(1, 100), planted);
  expect(world.steps.map((step) => step.do)).toEqual(["erase", "reload"]);
  expect(world.replicas).toBe(1);
  expect(world.steps[0]).toMatchObject({ count: 2, where: 0, isBackward: true });
  const test = asTest({ world, message, tries: 0 }, "seed 1, shrunk");
  expect(test).toContain("runSteps(1, [");
  expect(test).toContain('{ do: "reload", by:');
});

it("what does not fail cannot be shrunk", () => {
  expect(() => shrink({ replicas: 3, steps: [] }, planted)).toThrow(RangeError);
});

it("the same seed is the same world, and any part of it runs", () => {
  expect(worldFrom(7, 40)).toEqual(worldFrom(7, 40));
  const { replicas, steps } = worldFrom(7, 40);
  const some: readonly Step[] = steps.filter((_, n) => n % 3 === 0);
  runSteps(replicas, some);
  runSteps(1, some);
});
