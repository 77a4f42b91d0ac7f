import { describe, expect, it } from "vitest";
import { replay, type Script } from "../../app/_compare/replay.ts";
import { scriptOfJournal, scriptOfTwo } from "../../app/_compare/script.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry, JournalEvent } from "../../crdt/base/journal.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const NOTE = parseNoteId("n1")!;
const ANA = replicaIdFrom(11);
const BO = replicaIdFrom(12);

async function play(name: StrategyName, script: Script) {
  return replay(script, await loadStrategy(name));
}

describe.each(STRATEGY_NAMES)("replay through %s", (name) => {
  it("ends with everybody in agreement, the server included", async () => {
    const outcome = await play(name, scriptOfTwo("Milk\nEggs\nBread", "Milk 2L\nEggs\nBread", "Milk\nEggs\nRye Bread"));
    expect(outcome.isAgreed).toBe(true);
    expect(outcome.agreedAfterMs).not.toBeNull();
    expect(new Set([...outcome.texts, outcome.serverText]).size).toBe(1);
    expect(outcome.viewsDiffered).toBe(0);
  });

  it("gives the same outcome twice", async () => {
    const script = scriptOfTwo("[]", "[abc]", "[XYZ]");
    expect(await play(name, script)).toEqual(await play(name, script));
  });

  it("delivers an edit that was never made apart to everybody at once", async () => {
    const outcome = await play(name, {
      startText: "a",
      actors: ["A", "B"],
      moves: [
        { kind: "edit", atMs: 100, actor: 0, splices: [{ index: 1, remove: 0, insert: "b" }], textLength: 1 },
        // Late enough for a lock to have run out.
        { kind: "edit", atMs: 60_100, actor: 1, splices: [{ index: 2, remove: 0, insert: "c" }], textLength: 2 },
      ],
    });
    expect([outcome.serverText, outcome.losses, outcome.viewsDiffered]).toEqual(["abc", [], 0]);
  });
});

describe("what two edits made apart become (scenario T14)", () => {
  const script = scriptOfTwo("Milk\nEggs\nBread", "Milk 2L\nEggs\nBread", "Milk\nEggs\nRye Bread");

  it.each(["yjs", "fugue"] as const)("%s keeps both", async (name) => {
    const { serverText, losses, typed, kept } = await play(name, script);
    expect([serverText, losses, kept]).toEqual(["Milk 2L\nEggs\nRye Bread", [], typed]);
  });

  it("lww-note keeps the later one, and says which words are gone", async () => {
    const { serverText, losses, typed, kept } = await play("lww-note", script);
    expect(serverText).toBe("Milk\nEggs\nRye Bread");
    expect(losses.map(({ splices }) => splices.map(({ insert }) => insert).join(""))).toEqual([" 2L"]);
    expect(typed - kept).toBe(3);
  });
});

describe("scriptOfJournal", () => {
  const entry = (atMs: number, replica: typeof ANA, event: JournalEvent): JournalEntry => ({
    ...event,
    atMs,
    hop: event.kind === "received" ? "session" : "note",
    noteId: NOTE,
    replica,
  });
  const typed = (atMs: number, replica: typeof ANA, index: number, insert: string, textLength: number): JournalEntry =>
    entry(atMs, replica, {
      kind: "intent",
      splices: [{ index, remove: 0, insert }],
      caret: index + insert.length,
      insertIds: [`${atMs}`],
      textLength,
    });
  const arrived = (atMs: number, replica: typeof ANA): JournalEntry =>
    entry(atMs, replica, { kind: "received", frame: "numbered", bytes: 9, seq: 1 });

  it("is null when nothing was recorded", () => expect(scriptOfJournal([arrived(5, ANA)])).toBeNull());

  it("cuts an author from an edit to its late arrival, and nobody else", () => {
    const script = scriptOfJournal([typed(1_000, ANA, 0, "a", 0), arrived(1_020, ANA), typed(2_000, BO, 1, "b", 1), arrived(9_000, BO)]);
    expect(script?.moves.map(({ kind, actor, atMs }) => `${kind} ${actor} ${atMs}`)).toEqual([
      "edit 0 0",
      "cut 1 1000",
      "edit 1 1000",
      "heal 1 6000",
    ]);
  });

  it("takes one edit that two journals hold once", () => {
    const edit = typed(1_000, ANA, 0, "a", 0);
    expect(scriptOfJournal([edit, { ...edit }])?.moves.filter(({ kind }) => kind === "edit")).toHaveLength(1);
  });

  it("replays a recording: apart under the register means a loss, under a CRDT none", async () => {
    const script = scriptOfJournal([
      typed(1_000, ANA, 0, "base", 0),
      arrived(1_010, ANA),
      typed(3_000, BO, 4, " of Bo", 4),
      typed(3_500, ANA, 4, " of Ana", 4),
      arrived(3_510, ANA),
      arrived(8_000, BO),
    ])!;
    const register = await play("lww-note", script);
    const crdt = await play("fugue", script);
    expect([register.serverText, register.losses.length]).toEqual(["base of Ana", 1]);
    expect([Array.from(crdt.serverText).sort().join(""), crdt.losses]).toEqual([Array.from("base of Ana of Bo").sort().join(""), []]);
  });

  it("stands in dots for what the recording does not hold", () => {
    expect(scriptOfJournal([typed(1, ANA, 3, "x", 3)])?.startText).toBe("···");
  });
});
