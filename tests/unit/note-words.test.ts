import { describe, expect, it } from "vitest";
import { conflictText } from "../../app/_ui/conflict-text.ts";
import { type UnsavedSpan, withStatus } from "../../app/_ui/unsaved-spans.ts";
import { unseenCharacters } from "../../app/_ui/unseen-edits.ts";
import { parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry } from "../../crdt/base/journal.ts";

const [A, B] = [1, 2].map(replicaIdFrom) as [ReplicaId, ReplicaId];

function intent(atMs: number, insert: string): JournalEntry {
  return {
    kind: "intent",
    hop: "note",
    noteId: parseNoteId("n")!,
    replica: A,
    atMs,
    splices: [{ index: 0, remove: 0, insert }],
    caret: 0,
    insertIds: [],
    textLength: 0,
  };
}

describe("conflicts in words", () => {
  const nameOf = (replica: ReplicaId): string => (replica === A ? "You" : "Bo");
  const claim = <T>(value: T, wallMs: number, replica: ReplicaId) => ({ value, stamp: { wallMs, replica, seq: 1 } });

  it("a title says who replaced whom, and by which stamps", () => {
    const { sentence, rule } = conflictText({ field: "title", winner: claim("X", 2_120, B), others: [claim("Y", 1_000, A)] }, nameOf);
    expect(sentence).toBe("Bo's title “X” replaced your “Y”.");
    expect(rule).toMatch(/^Neither had seen the other's\. The later stamp stays \(\d\d:\d\d:02\.120 > \d\d:\d\d:01\.000\)\.$/);
  });

  it("equal stamps say that the decision is arbitrary", () => {
    const late = { ...claim("Y", 1_000, A), hasSeenWinner: true } as const;
    expect(conflictText({ field: "title", winner: claim("X", 2_120, B), others: [late] }, nameOf).rule).toMatch(
      /^Whoever wrote the other had seen this one, so a clock is off\. The later stamp stays/,
    );
    const { rule } = conflictText({ field: "pin", winner: claim(true, 5, B), others: [claim(false, 5, A)] }, nameOf);
    expect(rule).toContain("decided by replica id, which is arbitrary");
  });

  it("a tag stays, since a removal takes what it had seen", () => {
    const { sentence } = conflictText({ field: "tag", tag: "todo", addedBy: [B], removedBy: [A] }, nameOf);
    expect(sentence).toBe("Bo added the tag “todo” while you removed it.");
  });
});

describe("edits that a deletion cannot have seen", () => {
  const all = () => true;

  it("counts what was unsaved when it was deleted, and what came after; not what had been saved before", () => {
    const journal = [intent(10, "saved"), intent(20, "abc"), intent(40, "de")];
    let spans: readonly UnsavedSpan[] = [];
    for (const [unsaved, atMs] of [
      [1, 10],
      [0, 12],
      [1, 20],
      [1, 40],
      [0, 60],
    ] as const)
      spans = withStatus(spans, unsaved, atMs);
    expect(unseenCharacters(journal, spans, 30, all)).toBe(5);
    expect(unseenCharacters(journal, spans, 15, all)).toBe(5);
    expect(unseenCharacters(journal, spans, 70, all)).toBe(0);
    expect(unseenCharacters(journal, spans, 30, () => false)).toBe(0);
  });
});
