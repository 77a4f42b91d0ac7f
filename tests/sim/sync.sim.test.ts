import { describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { type StormOptions, StormWorld } from "../support/world.ts";

const SEEDS = Math.ceil(100 * Number(process.env.FUZZ_SCALE ?? 1));
/** Pinned seeds first, then those of this commit. */
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);

async function storm(options: StormOptions): Promise<StormWorld> {
  const storm = new StormWorld(options);
  await storm.storm(createPrng(`nemesis ${options.seed}`));
  return storm;
}

describe.each(STRATEGY_NAMES)("%s", async (name) => {
  const strategy = await loadNodeStrategy(name);

  it("converges after any storm, loses nothing that was acknowledged, and leaves no timer", async () => {
    let reconnects = 0;
    for (let n = 0; n < SEEDS; n++) {
      const seed = FIRST_SEED + n;
      const rerun = `rerun: FUZZ_SEED=${seed} FUZZ_SCALE=0.01 npx vitest run --config tests/vitest.config.ts tests/sim -t ${name}`;
      const { world, violations } = await storm({ strategy, seed });
      const node = world.node.replica;
      const expected = { text: node.text(), hash: node.hash(), unsaved: 0 };
      for (const { note } of world.members) {
        note.replica.checkInvariants();
        expect({ text: note.text(), hash: note.replica.hash(), unsaved: note.session.status().unsaved }, rerun).toEqual(expected);
      }
      expect(violations, rerun).toEqual([]);
      const { typed, kept } = node.stats();
      if (strategy.traits.losesWrites) expect(kept, rerun).toBeLessThanOrEqual(typed);
      else expect([world.losses, kept], rerun).toEqual([[], typed]);
      reconnects += world.journal.since().filter((entry) => entry.kind === "state" && entry.state === "disconnected").length;
      world.close();
      await world.run(60_000);
      expect(world.clock.pending, rerun).toBe(0);
    }
    // The storms are storms.
    expect(reconnects).toBeGreaterThan(SEEDS);
  });

  it("is the same world for the same seed", async () => {
    const [first, second, other] = [
      await storm({ strategy, seed: "twin" }),
      await storm({ strategy, seed: "twin" }),
      await storm({ strategy, seed: "not twin" }),
    ];
    expect(first.world.traceHash()).toBe(second.world.traceHash());
    expect(first.world.traceHash()).not.toBe(other.world.traceHash());
  });

  it("catches a disk that says saved before it is", async () => {
    let caught = 0;
    for (let seed = 0; seed < 30 && caught === 0; seed++) {
      const { violations } = await storm({ strategy, seed, skipsFsync: true });
      caught += violations.length;
    }
    expect(caught).toBeGreaterThan(0);
  });
});

it("writes the same journal on every machine", async () => {
  const { world } = await storm({ strategy: await loadNodeStrategy("fugue"), seed: "golden" });
  expect(world.traceHash()).toBe("9b238ead0a8e55da");
});
