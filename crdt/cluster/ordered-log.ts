/**
 * The log of one note, the same on every node: what a strategy with one order needs, and where every note's epoch is decided (its
 * first entry). Whoever holds the note's lease appends; an entry is committed when a majority has it on disk under the
 * leader's token. Raft (Ongaro & Ousterhout 2014) but for who may lead: there a node whose log is behind is not elected,
 * here it is and first adopts the longest log of the majority that granted the lease, by (token of the last entry, length),
 * as in Viewstamped Replication (Liskov & Cowling 2012). What is older than the leader is committed by its first
 * own entry (Raft, 5.4.2).
 *
 * Left out: cutting off the log's beginning. It is in memory, whole.
 */

import { assert, unreachable } from "../base/assert.ts";
import type { NoteId } from "../base/ids.ts";
import { majorityOf, type NodeId } from "../network/node-pair.ts";
import { Lease, type LeaseOptions } from "./lease.ts";
import type { LeaseMessage, LogMessage, LogTail } from "./node-frames.ts";
import type { LogEntry, NodeStore, StoredBallot } from "./node-store.ts";

/** Whether this node may order the note's writes at this moment. */
export interface Authority {
  /** The fencing token that a write must carry; null: it may not. */
  token(): number | null;
  /** Why not, in a sentence for people; computed from the state. */
  reason(): string;
}

/** Whoever uses the log. Calls come in turns of the log's own, never within a call to it but for `onDeposed`. */
export interface LogHost {
  /** Entry number `position` (from 1) is committed: never undone, everywhere the same. In order; each once in the life of a process. */
  onCommitted(entry: LogEntry, position: number): void;
  /** This node leads, and was told of everything that was committed before: what others hand over comes to it. */
  onLed(): void;
  /** It does not lead any more. What it had appended and was not told of as committed may be lost, or committed later. */
  onDeposed(): void;
  /** What another node handed over. */
  onProposal(bytes: Uint8Array, from: NodeId): void;
  /** What the leader has to say to this node alone of what was handed over. */
  onAnswer?(bytes: Uint8Array): void;
}

export interface OrderedLogOptions extends Pick<
  LeaseOptions,
  "self" | "nodes" | "clock" | "prng" | "ttlMs" | "hasFencing" | "quorum" | "isVoter"
> {
  readonly noteId: NoteId;
  readonly store: NodeStore;
  readonly stored: StoredBallot;
  /** What a note that no node of a majority has begins with. */
  readonly birth: () => Uint8Array;
  readonly sendLease: (to: NodeId, message: LeaseMessage) => void;
  /** Returns whether there is a link to `to` now; what is sent without one is lost. */
  readonly send: (to: NodeId, message: LogMessage) => boolean;
  /** See `Authority.reason`; `leader` is who leads, if this node knows. */
  readonly reason: (leader: NodeId | null) => string;
  readonly host: LogHost;
}

interface Leading {
  readonly token: number;
  /** Whether its first entry is committed, and with it everything before. */
  isReady: boolean;
  /** How much of this node's own log is on its disk. */
  durable: number;
  /** Of each peer: how much it has on disk, and where the next append to it begins. */
  readonly match: Map<NodeId, number>;
  readonly next: Map<NodeId, number>;
}

export class OrderedLog {
  readonly lease: Lease;
  readonly authority: Authority;
  readonly #options: OrderedLogOptions;
  readonly #quorum: number;
  readonly #hasFencing: boolean;
  readonly #entries: LogEntry[];
  #committed = 0;
  #leading: Leading | null = null;

