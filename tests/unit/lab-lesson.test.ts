import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { endingsOf, type LessonRun, runLesson } from "../../crdt/lab/lesson.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play } from "../../crdt/lab/play.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

function scenario(id: string): Script {
  return loadScenarios(readFileSync(new URL(`../../crdt/lab/scenarios/${id}.json`, import.meta.url), "utf8"))[0]!;
}

async function run(id: string, strategy: StrategyName): Promise<LessonRun> {
  return runLesson(scenario(id), await loadStrategy(strategy));
}

describe("a scenario as a lesson", () => {
  it("shows what everybody has at each step, asks before the heal, and then has what the scenario comes to", async () => {
    const { before, after, played } = await run("same-caret", "lww-note");
    expect(before.map(({ sentence, texts }) => [sentence, texts.A, texts.B])).toEqual([
      ["Everybody has the same text.", "Hello !", "Hello !"],
      ["A and B are cut off from the server.", "Hello !", "Hello !"],
      ["A types “Alice” at 6.", "Hello Alice!", "Hello !"],
      ["B types “Charlie” at 6.", "Hello Alice!", "Hello Charlie!"],
    ]);
    expect(after.at(-1)?.texts).toEqual({ A: "Hello Charlie!", B: "Hello Charlie!" });
    expect(played).toEqual(await play(scenario("same-caret"), await loadStrategy("lww-note")));
  });

  it("keys of one text are one step, in the order of the text", async () => {
    const { before } = await run("backward-typing", "walker");
    expect(before.map(({ sentence }) => sentence).filter((sentence) => sentence.includes("types"))).toEqual([
      expect.stringMatching(/^A types “.{2,}”, going backwards\.$/),
      expect.stringMatching(/^B types “.{2,}”, going backwards\.$/),
    ]);
  });

  it("groups strategies by what they end in", async () => {
    const runs = await Promise.all((["walker", "rga", "yjs", "lww-note"] as const).map((name) => run("same-caret", name)));
    expect(endingsOf(runs).map(({ texts, strategies }) => [texts.map(({ text }) => text), strategies])).toEqual([
      [["Hello AliceCharlie!"], ["walker", "yjs"]],
      [["Hello CharlieAlice!"], ["rga"]],
      [["Hello Charlie!"], ["lww-note"]],
    ]);
  });
});
