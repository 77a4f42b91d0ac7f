/** The sandbox with three nodes: the same run again, a majority that goes on, a minority that waits, a new leader. */

import { describe, expect, it } from "vitest";
import { GUARDS, guardOf } from "../../crdt/lab/guards.ts";
import { findEntry } from "../../crdt/lab/catalogue.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { subjectsOf } from "../../crdt/lab/subjects.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const OPTIONS: SandboxOptions = { strategy: "walker", seed: 7, replicas: 3, startText: "Hello !", latencyMs: 100, nodes: 3 };
const step = (given: Readonly<Record<string, unknown>>): SandboxCommand => ({ do: "step", step: given });
const insert = (by: number, index: number, text: string): SandboxCommand => ({
  do: "edit",
  by,
  splices: [{ index, remove: 0, insert: text }],
  caret: index + text.length,
});
const SPLIT = step({
  do: "partition",
  groups: [
    ["A", "S1"],
    ["B", "S2", "C", "S3"],
  ],
});

const SESSION: readonly (readonly [atMs: number, command: SandboxCommand])[] = [
  [0, { do: "bot", by: 0, isOn: true }],
  [500, step({ do: "link", from: "S1", to: "S2", set: { latency: 120, jitter: 20 } })],
  [2_000, SPLIT],
  [4_000, insert(1, 0, "B: ")],
  [9_000, step({ do: "server", node: "S1", action: "crash" })],
  [11_000, step({ do: "move", by: "A", to: "S2" })],
  [14_000, step({ do: "server", node: "S1", action: "restart" })],
  [15_000, { do: "hold", isHeld: true }],
  [16_000, { do: "hold", isHeld: false }],
  [18_000, { do: "bot", by: 0, isOn: false }],
  [20_000, { do: "heal-all" }],
];

async function session(strategy: StrategyName, piecesMs: readonly number[]): Promise<Sandbox> {
  const sandbox = await Sandbox.open({ ...OPTIONS, strategy });
  let n = 0;
  const runTo = async (atMs: number): Promise<void> => {
    while (sandbox.nowMs < atMs) await sandbox.advance(Math.min(piecesMs[n++ % piecesMs.length]!, atMs - sandbox.nowMs));
  };
  for (const [atMs, command] of SESSION) {
    await runTo(atMs);
    await sandbox.act(command);
  }
  await runTo(30_000);
  return sandbox;
}

describe("a run with three nodes", () => {
  it.each(["walker", "ot"] as const)("of %s is the same whatever the pieces are, from its JSON, and in a fork", async (strategy) => {
    const whole = await session(strategy, [30_000]);
    const pieces = await session(strategy, [7, 333, 1_000]);
    expect(pieces.hash).toBe(whole.hash);
    expect(pieces.time.events).toEqual(whole.time.events);
    const record = recordFromJson(recordToJson(whole.record()));
    expect(record).toEqual(whole.record());
    const again = await Sandbox.replay(record);
    expect(again.hash).toBe(whole.hash);
    const fork = await whole.fork(8_000);
    expect(fork.time.events).toEqual(whole.time.events.slice(0, fork.time.events.length));
    for (const sandbox of [whole, again]) {
      for (let n = 0; n < 3; n++) expect(sandbox.replicaText(n)).toBe(sandbox.textOf(n));
      expect(new Set([0, 1, 2].map((n) => sandbox.textOf(n))).size).toBe(1);
    }
    // Each node has a lane of its own, and messages go between them.
    const lanes = new Set(whole.time.events.map(({ lane }) => lane));
    for (const lane of [3, 4, 5]) expect(lanes).toContain(lane);
    expect(whole.time.events.some(({ from, to }) => from >= 3 && to >= 3)).toBe(true);
    for (const sandbox of [whole, pieces, again, fork]) sandbox.close();
  });

  it("of a strategy with one order goes on where the majority is, and waits where it is not", async () => {
    const sandbox = await Sandbox.open({ ...OPTIONS, strategy: "ot" });
    expect(sandbox.nodes().filter(({ isLeader }) => isLeader)).toHaveLength(1);
    await sandbox.act(SPLIT);
    await sandbox.advance(30_000);
    await sandbox.act(insert(0, 0, "A"));
    await sandbox.act(insert(1, 0, "B"));
    await sandbox.advance(5_000);
    const [s1, s2, s3] = sandbox.nodes();
    expect([s1!.isLeader, s2!.isLeader || s3!.isLeader]).toEqual([false, true]);
    expect([s1!.text, s2!.text, s3!.text]).toEqual(["Hello !", "BHello !", "BHello !"]);
    expect(sandbox.view(0).pause).toMatch(/1 of 3 servers/);
    expect(sandbox.view(1)).toMatchObject({ pause: null, unsaved: 0, node: 1 });
    expect(sandbox.nodeLinks().filter(({ isCut }) => isCut)).toHaveLength(4);
    await sandbox.act({ do: "heal-all" });
    expect(await sandbox.rest()).toBe(true);
    expect(new Set([0, 1, 2].map((n) => sandbox.textOf(n)))).toEqual(new Set([sandbox.nodes()[0]!.text]));
    sandbox.close();
  });

  it("tells of what could not be done, and refuses steps that are none", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act(step({ do: "undo", by: "A" }));
    expect(sandbox.time.events.at(-1)).toMatchObject({ kind: "control", lane: 0, words: expect.stringContaining("could not be done") });
    for (const [given, problem] of [
      [{ do: "meta", by: "A", field: "view" }, /goes with 1 node only/],
      [{ do: "server", node: "S9", action: "crash" }, /step.node/],
      [{ do: "sync", order: ["A"] }, /no step of its own/],
      [{ do: "lock", by: "A", action: "pause", ms: 5 }, /one action/],
    ] as const)
      await expect(sandbox.act(step(given))).rejects.toThrow(problem);
    sandbox.close();
  });
});

it("metadata of every moment can be come back to", async () => {
  const { record } = await runScenario(await findEntry("votes")!.load(), "walker", "pn-counter");
  const sandbox = await Sandbox.replay(record);
  const votes = (n: number): readonly (number | undefined)[] => sandbox.momentAt(n).replicas.map(({ fields }) => fields?.votes);
  expect(votes(-1)).toEqual([0, 0, 0]);
  const cast = sandbox.time.events.flatMap(({ n, words }) => (words.includes("votes") ? [n] : []));
  expect(cast.map((n) => votes(n))).toEqual([
    [1, 0, 0],
    [1, -1, 0],
    [1, -1, 1],
  ]);
  expect(votes(sandbox.time.events.length - 1)).toEqual([1, 1, 1]);
  sandbox.close();
});

it("every guard is a pair of scenarios in which the same people write the same, under some strategy in common", async () => {
  for (const guard of GUARDS) {
    const [on, off] = [await findEntry(guard.on)!.load(), await findEntry(guard.off)!.load()];
    const edits = ({ actions }: typeof on): unknown => actions.filter(({ action }) => action.do === "edit" || action.do === "key");
    expect([on.startText, on.replicas, on.nodes, edits(on)]).toEqual([off.startText, off.replicas, off.nodes, edits(off)]);
    const names = subjectsOf(on).map(({ name }) => name);
    expect(subjectsOf(off).some(({ name }) => names.includes(name))).toBe(true);
    expect(guardOf(guard.on)).toEqual({ ...guard, isOn: true });
    expect(guardOf(guard.off)).toEqual({ ...guard, isOn: false });
  }
  expect(guardOf("same-caret")).toBeNull();
});
