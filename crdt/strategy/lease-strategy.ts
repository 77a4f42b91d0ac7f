/**
 * Pessimistic: one writer at a time. The lock (holder, expiry, queue, fencing token) is part of the order, so that every
 * copy sees it; expiry is judged by the clock of the node that orders. An edit writes the whole note under the token
 * that its author holds. One that comes under an older token, its author having slept through the expiry, bounces
 * (fencing on) or overwrites what the new holder wrote (off): Kleppmann, How to do distributed locking, 2016.
 */

import type { ReplicaId } from "../base/ids.ts";
import { diffText } from "../base/splice.ts";
import type { EntryKind, LockRecord } from "./ordered-codec.ts";
import { contradiction, type OrderedLog } from "./ordered-log.ts";
import { orderedStrategy } from "./ordered-note.ts";
import type { Case, Decision, LockCopy } from "./ordered-rule.ts";
import type { Lock, LockState, Strategy } from "./strategy.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";

/** Who may wait; one more is not noted down. */
const QUEUE_MAX = 100;

export const leaseStrategy: Strategy = orderedStrategy({
  name: "lease",
  traits: {
    losesWrites: true,
    isAvailable: false,
    isOrdered: true,
    isStockCompatible: false,
    source: "Gray and Cheriton, Leases, SOSP 1989; Kleppmann, How to do distributed locking, 2016",
  },
  isWhole: true,
  whenOvertaken: "keep",
  decide(input) {
    const lock = { ...handedOn(input.log.lock, input.nowMs), ttlMs: input.lockTtlMs };
    return input.proposal.action === "edit" ? decideEdit(input, lock) : stateOnly(lockAfter(input, lock));
  },
  tick({ lock }, nowMs) {
    if (lock.holder === null) return { entry: null, nextMs: null };
    return { entry: nowMs >= lock.expiresAtMs ? { lock: handedOn(lock, nowMs) } : null, nextMs: lock.expiresAtMs };
  },
  gate({ lock }, { self, nowMs, nameOf }) {
    if (lock.holder === self) return { reason: null, lockToken: lock.token };
    if (lock.holder === null) return { reason: null, lockToken: 0 };
    // A lock that has run out is still somebody's until the node says otherwise: this copy may be cut off.
    const leftS = Math.ceil((lock.expiresAtMs - nowMs) / 1_000);
    const left = leftS > 0 ? ` (lease ${leftS} s left)` : "";
    return { reason: `${nameOf(lock.holder) ?? "Somebody else"} is writing${left}. You can write a draft.`, lockToken: 0 };
  },
  openLock: (copy) => new LeaseLock(copy),
  changed(lock, change, nowMs) {
    if (change.kind === "fencing") return change.isOn === lock.isFencing ? null : { ...lock, isFencing: change.isOn };
    return lock.holder === null ? null : ended(lock, nowMs);
  },
});

class LeaseLock implements Lock {
  readonly #copy: LockCopy;

  constructor(copy: LockCopy) {
    this.#copy = copy;
  }

  state(): LockState {
    return this.#lock;
  }

  acquire(): Uint8Array {
    const { holder, queue } = this.#lock;
    const { self } = this.#copy;
    return holder === self || queue.includes(self) ? EMPTY_BYTES : this.#copy.propose("acquire", 0);
  }

  release(): Uint8Array {
    const { holder, queue } = this.#lock;
    const { self } = this.#copy;
    return holder === self || queue.includes(self) ? this.#copy.propose("release", this.#lock.token) : EMPTY_BYTES;
  }

  renew(): Uint8Array {
    return this.#lock.holder === this.#copy.self ? this.#copy.propose("renew", this.#lock.token) : EMPTY_BYTES;
  }

  setFencing(isOn: boolean): Uint8Array {
    return isOn === this.#lock.isFencing ? EMPTY_BYTES : this.#copy.propose(isOn ? "fencing-on" : "fencing-off", 0);
  }

  get #lock(): LockRecord {
    return this.#copy.log.lock;
  }
}

