/**
 * A whole small world with several nodes on the virtual clock: note sessions, conditioned links, rooms on cluster nodes with disks
 * of their own, whatever the strategy. The code of the product everywhere but for the disks. Same seed, same bytes.
 *
 * What can be done to nodes and to the links between them is `cluster`'s; what can be done to members is here. Time moves
 * only when told to: by a duration (`run`), or until nothing is left to do (`quiesce`).
 */

import { VirtualClock } from "../base/clock.ts";
import { WallClock } from "../base/wall-clock.ts";
import { parseNoteId, type ReplicaId, replicaIdFrom } from "../base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../base/journal.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import { type ClientWatch, Cluster, type ClusterOptions } from "../cluster/cluster.ts";
import { islandsOf } from "../network/cuts.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Loss, NoteRelay, OpenOptions, Replica, Strategy } from "../strategy/strategy.ts";
import { MemoryStore } from "../sync/local-store.ts";
import { NoteSession } from "../sync/note-session.ts";
import { OrphanDesk } from "./orphan-desk.ts";
import { type Actor, linkListener, type NodeOrder, type NodeState, type Stage } from "./stage.ts";
import { hashOfTrace, isWork, runClock, settle } from "./world-run.ts";
import { START_MS } from "./world.ts";

/** The note that everybody has open. */
export const FABRIC_NOTE = parseNoteId("sim")!;

const JOURNAL_ENTRIES_MAX = 1_000_000;
/** How often `quiesce` looks. */
const LOOK_MS = 250;
/** A world at rest in which nothing happens for this long has come to rest. */
const QUIET_MS = 2_000;
/** One that is not at rest, and in which nothing happens for this long, will not come to rest. */
const PATIENCE_MS = 120_000;
/** Nor one in which something happens for ever; longer than any backlog takes. */
const QUIESCE_MS_MAX = 300_000;

/** In one `run`, unless told otherwise. */
const STEPS_MAX = 100_000;

/** How many nodes a note can be on. */
export type NodeCount = 1 | 3 | 5;

export interface FabricWorldOptions extends Partial<
  Omit<ClusterOptions, "count" | "clock" | "prng" | "strategies" | "tracer" | "onLosses">
> {
  readonly strategy: Strategy;
  readonly seed: number | string;
  readonly nodes: NodeCount;
  /** Told of every entry of the journal, in order. */
  readonly onTrace?: ((entry: JournalEntry) => void) | undefined;
  readonly journalEntriesMax?: number | undefined;
  /** What may happen in one `run` at most. */
  readonly stepsMax?: number | undefined;
  /** What a replica is called in a refusal; left out: what its presence says. */
  readonly nameOf?: (replica: ReplicaId) => string | null;
}

export interface FabricMember extends Actor {
  /** The node that it is on, from its next connection on. */
  readonly at: NodeId;
}

interface Held extends FabricMember {
  at: NodeId;
}

export class FabricWorld implements Stage {
  readonly clock = new VirtualClock(START_MS);
  readonly journal: JournalRing;
  readonly cluster: Cluster;
  /** What the nodes' rooms found, each once. */
  readonly losses: Loss[] = [];
  readonly #desk = new OrphanDesk(this.clock);
  readonly nodeTraffic = { messages: 0, bytes: 0 };
  readonly #strategy: Strategy;
  readonly #nameOf: FabricWorldOptions["nameOf"];
  readonly #prng: Prng;
  readonly #members: Held[] = [];
  readonly #lossIds = new Set<string>();
  readonly #tracer: Tracer;
  readonly #stepsMax: number;
  /** Counts what happened to the note. */
  #work = 0;

  constructor({ strategy, seed, nodes, onTrace, journalEntriesMax, stepsMax = STEPS_MAX, nameOf, ...options }: FabricWorldOptions) {
    this.#strategy = strategy;
    this.#nameOf = nameOf;
    this.#stepsMax = stepsMax;
    this.#prng = createPrng(seed);
    this.journal = new JournalRing(journalEntriesMax ?? JOURNAL_ENTRIES_MAX);
    this.#tracer = {
      trace: (entry) => {
        this.journal.trace(entry);
        onTrace?.(entry);
        if (isWork(entry)) this.#work++;
      },
    };
    this.cluster = new Cluster({
      // Beyond every number of milliseconds that a world runs.
      healAfterMs: Number.MAX_SAFE_INTEGER - 2 * START_MS,
      ...options,
      count: nodes,
      clock: this.clock,
      prng: this.#prng.stream("cluster"),
      strategies: () => strategy,
      watchNodes: (from, to) => this.#counting(options.watchNodes?.(from, to)),
      tracer: this.#tracer,
      onLosses: (losses) => {
        for (const loss of losses) {
          if (!this.#lossIds.has(loss.id)) this.losses.push(loss);
          this.#lossIds.add(loss.id);
        }
      },
    });
  }

