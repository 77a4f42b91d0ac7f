/**
 * Compare and swap with a three-way merge. A write is taken when nobody else has written since the version that it was
 * made on; otherwise its tab merges line by line (diff3: the text that both began with, what is stored, its own) and
 * proposes the result on the new version. Lines that both changed alike are changed once. Where they differ the merge
 * asks: the question stands in the text, `‹stored|CONFLICT|late›`, on one line with ⏎ for line ends, until
 * somebody edits it away.
 */

import { diff3Merge, diffIndices } from "node-diff3";
import { mapSplices } from "../base/map-splices.ts";
import { applySplices, diffText, type Splice } from "../base/splice.ts";
import { orderedStrategy } from "./ordered-note.ts";
import type { Overtaken, Pending } from "./ordered-rule.ts";
import type { Strategy } from "./strategy.ts";

/** The parts of a question that nobody has answered. */
export const QUESTION = { open: "‹", between: "|CONFLICT|", close: "›", lineEnd: "⏎" } as const;

export const casDiff3Strategy: Strategy = orderedStrategy({
  name: "cas-diff3",
  traits: {
    losesWrites: false,
    isAvailable: false,
    isOrdered: true,
    isStockCompatible: false,
    source: "Optimistic locking by version number; Khanna, Kunal and Pierce, A formal investigation of diff3, FSTTCS 2007",
  },
  isWhole: false,
  whenOvertaken: "retry",
  decide({ proposal, isStale }) {
    return isStale ? { kind: "stale" } : { kind: "commit", entry: { kind: "committed", splices: proposal.splices, lock: null } };
  },
  overtaken: merge,
});

/**
 * All edits become one: the merged text. A merge that is itself overtaken is made again from what it was made of, and what
 * was typed into it meanwhile moves along: so no question is asked about a question that nobody else has seen.
 */
function merge({ before, after, view, pending }: Overtaken, memory: Map<string, string>): readonly Pending[] {
  const base = memory.get("base") ?? before;
  const mine = memory.get("mine") ?? view;
  const lastMerged = memory.get("merged") ?? view;
  const merged = mergeTexts(base, after, mine);
  const typedSince = mapSplices(diffLines(lastMerged, view), diffLines(lastMerged, merged), false);
  memory.set("base", base).set("mine", mine).set("merged", merged);
  const [first, last] = [pending[0]!, pending.at(-1)!];
  return [{ ...last, first: first.first, splices: diffText(after, applySplices(merged, typedSince)) }];
}

/** What a line-based three-way merge makes of `stored` and `late`, which both began as `base`. */
export function mergeTexts(base: string, stored: string, late: string): string {
  if (stored === late || late === base) return stored;
  if (stored === base) return late;
  const linesOf = (text: string): string[] => text.split("\n");
  const regions = diff3Merge(linesOf(stored), linesOf(base), linesOf(late), { excludeFalseConflicts: true });
  const out: string[] = [];
  for (const { ok, conflict } of regions) {
    if (ok !== undefined) out.push(...ok);
    if (conflict === undefined) continue;
    const { open, between, close, lineEnd } = QUESTION;
    const began = conflict.o.join("\n");
    if (began.includes(open) && began.includes(between)) {
      // Both have an open question before them: their edits to it are merged by character, or each would double it.
      const [first, second] = [conflict.a, conflict.b].map((part) => diffLines(began, part.join("\n")));
      out.push(applySplices(applySplices(began, first!), mapSplices(second!, first!, false)));
      continue;
    }
    out.push(open + conflict.a.join(lineEnd) + between + conflict.b.join(lineEnd) + close);
  }
  return out.join("\n");
}

/**
 * What makes `after` of `before`: a splice for each run of lines that differs. One splice over all of it would say of the lines between
 * two changes that they were written anew, and whoever changed those too would have them twice.
 */
export function diffLines(before: string, after: string): Splice[] {
  const linesOf = (text: string): string[] => text.split("\n").map((line) => `${line}\n`);
  const lines = linesOf(before);
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length);
  const out: Splice[] = [];
  for (const { buffer1, buffer1Content, buffer2Content } of diffIndices(lines, linesOf(after)))
    for (const splice of diffText(buffer1Content.join(""), buffer2Content.join(""))) {
      const { remove, insert } = splice;
      const index = starts[buffer1[0]]! + splice.index;
      // The last line has no end of its own: what would go beyond it takes the end of the line before.
      if (index + remove <= before.length) out.push({ index, remove, insert });
      else out.push({ index: index - 1, remove, insert: insert === "" ? "" : `\n${insert.slice(0, -1)}` });
    }
  return out;
}
