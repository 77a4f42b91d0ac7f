/** What is done to a cluster while it works, by name. Each is called now and then, and does one thing. */

import { type Prng, pick } from "../../crdt/base/prng.ts";
import type { Cluster } from "../../crdt/cluster/cluster.ts";
import { bridge, type DirectedCut, isolate, ring, splitInHalf } from "../../crdt/network/cuts.ts";
import { pairOf } from "../../crdt/network/node-pair.ts";

export type Nemesis = (cluster: Cluster, prng: Prng) => void;

/** Heals as often as it cuts. */
function cutting(cutsOf: (ids: readonly string[], prng: Prng) => readonly DirectedCut[]): Nemesis {
  return (cluster, prng) => {
    cluster.partitions.heal();
    if (prng.float() < 0.6) cluster.partitions.cut(cutsOf(cluster.ids, prng), prng.float() < 0.5 ? "blackhole" : "reset");
  };
}

function rotated<T>(list: readonly T[], prng: Prng): T[] {
  const by = prng.int(0, list.length);
  return [...list.slice(by), ...list.slice(0, by)];
}

const crash: Nemesis = (cluster, prng) => {
  const down = cluster.ids.filter((id) => cluster.node(id) === null);
  if (down.length > 0 && prng.float() < 0.6) cluster.restart(pick(prng, down));
  else cluster.crash(pick(prng, cluster.ids));
};

export const NEMESES: Readonly<Record<string, Nemesis>> = {
  split: cutting((ids, prng) => splitInHalf(rotated(ids, prng))),
  isolate: cutting((ids, prng) => isolate(pick(prng, ids), ids)),
  bridge: cutting((ids, prng) => (prng.float() < 0.5 ? bridge(pick(prng, ids), ids) : ring(rotated(ids, prng)))),
  "one way": cutting((ids, prng) => {
    const [from, to] = rotated(ids, prng) as [string, string];
    return prng.float() < 0.5 ? [{ from, to }] : ids.flatMap((other) => (other === from ? [] : [{ from, to: other }]));
  }),
  flapping: (cluster, prng) => {
    const [a, b] = rotated(cluster.ids, prng) as [(typeof cluster.ids)[number], (typeof cluster.ids)[number]];
    const flap = prng.float() < 0.3 ? null : { onMs: prng.int(100, 2_000), offMs: prng.int(100, 8_000) };
    const latencyMs = prng.int(0, 400);
    cluster.nodeLinks.set(pairOf(a, b), {
      up: { flap, latencyMs, jitterMs: 100 },
      down: { flap: prng.float() < 0.5 ? flap : null, latencyMs },
    });
  },
  crash,
  // The TTL in these worlds is 2 s.
  "pause beyond the TTL": (cluster, prng) => cluster.pause(pick(prng, cluster.ids), prng.int(500, 9_000)),
  "clock jump": (cluster, prng) => {
    cluster.jumpClock(pick(prng, cluster.ids), prng.int(-20_000, 20_000));
    if (prng.float() < 0.3) cutting((ids) => isolate(pick(prng, ids), ids))(cluster, prng);
  },
  "lost disk of a minority": (cluster, prng) => {
    const victim = pick(prng, cluster.ids);
    // One at a time: the next only when the last has caught up.
    if (cluster.ids.every((id) => cluster.node(id)?.isSettled === true) && prng.float() < 0.7) cluster.loseDisk(victim);
    else crash(cluster, prng);
  },
  "slow disk": (cluster, prng) => {
    cluster.slowDisk(pick(prng, cluster.ids), prng.float() < 0.4 ? 0 : prng.int(50, 1_500));
    if (prng.float() < 0.4) crash(cluster, prng);
  },
};

/**
 * Somebody ends the lease of every note, and sometimes the lock of its writers. Not every node hears of it: whoever held it may believe
 * that it still does, while another one gets it. Apart from the others, so that their seeds stay what they are.
 */
export const END_LEASE: Nemesis = (cluster, prng) => {
  const hears = prng.float() < 0.4 ? 1 : 0.6;
  const endsLock = prng.float() < 0.4;
  for (const id of cluster.ids) {
    const isTold = prng.float() < hears;
    for (const noteId of cluster.node(id)?.notes ?? []) {
      if (endsLock) cluster.endLock(id, noteId);
      if (isTold) cluster.endLease(id, noteId);
    }
  }
  // What its holder has sent is still on its way, or the holder stands still, while the next one writes.
  if (prng.float() < 0.3) cutting((ids) => isolate(pick(prng, ids), ids))(cluster, prng);
  if (prng.float() < 0.3) cluster.pause(pick(prng, cluster.ids), prng.int(200, 3_000));
};

/** Any of them, at each call. */
export const ANY_NEMESIS: Nemesis = (cluster, prng) => pick(prng, Object.values(NEMESES))(cluster, prng);

/** Undoes everything that can be undone. */
export function calm(cluster: Cluster): void {
  cluster.partitions.heal();
  cluster.nodeLinks.heal();
  cluster.clientLinks.heal();
  for (const id of cluster.ids) {
    cluster.resume(id);
    cluster.slowDisk(id, 0);
    cluster.restart(id);
  }
}
