"use client";

import { memo } from "react";
import type { Direction } from "../../crdt/network/link.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { HeldDirections, HoldCommand } from "../../crdt/sync/held-messages.ts";
import styles from "./messages-panel.module.css";
import { ReplicaGlyph } from "./replica-glyph.tsx";

export interface Holder extends Pick<ReplicaStatus, "replicaId" | "name" | "colour" | "kind"> {
  /** Where it is connected. */
  readonly node: string | null;
  readonly held: HeldDirections;
}

export interface HoldSwitchesProps {
  readonly people: readonly Holder[];
  readonly send: (command: HoldCommand) => void;
}

/** For each replica and direction: hold the messages, or let them go. */
export const HoldSwitches = memo(function HoldSwitches({ people, send }: HoldSwitchesProps) {
  const set = (replica: Holder, direction: Direction, isHeld: boolean): void =>
    send({ type: "hold", replicaId: replica.replicaId, [direction]: isHeld });
  return (
    <ul className={styles.switches} aria-label="Hold messages">
      {people.map((replica) => (
        <li key={replica.replicaId} className={styles.switch}>
          <ReplicaGlyph name={replica.name} colour={replica.colour} kind={replica.kind} />
          <span>Hold messages</span>
          {(["up", "down"] as const).map((direction) => (
            <label key={direction} className={styles.choice}>
              <input
                type="checkbox"
                role="switch"
                checked={replica.held[direction]}
                aria-label={`Hold messages ${direction === "up" ? "from" : "to"} ${replica.name}`}
                onChange={({ target }) => set(replica, direction, target.checked)}
              />
              {direction === "up" ? "from" : "to"} {replica.name}
            </label>
          ))}
        </li>
      ))}
    </ul>
  );
});
