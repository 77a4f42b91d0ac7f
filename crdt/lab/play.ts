/**
 * Plays a script through a world: what everybody sees in the end, whether they agree, and what was thrown away. The
 * outcome follows from the steps, the seed and the strategy, and from nothing else that a scenario says.
 */

import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { EngineName } from "./meta-engines.ts";
import type { Played } from "./played.ts";
import { Player } from "./player.ts";
import { REPLICA_NAMES, type ReplicaName, type Script, writerAfter } from "./script.ts";

/**
 * `engine`: what holds the metadata, in place of the product's own type.
 * @throws RangeError where the script speaks of replicas that it does not have.
 */
export async function play(script: Script, strategy: Strategy, engine: EngineName | null = null): Promise<Played> {
  const player = new Player(script, strategy, engine);
  try {
    await player.begin();
    for (const [n, { atMs, action, view }] of script.actions.entries()) {
      await player.act(atMs, action, writerAfter(script, n), view);
    }
    return await player.end();
  } finally {
    player.close();
  }
}

/** The letter of a replica of a script; null for any other. */
export function replicaNameOf(id: ReplicaId): ReplicaName | null {
  return REPLICA_NAMES[replicaNumber(id) - 1] ?? null;
}
