/** A script as JSON of the full format, and back. */

import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import { play } from "../../crdt/lab/play.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { writeScenario } from "../../crdt/lab/script-writer.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";

function again(script: Script): Script {
  return parseScenario(JSON.parse(JSON.stringify(writeScenario(script))));
}

it.each(CATALOGUE.map((entry) => [entry.id, entry] as const))("%s comes back as it was", async (_, entry) => {
  const script = await entry.load();
  expect(script.actions.length).toBeGreaterThan(0);
  expect(again(script)).toEqual(script);
});

it.each(STRATEGY_NAMES)("a script of the short format has the same run under %s", async (name) => {
  const script = parseTextScenario({
    id: "short",
    init: "Hello !",
    steps: [
      { r: "A", ins: [6, "abc"], bwd: true },
      { r: "B", rep: [0, 5, "Bye"], ts: 40 },
      { sync: ["B", "A"] },
      { r: "B", del: [0, 2] },
      { r: "A", ins: [0, "x"], ts: -5 },
      { sync: ["A", "B"] },
    ],
  });
  const strategy = await loadNodeStrategy(name);
  expect(await play(again(script), strategy)).toEqual(await play(script, strategy));
});

describe("what only a program makes", () => {
  const full = (steps: readonly unknown[]): Script =>
    parseScenario({ id: "s", v: 1, title: "S", seed: 1, text: "ab", topology: { nodes: 1, replicas: [{ id: "A" }, { id: "B" }] }, steps });
  const typed = full([
    { at: 0, do: "type", by: "A", pos: 0, text: "wörd", wpm: 60 },
    { at: 100, do: "type", by: "B", pos: 2, text: "xyz", wpm: 37, rtl: true },
  ]);

  it.each([
    ["a text with keys left out", [0, 3, 4, 6]],
    ["one key alone", [2]],
    ["a text without its first key", [1, 2, 3, 4, 5]],
  ])("%s", (_, kept) => {
    const script = { ...typed, actions: typed.actions.filter((__, n) => kept.includes(n)) };
    const { actions } = again(script);
    const plain = (all: Script["actions"]): unknown => all.map(({ atMs, action }) => [atMs, { ...action, typing: 0 }]);
    expect(plain(actions)).toEqual(plain(script.actions));
  });

  it("half of a pause", () => {
    const script = full([{ at: 5, do: "lock", by: "A", action: "pause", ms: 50 }]);
    for (const actions of [script.actions, script.actions.slice(0, 1), script.actions.slice(1)])
      expect(again({ ...script, actions }).actions).toEqual(actions);
  });

  it("what comes at the moment of a later key, and before it", () => {
    const script = full([
      { at: 240, do: "undo", by: "B" },
      { at: 0, do: "type", by: "A", pos: 0, text: "wo", wpm: 50 },
    ]);
    expect(script.actions.map(({ action }) => action.do)).toEqual(["key", "undo", "key"]);
    expect(again(script)).toEqual(script);
  });

  it("a reset link is refused", () => {
    const actions = [{ atMs: 0, action: { do: "link", by: "A", direction: "up", set: { cut: "reset" } } }] as const;
    expect(() => writeScenario({ ...typed, actions })).toThrow(/reset/);
  });
});
