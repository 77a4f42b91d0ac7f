/** Sorting, a little at a time. */

import type { StepCounter } from "./steps.ts";

/**
 * `items` in ascending order, equal ones as they stood; `items` itself is left alone. Each comparison costs
 * `cost`. What is in order already, or made of a few runs that are, costs no more than looking at it; otherwise n log n.
 */
export function* sortedInSteps<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  isStepOver: StepCounter,
  cost = 1,
): Generator<void, T[]> {
  let runs: T[][] = [];
  let run: T[] = [];
  for (const item of items) {
    if (run.length > 0 && compare(run.at(-1)!, item) > 0) {
      runs.push(run);
      run = [];
    }
    run.push(item);
    if (isStepOver(cost)) yield;
  }
  if (run.length > 0) runs.push(run);
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let n = 0; n < runs.length; n += 2) {
      const [first, second] = [runs[n]!, runs[n + 1]];
      if (second === undefined) {
        merged.push(first);
        continue;
      }
      const both: T[] = [];
      for (let [a, b] = [0, 0]; a < first.length || b < second.length;) {
        const isFirst = b === second.length || (a < first.length && compare(first[a]!, second[b]!) <= 0);
        both.push(isFirst ? first[a++]! : second[b++]!);
        if (isStepOver(cost)) yield;
      }
      merged.push(both);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}
