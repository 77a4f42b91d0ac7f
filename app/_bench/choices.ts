/** What the reader has chosen to run. */

import { WORKLOAD_GROUPS, type WorkloadGroup, type WorkloadInfo } from "../../crdt/lab/bench/workloads.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { ENGINES, type Plan } from "./bench-messages.ts";

export interface Choices {
  readonly workloads: ReadonlySet<string>;
  readonly counts: Readonly<Record<WorkloadGroup, number>>;
  readonly engines: ReadonlySet<StrategyName>;
  readonly repetitions: number;
  readonly isWeighing: boolean;
}

export const COUNT_MAX: Readonly<Record<WorkloadGroup, number>> = { writers: 200_000, shapes: 20_000, recorded: 2_000_000, scenarios: 200 };
export const REPETITIONS_MAX = 50;

/** A run of some seconds. */
export const FIRST_CHOICES: Choices = {
  workloads: new Set(["sequential", "two-writers", "random", "right-to-left"]),
  counts: { writers: 1_000, shapes: 600, recorded: 5_000, scenarios: 5 },
  engines: new Set(ENGINES),
  repetitions: 5,
  isWeighing: false,
};

export const GROUP_TITLES: Readonly<Record<WorkloadGroup, string>> = {
  writers: "Writers made from a seed",
  shapes: "Shapes B1 to B3",
  recorded: "Recorded traces",
  scenarios: "Catalogue scenarios",
};

/** What N is in a group. */
export const COUNT_TITLES: Readonly<Record<WorkloadGroup, string>> = {
  writers: "N, keystrokes",
  shapes: "N, as in the suite (there 6,000)",
  recorded: "N, steps from the beginning",
  scenarios: "N, playings",
};

/** Why these cannot be run, in words; null where they can. */
export function problemOf({ workloads, counts, engines, repetitions }: Choices, offered: readonly WorkloadInfo[]): string | null {
  if (!offered.some(({ id }) => workloads.has(id))) return "Choose a workload.";
  if (engines.size === 0) return "Choose an engine.";
  if (!isWhole(repetitions, REPETITIONS_MAX)) return `Repetitions: a whole number from 1 to ${REPETITIONS_MAX}.`;
  for (const group of WORKLOAD_GROUPS)
    if (!isWhole(counts[group], COUNT_MAX[group]))
      return `${GROUP_TITLES[group]}: N is a whole number from 1 to ${COUNT_MAX[group].toLocaleString("en")}.`;
  return null;
}

/** In the order in which they are offered. */
export function planOf({ workloads, counts, engines, repetitions, isWeighing }: Choices, offered: readonly WorkloadInfo[]): Plan {
  return {
    workloads: offered.filter(({ id }) => workloads.has(id)).map(({ id, group }) => ({ id, count: counts[group] })),
    engines: ENGINES.filter((name) => engines.has(name)),
    repetitions,
    isWeighing,
  };
}

function isWhole(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}
