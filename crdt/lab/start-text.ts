/** The text in which a recording begins. Pure. */

import type { JournalEntry } from "../base/journal.ts";

/** That dots had to stand for it. */
export const DOTS_SENTENCE = "What the note held before the recording began is not in the journal: dots stand for it.";

/**
 * `first`: the earliest edit of the recording. Where it does not tell the text that it was made in (the first of each tab does, unless
 * that was very long), as many dots stand for it.
 */
export function startTextOf(first: Extract<JournalEntry, { readonly kind: "intent" }> | undefined): {
  readonly startText: string;
  readonly isKnown: boolean;
} {
  const { textLength = 0, startText } = first ?? {};
  const isKnown = startText?.length === textLength || textLength === 0;
  return { startText: isKnown ? (startText ?? "") : "·".repeat(textLength), isKnown };
}
