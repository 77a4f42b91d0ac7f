/**
 * The lease of one note, as one node takes part in it: every node grants, any node may ask. Held by whom a majority has
 * granted it, for a time; with it goes a fencing token, higher than every one before. Each node keeps the highest token
 * that it has granted on disk before it says so, and refuses what is lower (ordered-log.ts asks `accepts` where it
 * appends). So two may believe that they hold the lease (clocks jump, processes pause), and only one can write.
 *
 * Tokens are the ballots of Paxos (Lamport 1998) and the terms of Raft (Ongaro & Ousterhout 2014): of two nodes no two tokens
 * are equal, since each node uses its own residue. That a holder's writes carry them is Kleppmann's "How to do
 * distributed locking" (2016). With `hasFencing: false` it is what he criticises in Redlock: grants are given by time alone.
 */

import { assert, unreachable } from "../base/assert.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import type { Prng } from "../base/prng.ts";
import { majorityOf, type NodeId } from "../network/node-pair.ts";
import type { LeaseMessage, LogTail } from "./node-frames.ts";

export const LEASE_TTL_MS = 10_000;
/** A holder gives up a tenth of the TTL early, for clocks that do not run alike. */
const MARGIN = 0.1;

export interface LeaseOptions {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** This node's own, which may lie. */
  readonly clock: Clock;
  readonly prng: Prng;
  readonly ttlMs?: number;
  /** Off: neither grants nor appends look at tokens. */
  readonly hasFencing?: boolean;
  /** How many grants it takes. */
  readonly quorum?: number;
  /** What this node had promised when it stopped. */
  readonly promised: number;
  readonly holder: NodeId | null;
  /** Whether this node's disk can vouch for what it has promised. */
  readonly isVoter: () => boolean;
  /** `to` may be this node itself; never delivered within the call. */
  readonly send: (to: NodeId, message: LeaseMessage) => void;
  /** Makes a promise durable, then runs `done`. */
  readonly persist: (token: number, holder: NodeId, done: () => void) => void;
  /** How much of the log is known to be committed, and the token of its first entry (0: none). */
  readonly known: () => { readonly length: number; readonly birthToken: number };
  /** Whether this node's log can have begun with that entry. */
  readonly isOfBirth: (token: number) => boolean;
  readonly tail: (from: number) => LogTail;
  /** A majority has granted `token`, with these ends of their logs. */
  readonly onHeld: (token: number, tails: ReadonlyMap<NodeId, LogTail>) => void;
  readonly onLost: () => void;
}

interface Claim {
  readonly token: number;
  readonly sentAtMs: number;
  readonly tails: Map<NodeId, LogTail>;
  readonly refusedBy: Set<NodeId>;
}

export class Lease {
  readonly #options: LeaseOptions;
  readonly #ttlMs: number;
  readonly #hasFencing: boolean;
  readonly #quorum: number;
  #promised: number;
  #holder: NodeId | null;
  /** Who has shown since that a majority granted it: whoever writes, or renews. */
  #leader: NodeId | null = null;
  /** Until when this node grants it to no other; by its own clock. */
  #expiresAtMs: number;
  #seen: number;
  #claim: Claim | null = null;
  #held: { readonly token: number; untilMs: number } | null = null;
  #renewal: { readonly round: number; readonly sentAtMs: number; readonly by: Set<NodeId> } | null = null;
  #round = 0;
  #isWanted = false;
  #cancelTimer: CancelTimer | null = null;

  constructor(options: LeaseOptions) {
    this.#options = options;
    const { nodes, clock, ttlMs = LEASE_TTL_MS, hasFencing = true, quorum = majorityOf(nodes.length) } = options;
    this.#ttlMs = ttlMs;
    this.#hasFencing = hasFencing;
    this.#quorum = quorum;
    this.#promised = this.#seen = options.promised;
    this.#holder = options.holder;
    // When it was granted is not known any more: at worst just before this node stopped.
    this.#expiresAtMs = options.promised === 0 ? 0 : clock.now() + ttlMs;
  }

