import { describe, expect, it } from "vitest";
import { brokenBetween } from "../../app/_compare/recording.ts";
import { lostOf } from "../../app/_compare/metrics.ts";
import { scriptOfJournal, scriptOfTwo } from "../../app/_compare/script.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry, JournalEvent } from "../../crdt/base/journal.ts";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { CLEAR } from "../../crdt/network/conditions.ts";
import { type FabricFact, factWords } from "../../crdt/network/fabric-facts.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const NOTE = parseNoteId("n1")!;
const ANA = replicaIdFrom(11);
const BO = replicaIdFrom(12);

async function play(name: StrategyName, script: Script) {
  return compareUnder(script, await recordViews(script), await loadNodeStrategy(name));
}

/** The script's actions in short. */
function words({ actions }: Script): string[] {
  return actions.map(({ atMs, action }) => {
    if (action.do === "edit") return `${atMs} ${action.by} ${action.pos} -${action.len} +${action.text}`;
    return action.do === "link" ? `${atMs} ${action.by} ${action.direction} ${action.set.cut}` : `${atMs} ${action.do}`;
  });
}

describe.each(STRATEGY_NAMES)("two typed texts through %s", (name) => {
  const script = scriptOfTwo("Milk\nEggs\nBread", "Milk 2L\nEggs\nBread", "Milk\nEggs\nRye Bread");

  it("end in agreement, the server included, and alike when played again", async () => {
    const column = await play(name, script);
    expect(column.isConverged).toBe(true);
    expect(column.agreedAfterMs).not.toBeNull();
    expect(new Set([...Object.values(column.texts), column.serverText]).size).toBe(1);
    expect(column.viewsDiffered).toEqual([]);
    expect(await play(name, script)).toEqual(column);
  });
});

