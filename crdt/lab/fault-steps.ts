/** What a scenario does to the network, the node and the clocks of a world. */

import { unreachable } from "../base/assert.ts";
import type { WallClock } from "../base/wall-clock.ts";
import type { MetaDesk } from "./meta-desk.ts";
import type { Action, ReplicaName } from "./script.ts";
import type { Actor } from "./stage.ts";
import type { World } from "./world.ts";

type FaultKind = "datagram" | "partition" | "heal" | "crash" | "restart" | "lose-disk" | "slow-disk" | "pause-node" | "compact" | "rate";
export type FaultAction = Extract<Action, { readonly do: FaultKind }>;

export interface FaultTarget {
  readonly world: World;
  readonly members: ReadonlyMap<ReplicaName, Actor>;
  readonly meta: MetaDesk | null;
}

/** Does it. Returns null, or in one sentence why it cannot be done. */
export function takeFault({ world, members, meta }: FaultTarget, action: FaultAction): string | null {
  const memberOf = (name: ReplicaName): Actor => {
    const member = members.get(name);
    if (member === undefined) throw new RangeError(`Replica ${name} is not in this scenario`);
    return member;
  };
  const { node } = world;
  switch (action.do) {
    case "datagram":
      world.datagrams.set(memberOf(action.by).id, action.direction, action.set);
      return null;
    case "partition":
      for (const [name, member] of members) {
        if (action.cut.includes(name)) world.cut(member);
        else heal(world, meta, member);
      }
      return null;
    case "heal":
      world.datagrams.clear();
      for (const member of members.values()) heal(world, meta, member);
      return null;
    case "crash":
      node.crash();
      meta?.crash();
      return null;
    case "restart":
      node.restart();
      for (const { note } of members.values()) note.session.retryNow();
      meta?.restart();
      return null;
    case "lose-disk": {
      const text = node.replica.text();
      node.loseDisk(action.mintsEpoch ? world.mintEpoch() : null);
      node.restart();
      if (action.rebuilds) node.write(text);
      for (const { note } of members.values()) note.session.retryNow();
      return null;
    }
    case "slow-disk":
      if (node.disk.slow === undefined) return "This disk cannot be slowed down.";
      node.disk.slow(action.fsyncMs);
      return null;
    case "pause-node":
      node.pause(action.durationMs);
      return null;
    case "compact": {
      const asked = [...members.values()].filter((member) => action.isSafe || !world.isCut(member));
      const passedBy = asked.map(({ note }) => note.replica.version());
      return node.compact(passedBy) ? null : "This strategy keeps no history that a node could let go.";
    }
    case "rate": {
      const member = memberOf(action.by);
      world.rates.set(member.id, action.rate);
      world.datagrams.setMetered(member.id, action.rate !== null);
      return null;
    }
    default:
      return unreachable(action);
  }
}

/** Sets a replica's clock. */
export function setWallClock(
  wall: WallClock,
  { offsetMs, driftPpm, stepMs }: Omit<Extract<Action, { readonly do: "clock" }>, "do" | "by">,
): void {
  if (driftPpm !== null) {
    // From now on: what it shows at this moment does not jump.
    const shown = wall.now();
    wall.driftPpm = driftPpm;
    wall.offsetMs += shown - wall.now();
  }
  if (offsetMs !== null) wall.offsetMs = offsetMs;
  wall.offsetMs += stepMs ?? 0;
}

function heal(world: World, meta: MetaDesk | null, member: Actor): void {
  world.heal(member);
  meta?.retryNow(member);
}
