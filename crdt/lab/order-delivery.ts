/**
 * Delivers held messages in one order, and says what comes of it. To a strategy of equal copies: to one copy that has nothing
 * else. To one that a node orders: to that node, with what it answers heard at once by every writer, and what they answer to that
 * put behind what is underway already.
 */

import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { ProtocolError } from "../base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../base/ids.ts";
import type { Replica, Strategy } from "../strategy/strategy.ts";
import type { Held } from "./held-updates.ts";
import type { ReplicaName } from "./script.ts";

/** A reader that has written nothing, and a node: beyond every replica of a script. */
const READER: ReplicaId = replicaIdFrom(900);
const NODE: ReplicaId = replicaIdFrom(1_000);
/** Messages that one order may take, for each that was held: beyond this it does not come to rest. */
const MESSAGES_PER_UPDATE_MAX = 200;
/** How often a copy that lacks something asks for it in a row. */
const ASKS_MAX = 3;

/** What one order ends in. */
export interface Delivered {
  readonly text: string;
  /** Where several texts stand side by side; else empty. */
  readonly siblings: readonly string[];
  readonly content: string;
  /** Of ids and tombstones as well. */
  readonly structure: string;
  /** Whether every message was taken in, nothing waits any more, and every writer has what the node has. */
  readonly isSettled: boolean;
  /** Messages that could not be true beside those before them, as two replicas of one id make them. */
  readonly refused: number;
}

/** `order`: indexes of `held.updates`, any number of times each. */
export function deliver(held: Held, order: readonly number[]): Delivered {
  return held.strategy.traits.isOrdered ? toTheNode(held, order) : toACopy(held, order);
}

function toACopy({ strategy, clock, base, updates }: Held, order: readonly number[]): Delivered {
  const copy = strategy.open({ replica: READER, clock, ...stateIn(base) });
  let refused = 0;
  for (const n of order) if (!isTaken(() => copy.receive(updates[n]!.update))) refused++;
  return endingOf(copy, copy.stats().pending === 0, refused);
}

interface Underway {
  readonly by: ReplicaName;
  readonly update: Uint8Array;
}

function toTheNode(held: Held, order: readonly number[]): Delivered {
  const { strategy, clock, base } = held;
  assert(strategy.openRelay !== undefined, `${strategy.name} is ordered and has no relay`);
  const relay = strategy.openRelay({ replica: NODE, clock, updates: [], onDocumentOpened: () => undefined, ...stateIn(base) });
  const { copies, updates } = openWriters(held);
  const underway: Underway[] = order.map((n) => ({ by: held.updates[n]!.by, update: updates[n]! }));
  const hear = (name: ReplicaName, update: Uint8Array, asks = 0): void => {
    const copy = copies.get(name)!;
    const { reply, isWaiting } = copy.receive(update);
    if (reply !== null) underway.push({ by: name, update: reply });
    if (isWaiting && asks < ASKS_MAX) hear(name, relay.since(copy.version()), asks + 1);
  };
  // They are connected again, and hear what was written meanwhile.
  for (const [name, copy] of copies) hear(name, relay.since(copy.version()));
  const messagesMax = MESSAGES_PER_UPDATE_MAX * Math.max(1, order.length);
  let [refused, messages] = [0, 0];
  for (let next = underway.shift(); next !== undefined && messages < messagesMax; next = underway.shift(), messages++) {
    const { by, update } = next;
    const done = isTaken(() => relay.receive(update));
    if (!done) {
      refused++;
      continue;
    }
    if (done.forward !== null) {
      relay.settle?.(done.forward);
      for (const name of copies.keys()) hear(name, done.forward);
    }
    if (done.reply !== null) hear(by, done.reply);
    if (done.isWaiting) underway.push({ by, update: copies.get(by)!.since(relay.version()) });
  }
  relay.close?.();
  const node = relay.document();
  const { content } = node.hash();
  const isAgreed = [...copies.values()].every((copy) => copy.hash().content === content && (copy.unconfirmed ?? 0) === 0);
  return endingOf(node, underway.length === 0 && isAgreed, refused);
}

/** The writers with their edits made again, since a tab's edits that wait are more than their bytes tell; and the bytes. */
function openWriters({ strategy, copies: cut, updates }: Held): { copies: Map<ReplicaName, Replica>; updates: Uint8Array[] } {
  const nowMs = new Map<ReplicaName, number>();
  const copies = new Map<ReplicaName, Replica>();
  for (const [name, { id, state }] of cut) {
    const clock: Clock = { now: () => nowMs.get(name) ?? 0, setTimer: () => () => undefined };
    copies.set(name, openAs(strategy, id, clock, state));
  }
  const made = updates.map(({ by, splices, update, wallMs }) => {
    nowMs.set(by, wallMs);
    if (splices.length === 0) return update;
    const edited = copies.get(by)!.edit(splices);
    assert(edited.isAccepted, `An edit of ${by} is refused when it is made again`);
    return edited.update;
  });
  return { copies, updates: made };
}

function openAs(strategy: Strategy, replica: ReplicaId, clock: Clock, state: Uint8Array): Replica {
  return strategy.open({ replica, clock, ...stateIn(state) });
}

function stateIn(state: Uint8Array): { readonly state?: Uint8Array } {
  return state.length === 0 ? {} : { state };
}

function endingOf(copy: Replica, isSettled: boolean, refused: number): Delivered {
  const siblings = copy.siblings?.() ?? [];
  return {
    text: copy.text(),
    siblings: siblings.length > 1 ? siblings.map(({ text }) => text) : [],
    ...copy.hash(),
    isSettled,
    refused,
  };
}

/** null where the bytes cannot be true: a session is closed for such. */
function isTaken<T>(take: () => T): T | null {
  try {
    return take();
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
