/** Which of this tab's edits somebody who deleted the note cannot have seen. Pure. */

import type { JournalEntry } from "../../crdt/base/journal.ts";
import type { UnsavedSpan } from "./unsaved-spans.ts";

/**
 * Characters that `journal`'s intents of one replica typed and that were not on the server at `deletedAtMs`, or came after
 * it. Compares clocks of two machines, and is as right as they are.
 */
export function unseenCharacters(
  journal: readonly JournalEntry[],
  spans: readonly UnsavedSpan[],
  deletedAtMs: number,
  isOwn: (entry: JournalEntry) => boolean,
): number {
  const open = spans.find(({ fromMs, toMs }) => fromMs <= deletedAtMs && (toMs === null || toMs >= deletedAtMs));
  const sinceMs = open?.fromMs ?? deletedAtMs;
  let characters = 0;
  for (const entry of journal) {
    if (entry.kind !== "intent" || entry.atMs < sinceMs || !isOwn(entry)) continue;
    for (const { insert } of entry.splices) characters += insert.length;
  }
  return characters;
}