  /** The token under which this node may write; null when its lease has run out, as far as it can tell. */
  get token(): number | null {
    if (this.#held === null) return null;
    const leftMs = this.#held.untilMs - this.#options.clock.now();
    // More than it ever lasts: the clock was set back, and how much is left cannot be known.
    return leftMs > 0 && leftMs <= this.#ttlMs ? this.#held.token : null;
  }

  /** How long it still holds the lease, unless it renews it; null when it does not. */
  get leftMs(): number | null {
    return this.token === null || this.#held === null ? null : this.#held.untilMs - this.#options.clock.now();
  }

  /** The highest token that this node has promised. */
  get promised(): number {
    return this.#promised;
  }

  /** Who leads, as far as this node knows: to have granted somebody the lease is not enough. */
  get leader(): NodeId | null {
    return this.#leftMs() > 0 ? this.#leader : null;
  }

  /** Whom this node has granted the lease; null when that has run out. */
  get holder(): NodeId | null {
    return this.#leftMs() > 0 ? this.#holder : null;
  }

  /** How long this node still grants it to `holder` alone. */
  get grantLeftMs(): number {
    return Math.max(0, this.#leftMs());
  }

  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Whether what comes under a lower token is refused here. */
  get hasFencing(): boolean {
    return this.#hasFencing;
  }

  /** Whether this node asks for it, or has it and keeps it. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Whether a write under `token` is to be accepted here: the fence. */
  accepts(token: number): boolean {
    return !this.#hasFencing || token >= this.#promised;
  }

  /** Asks for the lease until it has it, and keeps it from then on. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#again(0);
  }

  /** Asks now, where it would ask later: a majority has come into reach. */
  nudge(): void {
    if (this.#isWanted && this.#held === null) this.#again(0);
  }

  /** Gives it back, and asks no more. */
  release(): void {
    this.#isWanted = false;
    const token = this.#held?.token;
    this.#giveUpClaim();
    this.#drop();
    this.#stop();
    if (token !== undefined) for (const node of this.#options.nodes) this.#options.send(node, { type: "release", token });
  }

  /** Stops believing that it holds the lease; asks again if it is wanted. */
  stepDown(): void {
    if (this.#held !== null) this.#lose();
  }

  /**
   * Ends it here, before its time: this node grants it to nobody any more, and stops believing that it holds it. What was promised
   * stays, so whoever gets it next has a higher token. Who had it asks again after the others have had their chance.
   */
  end(): void {
    this.#expiresAtMs = 0;
    this.#leader = null;
    if (this.#held !== null) {
      this.#drop();
      this.#stop();
      if (this.#isWanted) this.#again(this.#ttlMs / 2 + this.#backoffMs());
    } else if (this.#isWanted && this.#claim === null) this.#again(this.#backoffMs());
  }

  receive(from: NodeId, message: LeaseMessage): void {
    switch (message.type) {
      case "claim":
        this.#onClaim(from, message);
        return;
      case "grant":
        this.#onGrant(from, message.token, message.tail);
        return;
      case "renew":
        this.#onRenew(from, message.token, message.round);
        return;
      case "renewed":
        this.#onRenewed(from, message.token, message.round);
        return;
      case "refused":
        this.#onRefused(from, message.token, message.promised);
        return;
      case "release":
        if (this.#holder !== from || message.token !== this.#promised) return;
        this.#expiresAtMs = 0;
        if (this.#isWanted && this.#held === null && this.#claim === null) this.#again(this.#backoffMs());
        return;
      default:
        unreachable(message);
    }
  }

  /** A leader under `token` writes here: as good as a promise. `done` runs once that is durable. */
  follow(leader: NodeId, token: number, done: () => void): void {
    assert(this.accepts(token), `Token ${token} below ${this.#promised}`);
    this.#extend(leader);
    this.#leader = leader;
    if (token <= this.#promised) done();
    else this.#promise(token, leader, done);
  }

  /** A disk that was new has caught up: this is what others had promised. */
  adopt(promised: number, holder: NodeId | null): void {
    if (promised <= this.#promised) return;
    this.#promised = promised;
    this.#seen = Math.max(this.#seen, promised);
    this.#holder = holder;
    this.#expiresAtMs = this.#options.clock.now() + this.#ttlMs;
  }

  close(): void {
    this.#isWanted = false;
    this.#stop();
  }

  #onClaim(from: NodeId, { token, known, birthToken }: Extract<LeaseMessage, { type: "claim" }>): void {
    const { isVoter, send, tail, persist, isOfBirth } = this.#options;
    this.#seen = Math.max(this.#seen, token);
    // Somebody with another history has no business here.
    if (!isVoter() || !isOfBirth(birthToken)) return;
    const isTaken = this.holder !== null && this.holder !== from;
    if (isTaken || (this.#hasFencing && token <= this.#promised)) {
      send(from, { type: "refused", token, promised: this.#promised, holder: this.#holder });
      return;
    }
    this.#extend(from);
    this.#leader = null;
    if (!this.#hasFencing) {
      this.#promised = Math.max(this.#promised, token);
      persist(this.#promised, from, () => send(from, { type: "grant", token, tail: tail(known) }));
      return;
    }
    // Whoever was promised less can write here no more, from this moment on: the tail is complete.
    this.#promise(token, from, () => {
      if (this.#promised === token) send(from, { type: "grant", token, tail: tail(known) });
    });
  }

  #onGrant(from: NodeId, token: number, tail: LogTail): void {
    const claim = this.#claim;
    if (claim?.token !== token) return;
    claim.tails.set(from, tail);
    if (claim.tails.size < this.#quorum) return;
    this.#claim = null;
    this.#held = { token, untilMs: claim.sentAtMs + this.#ttlMs * (1 - MARGIN) };
    if (this.token === null) {
      // It took longer to get than it lasts.
      this.#held = null;
      this.#again(this.#backoffMs());
      return;
    }
    this.#watch();
    this.#options.onHeld(token, claim.tails);
  }

  #onRenew(from: NodeId, token: number, round: number): void {
    const { send, isVoter } = this.#options;
    if (!isVoter()) return;
    const isTheirs = this.#holder === from || this.holder === null;
    if (this.#hasFencing ? token === this.#promised && this.#holder === from : isTheirs) {
      this.#extend(from);
      this.#leader = from;
      send(from, { type: "renewed", token, round });
    } else send(from, { type: "refused", token, promised: this.#promised, holder: this.#holder });
  }

  #onRenewed(from: NodeId, token: number, round: number): void {
    if (this.#held?.token !== token || this.#renewal?.round !== round) return;
    this.#renewal.by.add(from);
    if (this.#renewal.by.size >= this.#quorum) this.#held.untilMs = this.#renewal.sentAtMs + this.#ttlMs * (1 - MARGIN);
  }

  #onRefused(from: NodeId, token: number, promised: number): void {
    const { nodes } = this.#options;
    this.#seen = Math.max(this.#seen, promised);
    if (this.#claim?.token === token && this.#claim.refusedBy.add(from).size > nodes.length - this.#quorum) {
      this.#giveUpClaim();
      if (this.#isWanted) this.#again(this.#backoffMs());
    }
    // Somebody has a higher token: whatever this node still sends is refused by that majority.
    if (this.#hasFencing && this.#held?.token === token && promised > token) this.#lose();
  }

  #promise(token: number, holder: NodeId, done: () => void): void {
    this.#promised = token;
    this.#seen = Math.max(this.#seen, token);
    this.#holder = holder;
    if (this.#held !== null && this.#held.token < token) this.#lose();
    // What was granted for less no longer tells what is committed: under the higher token more may be.
    if (this.#claim !== null && this.#claim.token < token) this.#giveUpClaim();
    this.#options.persist(token, holder, done);
  }

  #extend(holder: NodeId): void {
    this.#holder = holder;
    this.#expiresAtMs = this.#options.clock.now() + this.#ttlMs;
  }

  #ask(): void {
    const { self, nodes, clock, send, known, isVoter } = this.#options;
    if (!this.#isWanted || this.#held !== null) return;
    this.#giveUpClaim();
    const holder = this.holder;
    if (!isVoter() || (holder !== null && holder !== self)) {
      this.#again(Math.max(0, this.#leftMs()) + this.#backoffMs());
      return;
    }
    const token = tokenAfter(Math.max(this.#seen, this.#promised), nodes.indexOf(self), nodes.length);
    this.#claim = { token, sentAtMs: clock.now(), tails: new Map(), refusedBy: new Set() };
    const { length, birthToken } = known();
    for (const node of nodes) send(node, { type: "claim", token, known: length, birthToken });
    this.#again(this.#ttlMs / 4 + this.#backoffMs());
  }

  /** Those who granted it would refuse everybody else for a whole TTL, and two who ask would do so for ever. */
  #giveUpClaim(): void {
    const token = this.#claim?.token;
    this.#claim = null;
    if (token !== undefined) for (const node of this.#options.nodes) this.#options.send(node, { type: "release", token });
  }

  #again(delayMs: number): void {
    this.#stop();
    this.#cancelTimer = this.#options.clock.setTimer(delayMs, () => this.#ask());
  }

  /** Renews at thirds of the TTL, and notices when it has run out. */
  #watch(): void {
    const { nodes, clock, send } = this.#options;
    this.#stop();
    this.#cancelTimer = clock.setTimer(this.#ttlMs / 3, () => {
      if (this.#held === null) return;
      if (this.token === null) {
        this.#lose();
        return;
      }
      this.#renewal = { round: ++this.#round, sentAtMs: clock.now(), by: new Set() };
      for (const node of nodes) send(node, { type: "renew", token: this.#held.token, round: this.#round });
      this.#watch();
    });
  }

  #lose(): void {
    this.#drop();
    if (this.#isWanted) this.#again(this.#backoffMs());
    else this.#stop();
  }

  #drop(): void {
    const had = this.#held !== null;
    this.#claim = this.#held = this.#renewal = null;
    if (had) this.#options.onLost();
  }

  /** How long this node still grants it to nobody else. */
  #leftMs(): number {
    const nowMs = this.#options.clock.now();
    // Never longer than it lasts, also when the clock was set back.
    this.#expiresAtMs = Math.min(this.#expiresAtMs, nowMs + this.#ttlMs);
    return this.#expiresAtMs - nowMs;
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #backoffMs(): number {
    return this.#ttlMs * (0.02 + 0.18 * this.#options.prng.float());
  }
}

/** The lowest token above `token` that is this node's own. */
export function tokenAfter(token: number, index: number, count: number): number {
  return (Math.floor(token / count) + 1) * count + index;
}
