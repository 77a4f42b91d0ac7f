/**
 * The text scenarios through the strategies that one node orders: real tabs, links, sessions and a room. Replicas are
 * cut off but during their `sync`, and are healed there one by one in the order it names.
 */

import { describe, expect, it } from "vitest";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { World, type WorldOptions } from "../../crdt/lab/world.ts";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { type Actor, ORDERED_SCENARIOS, type OrderedScenario, type Step } from "../support/ordered-scenarios.ts";

const ACTORS: readonly Actor[] = ["A", "B", "C"];

interface Stage {
  readonly world: World;
  note(by: Actor): NoteSession;
  cut(by: Actor): void;
  heal(by: Actor): void;
  type(by: Actor, index: number, remove: number, insert: string): void;
  text(by: Actor): string;
}

function worldOf(replicas: number, options: WorldOptions): World {
  const world = new World(options);
  for (let n = 1; n <= replicas; n++) world.join(n);
  return world;
}

async function setTheStage(name: StrategyName, startText: string): Promise<Stage> {
  const world = worldOf(ACTORS.length, { strategy: await loadNodeStrategy(name), seed: 1 });
  const memberOf = (by: Actor) => world.members[ACTORS.indexOf(by)]!;
  await world.start();
  const stage: Stage = {
    world,
    note: (by) => memberOf(by).note,
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
    } else apply(stage, step);
    await world.run(10);
  }
  return { texts: [...[...synced].map((actor) => stage.text(actor)), world.node.replica.text()], world };
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

/** Two people, apart once. */
const PAIRS = ORDERED_SCENARIOS.filter(({ steps }) =>
  steps.every((step, n) => ("sync" in step ? n === steps.length - 1 : step.by !== "C")),
);

describe("quorum", () => {
  it.each(PAIRS.map((scenario) => [scenario.name, scenario] as const))("%s: the last committed whole note stays", async (_, scenario) => {
    let lastText = scenario.startText;
    for (const step of scenario.steps) if ("by" in step && step.by === "B") lastText = edited(lastText, step);
    const { texts, world } = await play(scenario, "quorum");
    expect(texts).toEqual(texts.map(() => lastText));
    expect(world.losses.map(({ rule, author }) => [rule, author])).toEqual(
      world.losses.map(() => ["quorum-overwritten", world.members[0]!.id]),
    );
    expect(world.losses.length).toBeGreaterThan(0);
    world.close();
  });
});

