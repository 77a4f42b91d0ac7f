/**
 * A whole small world on the virtual clock: note sessions, conditioned links, rooms on nodes with disks. The code of the
 * product everywhere but for the disk. Same seed, same bytes.
 *
 * Time moves only when told to: by a duration (`run`), or until nothing is left to do (`quiesce`). Each replica
 * has a wall clock of its own, which its strategy stamps writes with; timers keep to the world's.
 */

import { type Clock, VirtualClock } from "../base/clock.ts";
import { WallClock } from "../base/wall-clock.ts";
import { type Epoch, mintEpoch, parseNoteId, type ReplicaId, replicaIdFrom } from "../base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../base/journal.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import { FaultBoard } from "../network/fault-board.ts";
import { nodeIds } from "../network/node-pair.ts";
import { connectThrough } from "../network/pipe.ts";
import { stampedBy } from "../strategy/stamped-by.ts";
import type { Authority, Loss, OpenOptions, Replica, Strategy } from "../strategy/strategy.ts";
import { MemoryStore } from "../sync/local-store.ts";
import { NoteSession } from "../sync/note-session.ts";
import { RateBoard } from "../sync/rate-board.ts";
import { DatagramBoard } from "./datagrams.ts";
import { OrphanDesk } from "./orphan-desk.ts";
import { type Disk, SimDisk } from "./disk.ts";
import { type Actor, linkListener, type NodeState, type Stage } from "./stage.ts";
import type { ConnectionWatch, WatchConnection } from "./accept.ts";
import { WorldNode } from "./world-node.ts";
import { hashOfTrace, isProgress, isWork, runClock, settle } from "./world-run.ts";

const NOTE = parseNoteId("sim")!;
/** Nodes are 1000, 1001 ... */
const FIRST_NODE = 1_000;
export const START_MS = 1_700_000_000_000;
const JOURNAL_ENTRIES_MAX = 1_000_000;
/** A world at rest in which nothing happens for this long has come to rest. Longer than what gathers before it is written. */
const QUIET_MS = 2_000;
/** One that is not at rest, and in which nothing happens for this long, will not come to rest: longer than any retry takes. */
const PATIENCE_MS = 120_000;
/** One in which messages go and come, and no copy learns anything from them for this long, goes round in circles. */
const FRUITLESS_MS = PATIENCE_MS;
/** Events of one wait for rest: beyond them it will not come. Many times what the largest run takes. */
const REST_EVENTS_MAX = 2_000_000;

export interface WorldOptions {
  readonly strategy: Strategy;
  readonly seed: number | string;
  /** How long after the last change faults heal by themselves; left out: never. */
  readonly healAfterMs?: number;
  readonly openDisk?: (clock: Clock, prng: Prng) => Disk;
  /** Of an ordered note: who may order; left out: the node always. */
  readonly authority?: Authority | undefined;
  /** Told of every connection to a node. */
  readonly watch?: WatchConnection | undefined;
  /** Told of every entry of the journal, in order. */
  readonly onTrace?: ((entry: JournalEntry) => void) | undefined;
  /** How many entries the journal keeps. */
  readonly journalEntriesMax?: number | undefined;
  /** What last-writer-wins strategies stamp with; left out: the replica's wall clock. */
  readonly clockKind?: (() => ClockKind) | undefined;
  /** What a replica is called in a refusal; left out: what its presence says. */
  readonly nameOf?: (replica: ReplicaId) => string | null;
}

export interface Member extends Actor {
  /** Where its next connection goes. */
  node: WorldNode;
}

export class World implements Stage {
  readonly clock = new VirtualClock(START_MS);
  readonly journal: JournalRing;
  readonly board: FaultBoard;
  readonly datagrams = new DatagramBoard(this.clock);
  readonly rates: RateBoard;
  /** What else has to be at rest. */
  readonly restOf: (() => boolean)[] = [];
  readonly nodes: readonly WorldNode[];
  readonly nodeIds = nodeIds(1);
  readonly members: Member[] = [];
  /** What the nodes' rooms found, each once. */
  readonly losses: Loss[] = [];
  readonly #desk = new OrphanDesk(this.clock);
  readonly #options: WorldOptions;
  readonly #prng: Prng;
  readonly #lossIds = new Set<string>();
  #epochs = 0;
  /** Counts what happened to the note. */
  #work = 0;
  /** Counts what came of it: messages alone may go back and forth for ever. */
  #progress = 0;
  readonly tracer: Tracer = {
    trace: (entry) => {
      this.journal.trace(entry);
      this.#options.onTrace?.(entry);
      if (isWork(entry)) this.#work++;
      if (isProgress(entry)) this.#progress++;
    },
  };

