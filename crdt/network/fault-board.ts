/**
 * Who is under which conditions. Keyed by replica, so that a fault holds for all of a replica's connections
 * and outlives each of them; a board of links between nodes is keyed by the pair (node-pair.ts). Faults heal by
 * themselves a while after the last change.
 */

import type { Clock } from "../base/clock.ts";
import { Few } from "../base/few.ts";
import type { ReplicaId } from "../base/ids.ts";
import { Settings } from "../base/settings.ts";
import {
  BANDWIDTH_BITS_PER_S_MIN,
  CLEAR_BOTH,
  isClear,
  JITTER_MS_MAX,
  LATENCY_MS_MAX,
  type LinkConditions,
  type PresetName,
  type ReplicaConditions,
} from "./conditions.ts";
import type { Direction, Flying, Link } from "./link.ts";
import { PRESETS } from "./presets.ts";

export interface FaultBoardOptions {
  readonly clock: Clock;
  /** How long after the last change everything heals. */
  readonly healAfterMs?: number;
}

/** What is set of one direction; the rest stays. */
export type ConditionsPatch = { readonly [K in keyof LinkConditions]?: LinkConditions[K] | undefined };

export class FaultBoard<Key extends string = ReplicaId> {
  readonly #clock: Clock;
  readonly #conditions: Settings<Key, ReplicaConditions>;
  readonly #links = new Map<Key, Few<{ readonly up: Link; readonly down: Link }>>();
  readonly #cutSinceMs = new Map<Key, number>();

  constructor({ clock, healAfterMs }: FaultBoardOptions) {
    this.#clock = clock;
    this.#conditions = new Settings({ clock, healAfterMs, heal: (replica) => this.#put(replica, CLEAR_BOTH) });
  }

  get(replica: Key): ReplicaConditions {
    return this.#conditions.get(replica) ?? CLEAR_BOTH;
  }

  /** Every replica that is not clear. */
  all(): ReadonlyMap<Key, ReplicaConditions> {
    return this.#conditions.all();
  }

  /** When everything heals by itself, or null while there is nothing to heal. */
  get healAtMs(): number | null {
    return this.#conditions.healAtMs;
  }

  /** When this replica was last cut by hand, in either direction; null while both pass. */
  cutSinceMs(replica: Key): number | null {
    return this.#cutSinceMs.get(replica) ?? null;
  }

  /** @throws RangeError when a value is out of its range; nothing has changed then. */
  set(replica: Key, patch: { readonly up?: ConditionsPatch | undefined; readonly down?: ConditionsPatch | undefined }): void {
    const { up, down } = this.get(replica);
    this.#put(replica, { up: patched(up, patch.up), down: patched(down, patch.down) });
  }

  preset(replica: Key, name: PresetName): void {
    this.#put(replica, PRESETS[name].conditions);
  }

  /** Clears one replica, or all of them. */
  heal(replica?: Key): void {
    this.#conditions.heal(replica);
  }

  /** Puts a connection under its replica's conditions from now on. Returns how to let go of it. */
  attach(replica: Key, links: { readonly up: Link; readonly down: Link }): () => void {
    const held = this.#links.get(replica) ?? new Few<{ readonly up: Link; readonly down: Link }>();
    this.#links.set(replica, held.add(links));
    return () => {
      held.delete(links);
      if (held.size === 0 && this.#links.get(replica) === held) this.#links.delete(replica);
    };
  }

  /** What is on its way in the connections of `replica`, the first to arrive of each first. */
  flightsOf(replica: Key): { readonly direction: Direction; readonly flying: Flying }[] {
    return [...(this.#links.get(replica) ?? [])].flatMap((links) =>
      (["up", "down"] as const).flatMap((direction) => links[direction].flights.map((flying) => ({ direction, flying }))),
    );
  }

  /** Told after each change, with the replica that it was about. */
  subscribe(listener: (replica: Key) => void): () => void {
    return this.#conditions.subscribe(listener);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#conditions.close();
  }

  #put(replica: Key, conditions: ReplicaConditions): void {
    const isCut = conditions.up.cut !== "open" || conditions.down.cut !== "open";
    if (!isCut) this.#cutSinceMs.delete(replica);
    else if (!this.#cutSinceMs.has(replica)) this.#cutSinceMs.set(replica, this.#clock.now());
    this.#conditions.put(replica, isClear(conditions.up) && isClear(conditions.down) ? null : conditions, () => {
      for (const { up, down } of this.#links.get(replica) ?? []) {
        up.setConditions(conditions.up);
        down.setConditions(conditions.down);
      }
    });
  }
}

function patched(conditions: LinkConditions, patch: ConditionsPatch = {}): LinkConditions {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const { datagrams, ...next }: LinkConditions = { ...conditions, ...given };
  inRange("latencyMs", next.latencyMs, 0, LATENCY_MS_MAX);
  inRange("jitterMs", next.jitterMs, 0, JITTER_MS_MAX);
  if (next.bandwidthBitsPerS !== null)
    inRange("bandwidthBitsPerS", next.bandwidthBitsPerS, BANDWIDTH_BITS_PER_S_MIN, Number.MAX_SAFE_INTEGER);
  if (next.flap !== null) {
    inRange("flap.onMs", next.flap.onMs, 1, 600_000);
    inRange("flap.offMs", next.flap.offMs, 1, 600_000);
  }
  if (datagrams === undefined) return next;
  for (const [name, share] of Object.entries(datagrams)) inRange(`datagrams.${name}`, share, 0, 1);
  const { loss, dup, reorder } = datagrams;
  // All 0 is a stream again, and no different from one that never was anything else.
  return loss + dup + reorder === 0 ? next : { ...next, datagrams: { loss, dup, reorder } };
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) throw new RangeError(`Invalid ${name} ${value}: expected ${min} to ${max}`);
}
