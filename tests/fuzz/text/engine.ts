/** Runs worlds: from a seed, or from a list of steps. Everything follows from either. */

import type { Counts } from "./counts.ts";
import { type Step, type World, worldFrom } from "./steps.ts";
import { FuzzWorld } from "./world.ts";

/** Steps for each replica of a world. */
export const STEPS = 300;

export interface Failure {
  /** The step at which it showed; the number of steps when only at the end. */
  readonly at: number;
  readonly error: Error;
}

export interface Outcome {
  readonly counts: Counts;
  readonly failure: Failure | null;
}

export function runWorld({ replicas, steps }: World): Outcome {
  const world = new FuzzWorld(replicas);
  let at = 0;
  try {
    for (; at < steps.length; at++) world.take(steps[at]!);
    world.finish();
  } catch (error) {
    return { counts: world.counts, failure: { at, error: error instanceof Error ? error : new Error(String(error)) } };
  }
  return { counts: world.counts, failure: null };
}

export function runSeed(seed: number | string, steps = STEPS): Outcome {
  return runWorld(worldFrom(seed, steps));
}

/** For a test pasted from a shrunk failure. @throws what the failure was. */
export function runSteps(replicas: number, steps: readonly Step[]): void {
  const { failure } = runWorld({ replicas, steps });
  if (failure !== null) throw new Error(`step ${failure.at}: ${failure.error.message}`, { cause: failure.error });
}

export function rerunCommand(seed: number | string): string {
  return `npm run fuzz -- text --seed ${seed} --seeds 1`;
}
