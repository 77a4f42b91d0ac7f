/**
 * What the replicas of a sandbox write while they are held or cut off, as messages that could arrive in any order (orders.ts).
 * Begins with the moment at which a replica is set apart, and forgets when it is let back.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { replicaIdFrom } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { CutCopy, Held, HeldUpdate } from "./held-updates.ts";
import type { ReplicaName } from "./script.ts";
import type { Actor, Stage } from "./stage.ts";

/** A reader that has written nothing. */
const READER = replicaIdFrom(900);

interface Apart {
  readonly copy: CutCopy;
  readonly updates: HeldUpdate[];
}

export class ApartWatch {
  readonly #apart = new Map<ReplicaName, Apart>();

  /** How many messages wait. */
  get count(): number {
    let count = 0;
    for (const { updates } of this.#apart.values()) count += updates.length;
    return count;
  }

  /**
   * Says whether a replica's messages are kept from its node now. Where that is new, its copy is kept as it is, and what it
   * could not have confirmed before counts as one message. `step`: the last event. Cost: linear in the note where it is new.
   */
  set(name: ReplicaName, isApart: boolean, { id, note, wall }: Actor, node: Stage["node"], step: number): void {
    if (!isApart) this.#apart.delete(name);
    if (!isApart || this.#apart.has(name)) return;
    const { replica, session } = note;
    const updates: HeldUpdate[] = [];
    if (session.status().unsaved > 0)
      updates.push({ by: name, step, update: replica.since(node.relay.version()), splices: [], wallMs: wall.now() });
    this.#apart.set(name, { copy: { id, state: replica.since(EMPTY_BYTES) }, updates });
  }

  /** An edit that was accepted. */
  edited(name: ReplicaName, splices: readonly Splice[], update: Uint8Array, wallMs: number, step: number): void {
    if (update.length > 0) this.#apart.get(name)?.updates.push({ by: name, step, update, splices, wallMs });
  }

  /** What waits at this moment, in the order in which it was written; what `node` has already is left out where a copy can tell. */
  held(strategy: Strategy, nowMs: number, node: Stage["node"]): Held {
    const clock: Clock = { now: () => nowMs, setTimer: () => () => undefined };
    const base = node.relay.state?.() ?? node.replica.since(EMPTY_BYTES);
    const all = [...this.#apart.values()].flatMap(({ updates }) => updates).toSorted((a, b) => a.step - b.step);
    const updates = strategy.traits.isOrdered ? all : all.filter(({ update }) => isNews(strategy, base, clock, update));
    const writers = new Set(updates.map(({ by }) => by));
    const copies = new Map([...this.#apart].flatMap(([name, { copy }]) => (writers.has(name) ? [[name, copy] as const] : [])));
    return { strategy, clock, base, updates, copies };
  }
}

/** Whether a copy of the node's learns anything from an update, or has to wait for what comes before it. */
function isNews(strategy: Strategy, base: Uint8Array, clock: Clock, update: Uint8Array): boolean {
  const copy = strategy.open({ replica: READER, clock, ...(base.length === 0 ? {} : { state: base }) });
  return copy.receive(update).forward !== null || copy.stats().pending > 0;
}
