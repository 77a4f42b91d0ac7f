/**
 * One node of several: rooms of its own over a store of its own, joined to its peers by links and by nothing else. The life of
 * this object is that of a process: a crash throws it away, a restart makes another one over the same store.
 *
 * Every note has a log (ordered-log.ts). Its first entry is the note's birth: strategy and epoch, decided by a
 * majority; so the epoch is agreed on before anything is served. Where any node may write, that is all there is to the
 * log: updates go through rooms. A node whose disk is new votes on nothing before it has heard what every other one has.
 */

import { assert } from "../base/assert.ts";
import { ProtocolError } from "../base/errors.ts";
import { mintEpoch, type NoteId, type ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import { majorityOf, type NodeId } from "../network/node-pair.ts";
import type { Connect, Transport } from "../network/transport.ts";
import type { Loss, StrategyName } from "../strategy/strategy.ts";
import { CLOSE } from "../sync/close-codes.ts";
import { type Birth, decodeBirth, encodeBirth } from "./birth.ts";
import type { NodeClock } from "./node-clock.ts";
import type { NodeFrame } from "./node-frames.ts";
import { NodeLink } from "./node-link.ts";
import { EMPTY_BALLOT, type LogEntry, type NodeStore, type StoredBallot } from "./node-store.ts";
import { type LogHost, OrderedLog } from "./ordered-log.ts";
import { inTurnsOf } from "./store-turns.ts";
import type { SharedRoom } from "./room-peers.ts";
import { type HostedRoom, openHostedRoom, type StrategyTable } from "./hosted-room.ts";

export interface ClusterNodeOptions {
  readonly id: NodeId;
  /** All of them, this one too, always in the same order. */
  readonly nodes: readonly NodeId[];
  /** This node as a replica, for the journal and for stamps. */
  readonly replica: ReplicaId;
  readonly clock: NodeClock;
  readonly prng: Prng;
  readonly store: NodeStore;
  readonly strategies: StrategyTable;
  readonly tracer: Tracer;
  readonly ttlMs?: number;
  readonly hasFencing?: boolean;
  readonly quorum?: number;
  /** How to reach a peer; null: it connects. */
  readonly connect: (peer: NodeId) => Connect | null;
  /** Opens a note that a peer has too, or that `share` asks for; left out: in a room of its own over `store`. */
  readonly openRoom?: (
    noteId: NoteId,
    birth: Birth,
    send: (peer: NodeId, frame: Uint8Array) => void,
    done: (room: SharedRoom) => void,
  ) => void;
  /** What its own rooms find. */
  readonly onLosses?: ((losses: readonly Loss[]) => void) | undefined;
  /** Whom it reaches, what its disk can vouch for, which notes it knows or what it leads has changed. */
  readonly onChange?: () => void;
}

interface Note {
  readonly noteId: NoteId;
  readonly log: OrderedLog;
  /** What it is to become if nobody has it; null: nobody here wants it. */
  wanted: Pick<Birth, "strategy"> | null;
  birth: Birth | null;
  room: SharedRoom | null;
  /** The same where it is one of its own. */
  hosted: HostedRoom | null;
  isOpening: boolean;
  /** Whoever waits for the birth. */
  unborn: ((birth: Birth) => void)[];
  /** Whoever waits for the room. */
  waiting: ((room: HostedRoom) => void)[];
  /** Peers that have said that they hold it, and those whose history is another. */
  readonly peers: Set<NodeId>;
  readonly foreign: Set<NodeId>;
  host: LogHost | null;
}

export class ClusterNode {
  readonly #options: ClusterNodeOptions;
  readonly #links = new Map<NodeId, NodeLink>();
  readonly #notes = new Map<NoteId, Note>();
  readonly #inventories = new Map<NodeId, ReadonlyMap<NoteId, StoredBallot>>();
  /** What was asked before the store had answered. */
  #early: (() => void)[] = [];
  #isLoaded = false;
  #isSettled = false;
  /** Whether its disk was not empty when it began. */
  #hasHistory = false;
  #isClosed = false;

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { store, clock, nodes } = options;
    store.load(({ settledOf, ballots }) =>
      clock.run(() => {
        if (this.#isClosed) return;
        this.#isSettled = settledOf === nodes.length;
        this.#hasHistory = ballots.size > 0;
        if (this.#isSettled || settledOf === 0) {
          this.#begin(ballots);
          return;
        }
        // Majorities of another number need not meet those of this one: nobody hears of this disk before it has forgotten that it may vote.
        store.settle(0);
        store.sync(() => clock.run(() => this.#begin(ballots)));
      }),
    );
  }

  get id(): NodeId {
    return this.#options.id;
  }

  get clock(): NodeClock {
    return this.#options.clock;
  }

  /** Whether this node's disk can vouch for what it holds. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Nodes that it is in touch with, itself included. */
  get reach(): readonly NodeId[] {
    return this.#options.nodes.filter((node) => node === this.id || this.#links.get(node)?.isUp === true);
  }

  get notes(): readonly NoteId[] {
    return [...this.#notes.keys()];
  }

  /** Peers that hold another history of the note under its id: it is not synced with them. */
  foreignPeers(noteId: NoteId): readonly NodeId[] {
    return [...(this.#notes.get(noteId)?.foreign ?? [])];
  }

  /** The room of a note that any node may write, once the note's epoch is known; `wanted` is what it becomes if nobody has it. */
  open(noteId: NoteId, wanted: StrategyName, done: (room: HostedRoom) => void): void {
    if (!this.#isLoaded) {
      this.#early.push(() => this.open(noteId, wanted, done));
      return;
    }
    const note = this.#note(noteId);
    note.wanted ??= { strategy: wanted };
    if (note.hosted !== null) {
      done(note.hosted);
      return;
    }
    note.waiting.push(done);
    if (note.birth === null) note.log.lease.want();
    else this.#openRoom(note);
  }

  find(noteId: NoteId): HostedRoom | null {
    return this.#notes.get(noteId)?.hosted ?? null;
  }

  /** Runs `done` once the note's epoch is agreed on; `wanted` is what it becomes if nobody has it. */
  born(noteId: NoteId, wanted: StrategyName | null, done: (birth: Birth) => void): void {
    if (!this.#isLoaded) {
      this.#early.push(() => this.born(noteId, wanted, done));
      return;
    }
    const note = this.#note(noteId);
    note.wanted ??= { strategy: wanted };
    if (note.birth !== null) {
      done(note.birth);
      return;
    }
    note.unborn.push(done);
    note.log.lease.want();
  }

  /** The room of a born note that any node may write is to be synced with whoever has it. Does nothing where it is. */
  share(noteId: NoteId): void {
    const note = this.#notes.get(noteId);
    if (note !== undefined && !this.#isOrdered(note)) this.#openRoom(note);
  }

  /** The room has ended by itself: nothing is passed on to it until it is shared again. */
  unshare(noteId: NoteId): void {
    const note = this.#notes.get(noteId);
    if (note === undefined) return;
    for (const peer of this.#links.keys()) note.room?.leave(peer);
    note.room = note.hosted = null;
  }

  /** Nobody here needs the note's order any more: somebody else may lead. */
  resign(noteId: NoteId): void {
    const note = this.#notes.get(noteId);
    if (note === undefined) return;
    note.host = null;
    note.log.lease.release();
  }

  /** Asks at once for what it would ask for later: a majority has come into reach. */
  nudge(): void {
    for (const { log } of this.#notes.values()) log.lease.nudge();
  }

  /** Ends the note's lease as far as this node has a say in it; false: it knows no such note, or none that has an order. */
  endLease(noteId: NoteId): boolean {
    const note = this.#notes.get(noteId);
    if (note === undefined || !this.#isOrdered(note)) return false;
    note.log.lease.end();
    return true;
  }

  /** What is known of the order of a note; null where this node knows no such note. */
  logOf(noteId: NoteId): OrderedLog | null {
    return this.#notes.get(noteId)?.log ?? null;
  }

  birthOf(noteId: NoteId): Birth | null {
    return this.#notes.get(noteId)?.birth ?? null;
  }

  /** The log of a note that has one order; `host` is told of its entries, from the first one on. This node leads it if it can. */
  order(noteId: NoteId, wanted: StrategyName, host: LogHost, done: (log: OrderedLog) => void): void {
    if (!this.#isLoaded) {
      this.#early.push(() => this.order(noteId, wanted, host, done));
      return;
    }
    const note = this.#note(noteId);
    note.wanted ??= { strategy: wanted };
    note.host = host;
    done(note.log);
    for (const [n, entry] of note.log.read().entries()) if (entry.kind === "entry") host.onCommitted(entry, n + 1);
    note.log.lease.want();
  }

  /** Why nothing can be saved in one order at this moment, in a sentence. */
  reason(leader: NodeId | null = null): string {
    const { nodes } = this.#options;
    const reach = this.reach.length;
    if (reach < majorityOf(nodes.length)) return `This side has ${reach} of ${nodes.length} servers, so saving is paused.`;
    if (leader !== null && leader !== this.id) return `${leader} orders this note.`;
    if (!this.#isSettled) {
      const why = this.#hasHistory ? "was one of another number of servers" : "has a new disk";
      return `${this.id} ${why} and waits until it has heard from every other server.`;
    }
    return "No server orders this note at the moment; one is being chosen.";
  }

  /** A peer has connected. The caller passes on what comes. */
  accept(peer: NodeId, transport: Transport): ReturnType<NodeLink["accept"]> | null {
    return this.#links.get(peer)?.accept(transport) ?? null;
  }

  /** Lets go of everything. No timer is left. After a crash there is nobody to call it: then `clock.kill` does. */
  close(code: number = CLOSE.restarting, reason = "The node stops"): void {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
    for (const { room, log } of this.#notes.values()) {
      log.close();
      room?.close(code, reason);
    }
    this.#options.clock.kill();
  }

  #begin(ballots: ReadonlyMap<NoteId, StoredBallot>): void {
    if (this.#isClosed) return;
    for (const [noteId, ballot] of ballots) this.#note(noteId, ballot);
    this.#join();
    this.#settleIfHeard();
    this.#isLoaded = true;
    for (const task of this.#early.splice(0)) task();
    this.#options.onChange?.();
  }

  #join(): void {
    const { id, nodes, clock, prng, connect } = this.#options;
    for (const peer of nodes) {
      if (peer === id) continue;
      const link = new NodeLink({
        self: id,
        peer,
        clock,
        prng: prng.stream(`link ${peer}`),
        connect: connect(peer),
        isSettled: () => this.#isSettled,
        onUp: (isPeerSettled) => this.#onUp(peer, isPeerSettled),
        onDown: () => this.#onDown(peer),
        onFrame: (frame) => this.#onFrame(peer, frame),
      });
      this.#links.set(peer, link);
    }
  }

  #onUp(peer: NodeId, isPeerSettled: boolean): void {
    const link = this.#links.get(peer)!;
    if (!isPeerSettled) {
      const ballots = new Map([...this.#notes.values()].map(({ noteId, log }) => [noteId, log.ballot()]));
      link.send({ type: "inventory", ballots });
    }
    for (const note of this.#notes.values()) {
      this.#tell(note, peer);
      note.log.peerUp(peer);
    }
    this.#options.onChange?.();
  }

  #onDown(peer: NodeId): void {
    for (const note of this.#notes.values()) {
      note.peers.delete(peer);
      note.foreign.delete(peer);
      note.room?.leave(peer);
    }
    this.#options.onChange?.();
  }

  #onFrame(from: NodeId, frame: NodeFrame): void {
    switch (frame.type) {
      case "inventory":
        this.#inventories.set(from, frame.ballots);
        this.#settleIfHeard();
        return;
      case "note":
        this.#onPeerHas(from, this.#note(frame.noteId), frame.birth);
        return;
      case "room":
        this.#note(frame.noteId).room?.receive(from, frame.frame);
        return;
      case "lease":
        this.#note(frame.noteId).log.lease.receive(from, frame.message);
        return;
      case "log":
        this.#note(frame.noteId).log.receive(from, frame.message);
        return;
      default:
        throw new ProtocolError(CLOSE.protocolError, `A ${frame.type} out of place`);
    }
  }

  /** A new disk has heard what every other node has: together they know all that any majority had decided. */
  #settleIfHeard(): void {
    const { nodes, store, clock } = this.#options;
    if (this.#isSettled || this.#inventories.size < nodes.length - 1) return;
    const heard = [...this.#inventories.values()];
    for (const noteId of new Set(heard.flatMap((ballots) => [...ballots.keys()])))
      this.#note(noteId).log.adopt(heard.map((ballots) => ballots.get(noteId) ?? EMPTY_BALLOT));
    store.settle(nodes.length);
    store.sync(() =>
      clock.run(() => {
        this.#isSettled = true;
        this.#options.onChange?.();
      }),
    );
  }

  #note(noteId: NoteId, stored: StoredBallot = EMPTY_BALLOT): Note {
    const known = this.#notes.get(noteId);
    if (known !== undefined) return known;
    const { id, nodes, clock, prng, store, ttlMs, hasFencing, quorum } = this.#options;
    const send = (to: NodeId, frame: NodeFrame): boolean => {
      if (to !== id) return this.#links.get(to)?.send(frame) ?? false;
      clock.setTimer(0, () => this.#onFrame(id, frame));
      return true;
    };
    const notePrng = prng.stream(noteId);
    const log = new OrderedLog({
      self: id,
      nodes,
      noteId,
      clock,
      prng: notePrng.stream("lease"),
      store: inTurnsOf(store, clock),
      stored,
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(hasFencing === undefined ? {} : { hasFencing }),
      ...(quorum === undefined ? {} : { quorum }),
      isVoter: () => this.#isSettled,
      birth: () => {
        assert(note.wanted !== null, `${noteId} is led by a node that does not want it`);
        return encodeBirth({ ...note.wanted, epoch: mintEpoch(notePrng.stream(`epoch ${clock.now()}`)) });
      },
      sendLease: (to, message) => void send(to, { type: "lease", noteId, message }),
      send: (to, message) => send(to, { type: "log", noteId, message }),
      reason: (leader) => this.reason(leader),
      host: {
        onCommitted: (entry, position) => this.#onCommitted(note, entry, position),
        onLed: () => {
          note.host?.onLed();
          this.#options.onChange?.();
        },
        onDeposed: () => {
          note.host?.onDeposed();
          this.#options.onChange?.();
        },
        onProposal: (bytes, from) => note.host?.onProposal(bytes, from),
        onAnswer: (bytes) => note.host?.onAnswer?.(bytes),
      },
    });
    const note: Note = {
      noteId,
      log,
      wanted: null,
      birth: null,
      room: null,
      hosted: null,
      isOpening: false,
      unborn: [],
      waiting: [],
      peers: new Set(),
      foreign: new Set(),
      host: null,
    };
    this.#notes.set(noteId, note);
    log.start();
    return note;
  }

  #onCommitted(note: Note, entry: LogEntry, position: number): void {
    if (entry.kind === "entry") note.host?.onCommitted(entry, position);
    if (entry.kind !== "birth") return;
    note.birth = decodeBirth(entry.bytes);
    // Where any node may write there is nothing more to order.
    if (!this.#isOrdered(note)) note.log.lease.release();
    for (const peer of this.#links.keys()) this.#tell(note, peer);
    for (const done of note.unborn.splice(0)) done(note.birth);
    if (note.waiting.length > 0) this.#openRoom(note);
    this.#options.onChange?.();
  }

  #isOrdered({ host, birth }: Note): boolean {
    if (host !== null) return true;
    return birth !== null && birth.strategy !== null && !this.#options.strategies(birth.strategy).traits.isAvailable;
  }

  /** Tells a peer that the note is here, and what it began with. */
  #tell({ noteId, birth, log }: Note, peer: NodeId): void {
    const [entry] = log.read();
    if (birth !== null && entry !== undefined) this.#links.get(peer)?.send({ type: "note", noteId, birth: entry });
  }

  #onPeerHas(peer: NodeId, note: Note, birth: LogEntry): void {
    if (!note.log.learnBirth(birth)) {
      note.foreign.add(peer);
      return;
    }
    note.peers.add(peer);
    if (this.#isOrdered(note)) return;
    if (note.room === null) this.#openRoom(note);
    else note.room.join(peer);
  }

  #openRoom(note: Note): void {
    const { openRoom } = this.#options;
    const { noteId, birth } = note;
    if (note.isOpening || note.room !== null || birth === null) return;
    note.isOpening = true;
    const send = (peer: NodeId, frame: Uint8Array): void => void this.#links.get(peer)?.send({ type: "room", noteId, frame });
    if (openRoom !== undefined) openRoom(noteId, birth, send, (room) => this.#opened(note, room));
    else this.#hostRoom(note, birth, send);
  }

  #hostRoom(note: Note, { strategy, epoch }: Birth, send: (peer: NodeId, frame: Uint8Array) => void): void {
    const { store, clock, replica, tracer, strategies, onLosses } = this.#options;
    const { noteId } = note;
    assert(strategy !== null, `${noteId} is no note of text`);
    const inTurns = inTurnsOf(store, clock);
    inTurns.loadUpdates(noteId, (stored) => {
      if (this.#isClosed) return;
      const room = openHostedRoom({ noteId, strategy, epoch, stored, store: inTurns, clock, replica, tracer, strategies, send, onLosses });
      note.hosted = room;
      this.#opened(note, room);
      for (const done of note.waiting.splice(0)) done(room);
    });
  }

  #opened(note: Note, room: SharedRoom): void {
    note.isOpening = false;
    note.room = room;
    for (const peer of note.peers) {
      room.join(peer);
      // What it asked before the room was there was not heard: it is told again, and asks again.
      this.#tell(note, peer);
    }
  }
}
