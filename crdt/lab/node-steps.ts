/** What a scenario does to several nodes and to the links between them: fault-steps.ts has the rest. */

import { groups, type DirectedCut } from "../network/cuts.ts";
import { directionOf, type NodeId, pairOf } from "../network/node-pair.ts";
import type { FabricWorld } from "./fabric-world.ts";
import type { Action, NodeName, ReplicaName } from "./script.ts";
import type { Actor } from "./stage.ts";

type NodeKind = "split" | "node-link" | "node-clock" | "move" | "heal" | "crash" | "restart" | "lose-disk" | "slow-disk" | "pause-node";
export type NodeAction = Extract<Action, { readonly do: NodeKind }>;

/** Does it. */
export function takeNodeStep(world: FabricWorld, members: ReadonlyMap<ReplicaName, Actor>, action: NodeAction): void {
  const { cluster } = world;
  switch (action.do) {
    case "split":
      cluster.partitions.heal();
      cluster.partitions.cut(cutsOf(world, members, action.groups));
      retryAll(members);
      return;
    case "node-link": {
      const [from, to] = [idOf(world, action.from), idOf(world, action.to)];
      cluster.nodeLinks.set(pairOf(from, to), { [directionOf(from, to)]: action.set });
      return;
    }
    case "node-clock":
      cluster.jumpClock(idOf(world, action.node), action.stepMs);
      return;
    case "move":
      world.move(actorOf(members, action.by), idOf(world, action.to));
      return;
    case "heal":
      cluster.partitions.heal();
      cluster.nodeLinks.heal();
      for (const member of members.values()) world.heal(member);
      return;
    case "crash":
      cluster.crash(idOf(world, action.node));
      return;
    case "restart":
      cluster.restart(idOf(world, action.node));
      retryAll(members);
      return;
    case "lose-disk":
      cluster.loseDisk(idOf(world, action.node));
      cluster.restart(idOf(world, action.node));
      retryAll(members);
      return;
    case "slow-disk":
      cluster.slowDisk(idOf(world, action.node), action.fsyncMs ?? 0);
      return;
    case "pause-node":
      cluster.pause(idOf(world, action.node), action.durationMs);
      return;
  }
}

/** @throws RangeError when there is no such node. */
export function idOf(world: FabricWorld, name: NodeName): NodeId {
  const id = world.nodes.find((each) => each === name);
  if (id === undefined) throw new RangeError(`No node ${name}: expected one of ${world.nodes.join(", ")}`);
  return id;
}

/** Replicas that are in no group go with their node: nothing is said of them. */
function cutsOf(
  world: FabricWorld,
  members: ReadonlyMap<ReplicaName, Actor>,
  lists: readonly (readonly (ReplicaName | NodeName)[])[],
): DirectedCut[] {
  const endOf = (name: ReplicaName | NodeName): string => members.get(name as ReplicaName)?.id ?? name;
  const isMember = (end: string): boolean => world.members.some(({ id }) => id === end);
  // Replicas have no links to each other.
  return groups(...lists.map((list) => list.map(endOf))).filter(({ from, to }) => !isMember(from) || !isMember(to));
}

function actorOf(members: ReadonlyMap<ReplicaName, Actor>, name: ReplicaName): Actor {
  const member = members.get(name);
  if (member === undefined) throw new RangeError(`Replica ${name} is not in this scenario`);
  return member;
}

function retryAll(members: ReadonlyMap<ReplicaName, Actor>): void {
  for (const { note } of members.values()) note.session.retryNow();
}
