/** Every scenario of the laboratory under every strategy, or every type of metadata, that it is about. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectationsOf, judge } from "../../crdt/lab/judge.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { playSubject, subjectsOf } from "../../crdt/lab/subjects.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";

const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();

function scenarioIn(file: string): Script {
  const [script, ...others] = loadScenarios(readFileSync(new URL(file, FOLDER), "utf8"));
  if (script === undefined || others.length > 0) throw new Error(`${file} is one scenario`);
  return script;
}

it("there are scenarios, each named after its file, with a title and a lesson", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(40);
  for (const file of FILES) {
    const { id, title, lesson } = scenarioIn(file);
    expect(`${id}.json`).toBe(file);
    expect([title.length > 5, lesson.length > 20], file).toEqual([true, true]);
  }
});

describe.each(FILES)("%s", (file) => {
  const script = scenarioIn(file);

  it.each(subjectsOf(script))("$name", async (subject) => {
    const expected = expectationsOf(script, subject.name);
    expect(expected.length, `${file} says nothing of ${subject.name}`).toBeGreaterThan(0);
    const played = await playSubject(script, subject);
    const { texts, fields, isConverged, lost, drafts, refusals, skipped, messages } = played;
    expect(judge(script, played).isMatch, JSON.stringify({ texts, fields, isConverged, lost, drafts, refusals, skipped, messages })).toBe(
      true,
    );
    expect(played.isAtRest).toBe(true);
    if (!(await loadNodeStrategy(subject.strategy)).traits.losesWrites) expect([played.losses, lost]).toEqual([[], 0]);
  });
});
