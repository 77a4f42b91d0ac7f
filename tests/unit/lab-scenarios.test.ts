/** Every scenario of the laboratory under every strategy, or every type of metadata, that it is about. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { expectationsOf, judge } from "../../crdt/lab/judge.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { playSubject, subjectsOf } from "../../crdt/lab/subjects.ts";
import type { Played } from "../../crdt/lab/played.ts";
import type { Expectation, Script } from "../../crdt/lab/script.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";

const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();

/** The situations that every notes app meets, by the ids under which they are documented, and where they are played. */
const SITUATIONS: Readonly<Record<string, readonly string[]>> = {
  M1: ["title-race"],
  M2: ["four-lasts", "four-lasts-ids", "four-lasts-lamport"],
  M3: ["title-skew", "clock-skew", "clock-skew-lamport", "clock-skew-hybrid", "clock-skew-node", "clock-step-back", "clock-drift"],
  M4: ["view-counter", "view-counter-stream"],
  M5: ["votes"],
  M6: ["tag-readd", "tag-late-removal"],
  M7: ["tag-both-remove"],
  M8: ["delete-vs-typing"],
  M9: ["pin-collision"],
  M10: ["folder-cycle"],
  M11: ["stale-lease", "stale-lease-unfenced", "setnx-unlock"],
  M12: ["three-two-split"],
  M13: ["one-way-cut", "node-one-way-cut"],
  M14: ["ambiguous-ack", "ambiguous-ack-naive"],
  M15: ["dup-reorder"],
  M16: ["duplicated-tab", "duplicated-tab-guard"],
  M17: ["disk-lost", "disk-lost-epoch", "disk-lost-empty"],
  M18: ["birth-twice", "birth-once"],
  M19: ["sleeper-unsafe", "sleeper-safe"],
  M20: ["rate-limit"],
  M21: ["fan-out"],
};

function titleOf(file: string): string {
  const ids = Object.keys(SITUATIONS).filter((id) => SITUATIONS[id]!.includes(file.replace(".json", "")));
  return [file, ...ids.map((id) => `[${id}]`)].join(" ");
}

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

it("every situation is played, and says what comes out", () => {
  expect(Object.keys(SITUATIONS)).toEqual(Array.from({ length: 21 }, (_, n) => `M${n + 1}`));
  for (const id of Object.values(SITUATIONS).flat()) {
    expect(FILES).toContain(`${id}.json`);
    expect(scenarioIn(`${id}.json`).expected.size, id).toBeGreaterThan(0);
  }
});

describe.each(FILES.map((file) => [titleOf(file), file] as const))("%s", (_, file) => {
  const script = scenarioIn(file);

  it.each(subjectsOf(script))("$name", async (subject) => {
    const expected = expectationsOf(script, subject.name);
    expect(expected.length, `${file} says nothing of ${subject.name}`).toBeGreaterThan(0);
    const played = await playSubject(script, subject);
    const { texts, fields, isConverged, lost, drafts, refusals, skipped, messages } = played;
    expect(judge(script, played).isMatch, JSON.stringify({ texts, fields, isConverged, lost, drafts, refusals, skipped, messages })).toBe(
      true,
    );
    expect(played.isAtRest).toBe(expected[0]!.rests ?? true);
    if (isPlain(script)) await expectPlain(script, played, expected[0]!);
    if (!(await loadNodeStrategy(subject.strategy)).traits.losesWrites) expect([played.losses, lost]).toEqual([[], 0]);
  });
});

/** Their rule, as their lessons state it: whoever writes in a line of their own loses nothing where lines, or characters, merge. */
describe.each(FILES.filter((file) => scenarioIn(file).tags?.includes("storm")))("%s", (file) => {
  const script = scenarioIn(file);
  const typed = script.actions.flatMap(({ action }) => (action.do === "edit" ? [{ by: action.by, text: action.text }] : []));
  const whole = script.replicas
    .map(({ name }) => `${name}:${typed.flatMap(({ by, text }) => (by === name ? [text] : [])).join("")}\n`)
    .join("\n");

  it("plays on three nodes", () => expect(script.nodes).toBe(3));

  it.each(["walker", "yjs", "fugue", "fuguemax", "rga", "lww-line", "ot", "cas-diff3"])("%s keeps all lines", (name) => {
    expect(script.expected.get(name)).toEqual({ text: whole, converged: true });
  });

  it.each(["lww-note", "quorum", "mv-note"])("%s, a register of the whole note, does not", (name) => {
    const { text = "", lost = 0 } = script.expected.get(name) ?? {};
    const kept = typed.filter(({ text: word }) => text.includes(word)).length;
    expect(kept).toBeLessThan(typed.length);
    // Siblings are for a person to choose from; a whole note that was handed in again under a quorum counts again.
    if (name === "lww-note") expect(lost).toBe(3 * (typed.length - kept));
    if (name === "quorum") expect(lost).toBeGreaterThanOrEqual(3 * (typed.length - kept));
  });
});

/** What edits, cuts and reloads are made of. Other steps may be refused, passed over, or leave copies apart: `expect` says which. */
const PLAIN: ReadonlySet<string> = new Set(["edit", "key", "sync", "link", "partition", "heal", "crash", "restart", "close", "open"]);

function isPlain({ actions, engines = [] }: Script): boolean {
  return engines.length === 0 && actions.every(({ action }) => PLAIN.has(action.do));
}

/** Everybody has one text, every edit fell where it was meant, and none was refused but for a lock. */
async function expectPlain(script: Script, played: Played, expected: Expectation): Promise<void> {
  const shown = Object.fromEntries(script.replicas.map(({ name }) => [name, expected.text]));
  expect({ texts: played.texts, converged: played.isConverged }).toEqual({ texts: shown, converged: true });
  expect(played.skipped).toEqual([]);
  // Where a writer must hold a lock, whoever does not writes drafts, and what follows them may lie beyond the text.
  const isLocked = played.refusals.length > 0;
  expect(played.refusals.filter(({ reason }) => !reason.includes("You can write a draft"))).toEqual([]);
  expect(isLocked || played.misplaced === 0).toBe(true);
  const { lock } = (await loadNodeStrategy(played.strategy)).open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
  expect(isLocked && lock === undefined).toBe(false);
}
