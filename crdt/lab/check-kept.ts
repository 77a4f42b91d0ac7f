/** Checks of what is there: lost, back again, or there twice. */

import type { Anomaly } from "./anomaly.ts";
import type { Findings } from "./findings.ts";
import { type EditRun, isConcurrent } from "./runs.ts";

/**
 * Lost insert: units that were taken, that nobody deleted, and that neither the node's text nor one beside it nor their
 * writer's own holds. Not where another writer made the same replacement at the same time and theirs is there: what was
 * meant has come about.
 */
export function lostInserts(f: Findings): Anomaly[] {
  return f.runs.flatMap((run) => {
    const gone = run.inserted.filter((unit) => !f.isKept(unit) && !f.deletedBy.has(unit) && !f.isWith(run, unit));
    if (gone.length === 0) return [];
    const twin = f.runs.some((other) => isSameReplacement(f, run, other) && other.inserted.every((unit) => f.isThere(unit)));
    return twin ? [] : [f.anomaly("lost insert", gone, [run, f.rivalOf(run)])];
  });
}

/**
 * Resurrected text: units that a taken edit deleted, and that both the node's and the deleter's own text hold in the end,
 * and not only as a side of a question that is open.
 */
export function resurrectedText(f: Findings): Anomaly[] {
  return f.runs.flatMap((run) => {
    const back = run.edits
      .flatMap(({ removed }) => removed)
      .filter((unit) => f.isThere(unit) && f.isWith(run, unit) && !f.isUndecided(unit));
    return back.length === 0 ? [] : [f.anomaly("resurrected text", back, [run, f.rivalOf(run)])];
  });
}

/**
 * Doubled text: two writers made the same replacement at the same time, and both results are there. The same replacement:
 * equal text in the place of characters that both removed, or those characters themselves put elsewhere (cut and paste).
 */
export function doubledText(f: Findings): Anomaly[] {
  const out: Anomaly[] = [];
  for (const [n, run] of f.runs.entries())
    for (const other of f.runs.slice(n + 1)) {
      if (!isSameReplacement(f, run, other)) continue;
      const both = [...run.inserted, ...other.inserted];
      if (both.every((unit) => f.isThere(unit)) && !run.inserted.includes(other.inserted[0]!))
        out.push({ ...f.anomaly("doubled text", both, [run, other]), text: f.trace.textOf(run.inserted) });
    }
  return out;
}

/** Split duplicate: a unit stands twice in one text, and not as the two sides of an open question. */
export function splitDuplicates(f: Findings): Anomaly[] {
  const seen = new Set<number>();
  const twice: number[] = [];
  for (const unit of f.merged) {
    if (unit < 0 || seen.has(unit)) continue;
    seen.add(unit);
    const places = f.placesOf(unit);
    if (places.length > 1 && !f.isUndecided(unit)) twice.push(unit);
  }
  const byOwner = new Map<EditRun | null, number[]>();
  for (const unit of twice) {
    const owner = f.runs.find(({ inserted }) => inserted.includes(unit)) ?? null;
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), unit]);
  }
  return [...byOwner].map(([owner, units]) => {
    const near = f.runs.filter(
      ({ by, edits }) => by !== null && edits.some(({ beforeUnits }) => units.some((unit) => beforeUnits.includes(unit))),
    );
    const rival = near.find((run) => near.some((other) => isConcurrent(f.trace, run, other))) ?? near.at(-1) ?? null;
    const other = rival === null ? null : (near.find((run) => isConcurrent(f.trace, run, rival)) ?? null);
    return f.anomaly("split duplicate", units, rival === null ? [owner] : [rival, other]);
  });
}

/** What a run replaced: characters of its own place, or, when it only inserts, those that were cut elsewhere just before. */
function isSameReplacement(f: Findings, a: EditRun, b: EditRun): boolean {
  if (a.inserted.length === 0 || a.inserted.length !== b.inserted.length || !isConcurrent(f.trace, a, b)) return false;
  const text = f.trace.textOf(a.block);
  if (text !== f.trace.textOf(b.block)) return false;
  if (a.removed.some((unit) => b.removed.includes(unit))) return true;
  const cutBy = (run: EditRun): number[] => f.runs.filter(({ stretch }) => stretch === run.stretch).flatMap(({ removed }) => removed);
  const [cutA, cutB] = [cutBy(a), new Set(cutBy(b))];
  return text.trim() !== "" && f.trace.textOf(cutA.filter((unit) => cutB.has(unit))).trim() === text.trim();
}
