import { expect, it } from "vitest";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry } from "../../crdt/base/journal.ts";
import { NoteJournals } from "../../server/faults/note-journals.ts";

const note = (n: number) => parseNoteId(`note-${n}`)!;

function typed(n: number, atMs: number, insert: string): JournalEntry {
  const splices = [{ index: 0, remove: 0, insert }];
  return { kind: "intent", atMs, hop: "note", noteId: note(n), replica: replicaIdFrom(1), splices, caret: 0, insertIds: [], textLength: 0 };
}

it("keeps what the last 64 notes did, oldest first", () => {
  const journals = new NoteJournals();
  for (let n = 0; n < 65; n++) for (const atMs of [1, 2]) journals.trace(typed(n, atMs, "x"));
  expect([journals.read(note(0)).length, journals.read(note(1)).map(({ atMs }) => atMs), journals.read(note(64)).length]).toEqual([
    0,
    [1, 2],
    2,
  ]);
});

it("keeps no more than 16 million characters: the note used longest ago goes first, and one that alone has more begins anew", () => {
  const journals = new NoteJournals();
  const million = "x".repeat(1024 * 1024);
  journals.trace(typed(1, 1, million));
  for (let n = 0; n < 15; n++) journals.trace(typed(2, n, million));
  expect([journals.read(note(1)).length, journals.read(note(2)).length]).toEqual([1, 15]);
  journals.trace(typed(2, 16, million));
  expect([journals.read(note(1)).length, journals.read(note(2)).length]).toEqual([0, 16]);
  journals.trace(typed(2, 17, million));
  expect(journals.read(note(2))).toHaveLength(0);
  journals.trace(typed(2, 18, "small"));
  expect(journals.read(note(2))).toHaveLength(1);
});

const said = (kind: "conditions" | "fabric", atMs: number, text: string, replica = 1): JournalEntry => ({
  kind,
  text,
  atMs,
  hop: "control",
  noteId: note(1),
  replica: replicaIdFrom(replica),
});
const textsOf = (entries: readonly JournalEntry[]): string[] => entries.flatMap((entry) => ("text" in entry ? [entry.text] : []));

it("begins a note's journal with how the nodes were then, and goes on with what happened to them", () => {
  const journals = new NoteJournals();
  for (const [atMs, text] of [
    [1, "nodes 3 lease 5000"],
    [2, "node S2 down"],
    [3, "slow S1 50"],
    [4, "node S2 up"],
    [20, "node S3 down"],
  ] as const)
    journals.traceFabric(said("fabric", atMs, text));
  journals.trace(typed(2, 10, "x"));
  expect(textsOf(journals.read(note(2)))).toEqual(["nodes 3 lease 5000", "slow S1 50", "node S2 up", "node S3 down"]);
  expect(new Set(journals.read(note(2)).map(({ noteId }) => noteId))).toEqual(new Set([note(2)]));
  expect(journals.read(note(3))).toEqual([]);
});

it("of deeds that have no place any more it keeps the last state of each thing, and of 500 things at most", () => {
  const journals = new NoteJournals();
  journals.trace(said("conditions", 1, "clock 1", 7));
  journals.trace(said("conditions", 2, "clock 2", 7));
  journals.trace(said("fabric", 3, "at S2", 7));
  journals.trace(said("fabric", 4, "S2 crashed: its memory is lost"));
  for (let n = 0; n < 20_000; n++) journals.trace(typed(1, 5, "x"));
  expect(textsOf(journals.read(note(1)))).toEqual(["clock 2", "at S2"]);
  for (let n = 0; n < 21_000; n++) journals.trace(said("fabric", 6, "at S1", 100 + n));
  const kept = journals.read(note(1));
  expect([kept.length, textsOf(kept).includes("clock 2")]).toEqual([20_500, false]);
  for (let n = 0; n < 10_000; n++) journals.traceFabric(said("fabric", 7, `link S1>S2 {"latencyMs":${n}}`));
  expect(journals.read(note(1))).toHaveLength(24_501);
});

it("tells of a note that has got a place, once it has", () => {
  const journals = new NoteJournals();
  const told: number[] = [];
  journals.onAdmitted = (noteId) => told.push(journals.read(noteId).length, [...journals.notes].length);
  journals.trace(typed(1, 1, "x"));
  journals.trace(typed(1, 2, "y"));
  expect(told).toEqual([0, 1]);
});
