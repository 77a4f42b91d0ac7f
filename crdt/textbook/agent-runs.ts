/** One author's runs by their numbers, in blocks: a run that is cut in the middle moves those of its block alone. */

import { countHolding } from "../base/bisect.ts";

/** Blocks are cut in two when they hold more than this. */
const BLOCK_RUNS_MAX = 256;

export class AgentRuns<T extends { readonly seq: number }> {
  /** Ascending by `seq`; none is empty, but for the first while all is. */
  readonly #blocks: T[][] = [[]];

  get last(): T | undefined {
    return this.#blocks.at(-1)!.at(-1);
  }

  /** All of them, ascending. */
  all(): T[] {
    return this.#blocks.flat();
  }

  /** The last run that begins at or before `seq`. Cost: logarithmic. */
  at(seq: number): T | undefined {
    const block = this.#blocks[this.#blockAt(seq)]!;
    return block[countHolding(block.length, (n) => block[n]!.seq <= seq) - 1];
  }

  /** Puts `run` behind those that begin at or before its number. */
  add(run: T): void {
    const at = this.#blockAt(run.seq);
    const block = this.#blocks[at]!;
    block.splice(
      countHolding(block.length, (n) => block[n]!.seq <= run.seq),
      0,
      run,
    );
    if (block.length > BLOCK_RUNS_MAX) this.#blocks.splice(at + 1, 0, block.splice(BLOCK_RUNS_MAX / 2));
  }

  #blockAt(seq: number): number {
    const blocks = this.#blocks;
    return Math.max(0, countHolding(blocks.length, (n) => (blocks[n]![0]?.seq ?? 0) <= seq) - 1);
  }
}