describe("lease", () => {
  it.each(PAIRS.map((scenario) => [scenario.name, scenario] as const))("%s: only the holder writes", async (_, scenario) => {
    const stage = await setTheStage("lease", scenario.startText === "" ? " " : scenario.startText);
    if (scenario.startText === "") stage.type("A", 0, 1, "");
    await stage.world.run(100);
    stage.cut("B");
    let text = scenario.startText;
    for (const step of scenario.steps) {
      if ("sync" in step) continue;
      if (step.by === "A") {
        text = edited(text, step);
        apply(stage, step);
      } else expect(() => apply(stage, step)).toThrow(/^Somebody else is writing \(lease \d+ s left\)\. You can write a draft\.$/);
    }
    stage.heal("B");
    await stage.world.run(60_000);
    expect([stage.text("A"), stage.text("B"), stage.world.node.replica.text(), stage.world.losses]).toEqual([text, text, text, []]);
    stage.world.close();
  });

  it.each([
    [true, "A's", "lease-stale-token", "B's late write"],
    [false, "B's late write", "lease-overwritten", "A's"],
  ] as const)("a holder that was away beyond its time, fencing %s", async (isFencing, kept, rule, lost) => {
    const stage = await setTheStage("lease", "");
    const { world } = stage;
    stage.note("A").setFencing(isFencing);
    await world.run(100);
    stage.type("B", 0, 0, "B");
    await world.run(100);
    const lockOf = (by: Actor) => stage.note(by).replica.lock!.state();
    expect([lockOf("A").holder, lockOf("A").token]).toEqual([stage.note("B").replicaId, 1]);
    stage.note("A").acquireLock();
    await world.run(100);
    expect(lockOf("B").queue).toEqual([stage.note("A").replicaId]);
    stage.cut("B");
    await world.run(15_000);
    expect([lockOf("A").holder, lockOf("A").token]).toEqual([stage.note("A").replicaId, 2]);
    stage.type("A", 0, 1, "A's");
    stage.type("B", 1, 0, "'s late write");
    expect(stage.note("B").session.status().unsaved).toBe(1);
    await world.run(100);
    stage.heal("B");
    await world.run(2_000);
    expect([stage.text("A"), stage.text("B"), world.node.replica.text()]).toEqual([kept, kept, kept]);
    expect(stage.note("B").session.status().unsaved).toBe(0);
    expect(world.losses.map((loss) => [loss.rule, loss.splices.map(({ insert }) => insert).join("")])).toEqual([
      [rule, isFencing ? "'s late write" : lost],
    ]);
    world.close();
  });

  it("goes to who waits, in turn, and is free when nobody does", async () => {
    const stage = await setTheStage("lease", "x");
    const { world } = stage;
    const ids = ACTORS.map((actor) => stage.note(actor).replicaId);
    const lock = () => stage.note("C").replica.lock!.state();
    for (const actor of ["B", "C"] as const) {
      stage.note(actor).acquireLock();
      await world.run(100);
    }
    expect([lock().holder, lock().queue]).toEqual([ids[0], [ids[1], ids[2]]]);
    stage.note("A").releaseLock();
    await world.run(100);
    expect([lock().holder, lock().queue]).toEqual([ids[1], [ids[2]]]);
    await world.run(11_000);
    expect([lock().holder, lock().queue, lock().token]).toEqual([ids[2], [], 3]);
    await world.run(11_000);
    expect([lock().holder, lock().token]).toEqual([null, 3]);
    // Whoever types then has it.
    stage.type("B", 0, 0, "b");
    await world.run(100);
    expect([lock().holder, lock().token, stage.text("C")]).toEqual([ids[1], 4, "bx"]);
    world.close();
    await world.run(60_000);
    expect(world.clock.pending).toBe(0);
  });
});

const ORDERED = (await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy))).filter(({ traits }) => traits.isOrdered);

it.each(ORDERED.map((strategy) => [strategy.name, strategy] as const))(
  "[OR3] [OR4] %s: a node that may not order says why; what was typed is kept, and saved by itself once it may",
  async (_, strategy) => {
    const reason = "This side has 1 of 3 servers, so saving is paused.";
    let token: number | null = null;
    const world = worldOf(3, { strategy, seed: 3, authority: { token: () => token, reason: () => reason } });
    await world.start();
    const { note } = world.members[0]!;
    for (const letter of "kept") note.edit([{ index: note.replica.length, remove: 0, insert: letter }], 0);
    await world.run(20_000);
    expect([note.text(), note.session.status().unsaved, note.session.status().pause]).toEqual(["kept", 4, reason]);
    expect(world.node.replica.text()).toBe("");
    token = 2;
    world.node.room!.askAgain();
    await world.run(2_000);
    expect([note.session.status().unsaved, note.session.status().pause]).toEqual([0, null]);
    for (const member of world.members) expect(member.note.text()).toBe("kept");
    expect([world.node.replica.text(), world.losses]).toEqual(["kept", []]);
    world.close();
    await world.run(60_000);
    expect(world.clock.pending).toBe(0);
  },
);

function apply(stage: Stage, { by, splice: { index, remove, insert }, isBackward }: Extract<Step, { by: Actor }>): void {
  if (isBackward === true) for (const letter of Array.from(insert).toReversed()) stage.type(by, index, 0, letter);
  else stage.type(by, index, remove, insert);
}

function edited(text: string, { splice }: Extract<Step, { by: Actor }>): string {
  return text.slice(0, splice.index) + splice.insert + text.slice(splice.index + splice.remove);
}
