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

/** One step in each turn from the next one on, which `defer` runs a task in. Rejects when a step throws. */
export async function inTurns<T>(steps: Generator<void, T>, defer: (task: () => void) => void): Promise<T> {
  for (;;) {
    await new Promise<void>((resolve) => defer(resolve));
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Asked after each piece of work, with what it cost: whether the step is over, and it is time to yield. */
export type StepCounter = (cost?: number) => boolean;

/** A step is over when what was done in it has cost `costMax`. */
export function stepsOf(costMax: number): StepCounter {
  let left = costMax;
  return (cost = 1) => {
    left -= cost;
    if (left > 0) return false;
    left = costMax;
    return true;
  };
}

/** For who waits for all of it. */
export const ENDLESS: StepCounter = () => false;

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
