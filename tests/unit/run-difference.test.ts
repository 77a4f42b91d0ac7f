/** What two runs have in common and what one of them alone has, in made-up runs and in a fork that went on otherwise. */

import { describe, expect, it } from "vitest";
import { COMPARED_MAX, differenceOf } from "../../crdt/lab/run-difference.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { labSession } from "../support/lab-session.ts";

/** Events `lane:words`, one a millisecond. */
function run(...told: readonly string[]): RunEvent[] {
  return told.map((each, n) => {
    const [lane, words] = each.split(":") as [string, string];
    return { n, atMs: n, kind: "control", lane: Number(lane), message: -1, from: -1, to: -1, words, bytes: 0, edit: 0 };
  });
}

function wordsOf({ rows }: ReturnType<typeof differenceOf>): string[] {
  return rows.map(({ left, right }) => (right === null ? `- ${left!.words}` : left === null ? `+ ${right.words}` : `= ${left.words}`));
}

describe("the difference of two runs", () => {
  it("is none where they tell the same, whenever it happened", () => {
    const [a, b] = [run("0:x", "1:y"), run("0:x", "1:y").map((event) => ({ ...event, atMs: event.atMs + 500 }))];
    expect(differenceOf(a, b)).toEqual({ common: 2, rows: [], onlyLeft: 0, onlyRight: 0, isCutOff: false });
    expect(differenceOf([], []).rows).toEqual([]);
  });

  it("pairs what comes in the same order on its lane, and names what only one has", () => {
    const found = differenceOf(run("0:x", "0:y", "1:p", "0:z"), run("0:x", "1:p", "0:z", "0:q"));
    expect(found.common).toBe(1);
    expect(wordsOf(found)).toEqual(["- y", "= p", "= z", "+ q"]);
    expect([found.onlyLeft, found.onlyRight]).toEqual([1, 1]);
  });

  it("does not pair across lanes, nor what is of another kind or between others", () => {
    const [event] = run("0:x");
    for (const other of [
      { ...event!, lane: 1 },
      { ...event!, kind: "edit" as const },
      { ...event!, from: 0, to: 1 },
    ])
      expect(wordsOf(differenceOf([event!], [other])).toSorted()).toEqual(["+ x", "- x"]);
  });

  it("leaves out heartbeats and saves", () => {
    const noise: RunEvent = { ...run("0:heartbeat")[0]!, kind: "sent", message: 3 };
    expect(differenceOf([noise, ...run("0:x")], [...run("0:x"), { ...noise, kind: "saved", message: -1 }]).rows).toEqual([]);
  });

  it("is bounded in each lane, and says so", () => {
    const many = (words: string): RunEvent[] => run(...Array.from({ length: COMPARED_MAX + 1 }, () => `0:${words}`));
    const found = differenceOf(many("x"), many("y"));
    expect([found.onlyLeft, found.onlyRight, found.isCutOff]).toEqual([COMPARED_MAX, COMPARED_MAX, true]);
  });

  it("of a fork with one edit more begins with that edit", async () => {
    const sandbox = await labSession({ strategy: "walker", seed: 7, replicas: 3, startText: "Hello !", latencyMs: 100 }, [5_000]);
    const fork = await Sandbox.replay(sandbox.record());
    await fork.act({ do: "edit", by: 1, splices: [{ index: 0, remove: 0, insert: "Oh. " }], caret: 4 });
    await fork.advance(1_000);
    const before = sandbox.time.events.length;
    await sandbox.advance(1_000);
    const found = differenceOf(sandbox.time.events, fork.time.events);
    const first = found.rows.find(({ left }) => left === null)!.right!;
    expect([first.kind, first.lane, first.n]).toEqual(["edit", 1, before]);
    expect(found.rows.filter(({ right }) => right?.kind === "applied" && right.words.includes("Oh. ")).length).toBe(2);
  });
});
