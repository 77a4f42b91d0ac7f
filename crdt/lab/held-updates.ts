/**
 * What a script's replicas wrote while they were cut off, as the messages that wait to be delivered: everything up to the first
 * step in which what was written apart could meet. The run is the product's own (player.ts); nothing is delivered here.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import { stampedBy } from "../strategy/stamped-by.ts";
import type { Edited, Strategy } from "../strategy/strategy.ts";
import { Player } from "./player.ts";
import { type Action, type ReplicaName, type Script, writerAfter } from "./script.ts";

export interface HeldUpdate {
  readonly by: ReplicaName;
  /** The action that made it; where an edit was underway when its writer was cut off, the one after which it was. */
  readonly step: number;
  readonly update: Uint8Array;
  /** Of an edit: as its writer made it. Empty for what was underway. */
  readonly splices: readonly Splice[];
  /** What the writer's wall clock showed, in ms since the epoch. */
  readonly wallMs: number;
}

/** A replica as it was when it was cut off. */
export interface CutCopy {
  readonly id: ReplicaId;
  readonly state: Uint8Array;
}

export interface Held {
  /** With the clock that the script says. */
  readonly strategy: Strategy;
  /** Stands still at the moment before the messages are delivered. */
  readonly clock: Clock;
  /** What the node has at that moment. */
  readonly base: Uint8Array;
  /** In the order in which they were made. */
  readonly updates: readonly HeldUpdate[];
  /** Of everybody who has updates here. */
  readonly copies: ReadonlyMap<ReplicaName, CutCopy>;
}

/** Plays `script` up to its first meeting. @throws RangeError where it speaks of replicas that it does not have. */
export async function holdUpdates(script: Script, strategy: Strategy): Promise<Held> {
  const updates: HeldUpdate[] = [];
  const copies = new Map<ReplicaName, CutCopy>();
  let step = -1;
  let last: Edited | null = null;
  const player: Player = new Player(script, strategy, null, {
    onEdit: ({ by, splice, edited }) => {
      // Splices of one edit come one by one.
      const isMore = edited === last;
      last = edited;
      const member = player.members.get(by);
      if (!edited.isAccepted || edited.update.length === 0 || member === undefined || !player.world.isCut(member)) return;
      const before = isMore ? updates.pop() : undefined;
      const splices = [...(before?.splices ?? []), splice];
      updates.push({ by, step, update: edited.update, splices, wallMs: member.wall.now() });
    },
  });
  try {
    const { world, members } = player;
    /** A replica that has been cut off since the last look: what it has, and what it could not send any more. */
    const look = (): void => {
      for (const [name, member] of members) {
        if (copies.has(name) || !world.isCut(member)) continue;
        const { replica, session } = member.note;
        copies.set(name, { id: member.id, state: replica.since(EMPTY_BYTES) });
        if (session.status().unsaved === 0) continue;
        const update = replica.since(world.node.relay.version());
        updates.push({ by: name, step, update, splices: [], wallMs: member.wall.now() });
      }
    };
    await player.begin();
    look();
    for (const [n, { atMs, action, view }] of script.actions.entries()) {
      if (meets(action, new Set(updates.map(({ by }) => by)))) break;
      step = n;
      await player.act(atMs, action, writerAfter(script, n), view);
      look();
    }
    const nowMs = world.clock.now();
    const clock: Clock = { now: () => nowMs, setTimer: () => () => undefined };
    const writers = new Set(updates.map(({ by }) => by));
    return {
      strategy: stampedBy({ kind: () => script.clock ?? "wall", node: clock }, strategy),
      clock,
      base: world.node.relay.state?.() ?? world.node.replica.since(EMPTY_BYTES),
      updates,
      copies: new Map([...copies].filter(([name]) => writers.has(name))),
    };
  } finally {
    player.close();
  }
}

/** Whether somebody who has written apart is heard from here on. */
function meets(action: Action, writers: ReadonlySet<ReplicaName>): boolean {
  switch (action.do) {
    case "sync":
      return action.order.some((name) => writers.has(name));
    case "heal":
      return writers.size > 0;
    case "partition":
      return [...writers].some((name) => !action.cut.includes(name));
    case "link":
      return action.set.cut === "open" && writers.has(action.by);
    case "stall":
      return action.isOver && writers.has(action.by);
    default:
      return false;
  }
}