describe("what two edits made apart become (scenario T14)", () => {
  const script = scriptOfTwo("Milk\nEggs\nBread", "Milk 2L\nEggs\nBread", "Milk\nEggs\nRye Bread");

  it.each(["yjs", "fugue"] as const)("%s keeps both", async (name) => {
    const column = await play(name, script);
    expect([column.serverText, lostOf(column)]).toEqual(["Milk 2L\nEggs\nRye Bread", 0]);
  });

  it("lww-note keeps the later one, and says which words are gone", async () => {
    const column = await play("lww-note", script);
    expect([column.serverText, lostOf(column)]).toEqual(["Milk\nEggs\nRye Bread", 3]);
    expect(column.losses.map(({ author, inserted }) => `${author}${inserted}`)).toEqual(["A 2L"]);
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

  it("cuts an author both ways from an edit to its late arrival, and nobody else", () => {
    const made = scriptOfJournal([typed(1_000, ANA, 0, "a", 0), arrived(1_020, ANA), typed(2_000, BO, 1, "b", 1), arrived(9_000, BO)]);
    expect(words(made!.script)).toEqual([
      "0 A 0 -0 +a",
      "1000 B up blackhole",
      "1000 B down blackhole",
      "1000 B 1 -0 +b",
      "6000 B up open",
      "6000 B down open",
    ]);
  });

  it("plays links as they are on record, and guesses no cut where they are", async () => {
    const set = (atMs: number, replica: typeof ANA, down: object): JournalEntry =>
      entry(atMs, replica, { kind: "conditions", text: `up ${JSON.stringify({ latencyMs: 3_000 })}, down ${JSON.stringify(down)}` });
    const made = scriptOfJournal([
      typed(1_000, ANA, 0, "a", 0),
      arrived(1_010, ANA),
      set(2_000, BO, { cut: "blackhole" }),
      set(2_000, BO, { cut: "blackhole" }),
      // It takes 4 s, by its latency, and nothing is cut for that.
      typed(3_000, BO, 1, "b", 1),
      arrived(7_000, BO),
      set(8_000, BO, {}),
    ])!;
    expect(made.conditions).toBe(2);
    expect(
      made.script.actions.map(({ atMs, action }) => (action.do === "link" ? [atMs, action.direction, action.set] : action.do)),
    ).toEqual([
      "edit",
      [1_000, "up", { cut: "open", latencyMs: 3_000, jitterMs: 0, bandwidthBitsPerS: null }],
      [1_000, "down", { cut: "blackhole", latencyMs: 0, jitterMs: 0, bandwidthBitsPerS: null }],
      "edit",
      [7_000, "up", { cut: "open", latencyMs: 3_000, jitterMs: 0, bandwidthBitsPerS: null }],
      [7_000, "down", { cut: "open", latencyMs: 0, jitterMs: 0, bandwidthBitsPerS: null }],
    ]);
    const column = await play("fugue", made.script);
    expect([column.isConverged, column.serverText]).toEqual([true, "ab"]);
  });

  it("takes one edit that two journals hold once", () => {
    const edit = typed(1_000, ANA, 0, "a", 0);
    expect(scriptOfJournal([edit, { ...edit }])?.edits).toBe(1);
  });

  it("makes an edit of each splice, the last one first", () => {
    const splices = [
      { index: 0, remove: 1, insert: "xyz" },
      { index: 2, remove: 0, insert: "w" },
    ];
    const made = scriptOfJournal([
      entry(5, ANA, { kind: "intent", splices, caret: 5, insertIds: ["1", "2"], textLength: 3 }),
      arrived(6, ANA),
    ]);
    expect(words(made!.script)).toEqual(["0 A 2 -0 +w", "0 A 0 -1 +xyz"]);
  });

  it("takes six replicas, and counts those that it leaves out", () => {
    const made = scriptOfJournal(Array.from({ length: 8 }, (_, n) => typed(n, replicaIdFrom(20 + n), n, "a", n)))!;
    expect([made.script.replicas.length, made.edits, made.replicasLeftOut]).toEqual([6, 6, 2]);
  });

  it("replays a recording: apart under the register means a loss, under a CRDT none", async () => {
    const { script } = scriptOfJournal([
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
    expect([Array.from(crdt.serverText).sort().join(""), lostOf(crdt)]).toEqual([Array.from("base of Ana of Bo").sort().join(""), 0]);
  });

  it("stands in dots for what the recording does not hold", () => {
    expect(scriptOfJournal([typed(1, ANA, 3, "x", 3)])).toMatchObject({ isStartKnown: false, script: { startText: "···" } });
  });

  it("begins in the text that its first edit tells, and not in one of another length", () => {
    const told = (startText: string): JournalEntry[] => [
      { ...typed(1, ANA, 3, "x", 3), startText } as JournalEntry,
      { ...typed(2, BO, 0, "y", 4), startText: "xxxx" } as JournalEntry,
    ];
    expect(scriptOfJournal(told("abc"))).toMatchObject({ isStartKnown: true, script: { startText: "abc" } });
    expect(scriptOfJournal(told("abcd"))).toMatchObject({ isStartKnown: false, script: { startText: "···" } });
  });
});

describe("what failed between nodes", () => {
  const [S1, S2] = ["S1", "S2"] as NodeId[];
  const told = (...facts: FabricFact[]) => facts.map((fact) => ({ kind: "fabric", text: factWords(fact) }));

  it("is counted: cut, slow and lossy links, crashes, pauses and lost disks", () => {
    const cut = { what: "link", from: S1!, to: S2!, set: { ...CLEAR, cut: "blackhole" } } as const;
    const slow = { what: "link", from: S1!, to: S2!, set: { ...CLEAR, latencyMs: 50 } } as const;
    const lossy = { what: "link", from: S1!, to: S2!, set: { ...CLEAR, datagrams: { loss: 0.1, dup: 0, reorder: 0 } } } as const;
    const fails = told(
      cut,
      slow,
      lossy,
      { what: "node", node: S1!, state: "down" },
      { what: "paused", node: S2!, durationMs: 5 },
      { what: "lost", node: S1! },
    );
    expect(brokenBetween(fails)).toBe(6);
  });

  it("is nothing where all is as it should be, or something else was written", () => {
    const calm = told(
      { what: "nodes", count: 3, leaseMs: 5 },
      { what: "at", node: S1! },
      { what: "node", node: S1!, state: "up" },
      { what: "link", from: S1!, to: S2!, set: CLEAR },
    );
    expect(brokenBetween([...calm, { kind: "fabric", text: "partition: cut" }, { kind: "intent", text: "lost S1" }, null, 7])).toBe(0);
  });
});
