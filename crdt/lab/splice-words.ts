/** Changes of a text in words, and as what makes one text of another. Pure. */

import type { Splice } from "../base/splice.ts";

const SHOWN_MAX = 40;

/** A change in words: `+"abc"`, `-3`, `-2 +"x"`. */
export function wordsOf(splices: readonly Splice[]): string {
  return splices
    .map(({ remove, insert }) =>
      [remove > 0 ? `-${remove}` : "", insert === "" ? "" : `+${JSON.stringify(shortened(insert))}`].filter(Boolean).join(" "),
    )
    .join(", ");
}

/** What makes `after` of `before`; null: they are equal. */
export function replacement(before: string, after: string): Splice | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { index: start, remove: before.length - start - end, insert: after.slice(start, after.length - end) };
}

function shortened(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text;
}