  /** What the sessions found. */
  get orphans(): readonly Loss[] {
    return this.#desk.orphans;
  }

  get members(): readonly FabricMember[] {
    return this.#members;
  }

  get nodes(): readonly NodeId[] {
    return this.cluster.ids;
  }

  get nodeIds(): readonly NodeId[] {
    return this.cluster.ids;
  }

  get board(): FaultBoard {
    return this.cluster.clientLinks;
  }

  /** @throws RangeError while no node has the note open. */
  get node(): { readonly replica: Replica; readonly relay: NoteRelay } {
    for (const id of this.nodes) {
      const relay = this.cluster.roomOf(id, FABRIC_NOTE)?.relay;
      if (relay !== undefined) return { relay, replica: relay.document() };
    }
    throw new RangeError("No node has the note open: all are down, or nobody has connected");
  }

  copyOf(node: NodeId): Replica | null {
    return this.cluster.roomOf(node, FABRIC_NOTE)?.relay.document() ?? null;
  }

  stateOf(node: NodeId): NodeState {
    const running = this.cluster.node(node);
    return running === null ? "down" : running.clock.isPaused ? "paused" : "up";
  }

  leads(node: NodeId): boolean {
    return this.#strategy.traits.isOrdered && this.cluster.node(node)?.logOf(FABRIC_NOTE)?.isLeading === true;
  }

  reachOf(node: NodeId): readonly NodeId[] {
    return this.cluster.node(node)?.reach.filter((other) => other !== node) ?? [];
  }

