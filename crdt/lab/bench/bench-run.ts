/**
 * Runs a plan: every workload through every engine, their repetitions taken in turn, so that what disturbs the machine for
 * a while disturbs all of them. The clock and the scales are arguments.
 */

import type { Strategy, StrategyName } from "../../strategy/strategy.ts";
import { type Measured, ONE_PASS, type Passes, type Sample } from "./measure.ts";
import type { WorkloadInfo } from "./workloads.ts";

/** A workload of a size, ready to be measured. */
export interface Task {
  readonly workload: WorkloadInfo;
  readonly count: number;
  /** One repetition. */
  readonly measure: (strategy: Strategy, passes: Passes) => Measured | Promise<Measured>;
}

export type Memory = { readonly state: "measured"; readonly bytes: number } | { readonly state: "unasked" | "unmeasurable" };

export type BenchRow = {
  readonly workload: WorkloadInfo;
  readonly count: number;
  readonly strategy: StrategyName;
} & (
  | {
      readonly state: "done";
      /** One for each repetition that counts. */
      readonly samples: readonly Sample[];
      /** Before those: what does not count. */
      readonly warmUps: number;
      /** Of the last repetition. */
      readonly passes: Passes;
      /** Of one copy. unasked: the plan did not want it; unmeasurable: it did, and there are no scales here. */
      readonly memory: Memory;
    }
  | { readonly state: "failed"; readonly reason: string }
);

export interface BenchProgress {
  readonly done: number;
  readonly total: number;
  readonly workload: string;
  readonly strategy: StrategyName;
  /** From 1; 0 and less: a warm-up. */
  readonly repetition: number;
}

export interface BenchHost {
  nowMs(): number;
  /** Told before each repetition. */
  onProgress(progress: BenchProgress): void;
  onRow(row: BenchRow): void;
  /** All memory in use, in bytes; null: no such thing here. Left out: memory is not wanted. */
  weigh?(): Promise<number | null>;
  /** Opens a copy of a note. */
  openCopy(strategy: Strategy, state: Uint8Array): unknown;
}

/** A phase is repeated until it should last so long: some hundred steps of a coarse clock. */
const PHASE_MS = 5;
const PASSES_MAX = 40;
/** Before what counts: the compiler takes several runs, and the first says how many passes a repetition needs. */
export const WARM_UPS = 3;
/** Copies that are held while memory is weighed. */
const COPIES_HELD = 50;

/** @throws RangeError where `repetitions` is no whole number from 1. What fails in a cell fails that cell alone. */
export async function runBench(
  tasks: readonly Task[],
  strategies: readonly Strategy[],
  repetitions: number,
  host: BenchHost,
): Promise<void> {
  if (!Number.isSafeInteger(repetitions) || repetitions < 1) throw new RangeError(`Invalid repetitions ${repetitions}: expected 1 or more`);
  const total = tasks.length * strategies.length * (repetitions + WARM_UPS);
  let done = 0;
  for (const { workload, count, measure } of tasks) {
    const cells = strategies.map((strategy) => new Cell(strategy));
    for (let repetition = 1 - WARM_UPS; repetition <= repetitions; repetition++) {
      for (const cell of cells) {
        host.onProgress({ done, total, workload: workload.id, strategy: cell.strategy.name, repetition });
        if (cell.failure === null) await cell.repeat(measure, repetition < 1);
        done++;
      }
    }
    for (const cell of cells) {
      const about = { workload, count, strategy: cell.strategy.name };
      const { samples, passes, state, failure } = cell;
      if (failure !== null) host.onRow({ ...about, state: "failed", reason: failure });
      else
        host.onRow({
          ...about,
          state: "done",
          samples,
          warmUps: WARM_UPS,
          passes,
          memory: await weighCopy(host, cell.strategy, state),
        });
    }
  }
}

class Cell {
  readonly strategy: Strategy;
  readonly samples: Sample[] = [];
  state: Uint8Array | null = null;
  passes = ONE_PASS;
  failure: string | null = null;

  constructor(strategy: Strategy) {
    this.strategy = strategy;
  }

  async repeat(measure: Task["measure"], isWarmUp: boolean): Promise<void> {
    try {
      const { sample, state } = await measure(this.strategy, this.passes);
      if (isWarmUp) this.passes = passesFor(sample);
      else this.samples.push(sample);
      this.state = state;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}

/** So many that each phase of a warm-up would have lasted long enough. */
function passesFor({ writeMs, applyMs, loadMs }: Sample): Passes {
  const passes = (ms: number): number => Math.ceil(PHASE_MS / Math.max(ms, PHASE_MS / PASSES_MAX));
  return { write: passes(writeMs), apply: passes(applyMs ?? PHASE_MS), load: passes(loadMs) };
}

async function weighCopy(host: BenchHost, strategy: Strategy, state: Uint8Array | null): Promise<Memory> {
  if (host.weigh === undefined || state === null) return { state: "unasked" };
  const before = await host.weigh();
  if (before === null) return { state: "unmeasurable" };
  const held = Array.from({ length: COPIES_HELD }, () => host.openCopy(strategy, state));
  const after = await host.weigh();
  // Also keeps them alive until here.
  return after === null ? { state: "unmeasurable" } : { state: "measured", bytes: Math.max(0, (after - before) / held.length) };
}
