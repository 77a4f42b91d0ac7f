/** Checks of where a run stands: whole, and in something. */

import type { Anomaly } from "./anomaly.ts";
import type { Findings } from "./findings.ts";
import type { EditRun } from "./runs.ts";
import type { TracedEdit } from "./trace.ts";
import { LINE_END } from "./marks.ts";

/**
 * Interleaved run: what one replica typed side by side without hearing of anybody stands apart, and a gap of it holds
 * another's insert that was concurrent: its writer had seen neither side of the gap, nor the run's writer the insert.
 */
export function interleavedRuns(f: Findings): Anomaly[] {
  return f.runs.flatMap((run) => {
    if (run.by === null) return [];
    const places = run.block.flatMap((unit) => f.placeOf(unit) ?? []).sort((a, b) => a - b);
    for (const [n, at] of places.entries()) {
      const next = places[n + 1];
      if (next === undefined) break;
      const gap = f.merged.subarray(at + 1, next);
      const intruder = f.runs.find(
        (other) => other.by !== run.by && gap.some((unit) => isApart(f, run, other, unit, f.merged[at]!, f.merged[next]!)),
      );
      if (intruder !== undefined) return [f.anomaly("interleaved run", run.block, [run, intruder])];
    }
    return [];
  });
}

function isApart(f: Findings, run: EditRun, other: EditRun, unit: number, left: number, right: number): boolean {
  if (run.by === null || other.by === null || !other.inserted.includes(unit)) return false;
  const typed = other.edits.find(({ inserted }) => inserted.includes(unit))!.order;
  return (
    f.trace.seenBy(other.by, left) > typed &&
    f.trace.seenBy(other.by, right) > typed &&
    f.trace.seenBy(run.by, unit) > run.edits.at(-1)!.order
  );
}

/**
 * Orphaned edit: text that is there, while others, who had not seen it, deleted what it was typed into: the nearest
 * characters of its line on both sides; where it stood at the beginning or at the end of a line, all of that line.
 */
export function orphanedEdits(f: Findings): Anomaly[] {
  return f.runs.flatMap((run) => {
    const first = run.edits[0];
    const there = run.inserted.filter((unit) => f.isThere(unit));
    if (first === undefined || there.length === 0) return [];
    const { left, right } = lineAround(f, first);
    const sides = [left, right].filter((side) => side.length > 0);
    if (sides.length === 0) return [];
    // What stands nearest comes first.
    const needed = sides.length === 2 ? sides.flatMap(([near]) => near ?? []) : sides.flat();
    const deleters = needed.map((unit) => deleterOf(f, run, unit));
    const [by] = deleters;
    return by === undefined || by === null || deleters.includes(null) ? [] : [f.anomaly("orphaned edit", there, [run, by])];
  });
}

/** Who deleted `unit` for good without having seen the run; null: nobody. */
function deleterOf(f: Findings, run: EditRun, unit: number): EditRun | null {
  if (f.isThere(unit)) return null;
  return (
    f.deletedBy
      .get(unit)
      ?.find(
        ({ by, edits }) => by !== null && by !== run.by && run.inserted.every((own) => f.trace.seenBy(by, own) > edits.at(-1)!.order),
      ) ?? null
  );
}

function lineAround(f: Findings, { beforeUnits, index, remove }: TracedEdit): { readonly left: number[]; readonly right: number[] } {
  const isEnd = (unit: number): boolean => unit === LINE_END || (unit >= 0 && f.trace.textOf([unit]) === "\n");
  const left: number[] = [];
  const right: number[] = [];
  for (let n = index - 1; n >= 0 && !isEnd(beforeUnits[n]!); n--) left.push(beforeUnits[n]!);
  for (let n = index + remove; n < beforeUnits.length && !isEnd(beforeUnits[n]!); n++) right.push(beforeUnits[n]!);
  return { left, right };
}
