/** Fifty runs of the sandbox, each of another seed, under all strategies in turn: what determinism is checked with. */

import { recordToJson } from "../../crdt/lab/sandbox-record.ts";
import type { Sandbox } from "../../crdt/lab/sandbox.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { labSession } from "./lab-session.ts";

/** Short runs, and so many of them. */
const HASTE = 10;

export const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

/** The run of a seed; time goes by in pieces of these lengths. Close it. */
export async function runOfSeed(seed: number, piecesMs: readonly number[]): Promise<Sandbox> {
  const strategy = STRATEGY_NAMES[seed % STRATEGY_NAMES.length]!;
  return await labSession({ strategy, seed, replicas: 3 + (seed % 4), startText: "Once upon a time\n", latencyMs: 40 }, piecesMs, HASTE);
}

/** The same as JSON, with its hash. */
export async function recordOfSeed(seed: number): Promise<string> {
  const sandbox = await runOfSeed(seed, [1_000]);
  try {
    return recordToJson(sandbox.record());
  } finally {
    sandbox.close();
  }
}
