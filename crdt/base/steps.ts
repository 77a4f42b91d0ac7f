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
