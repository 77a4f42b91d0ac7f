/** Rooms that take in long updates over many turns, whatever comes in between. */

import { describe, it } from "vitest";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { roomStorm } from "../support/room-storm.ts";

const RUNS = Math.ceil(2 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const RERUN = (seed: number): string => `rerun: FUZZ_SEED=${seed} FUZZ_SCALE=0.1 npx vitest run tests/fuzz/room-turns.test.ts`;
const STRATEGIES = await Promise.all((["yjs", "walker", "fugue", "lww-line"] as const).map(loadNodeStrategy));

describe("a room in a storm: what is acknowledged is stored, nobody is stuck, and whoever is there has what the room has", () => {
  it("fugue, seed 118: who brings what another's update waited for is sent that update", async () => {
    roomStorm(await loadNodeStrategy("fugue"), 118);
  });

  it.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))("%s", (name, strategy) => {
    for (let seed = SEED; seed < SEED + RUNS; seed++)
      try {
        roomStorm(strategy, seed);
      } catch (error) {
        throw new Error(`${name}, seed ${seed}: ${RERUN(seed)}`, { cause: error });
      }
  });
});
