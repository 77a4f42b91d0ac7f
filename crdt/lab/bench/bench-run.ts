/**
 * Runs a plan: every workload through every engine, their repetitions taken in turn, so that what disturbs the machine for
 * a while disturbs all of them. The clock and the scales are arguments.
 */

import type { Strategy, StrategyName } from "../../strategy/strategy.ts";
import type { Measured, Sample } from "./measure.ts";
import type { WorkloadInfo } from "./workloads.ts";

/** A workload of a size, ready to be measured. */
export interface Task {
  readonly workload: WorkloadInfo;
  readonly count: number;
  /** One repetition of so many passes. */
  readonly measure: (strategy: Strategy, passes: number) => Measured | Promise<Measured>;
}

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
      /** How often each repetition did it, so that it lasts longer than the clock's steps. */
      readonly passes: number;
      /** Of one copy; null: not measured. */
      readonly memoryBytes: number | null;
    }
  | { readonly state: "failed"; readonly reason: string }
);

export interface BenchProgress {
  readonly done: number;
  readonly total: number;
  readonly workload: string;
  readonly strategy: StrategyName;
  /** 0: the warm-up. */
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
  const total = tasks.length * strategies.length * (repetitions + 1);
  let done = 0;
  for (const { workload, count, measure } of tasks) {
    const cells = strategies.map((strategy) => new Cell(strategy));
    for (let repetition = 0; repetition <= repetitions; repetition++) {
      for (const cell of cells) {
        host.onProgress({ done, total, workload: workload.id, strategy: cell.strategy.name, repetition });
        if (cell.failure === null) await cell.repeat(measure, repetition === 0);
        done++;
      }
    }
    for (const cell of cells) {
      const about = { workload, count, strategy: cell.strategy.name };
      const { samples, passes, state, failure } = cell;
      if (failure !== null) host.onRow({ ...about, state: "failed", reason: failure });
      else host.onRow({ ...about, state: "done", samples, warmUps: 1, passes, memoryBytes: await weighCopy(host, cell.strategy, state) });
    }
  }
}

class Cell {
  readonly strategy: Strategy;
  readonly samples: Sample[] = [];
  state: Uint8Array | null = null;
  passes = 1;
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

/** So many that the shortest phase of the warm-up would have lasted long enough. */
function passesFor({ writeMs, applyMs, loadMs }: Sample): number {
  const shortest = Math.min(writeMs, applyMs ?? writeMs, loadMs);
  return Math.max(1, Math.min(PASSES_MAX, Math.ceil(PHASE_MS / Math.max(shortest, PHASE_MS / PASSES_MAX))));
}

async function weighCopy(host: BenchHost, strategy: Strategy, state: Uint8Array | null): Promise<number | null> {
  if (host.weigh === undefined || state === null) return null;
  const before = await host.weigh();
  if (before === null) return null;
  const held = Array.from({ length: COPIES_HELD }, () => host.openCopy(strategy, state));
  const after = await host.weigh();
  // Also keeps them alive until here.
  return after === null ? null : Math.max(0, (after - before) / held.length);
}