  orderOf(node: NodeId): NodeOrder | null {
    const log = this.#strategy.traits.isOrdered ? this.cluster.node(node)?.logOf(FABRIC_NOTE) : null;
    if (log == null) return null;
    return { token: log.authority.token() ?? log.lease.promised, entries: log.length, committed: log.committed };
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

  isCut({ id }: Actor): boolean {
    const { up, down } = this.board.get(id);
    return up.cut !== "open" || down.cut !== "open";
  }

  onLink(listener: (link: string, isCut: boolean) => void): () => void {
    const stops = [linkListener(this.board, listener), linkListener(this.cluster.nodeLinks, listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  get strategy(): Strategy {
    return this.#strategy;
  }

  /** A stream of chance of its own, for whoever plays in this world. */
  stream(name: string): Prng {
    return this.#prng.stream(name);
  }

  /** Adds a replica on a node; connect it with `start` of its session. `n` is its number: ids order as numbers do. */
  join(n: number, at: NodeId = this.nodes[0]!): FabricMember {
    const id = replicaIdFrom(n);
    const prng = this.#prng.stream(`member ${n}`);
    const clock = this.clock;
    const wall = new WallClock(clock, START_MS);
    const strategy = this.#strategy;
    this.cluster.place(id, at);
    const options = {
      noteId: FABRIC_NOTE,
      ...(this.#nameOf === undefined ? {} : { nameOf: this.#nameOf }),
      replicaId: id,
      strategy: { ...strategy, open: (given: OpenOptions) => strategy.open({ ...given, clock: wall }) },
      connect: this.cluster.connect(id, FABRIC_NOTE, strategy.name),
      store: new MemoryStore(),
      clock,
      prng: prng.stream("session"),
      tracer: this.#tracer,
      openWatch: (text: () => string) => this.#desk.openWatch(id, text),
    };
    const openNote = (): NoteSession => new NoteSession(options);
    const member: Held = { id, note: openNote(), store: options.store, openNote, wall, prng, at };
    this.#members.push(member);
    return member;
  }

  /** Connects everybody. */
  async start(): Promise<void> {
    for (const { note } of this.#members) await note.session.start();
    await this.run(50);
  }

  /** From its next connection on the member is on `at`; the one that it has is torn. */
  move({ id }: Actor, at: NodeId): void {
    const member = this.#held(id);
    member.at = at;
    this.cluster.place(id, at);
    const { clientLinks } = this.cluster;
    const { up, down } = clientLinks.get(id);
    clientLinks.set(id, { up: { cut: "reset" }, down: { cut: "reset" } });
    clientLinks.set(id, { up: { cut: up.cut }, down: { cut: down.cut } });
    member.note.session.retryNow();
  }

  /** The tab is closed, and opened again on what its device has. */
  async reload({ id }: Actor): Promise<void> {
    const member = this.#held(id);
    member.note.close();
    await settle();
    member.note = member.openNote();
    await member.note.session.start();
  }

  /** Ends a replica. */
  leave({ id }: Actor): void {
    const member = this.#held(id);
    member.note.close();
    this.#members.splice(this.#members.indexOf(member), 1);
    this.cluster.partitions.place(id, null);
  }

  /**
   * Lets `durationMs` go by, with every promise settled between two timers.
   * @throws Error when more happens in it than ever does where messages come to an end.
   */
  run(durationMs: number): Promise<void> {
    return runClock(this.clock, durationMs, this.#stepsMax);
  }

  /**
   * Runs until on each side of what is cut everybody has said and heard everything that they can, and all of it is durable. Returns
   * false where that does not come about.
   */
  async quiesce(): Promise<boolean> {
    const fromMs = this.clock.now();
    let work = this.#work;
    let sinceMs = fromMs;
    for (;;) {
      await this.run(LOOK_MS);
      const nowMs = this.clock.now();
      if (work !== this.#work) sinceMs = nowMs;
      work = this.#work;
      const isAtRest = this.#isAtRest();
      if (nowMs - sinceMs >= (isAtRest ? QUIET_MS : PATIENCE_MS) || nowMs - fromMs > QUIESCE_MS_MAX) return isAtRest;
    }
  }

  /** A digest of everything that happened, in order. */
  traceHash(): string {
    return hashOfTrace(this.journal);
  }

  /** Leaves no timer but those of the disks. */
  close(): void {
    for (const { note } of this.#members) note.close();
    this.cluster.close();
  }

  /** Counts what enters a connection between nodes, and tells whoever watches it. */
  #counting(watched: ClientWatch | undefined): ClientWatch {
    const { nodeTraffic } = this;
    return {
      onLinks: (links) => watched?.onLinks(links),
      onFrame: (direction, event, frameId, frame) => {
        if (event === "entered") {
          nodeTraffic.messages++;
          nodeTraffic.bytes += frame.length;
        }
        watched?.onFrame(direction, event, frameId, frame);
      },
    };
  }

  #held(id: ReplicaId): Held {
    const member = this.#members.find((one) => one.id === id);
    if (member === undefined) throw new RangeError(`Unknown member ${id}: it has left, or is of another world`);
    return member;
  }

  #isAtRest(): boolean {
    const { cluster } = this;
    const seenOf = (node: NodeId): Uint8Array | null => cluster.roomOf(node, FABRIC_NOTE)?.relay.seen() ?? null;
    const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
      a === null || b === null || this.#strategy.compare(a, b).ordering === "same";
    const islands = islandsOf(cluster.partitions.topology, cluster.partitions.cuts);
    return islands.every(({ ends, nodes, hasMajority }) => {
      const [first = null, ...others] = nodes.flatMap((node) => cluster.ids.filter((id) => id === node)).map(seenOf);
      return (
        others.every((seen) => isSame(first, seen)) &&
        this.#members.every(({ id, at, note }) => {
          if (!ends.includes(id) || !nodes.includes(at)) return true;
          const { connection, unsaved, unstored, pause } = note.session.status();
          if (connection === "refused" || connection === "closed" || cluster.node(at) === null) return true;
          // On a side that cannot save it stays open, and everybody knows.
          if (!hasMajority && pause !== null && unsaved > 0) return true;
          if (connection !== "synced" || unstored > 0 || (unsaved > 0 && pause === null)) return false;
          return isSame(note.replica.seen(), seenOf(at));
        })
      );
    });
  }
}
