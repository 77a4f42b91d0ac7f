/** Which of this tab's edits somebody who deleted the note cannot have seen. Pure. */

import type { JournalEntry } from "../../crdt/base/journal.ts";

/** A stretch of time in which some edit was not saved; null: it still goes on. By this tab's clock. */
export interface UnsavedSpan {
  readonly fromMs: number;
  readonly toMs: number | null;
}

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

/** The spans after `unsaved` edits were seen to be open at `nowMs`. Keeps the last 50. */
export function withStatus(spans: readonly UnsavedSpan[], unsaved: number, nowMs: number): readonly UnsavedSpan[] {
  const last = spans.at(-1);
  const isOpen = last !== undefined && last.toMs === null;
  if (unsaved > 0) return isOpen ? spans : [...spans.slice(-49), { fromMs: nowMs, toMs: null }];
  return isOpen ? [...spans.slice(0, -1), { fromMs: last.fromMs, toMs: nowMs }] : spans;
}
