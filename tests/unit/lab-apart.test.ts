/** What is written apart in the sandbox, in every order; the page's job that tries them. */

import { describe, expect, it } from "vitest";
import { OrdersJob } from "../../app/_lab/orders-job.ts";
import type { OrdersView } from "../../app/_lab/orders-messages.ts";
import { tryOrders } from "../../crdt/lab/orders.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

async function heldWorld(strategy: StrategyName): Promise<Sandbox> {
  const sandbox = await Sandbox.open({ strategy, seed: 5, replicas: 3, startText: "ab\n", latencyMs: 50 });
  await sandbox.act({ do: "hold", isHeld: true });
  return sandbox;
}

async function insert(sandbox: Sandbox, by: number, index: number, text: string): Promise<void> {
  await sandbox.act({ do: "edit", by, splices: [{ index, remove: 0, insert: text }], caret: index + text.length });
  await sandbox.advance(40);
}

function runJob(sandbox: Sandbox, hasDuplicates = false): { view: OrdersView; job: OrdersJob } {
  const job = new OrdersJob(sandbox.heldApart(), { events: sandbox.time.events, options: sandbox.options, hasDuplicates });
  while (job.isRunning) job.step();
  return { view: job.view, job };
}

describe("what is written while the network is held", () => {
  it.each(STRATEGY_NAMES)("under %s is tried in every order, and one of them is what the world comes to", async (strategy) => {
    const sandbox = await heldWorld(strategy);
    expect(sandbox.apart).toBe(0);
    await insert(sandbox, 0, 1, "X");
    await insert(sandbox, 1, 1, "Y");
    const held = sandbox.heldApart();
    expect(sandbox.apart).toBe(held.updates.length);
    const hash = sandbox.hash;
    const { endings, tried } = tryOrders(held);
    // To look is not to touch.
    expect(sandbox.hash).toBe(hash);
    expect(tried).toBe(held.updates.length < 2 ? 1 : 2);
    await sandbox.act({ do: "hold", isHeld: false });
    expect(sandbox.apart).toBe(0);
    await sandbox.advance(20_000);
    const texts = endings.flatMap(({ text, siblings }) => [text, ...siblings]);
    if (held.updates.length > 0) expect(texts).toContain(sandbox.textOf(2));
  });

  it("ends in one text under a CRDT, with every message twice as well", async () => {
    const sandbox = await heldWorld("walker");
    for (const [at, letter] of Array.from("abcde").entries()) await insert(sandbox, at % 3, 1, letter);
    const { view, job } = runJob(sandbox);
    expect(view).toMatchObject({ state: "done", tried: 120, isExhaustive: true, isOneEnding: true, more: 0 });
    if (view.state !== "done") throw new Error("not done");
    expect(view.messages[0]).toEqual({ by: "A", words: 'A:1 edits: +"a"' });
    const replay = job.stepsTo(0)!;
    expect(replay.steps).toHaveLength(5);
    expect(replay.steps.at(-1)!.text).toBe(view.endings[0]!.text);
    expect(job.stepsTo(1)).toBeNull();
    expect(runJob(sandbox, true).view).toMatchObject({ tried: 120, hasDuplicates: true, isOneEnding: true });
  });

  it("is sampled where there are too many orders", async () => {
    const sandbox = await heldWorld("lww-note");
    for (const [at, letter] of Array.from("abcdefgh").entries()) await insert(sandbox, at % 3, 1, letter);
    expect(runJob(sandbox).view).toMatchObject({ tried: 2_000, isExhaustive: false });
  });

  it("ends in several texts where the node takes writes as they come, and each can be run again", async () => {
    const sandbox = await heldWorld("cas-index");
    for (const [at, letter] of Array.from("abc").entries()) await insert(sandbox, at, 1, letter);
    const { view, job } = runJob(sandbox);
    if (view.state !== "done") throw new Error(view.state);
    expect(view.endings.length).toBeGreaterThan(1);
    expect(view.endings.reduce((sum, { count }) => sum + count, 0)).toBe(view.tried);
    for (const [at, { text, order }] of view.endings.entries()) {
      const { steps } = job.stepsTo(at)!;
      expect(steps.map(({ message }) => message)).toEqual(order);
      expect(steps.at(-1)!.text).toBe(text);
    }
  });

  it("leaves out what the node has, and counts what was on its way as one message", async () => {
    const sandbox = await Sandbox.open({ strategy: "walker", seed: 5, replicas: 2, startText: "ab\n", latencyMs: 500 });
    await insert(sandbox, 0, 1, "x");
    await insert(sandbox, 0, 2, "y");
    await sandbox.act({ do: "cut", by: 0, direction: "both" });
    expect(sandbox.apart).toBe(1);
    await insert(sandbox, 0, 3, "z");
    expect(sandbox.heldApart().updates.map(({ by }) => by)).toEqual(["A", "A"]);
    for (const { message, from } of sandbox.messages()) if (from === 0) await sandbox.act({ do: "message", message, act: "deliver" });
    expect(sandbox.heldApart().updates).toEqual([]);
    expect(runJob(sandbox).view).toEqual({ state: "nothing" });
  });

  it("can be stopped", async () => {
    const sandbox = await heldWorld("walker");
    for (const [at, letter] of Array.from("abcdef").entries()) await insert(sandbox, at % 3, 1, letter);
    const job = new OrdersJob(sandbox.heldApart(), { events: sandbox.time.events, options: sandbox.options, hasDuplicates: false });
    job.step();
    job.stop();
    expect(job.view).toEqual({ state: "stopped", done: 100, total: 720 });
    job.step();
    expect(job.view.state).toBe("stopped");
  });
});