  constructor(options: OrderedLogOptions) {
    this.#options = options;
    const { stored, nodes, hasFencing = true, quorum = majorityOf(nodes.length), noteId, store } = options;
    this.#quorum = quorum;
    this.#hasFencing = hasFencing;
    this.#entries = [...stored.log];
    this.lease = new Lease({
      ...options,
      promised: stored.promised,
      holder: stored.holder,
      send: options.sendLease,
      persist(token, holder, done) {
        store.promise(noteId, token, holder);
        store.sync(done);
      },
      known: () => ({ length: this.#committed, birthToken: this.#birthToken }),
      isOfBirth: (token) => token === 0 || this.#birthToken === 0 || this.#birthToken === token,
      tail: (from) => this.#tail(from),
      onHeld: (token, tails) => this.#lead(token, tails),
      onLost: () => this.#stepDown(),
    });
    this.authority = {
      token: () => (this.#leading?.isReady === true ? this.lease.token : null),
      reason: () => options.reason(this.lease.leader),
    };
  }

  /** Entries that are committed, as far as this node knows. */
  get committed(): number {
    return this.#committed;
  }

  /** 0 while the birth is not known to be committed. */
  get #birthToken(): number {
    return this.#committed > 0 ? (this.#entries[0]?.token ?? 0) : 0;
  }

  get length(): number {
    return this.#entries.length;
  }

  get isLeading(): boolean {
    return this.authority.token() !== null;
  }

  /** The committed entries from `from` on. */
  read(from = 0): readonly LogEntry[] {
    return this.#entries.slice(from, this.#committed);
  }

  /** Everything that this node has promised and accepted, for one that lost its disk. */
  ballot(): StoredBallot {
    return { promised: this.lease.promised, holder: this.lease.holder, log: [...this.#entries], committed: this.#committed };
  }

  /** Tells the host of what was committed before this process began. Once, first. */
  start(): void {
    this.#advance(Math.min(this.#options.stored.committed, this.#entries.length));
  }

  /** Appends as the leader and returns the entry's position, which `LogHost.onCommitted` will name; null: it does not lead. */
  append(bytes: Uint8Array): number | null {
    return this.isLeading ? this.#append("entry", bytes) : null;
  }

  /** Sends `bytes` to whoever leads. False when nobody does that this node can reach; it may be lost on its way all the same. */
  handOver(bytes: Uint8Array): boolean {
    const { leader } = this.lease;
    if (leader === null || leader === this.#options.self) return false;
    return this.#options.send(leader, { type: "propose", bytes });
  }

  /** Says to `to` alone what became of what it had handed over; may be lost. */
  answer(to: NodeId, bytes: Uint8Array): void {
    this.#options.send(to, { type: "answer", bytes });
  }

  receive(from: NodeId, message: LogMessage): void {
    switch (message.type) {
      case "append":
        this.#onAppend(from, message);
        return;
      case "appended":
        this.#onAppended(from, message.token, message.length);
        return;
      case "behind":
        if (this.#leading?.token !== message.token) return;
        this.#leading.next.set(from, Math.min(message.length, this.#entries.length));
        this.#sendTo(from);
        return;
      case "propose":
        this.#options.host.onProposal(message.bytes, from);
        return;
      case "answer":
        this.#options.host.onAnswer?.(message.bytes);
        return;
      default:
        unreachable(message);
    }
  }

  /** A link to `peer` is up, and what was on its way there is lost. */
  peerUp(peer: NodeId): void {
    if (this.#leading === null) return;
    // It may have come back with another disk.
    this.#leading.match.set(peer, 0);
    this.#leading.next.set(peer, this.#committed);
    this.#sendTo(peer);
  }

  /** Another node knows this first entry to be committed. Returns whether this node's own history begins with it too. */
  learnBirth(birth: LogEntry): boolean {
    const own = this.#entries[0];
    if (this.#committed > 0) return own?.token === birth.token;
    if (own?.token !== birth.token) {
      this.lease.stepDown();
      this.#write(0, [birth]);
    }
    this.#advance(1);
    return true;
  }

  /** This node's disk cannot vouch for itself: takes the best of what all others have. Together they know all that was decided. */
  adopt(ballots: readonly StoredBallot[]): void {
    const promised = ballots.reduce((best, ballot) => (ballot.promised > best.promised ? ballot : best), this.ballot());
    this.lease.adopt(promised.promised, promised.holder);
    if (promised.promised > 0 && promised.holder !== null)
      this.#options.store.promise(this.#options.noteId, promised.promised, promised.holder);
    // Whose history is another one has no say in this one.
    const own = ballots.filter(({ log, committed }) => this.#isOneHistory(log, committed));
    const best = own.reduce((most, ballot) => (compareEnds(endOf(ballot.log), endOf(most.log)) > 0 ? ballot : most), this.ballot());
    this.#replace(best.log);
    this.#advance(Math.max(this.#committed, ...own.map(({ committed }) => Math.min(committed, this.#entries.length))));
  }

  close(): void {
    this.#leading = null;
    this.lease.close();
  }

  /** Whether what is committed in both logs is the same. */
  #isOneHistory(log: readonly LogEntry[], committed: number): boolean {
    const both = Math.min(this.#committed, committed);
    return log.slice(0, both).every(({ token }, n) => this.#entries[n]?.token === token);
  }

  #tail(from: number): LogTail {
    const { length, lastToken } = endOf(this.#entries);
    return { length, lastToken, from, entries: this.#entries.slice(from) };
  }

  #lead(token: number, tails: ReadonlyMap<NodeId, LogTail>): void {
    const { nodes, self, birth } = this.#options;
    const best = [...tails.values()].reduce((most, tail) => (compareEnds(tail, most) > 0 ? tail : most));
    if (best.length >= best.from) this.#replace([...this.#entries.slice(0, best.from), ...best.entries]);
    const peers = nodes.filter((node) => node !== self);
    this.#leading = {
      token,
      isReady: false,
      durable: 0,
      match: new Map(peers.map((peer) => [peer, 0])),
      next: new Map(peers.map((peer) => [peer, this.#committed])),
    };
    if (this.#entries.length === 0) this.#append("birth", birth());
    else this.#append("mark", new Uint8Array(0));
  }

  #append(kind: LogEntry["kind"], bytes: Uint8Array): number {
    const leading = this.#leading;
    assert(leading !== null, "Only a leader appends");
    this.#write(this.#entries.length, [{ token: leading.token, kind, bytes }]);
    const { length } = this.#entries;
    this.#options.store.sync(() => {
      leading.durable = Math.max(leading.durable, length);
      if (this.#leading === leading) this.#commit(leading);
    });
    for (const peer of leading.next.keys()) this.#sendTo(peer);
    return length;
  }

  #sendTo(peer: NodeId): void {
    const leading = this.#leading;
    if (leading === null) return;
    const length = Math.min(leading.next.get(peer) ?? 0, this.#entries.length);
    const lastToken = this.#entries[length - 1]?.token ?? 0;
    const entries = this.#entries.slice(length);
    const isSent = this.#options.send(peer, {
      type: "append",
      token: leading.token,
      length,
      lastToken,
      committed: this.#committed,
      entries,
    });
    // Nothing is lost on a link that stays up.
    if (isSent) leading.next.set(peer, this.#entries.length);
  }

  #onAppend(from: NodeId, message: Extract<LogMessage, { type: "append" }>): void {
    const { token, length, lastToken, committed, entries } = message;
    const { sendLease, send, store } = this.#options;
    if (!this.lease.accepts(token)) {
      sendLease(from, { type: "refused", token, promised: this.lease.promised, holder: this.lease.holder });
      return;
    }
    if (this.#hasFencing && this.#isForeign(length, lastToken, entries)) return;
    // The promise is written before the entries, so what makes them durable does the same for it.
    this.lease.follow(from, token, () => undefined);
    if (length > this.#entries.length || (length > 0 && this.#entries[length - 1]?.token !== lastToken)) {
      send(from, { type: "behind", token, length: length > this.#entries.length ? this.#entries.length : this.#committed });
      return;
    }
    const end = length + entries.length;
    const sameAs = entries.findIndex((entry, n) => this.#entries[length + n]?.token !== entry.token);
    if (sameAs >= 0) this.#write(length + sameAs, entries.slice(sameAs));
    this.#advance(Math.min(committed, end));
    const endToken = this.#entries[end - 1]?.token;
    store.sync(() => {
      // Unless a later leader has put something else there meanwhile.
      if (this.#entries.length >= end && this.#entries[end - 1]?.token === endToken) send(from, { type: "appended", token, length: end });
    });
  }

  /** Whether what is committed here is something else there: two histories, which only the loss of a majority's disks can bring about. */
  #isForeign(length: number, lastToken: number, entries: readonly LogEntry[]): boolean {
    const tokenAt = (n: number): number | undefined => this.#entries[n]?.token;
    if (length > 0 && length <= this.#committed && tokenAt(length - 1) !== lastToken) return true;
    return entries.some(({ token }, n) => length + n < this.#committed && tokenAt(length + n) !== token);
  }

  #onAppended(from: NodeId, token: number, length: number): void {
    const leading = this.#leading;
    if (leading?.token !== token) return;
    leading.match.set(from, Math.max(leading.match.get(from) ?? 0, length));
    this.#commit(leading);
  }

  #commit(leading: Leading): void {
    const { token, durable, match, next } = leading;
    const lengths = [durable, ...match.values()].sort((a, b) => b - a);
    const length = lengths[this.#quorum - 1] ?? 0;
    if (length <= this.#committed || this.#entries[length - 1]?.token !== token) return;
    this.#advance(length);
    for (const peer of next.keys()) this.#sendTo(peer);
    if (leading.isReady || this.#leading !== leading) return;
    leading.isReady = true;
    this.#options.host.onLed();
  }

  #advance(committed: number): void {
    const { host, store, noteId } = this.#options;
    if (committed <= this.#committed) return;
    store.commit(noteId, committed);
    while (this.#committed < committed) {
      const position = ++this.#committed;
      host.onCommitted(this.#entries[position - 1]!, position);
    }
  }

  /** Makes the log equal to `entries`, from the first difference on. */
  #replace(entries: readonly LogEntry[]): void {
    let same = 0;
    while (same < entries.length && this.#entries[same]?.token === entries[same]!.token) same++;
    if (same < entries.length || same < this.#entries.length) this.#write(same, entries.slice(same));
  }

  #write(from: number, entries: readonly LogEntry[]): void {
    const { store, noteId } = this.#options;
    assert(!this.#hasFencing || from >= this.#committed, `Entry ${from + 1} of ${noteId} is committed, and would be overwritten`);
    this.#committed = Math.min(this.#committed, from);
    this.#entries.length = from;
    this.#entries.push(...entries);
    store.writeLog(noteId, from, entries);
  }

  #stepDown(): void {
    if (this.#leading === null) return;
    this.#leading = null;
    this.#options.host.onDeposed();
  }
}

function endOf(log: readonly LogEntry[]): Pick<LogTail, "length" | "lastToken"> {
  return { length: log.length, lastToken: log.at(-1)?.token ?? 0 };
}

function compareEnds(a: Pick<LogTail, "length" | "lastToken">, b: Pick<LogTail, "length" | "lastToken">): number {
  return a.lastToken - b.lastToken || a.length - b.length;
}