function decideEdit({ log, proposal, nowMs }: Case, lock: LockRecord): Decision {
  const { replica, lockToken, text } = proposal;
  if (text === null) throw contradiction("A write of the whole note without its text");
  const commit = (after: LockRecord): Decision => ({
    kind: "commit",
    entry: { kind: "committed", splices: diffText(log.text, text), lock: after },
  });
  const bounce = (kind: EntryKind): Decision => ({
    kind: "commit",
    entry: { kind, splices: [], lock: isSame(lock, log.lock) ? null : lock },
  });
  const isOverwriting = hasForeignText(log, replica, proposal.base);
  if (lock.holder === replica && (lockToken === lock.token || (lockToken === 0 && !isOverwriting)))
    return commit({ ...lock, expiresAtMs: nowMs + lock.ttlMs });
  // Nobody has had the lock since: a late holder, and a first writer, come into it by writing.
  if (lock.holder === null && !isOverwriting && (lockToken === 0 || lockToken === lock.token)) return commit(granted(lock, replica, nowMs));
  if (lockToken === 0) return bounce("lease-not-holder");
  if (lock.isFencing) return bounce("lease-stale-token");
  return { kind: "commit", entry: { kind: "committed", splices: diffText(log.text, text), lock: isSame(lock, log.lock) ? null : lock } };
}

function lockAfter({ proposal: { action, replica, lockToken }, nowMs }: Case, lock: LockRecord): LockRecord {
  const isHolder = lock.holder === replica;
  switch (action) {
    case "acquire":
      if (lock.holder === null) return granted(lock, replica, nowMs);
      if (isHolder || lock.queue.includes(replica) || lock.queue.length >= QUEUE_MAX) return lock;
      return { ...lock, queue: [...lock.queue, replica] };
    case "release":
      if (isHolder) return handedOn({ ...lock, expiresAtMs: nowMs }, nowMs);
      return { ...lock, queue: lock.queue.filter((waiting) => waiting !== replica) };
    case "renew":
      return isHolder && lockToken === lock.token ? { ...lock, expiresAtMs: nowMs + lock.ttlMs } : lock;
    case "fencing-on":
    case "fencing-off":
      return { ...lock, isFencing: action === "fencing-on" };
    case "edit":
      return lock;
  }
}

function stateOnly(lock: LockRecord): Decision {
  return { kind: "commit", entry: { kind: "state", splices: [], lock } };
}

/** The lock as of now: one that is over goes to whoever waits first. */
function handedOn(lock: LockRecord, nowMs: number): LockRecord {
  if (lock.holder === null || nowMs < lock.expiresAtMs) return lock;
  const [next, ...queue] = lock.queue;
  return next === undefined ? { ...lock, holder: null, expiresAtMs: 0 } : granted({ ...lock, queue }, next, nowMs);
}

/** The lock taken away before its time: whoever waits first has it, or nobody. The token is higher in either case, so that what its holder still sends is late. */
function ended(lock: LockRecord, nowMs: number): LockRecord {
  const next = handedOn({ ...lock, expiresAtMs: nowMs }, nowMs);
  return next.holder === null ? { ...next, token: lock.token + 1 } : next;
}

function granted(lock: LockRecord, holder: ReplicaId, nowMs: number): LockRecord {
  return {
    ...lock,
    holder,
    token: lock.token + 1,
    expiresAtMs: nowMs + lock.ttlMs,
    queue: lock.queue.filter((waiting) => waiting !== holder),
  };
}

/** Whether somebody else has changed the text after `base` and after everything that `replica` wrote. */
function hasForeignText(log: OrderedLog, replica: ReplicaId, base: number): boolean {
  const from = Math.max(base, log.lastIndexOf(replica));
  if (from < log.startIndex) return true;
  return log.after(from).some((entry) => entry.replica !== replica && entry.kind === "committed");
}

function isSame(a: LockRecord, b: LockRecord): boolean {
  return a.holder === b.holder && a.token === b.token && a.expiresAtMs === b.expiresAtMs && a.queue.length === b.queue.length;
}