  constructor(options: WorldOptions) {
    this.journal = new JournalRing(options.journalEntriesMax ?? JOURNAL_ENTRIES_MAX);
    const { clockKind = () => "wall" as const, strategy } = options;
    this.#options = { ...options, strategy: stampedBy({ kind: clockKind, node: this.clock }, strategy) };
    this.#prng = createPrng(options.seed);
    // Beyond every number of milliseconds that a world runs.
    const never = Number.MAX_SAFE_INTEGER - 2 * START_MS;
    this.board = new FaultBoard({ clock: this.clock, healAfterMs: options.healAfterMs ?? never });
    this.rates = new RateBoard({ clock: this.clock, healAfterMs: never });
    // One for now: nodes that speak to each other need links of their own.
    this.nodes = [this.#openNode(0)];
  }

  /** What the sessions found. */
  get orphans(): readonly Loss[] {
    return this.#desk.orphans;
  }

  /** The first node. */
  get node(): WorldNode {
    return this.nodes[0]!;
  }

  get nodeTraffic(): null {
    return null;
  }

  copyOf(): Replica | null {
    return this.node.room === null ? null : this.node.replica;
  }

  stateOf(): NodeState {
    return this.node.room === null ? "down" : this.node.isPaused ? "paused" : "up";
  }

  /** One node alone has nobody to ask. */
  leads(): boolean {
    return this.#options.strategy.traits.isOrdered && this.node.room !== null;
  }

  reachOf(): readonly [] {
    return [];
  }

  orderOf(): null {
    return null;
  }

  join(n: number): Member {
    return this.#open(replicaIdFrom(n), n, new MemoryStore(), this.node);
  }

  onLink(listener: (link: string, isCut: boolean) => void): () => void {
    return linkListener(this.board, listener);
  }

  /** Whoever watches single frames is told of a connection of member `n`. */
  watch(replica: ReplicaId, node: ReplicaId, n: number): ConnectionWatch | undefined {
    return this.#options.watch?.(replica, node, n);
  }

  /**
   * A tab that was opened as a duplicate of `of`: with all that it has stored, and its replica id. Guarded, it has lost
   * the claim on that id and comes as number `n`, with nothing.
   */
  duplicate(of: Actor, n: number, isGuarded: boolean): Member {
    if (isGuarded) return this.#open(replicaIdFrom(n), n, new MemoryStore(), this.node);
    const store = new MemoryStore();
    store.epoch = of.store.epoch;
    store.state = of.store.state;
    store.received = [...of.store.received];
    for (const [edit, update] of of.store.rows) store.rows.set(edit, update);
    return this.#open(of.id, n, store, this.node);
  }

  #open(id: ReplicaId, n: number, store: MemoryStore, node: WorldNode): Member {
    const prng = this.#prng.stream(`member ${n}`);
    const linkPrng = prng.stream("link");
    const { clock } = this;
    const wall = new WallClock(clock, START_MS);
    const { strategy, nameOf } = this.#options;
    const options = {
      noteId: NOTE,
      ...(nameOf === undefined ? {} : { nameOf }),
      replicaId: id,
      strategy: { ...strategy, open: (given: OpenOptions) => strategy.open({ ...given, clock: wall }) },
      connect: connectThrough(clock, () => member.node.accept(id, linkPrng, n)),
      store,
      clock,
      prng: prng.stream("session"),
      tracer: this.tracer,
      openWatch: (text: () => string) => this.#desk.openWatch(id, text),
    };
    const openNote = (): NoteSession => new NoteSession(options);
    const member: Member = { id, note: openNote(), store: options.store, openNote, wall, prng, node };
    this.members.push(member);
    return member;
  }

  /** Ends a replica. */
  leave(member: Actor): void {
    member.note.close();
    const at = this.members.findIndex((one) => one === member);
    if (at >= 0) this.members.splice(at, 1);
  }

  /** A copy of its own, without a session. */
  openCopy(n: number, state?: Uint8Array): Replica {
    return this.#options.strategy.open({ replica: replicaIdFrom(n), clock: this.clock, ...(state === undefined ? {} : { state }) });
  }

