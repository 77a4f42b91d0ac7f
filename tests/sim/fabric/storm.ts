/** One note on several nodes, somebody typing on each, while a nemesis works on it; then peace, and the checkers. */

import { pick } from "../../../crdt/base/prng.ts";
import { FABRIC_NOTE, FabricWorld, type FabricWorldOptions } from "../../../crdt/lab/fabric-world.ts";
import type { Strategy, StrategyName } from "../../../crdt/strategy/strategy.ts";
import { ANY_NEMESIS, calm, END_LEASE, NEMESES, type Nemesis } from "../../support/nemeses.ts";
import { type Act, noting, perform } from "./acts.ts";
import { check, checkHistory, type Played } from "./checkers.ts";
import { LogWatch } from "./log-watch.ts";
import { type Hand, Witness } from "./witness.ts";

const STEPS = 24;
/** Nemeses pause nodes for longer than this. */
export const TTL_MS = 2_000;

/** By the names that the command line takes. */
export const FABRIC_NEMESES: Readonly<Record<string, Nemesis>> = {
  split: NEMESES["split"]!,
  isolate: NEMESES["isolate"]!,
  flapping: NEMESES["flapping"]!,
  bridge: NEMESES["bridge"]!,
  "one-way": NEMESES["one way"]!,
  crash: NEMESES["crash"]!,
  pause: NEMESES["pause beyond the TTL"]!,
  "clock-jump": NEMESES["clock jump"]!,
  "lost-disk": NEMESES["lost disk of a minority"]!,
  "end-lease": END_LEASE,
  any: ANY_NEMESIS,
};

const LOSING = new Set(["lost-disk", "any"]);

const HANDS: Readonly<Partial<Record<StrategyName, Hand>>> = { "cas-index": "inserts", "cas-diff3": "lines", "lww-line": "lines" };

export interface StormOptions {
  readonly strategy: Strategy;
  readonly nemesis: string;
  readonly seed: number | string;
  /** What is planted. */
  readonly plant?: Partial<Pick<FabricWorldOptions, "tamper" | "wrapStore" | "hasFencing" | "quorum" | "ttlMs" | "stepsMax" | "strategy">>;
  /** Called in each step, for what is planted in members. */
  readonly onStep?: (played: Played, step: number) => void;
  /** What is done, instead of what chance and the nemesis do. */
  readonly acts?: readonly Act[];
}

export interface Storm {
  /** What was done before peace came, in order. */
  readonly acts: readonly Act[];
  readonly findings: readonly string[];
  readonly traceHash: string;
  readonly inserted: number;
  readonly acknowledged: number;
  readonly reigns: number;
  readonly losses: number;
}

/** Three nodes, and five in each fourth world. */
export function countOf(seed: number | string): 3 | 5 {
  return typeof seed === "number" && seed % 4 === 3 ? 5 : 3;
}

/** Half a virtual minute of typing, then peace. An error of ours is a finding, too. */
export async function runStorm({ strategy, nemesis: name, seed, plant = {}, acts, onStep }: StormOptions): Promise<Storm> {
  const nemesis = FABRIC_NEMESES[name];
  if (nemesis === undefined) throw new RangeError(`Unknown nemesis ${name}: expected one of ${Object.keys(FABRIC_NEMESES).join(", ")}`);
  const { wrapStore, ...planted } = plant;
  const watch = new LogWatch(FABRIC_NOTE, strategy.traits.isOrdered);
  const world = new FabricWorld({
    strategy,
    seed,
    nodes: countOf(seed),
    ttlMs: TTL_MS,
    ...planted,
    // The watch sees what the node says; what is planted stands between it and the disk.
    wrapStore: (id, store) => watch.wrap(id, wrapStore?.(id, store) ?? store),
  });
  const { cluster } = world;
  watch.begin(cluster.ids, (id) => cluster.diskOf(id).durableLog(FABRIC_NOTE));
  for (const [n, id] of cluster.ids.entries()) world.join(n + 1, id);
  watch.hasLostDisk = LOSING.has(name);
  const witness = new Witness(world, watch, HANDS[strategy.name] ?? "anywhere");
  const played: Played = { world, watch, witness };
  const findings: string[] = [];
  const done: Act[] = [];
  try {
    if (acts === undefined) await play(played, nemesis, done, onStep);
    else await playAgain(played, acts, done, onStep);
    await makePeace(played);
    findings.push(...check(played));
    world.close();
    await world.run(60_000);
    if (world.clock.pending > 0) findings.push(`no timer left: ${world.clock.pending} timers a minute after the end`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    findings.push(`no error: ${error.name}: ${error.message}`, ...checkHistory(played));
  }
  const { inserted } = witness;
  const losses = world.losses.length;
  return {
    acts: done,
    findings,
    traceHash: world.traceHash(),
    inserted,
    losses,
    acknowledged: witness.acknowledged().length,
    reigns: watch.history.reigns,
  };
}

/** Every act is in `done` before it is done, so that the last one is there if it throws. */
async function play(played: Played, nemesis: Nemesis, done: Act[], onStep?: StormOptions["onStep"]): Promise<void> {
  const { world, witness } = played;
  const { cluster, members } = world;
  const prng = world.stream("nemesis");
  const noted = noting(cluster, (act) => done.push(act));
  const act = (one: Act): Promise<void> | null => {
    done.push(one);
    return perform(one, world, witness);
  };
  await world.start();
  await act({ do: "run", ms: prng.int(0, 3_000) });
  for (let step = 0; step < STEPS; step++) {
    for (const [by, member] of members.entries())
      if (prng.float() < 0.5) {
        const { splice, releases } = witness.edit(member);
        done.push({ do: "edit", by, splice });
        if (releases) void act({ do: "release", by });
      }
    if (prng.float() < 0.4) nemesis(noted, prng);
    const by = members.indexOf(pick(prng, members));
    if (prng.float() < 0.08)
      void act({
        do: "client-link",
        by,
        set: { up: { cut: "blackhole" }, down: { cut: pick(prng, ["open", "blackhole"] as const) } },
      });
    if (prng.float() < 0.1) void act({ do: "heal-client", by });
    if (prng.float() < 0.05) void act({ do: "move", by, to: pick(prng, cluster.ids) });
    if (prng.float() < 0.04) await act({ do: "reload", by });
    onStep?.(played, step);
    await act({ do: "run", ms: prng.int(1, 1_500) });
    witness.look();
  }
}

async function playAgain(played: Played, acts: readonly Act[], done: Act[], onStep?: StormOptions["onStep"]): Promise<void> {
  const { world, witness } = played;
  await world.start();
  // The first run lies before the first step, and each step ends with one.
  let step = -1;
  for (const act of acts) {
    done.push(act);
    if (act.do === "run" && step++ >= 0) onStep?.(played, step - 1);
    const doing = perform(act, world, witness);
    if (doing !== null) await doing;
    if (act.do === "run") witness.look();
  }
}

async function makePeace({ world, witness }: Played): Promise<void> {
  calm(world.cluster);
  // Clocks may be 20 s apart; a note that is not born yet may wait for a lease.
  await world.run(40_000);
  witness.look();
  for (const { note } of world.members) note.session.retryNow();
  await world.quiesce();
  witness.look();
}
