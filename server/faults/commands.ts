/** What is set of replicas, clocks and rates, and healed: each on the board that keeps it. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import type { ClockBoard } from "../../crdt/sync/clock-board.ts";
import type { ControlCommand } from "../../crdt/sync/control-messages.ts";
import type { PresenceBoard } from "../../crdt/sync/presence-board.ts";
import type { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { LinksPatch } from "./control-schema.ts";
import type { Fabric } from "./fabric.ts";
import type { Holds } from "./holds.ts";

export type BoardCommand =
  | ({ readonly type: "set-links"; readonly replicaId: ReplicaId } & LinksPatch)
  | Exclude<ControlCommand, { type: "set-links" }>;

export interface Boards {
  readonly board: FaultBoard;
  readonly rates: RateBoard;
  readonly holds: Holds;
  readonly clocks: ClockBoard;
  readonly presence: PresenceBoard;
  /** null where there are no nodes to command. */
  readonly fabric: Fabric | null;
}

/** @throws RangeError when it cannot be; nothing has changed then. */
export function obey(
  command: Exclude<BoardCommand, { type: "set-stamps" }>,
  { board, rates, holds, clocks, presence, fabric }: Boards,
): void {
  switch (command.type) {
    case "set-links":
      board.set(command.replicaId, command);
      return;
    case "preset":
      board.preset(command.replicaId, command.preset);
      return;
    case "set-rate":
      rates.set(command.replicaId, command.rate);
      return;
    case "set-presence":
      presence.set(command.replicaId, command);
      return;
    case "set-clock":
      clocks.set(command.replicaId, command.clock);
      return;
    case "set-node-clock":
      if (fabric === null) throw new RangeError("This server has no nodes to command");
      clocks.setNode(fabric.nodeOfSeveral(command.node), command.clock);
      return;
    case "heal":
      if (command.replicaId === undefined) fabric?.heal();
      for (const each of [board, rates, holds, clocks, presence]) each.heal(command.replicaId);
  }
}

/** What is wrong with what was asked for, or null when it is done. */
export function problemOf(task: () => void): string | null {
  try {
    task();
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
