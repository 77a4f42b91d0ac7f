/** A recorded note again, under every clock: what each would have kept. */

import { describe, expect, it } from "vitest";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry, JournalEvent } from "../../crdt/base/journal.ts";
import { type ClockOutcome, recordingForClocks, rerunUnderClocks } from "../../crdt/lab/rerun-clocks.ts";
import { CLEAR } from "../../crdt/network/conditions.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const noteId = parseNoteId("n")!;
const [ANA, BO, NODE] = [replicaIdFrom(70), replicaIdFrom(80), replicaIdFrom(1)];
const START_MS = 1_700_000_000_000;
const MINUTE = 60_000;

function entry(atS: number, replica: typeof ANA, event: JournalEvent): JournalEntry {
  return { ...event, atMs: START_MS + atS * 1_000, hop: "note", noteId, replica };
}

const clock = (atS: number, replica: typeof ANA, offsetMs: number): JournalEntry =>
  entry(atS, replica, {
    kind: "conditions",
    text: `clock ${JSON.stringify({ offsetMs, driftPpm: 0, sinceMs: START_MS + atS * 1_000 })}`,
  });
const links = (atS: number, replica: typeof ANA, cut: "open" | "blackhole"): JournalEntry => {
  const link = JSON.stringify({ ...CLEAR, cut });
  return entry(atS, replica, { kind: "conditions", text: `up ${link}, down ${link}` });
};
const rename = (atS: number, replica: typeof ANA, title: string): JournalEntry => entry(atS, replica, { kind: "rename", title });
const write = (atS: number, replica: typeof ANA, insert: string, textLength = 0): JournalEntry =>
  entry(atS, replica, {
    kind: "intent",
    splices: [{ index: 0, remove: textLength, insert }],
    caret: insert.length,
    insertIds: [`${replica} ${atS}`],
    textLength,
  });

async function outcomesOf(entries: readonly JournalEntry[], strategy: StrategyName): Promise<ClockOutcome[]> {
  const recording = recordingForClocks(entries);
  if (recording === null) expect.unreachable("nothing was recorded");
  const out: ClockOutcome[] = [];
  for await (const outcome of rerunUnderClocks(recording, strategy)) out.push(outcome);
  return out;
}

describe("a title that a fast clock has won", () => {
  const entries = [
    clock(0, ANA, 5 * MINUTE),
    rename(1, ANA, "From the future"),
    rename(20, BO, "Really later"),
    // Its author's clock has not come as far yet.
    rename(200, BO, "Later still"),
  ];

  it("is lost by every clock that knows what was seen, and by the server's", async () => {
    const outcomes = await outcomesOf(entries, "walker");
    expect(outcomes.map(({ kind, title }) => [kind, title])).toEqual([
      ["wall", "From the future"],
      ["lamport", "Later still"],
      ["hybrid", "Later still"],
      ["node", "Later still"],
    ]);
    expect(outcomes.every(({ text, losses, isConverged }) => text === "" && losses.length === 0 && isConverged)).toBe(true);
  });

  it("is won back by the wall clock once true time has passed its stamp", async () => {
    const [wall] = await outcomesOf([...entries, rename(302, BO, "At last")], "walker");
    expect(wall?.title).toBe("At last");
  });
});

describe("a text that was written apart", () => {
  const entries = [
    clock(0, ANA, 5 * MINUTE),
    write(1, ANA, "start"),
    links(5, BO, "blackhole"),
    write(10, ANA, "ana", 5),
    write(30, BO, "bo's late", 5),
    links(40, BO, "open"),
  ];

  it.each<StrategyName>(["lww-note", "lww-line"])("%s: only the server's time lets the later one stay", async (strategy) => {
    const outcomes = await outcomesOf(entries, strategy);
    // Nobody had seen the other's, so a hybrid clock that is ahead wins as well; Lamport ties go by the id.
    expect(outcomes.map(({ kind, text }) => [kind, text])).toEqual([
      ["wall", "ana"],
      ["lamport", "bo's late"],
      ["hybrid", "ana"],
      ["node", "bo's late"],
    ]);
    const lost = outcomes.map(({ losses }) => losses.map(({ by, loss }) => `${by}: ${loss.splices[0]?.insert}`));
    expect(lost).toEqual([["B: bo's late"], ["A: ana"], ["B: bo's late"], ["A: ana"]]);
  });

  it("is kept whole where no stamp decides, whatever the clock, and comes out the same twice", async () => {
    const outcomes = await outcomesOf(entries, "walker");
    expect(new Set(outcomes.map(({ text }) => text)).size).toBe(1);
    expect(outcomes.map(({ losses }) => losses.length)).toEqual([0, 0, 0, 0]);
    expect(await outcomesOf(entries, "walker")).toEqual(outcomes);
  });
});

describe("what is read from a recording", () => {
  it("is what the note was stamped with, how far a clock was off by its author's word, and what is left out", () => {
    const told = (title: string, offsetMs: number, atS: number): JournalEntry =>
      entry(atS, ANA, { kind: "rename", title, stamp: { wallMs: START_MS, offsetMs } });
    const recording = recordingForClocks([
      entry(0, NODE, { kind: "conditions", text: "stamps hybrid" }),
      told("two seconds slow", -2_000, 1),
      told("the same", -2_010, 2),
      write(2 * 3_600, BO, "x", 7),
    ]);
    expect([recording?.kind, recording?.edits, recording?.titles, recording?.people]).toEqual(["hybrid", 1, 2, [ANA, BO]]);
    expect(recording?.script.actions.flatMap(({ action }) => (action.do === "clock" ? [action.offsetMs] : []))).toEqual([-2_000]);
    expect(recording?.script.startText).toBe("·".repeat(7));
    expect(recording?.told.join(" ")).toMatch(/dots stand for it.*1 pause of more than an hour is shortened/);
  });

  it("is nothing where nobody has written", () => {
    expect(recordingForClocks([clock(0, ANA, 5 * MINUTE)])).toBeNull();
  });
});
