/** Scenarios of the catalogue in the sandbox come out as they do where they are played. */

import { describe, expect, it } from "vitest";
import { CATALOGUE, findEntry } from "../../crdt/lab/catalogue.ts";
import { play } from "../../crdt/lab/play.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { lackOf, runScenario } from "../../crdt/lab/scenario-run.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";

const SCRIPTS = await Promise.all(CATALOGUE.map(async ({ id, load }) => [id, await load()] as const));
const PLAYABLE = SCRIPTS.filter(([, script]) => lackOf(script) === null);

it("more than half of the catalogue can be played in the sandbox; the rest says why not", async () => {
  expect(PLAYABLE.length).toBeGreaterThan(SCRIPTS.length / 3);
  const script = await findEntry("votes")!.load();
  await expect(runScenario(script, "walker")).rejects.toThrow(/cannot be played here: .*meta/);
});

describe.each(["walker", "yjs", "lww-note", "ot", "lease"] as const)("%s", (strategy) => {
  it.each(PLAYABLE)("%s", async (_, script) => {
    const [driven, played] = [await runScenario(script, strategy), await play(script, await loadNodeStrategy(strategy))];
    expect(driven.texts.slice(0, script.replicas.length)).toEqual(script.replicas.map(({ name }) => played.texts[name]));
  });
});

it("a scenario's run is the same again, from its JSON", async () => {
  const { record } = await runScenario(await findEntry("same-caret")!.load(), "walker");
  const again = await Sandbox.replay(recordFromJson(recordToJson(record)));
  expect(again.hash).toBe(record.hash);
  again.close();
});
