/**
 * The text scenarios through the strategies that one node orders: real tabs, links, sessions and a room. Replicas are
 * cut off but during their `sync`, and are healed there one by one in the order it names.
 */

import { describe, expect, it } from "vitest";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { World } from "../support/world.ts";
import { type Actor, ORDERED_SCENARIOS, type OrderedScenario } from "../support/ordered-scenarios.ts";

const ACTORS: readonly Actor[] = ["A", "B", "C"];

interface Stage {
  readonly world: World;
  cut(by: Actor): void;
  heal(by: Actor): void;
  type(by: Actor, index: number, remove: number, insert: string): void;
  text(by: Actor): string;
}

async function setTheStage(name: StrategyName, startText: string): Promise<Stage> {
  const world = new World({ strategy: await loadNodeStrategy(name), seed: 1, replicas: ACTORS.length });
  const memberOf = (by: Actor) => world.members[ACTORS.indexOf(by)]!;
  await world.start();
  const stage: Stage = {
    world,
    cut: (by) => world.board.set(memberOf(by).id, { up: { cut: "blackhole" }, down: { cut: "blackhole" } }),
    heal(by) {
      world.board.set(memberOf(by).id, { up: { cut: "open" }, down: { cut: "open" } });
      memberOf(by).note.session.retryNow();
    },
    type(by, index, remove, insert) {
      const edited = memberOf(by).note.edit([{ index, remove, insert }], index + insert.length);
      if (!edited.isAccepted) throw new Error(edited.reason);
    },
    text: (by) => memberOf(by).note.text(),
  };
  if (startText !== "") stage.type("A", 0, 0, startText);
  await world.run(1_000);
  return stage;
}

/** Plays the scenario; returns the texts of the replicas that were ever in a sync, and the node's. */
async function play({ startText, steps }: OrderedScenario, name: StrategyName): Promise<{ texts: string[]; world: World }> {
  const stage = await setTheStage(name, startText);
  const { world } = stage;
  for (const actor of ACTORS) stage.cut(actor);
  const synced = new Set<Actor>();
  for (const step of steps) {
    if ("sync" in step) {
      for (const actor of step.sync) {
        synced.add(actor);
        stage.heal(actor);
        await world.run(60_000);
      }
      for (const actor of step.sync) stage.cut(actor);
    } else {
      const { index, remove, insert } = step.splice;
      if (step.isBackward === true) for (const letter of Array.from(insert).toReversed()) stage.type(step.by, index, 0, letter);
      else stage.type(step.by, index, remove, insert);
    }
    await world.run(10);
  }
  return { texts: [...[...synced].map((actor) => stage.text(actor)), world.nodeReplica.text()], world };
}

describe.each([
  ["ot", "ot"],
  ["cas-index", "casIndex"],
  ["cas-diff3", "casDiff3"],
] as const)("%s", (strategy, column) => {
  it.each(ORDERED_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const { texts, world } = await play(scenario, strategy);
    expect(texts).toEqual(texts.map(() => scenario[column]));
    expect([texts.length > 1, world.losses]).toEqual([true, []]);
    world.close();
  });
});
