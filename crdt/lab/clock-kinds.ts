/**
 * What a last-writer-wins strategy stamps its writes with. The strategies ask a clock for the time; here they are given
 * another one, and what they have heard of goes along with what they send, as Lamport's messages carry their sender's time.
 *
 * - wall: what the author's clock shows.
 * - lamport, hybrid: stamp-clock.ts.
 * - node: the node's clock, which in the laboratory is never off.
 */

import { ByteReader, ByteWriter, EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import { stampClock, type StampClock } from "../causal/stamp-clock.ts";
import type { Anchor, Edited, Received, Replica, Strategy } from "../strategy/strategy.ts";

export const CLOCK_KINDS = ["wall", "lamport", "hybrid", "node"] as const;
export type ClockKind = (typeof CLOCK_KINDS)[number];

/**
 * `strategy`, stamping by `kind`. `nodeClock`: what the node's clock shows. A strategy whose writes one node orders, or
 * that never discards any, is left as it is: no stamp decides anything there.
 */
export function stampedBy(kind: ClockKind, strategy: Strategy, nodeClock: Clock): Strategy {
  if (kind === "wall" || strategy.traits.isOrdered || !strategy.traits.losesWrites) return strategy;
  if (kind === "node") return { ...strategy, open: (options) => strategy.open({ ...options, clock: nodeClock }) };
  const { name, traits, compare } = strategy;
  return {
    name,
    traits,
    compare,
    open({ replica, clock, state }) {
      const stamps = stampClock(kind, replica, clock);
      const inner = strategy.open({ replica, clock: { now: () => stamps.next().wallMs, setTimer: clock.setTimer.bind(clock) } });
      const copy = new StampedCopy(inner, stamps, replica);
      if (state !== undefined && state.length > 0) copy.receive(state);
      return copy;
    },
    validate: (update) => strategy.validate(opened(update).update),
  };
}

/** update := varUint(highest stamp that the sender knew of) and the strategy's own bytes. */
function sealed(highest: number, update: Uint8Array): Uint8Array {
  return update.length === 0 ? EMPTY_BYTES : new ByteWriter(update.length + 8).varUint(highest).varBytes(update).finish();
}

/** @throws DecodeError when `bytes` is not what `sealed` makes. */
function opened(bytes: Uint8Array): { readonly highest: number; readonly update: Uint8Array } {
  if (bytes.length === 0) return { highest: 0, update: EMPTY_BYTES };
  const reader = new ByteReader(bytes);
  const [highest, update] = [reader.varUint(), reader.varBytes()];
  reader.end();
  return { highest, update };
}

/** Listens to what comes in for the clock's sake, and is else the copy that it holds. */
class StampedCopy implements Replica {
  readonly siblings?: () => ReturnType<NonNullable<Replica["siblings"]>>;
  readonly #copy: Replica;
  readonly #stamps: StampClock;
  readonly #self: ReplicaId;
  #highest = 0;

  constructor(copy: Replica, stamps: StampClock, self: ReplicaId) {
    this.#copy = copy;
    this.#stamps = stamps;
    this.#self = self;
    if (copy.siblings !== undefined) this.siblings = () => copy.siblings?.() ?? [];
  }

  get length(): number {
    return this.#copy.length;
  }

  text(): string {
    return this.#copy.text();
  }

  edit(splices: readonly Splice[]): Edited {
    const edited = this.#copy.edit(splices);
    if (!edited.isAccepted) return edited;
    // Not below any stamp of this edit, and below every one that follows.
    this.#highest = this.#stamps.next().wallMs;
    return { ...edited, update: sealed(this.#highest, edited.update) };
  }

  receive(bytes: Uint8Array): Received {
    const { highest, update } = opened(bytes);
    const received = this.#copy.receive(update);
    this.#highest = Math.max(this.#highest, highest);
    this.#stamps.hear({ wallMs: highest, replica: this.#self, seq: 0 });
    return { ...received, forward: received.forward === null ? null : bytes };
  }

  since(version: Uint8Array): Uint8Array {
    return sealed(this.#highest, this.#copy.since(version));
  }

  version = (): Uint8Array => this.#copy.version();
  seen = (): Uint8Array => this.#copy.seen();
  hash = (): ReturnType<Replica["hash"]> => this.#copy.hash();
  stats = (): ReturnType<Replica["stats"]> => this.#copy.stats();
  anchor = (index: number, side: -1 | 1): Anchor => this.#copy.anchor(index, side);
  resolve = (anchor: Anchor): number => this.#copy.resolve(anchor);
  inspect = (): ReturnType<Replica["inspect"]> => this.#copy.inspect();
  checkInvariants = (): void => this.#copy.checkInvariants();
}
