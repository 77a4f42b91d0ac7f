/**
 * Work that is done a little at a time: a generator that yields between steps and returns the result. Who drives it does other
 * things in between; nothing here knows what a step costs in time, only how many items it takes.
 */

/** All steps at once. */
export function finished<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Yields after every `perStep` calls. Of use as: `if (isStepOver()) yield;`. */
export function stepsOf(perStep: number): () => boolean {
  let left = perStep;
  return () => {
    if (--left > 0) return false;
    left = perStep;
    return true;
  };
}

/**
 * `items` in ascending order, equal ones as they stood; `items` itself is left alone. Yields where `isStepOver`, which is asked at
 * each comparison. What is in order already, or made of a few runs that are, costs no more than looking at it; otherwise n log n.
 */
export function* sortedInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number, isStepOver: () => boolean): Generator<void, T[]> {
  let runs: T[][] = [];
  let run: T[] = [];
  for (const item of items) {
    if (run.length > 0 && compare(run.at(-1)!, item) > 0) {
      runs.push(run);
      run = [];
    }
    run.push(item);
    if (isStepOver()) yield;
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
        if (isStepOver()) yield;
      }
      merged.push(both);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}
