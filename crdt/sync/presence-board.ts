/**
 * Faults of presence alone, by replica: what it tells of itself and hears of others can be late, lost or held back while the
 * note's own messages pass. Heals by itself a while after the last change, like every other fault.
 */

import type { Clock } from "../base/clock.ts";
import { Few } from "../base/few.ts";
import type { ReplicaId } from "../base/ids.ts";
import { Settings } from "../base/settings.ts";

export const PRESENCE_LATENCY_MS_MAX = 60_000;

/** The weather on one direction of a replica's presence. Plain data: it crosses /control as JSON. */
export interface LaneConditions {
  readonly latencyMs: number;
  /** How many of the messages are lost, 0 to 1. */
  readonly lossShare: number;
  /** Nothing passes; what comes waits for the heal. */
  readonly isCut: boolean;
}

export interface PresenceConditions {
  /** From the replica to the server. */
  readonly up: LaneConditions;
  /** From the server to the replica. */
  readonly down: LaneConditions;
}

export type LanePatch = { readonly [K in keyof LaneConditions]?: LaneConditions[K] | undefined };

export const CLEAR_LANE: LaneConditions = { latencyMs: 0, lossShare: 0, isCut: false };
export const CLEAR_PRESENCE: PresenceConditions = { up: CLEAR_LANE, down: CLEAR_LANE };

export interface PresenceBoardOptions {
  readonly clock: Clock;
  /** How long after the last change everything heals. */
  readonly healAfterMs?: number;
}

export class PresenceBoard {
  readonly #conditions: Settings<ReplicaId, PresenceConditions>;
  readonly #lanes = new Map<ReplicaId, Few<(conditions: PresenceConditions) => void>>();

  constructor({ clock, healAfterMs }: PresenceBoardOptions) {
    this.#conditions = new Settings({ clock, healAfterMs, heal: (replica) => this.#put(replica, CLEAR_PRESENCE) });
  }

  get(replica: ReplicaId): PresenceConditions {
    return this.#conditions.get(replica) ?? CLEAR_PRESENCE;
  }

  isSet(replica: ReplicaId): boolean {
    return this.#conditions.has(replica);
  }

  /** When everything heals by itself, or null while there is nothing to heal. */
  get healAtMs(): number | null {
    return this.#conditions.healAtMs;
  }

  /** @throws RangeError when a value is out of its range; nothing has changed then. */
  set(replica: ReplicaId, patch: { readonly up?: LanePatch | undefined; readonly down?: LanePatch | undefined }): void {
    const { up, down } = this.get(replica);
    this.#put(replica, { up: patched(up, patch.up), down: patched(down, patch.down) });
  }

  /** Clears one replica, or all of them. */
  heal(replica?: ReplicaId): void {
    if (replica === undefined || this.isSet(replica)) this.#conditions.heal(replica);
  }

  /** Tells a connection of its replica's conditions, now and whenever they change. Returns how to let go of it. */
  attach(replica: ReplicaId, take: (conditions: PresenceConditions) => void): () => void {
    const held = this.#lanes.get(replica) ?? new Few<(conditions: PresenceConditions) => void>();
    this.#lanes.set(replica, held.add(take));
    take(this.get(replica));
    return () => {
      held.delete(take);
      if (held.size === 0 && this.#lanes.get(replica) === held) this.#lanes.delete(replica);
    };
  }

  /** Told after each change, with the replica that it was about. */
  subscribe(listener: (replica: ReplicaId) => void): () => void {
    return this.#conditions.subscribe(listener);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#conditions.close();
  }

  #put(replica: ReplicaId, conditions: PresenceConditions): void {
    for (const take of this.#lanes.get(replica) ?? []) take(conditions);
    this.#conditions.put(replica, isClearLane(conditions.up) && isClearLane(conditions.down) ? null : conditions);
  }
}

export function isClearLane({ latencyMs, lossShare, isCut }: LaneConditions): boolean {
  return latencyMs === 0 && lossShare === 0 && !isCut;
}

function patched(conditions: LaneConditions, patch: LanePatch = {}): LaneConditions {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const next: LaneConditions = { ...conditions, ...given };
  inRange("latencyMs", next.latencyMs, PRESENCE_LATENCY_MS_MAX);
  inRange("lossShare", next.lossShare, 1);
  return next;
}

function inRange(name: string, value: number, max: number): void {
  if (!(value >= 0 && value <= max)) throw new RangeError(`Invalid ${name} ${value} of presence: expected 0 to ${max}`);
}
