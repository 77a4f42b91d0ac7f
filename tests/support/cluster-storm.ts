/** Tabs that type on all nodes of a cluster while a nemesis works on it, and what must be true once all is calm. */

import { pick } from "../../crdt/base/prng.ts";
import { type ClusterWorld, NOTE } from "./cluster-world.ts";
import { calm, type Nemesis } from "./nemeses.ts";

/** Half a virtual minute of typing, then peace. Returns what is wrong. */
export async function stormTabs(world: ClusterWorld, nemesis: Nemesis, seed: number | string): Promise<string[]> {
  const { cluster, tabs } = world;
  const prng = world.prng.stream(`nemesis ${seed}`);
  for (const id of cluster.ids) await world.join(id);
  await world.runTabs(prng.int(0, 3_000));
  for (let step = 0; step < 30; step++) {
    for (const tab of tabs) if (prng.float() < 0.5) world.edit(tab);
    if (prng.float() < 0.4) nemesis(cluster, prng);
    const { id } = pick(prng, tabs);
    if (prng.float() < 0.1) cluster.clientLinks.set(id, { up: { cut: "blackhole" }, down: { cut: pick(prng, ["open", "blackhole"]) } });
    if (prng.float() < 0.1) cluster.clientLinks.heal(id);
    if (prng.float() < 0.05) cluster.place(id, pick(prng, cluster.ids));
    await world.runTabs(prng.int(1, 1_500));
  }
  calm(cluster);
  // Clocks may be 20 s apart; a note that is not born yet may wait for a lease.
  await world.runTabs(40_000);
  for (const { note } of tabs) note.session.retryNow();
  await world.runTabs(30_000);
  return disagreements(world);
}

export function disagreements({ cluster, tabs }: ClusterWorld): string[] {
  const out: string[] = [];
  const [first] = tabs;
  const { content, structure } = first!.note.replica.hash();
  const epochs = new Set(cluster.ids.map((id) => cluster.node(id)?.birthOf(NOTE)?.epoch));
  if (epochs.size !== 1 || epochs.has(undefined)) out.push(`Epochs: ${[...epochs].join(", ")}`);
  for (const { id, note } of tabs) {
    const { unsaved, draft, connection } = note.session.status();
    const hash = note.replica.hash();
    note.replica.checkInvariants();
    if (hash.content !== content || hash.structure !== structure) out.push(`Tab ${id} differs from tab ${first!.id}`);
    if (unsaved > 0 || connection !== "synced") out.push(`Tab ${id} is ${connection} with ${unsaved} unsaved edits`);
    if (draft !== null) out.push(`Tab ${id} had to give up its copy`);
  }
  for (const id of cluster.ids) {
    const node = cluster.node(id);
    const hash = node?.find(NOTE)?.relay.document().hash();
    if (hash?.content !== content || hash.structure !== structure) out.push(`${id} differs from tab ${first!.id}`);
    const foreign = node?.foreignPeers(NOTE) ?? [];
    if (foreign.length > 0) out.push(`${id} has another history than ${foreign.join(", ")}`);
  }
  return out;
}
