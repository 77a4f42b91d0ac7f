/** How the contents of updates are put into words, for whoever looks into a message on its way. */

import type { Splice } from "../base/splice.ts";

/** Lines that one update is told in; what is left is counted. */
const LINES_MAX = 16;
const TEXT_MAX = 60;

/** What an update carries, in words: a line for each insertion, deletion, assignment or decision. @throws DecodeError */
export type Describe = (update: Uint8Array) => readonly string[];

/** `text` in quotes, on one line, shortened. */
export function quoted(text: string): string {
  const units = Array.from(text);
  const shown = units.slice(0, TEXT_MAX).join("");
  return JSON.stringify(units.length > TEXT_MAX ? `${shown}…` : shown);
}

/** "1 character", "7 characters". */
export function characters(n: number): string {
  return `${n} ${n === 1 ? "character" : "characters"}`;
}

/** What splices do, each in the text before the first. `removed`: what each took, where it is known. */
export function spliceWords(splices: readonly (Splice & { readonly removed?: string })[]): string {
  const words = splices.map(({ index, remove, insert, removed }) => {
    const taken = removed === undefined || removed === "" ? characters(remove) : quoted(removed);
    if (remove === 0) return `inserts ${quoted(insert)} at ${index}`;
    return insert === "" ? `deletes ${taken} at ${index}` : `replaces ${taken} at ${index} by ${quoted(insert)}`;
  });
  return words.length === 0 ? "changes nothing" : words.slice(0, LINES_MAX).join(", ") + (words.length > LINES_MAX ? " …" : "");
}

/** `lines`, those beyond `LINES_MAX` as a number; one line that says so where there are none. */
export function linesUpTo(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return ["carries nothing new"];
  return lines.length <= LINES_MAX ? lines : [...lines.slice(0, LINES_MAX - 1), `and ${lines.length - LINES_MAX + 1} more`];
}
