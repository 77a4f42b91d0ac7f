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
