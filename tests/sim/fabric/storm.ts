/** One note on several nodes, somebody typing on each, while a nemesis works on it; then peace, and the checkers. */

import { pick } from "../../../crdt/base/prng.ts";
import { FABRIC_NOTE, FabricWorld, type FabricWorldOptions } from "../../../crdt/lab/fabric-world.ts";
import type { Strategy, StrategyName } from "../../../crdt/strategy/strategy.ts";
import { ANY_NEMESIS, calm, NEMESES, type Nemesis } from "../../support/nemeses.ts";
import { check, checkHistory, type Played } from "./checkers.ts";
import { LogWatch } from "./log-watch.ts";
import { type Hand, Witness } from "./witness.ts";

const STEPS = 24;
/** Nemeses pause nodes for longer than this. */
const TTL_MS = 2_000;

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
  any: ANY_NEMESIS,
};

const LOSING = new Set(["lost-disk", "any"]);

const HANDS: Readonly<Partial<Record<StrategyName, Hand>>> = { "cas-index": "inserts", "cas-diff3": "lines", "lww-line": "lines" };

export interface StormOptions {
  readonly strategy: Strategy;
  readonly nemesis: string;
  readonly seed: number | string;
  /** What is planted. */
  readonly plant?: Partial<Pick<FabricWorldOptions, "tamper" | "wrapStore" | "hasFencing" | "quorum" | "stepsMax">>;
  /** Called in each step, for what is planted in members. */
  readonly onStep?: (played: Played, step: number) => void;
}

export interface Storm {
  readonly findings: readonly string[];
  readonly traceHash: string;
  readonly inserted: number;
  readonly acknowledged: number;
  readonly reigns: number;
  readonly losses: number;
}

/** Three nodes, and five in each fourth world. */
function countOf(seed: number | string): 3 | 5 {
  return typeof seed === "number" && seed % 4 === 3 ? 5 : 3;
}

/** Half a virtual minute of typing, then peace. An error of ours is a finding, too. */
export async function runStorm({ strategy, nemesis: name, seed, plant = {}, onStep }: StormOptions): Promise<Storm> {
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
  try {
    await play(played, nemesis, onStep);
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
    findings,
    traceHash: world.traceHash(),
    inserted,
    losses,
    acknowledged: witness.acknowledged().length,
    reigns: watch.history.reigns,
  };
}

async function play(played: Played, nemesis: Nemesis, onStep?: StormOptions["onStep"]): Promise<void> {
  const { world, witness } = played;
  const { cluster, members } = world;
  const prng = world.stream("nemesis");
  await world.start();
  await world.run(prng.int(0, 3_000));
  for (let step = 0; step < STEPS; step++) {
    for (const member of members) if (prng.float() < 0.5) witness.edit(member);
    if (prng.float() < 0.4) nemesis(cluster, prng);
    const member = pick(prng, members);
    if (prng.float() < 0.08)
      cluster.clientLinks.set(member.id, { up: { cut: "blackhole" }, down: { cut: pick(prng, ["open", "blackhole"]) } });
    if (prng.float() < 0.1) cluster.clientLinks.heal(member.id);
    if (prng.float() < 0.05) world.move(member, pick(prng, cluster.ids));
    if (prng.float() < 0.04) await world.reload(member);
    onStep?.(played, step);
    await world.run(prng.int(1, 1_500));
    witness.look();
  }
  calm(cluster);
  // Clocks may be 20 s apart; a note that is not born yet may wait for a lease.
  await world.run(40_000);
  witness.look();
  for (const { note } of members) note.session.retryNow();
  await world.quiesce();
  witness.look();
}