  async start(): Promise<void> {
    for (const { note } of this.members) await note.session.start();
    await this.run(50);
  }

  cut({ id }: Actor): void {
    this.board.set(id, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
  }

  heal({ id, note }: Actor): void {
    this.board.heal(id);
    note.session.retryNow();
  }

  reset({ id }: Actor): void {
    const { up, down } = this.board.get(id);
    this.board.set(id, { up: { cut: "reset" } });
    this.board.set(id, { up, down });
  }

  /** A fresh epoch, never the same twice. */
  mintEpoch(): Epoch {
    return mintEpoch(this.#prng.stream(`epoch ${++this.#epochs}`));
  }

  isCut({ id }: Actor): boolean {
    const { up, down } = this.board.get(id);
    return up.cut !== "open" || down.cut !== "open";
  }

  /** Lets `durationMs` go by, with every promise settled between two timers. */
  run(durationMs: number): Promise<void> {
    return runClock(this.clock, durationMs);
  }

  /**
   * Runs until every replica that is not cut has said and heard everything and all of it is durable, however long
   * that takes. Returns false where that does not come about: something is still open, and nothing happens any more, or
   * messages go back and forth and nothing comes of them, or it does not end (after `REST_EVENTS_MAX` events).
   */
  async quiesce(): Promise<boolean> {
    let [work, progress] = [this.#work, this.#progress];
    let sinceMs = this.clock.now();
    let progressMs = sinceMs;
    for (let events = 0; events < REST_EVENTS_MAX; events++) {
      await settle();
      const nowMs = this.clock.now();
      if (work !== this.#work) {
        work = this.#work;
        sinceMs = nowMs;
      }
      const isAtRest = this.#isAtRest();
      if (progress !== this.#progress || isAtRest) {
        progress = this.#progress;
        progressMs = nowMs;
      } else if (nowMs - progressMs > FRUITLESS_MS) return false;
      const untilMs = sinceMs + (isAtRest ? QUIET_MS : PATIENCE_MS);
      const dueMs = this.clock.nextDueMs();
      if (dueMs !== null && dueMs <= untilMs) {
        this.clock.step();
        continue;
      }
      this.clock.advance(Math.max(0, untilMs - this.clock.now()));
      await settle();
      if (work === this.#work) return this.#isAtRest();
    }
    return false;
  }

  /** A digest of everything that happened, in order. */
  traceHash(): string {
    return hashOfTrace(this.journal);
  }

  /** Leaves no timer but those of the disks. */
  close(): void {
    for (const { note } of this.members) note.close();
    for (const node of this.nodes) node.close();
    this.board.close();
    this.rates.close();
  }

  #isAtRest(): boolean {
    return (
      this.nodes.every(({ disk }) => disk.isIdle) &&
      this.datagrams.underway === 0 &&
      this.restOf.every((isAtRest) => isAtRest()) &&
      this.members.every((member) => {
        if (this.isCut(member)) return true;
        const { connection, unsaved, unstored } = member.note.session.status();
        if (connection === "refused" || connection === "closed") return true;
        if (connection !== "synced" || unsaved > 0 || unstored > 0) return false;
        return this.#options.strategy.compare(member.note.replica.seen(), member.node.relay.seen()).ordering === "same";
      })
    );
  }

  #openNode(n: number): WorldNode {
    const { strategy, openDisk, authority, watch } = this.#options;
    // The first node's streams have no number, so that a world of one keeps its bytes.
    const name = n === 0 ? "" : ` ${n}`;
    const diskPrng = this.#prng.stream(`disk${name}`);
    return new WorldNode({
      noteId: NOTE,
      id: replicaIdFrom(FIRST_NODE + n),
      strategy,
      clock: this.clock,
      board: this.board,
      datagrams: this.datagrams,
      rates: this.rates,
      disk: openDisk?.(this.clock, diskPrng) ?? new SimDisk(this.clock, diskPrng),
      epoch: mintEpoch(this.#prng.stream("epoch")),
      authority,
      tracer: this.tracer,
      watch,
      onLosses: (losses) => {
        for (const loss of losses) {
          if (!this.#lossIds.has(loss.id)) this.losses.push(loss);
          this.#lossIds.add(loss.id);
        }
      },
    });
  }
}
