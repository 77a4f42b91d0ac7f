/**
 * One life of one node: its store, its rooms, and, where there are several, its part in the cluster. A crash throws all of it
 * away, a restart makes another over the same folder. Everything that happens to it comes through `run`, so that a
 * paused node does nothing and a dead one never does again.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, mintReplicaId, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { Tracer } from "../../crdt/base/journal.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import type { Birth } from "../../crdt/cluster/birth.ts";
import { ClusterNode } from "../../crdt/cluster/cluster-node.ts";
import type { StrategyTable } from "../../crdt/cluster/hosted-room.ts";
import { NodeClock } from "../../crdt/cluster/node-clock.ts";
import { type OrderSeat, type OrderSeatOptions, takeSeat } from "../../crdt/cluster/order-seat.ts";
import { shareRoom, type SharedRoom } from "../../crdt/cluster/room-peers.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { Connect } from "../../crdt/network/transport.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { Logger } from "../log.ts";
import type { StoreMeter } from "../metrics/metered-store.ts";
import { openCompactor } from "../rooms/compactor.ts";
import { type OpenRoom, RoomHub, type RoomHubOptions } from "../rooms/room-hub.ts";
import { SeveralNodesError } from "../rooms/words.ts";
import type { BallotRows } from "../store/ballot-tables.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import { DamagedNoteError, type NodeDisk, type StoreTrouble } from "../store/store.ts";
import { type BallotStore, type BallotStoreOptions, openBallotStore } from "./ballot-store.ts";

/** How long a lease of a note's order lasts. */
export const LEASE_MS = 5_000;
/** Without a word of the list of notes from a peer for so long, a node asks for it itself. */
const CATALOG_MS = 3_000;

export interface ServedNodeOptions {
  readonly id: NodeId;
  readonly folder: string;
  /** The true time, as far as this host knows. */
  readonly clock: Clock;
  /** For how long something lasts: leases, and who is in touch. Nobody sets it. */
  readonly steady: Clock;
  /** What this node stamps with, which may be set off: times in the notes themselves, and so when the lock of a note's writers is over. */
  readonly wall: Pick<Clock, "now">;
  readonly prng: Prng;
  readonly tracer: Tracer;
  readonly log: Logger;
  readonly meter: StoreMeter;
  readonly lingerMs: number;
  /** For how long a writer holds a note's lock. */
  readonly lockTtlMs: number;
  readonly cutsHistory: boolean;
  /** null: it is the only one. */
  readonly several: SeveralOptions | null;
  onMerged(node: ServedNode, open: OpenRoom, isOfClient: boolean): void;
  onDurable(open: OpenRoom): void;
  onLosses(node: ServedNode, open: OpenRoom, losses: readonly Loss[]): void;
  /** It is ready, or what it reaches or leads has changed. */
  readonly onChange: (node: ServedNode) => void;
}

export interface SeveralOptions {
  readonly nodes: readonly NodeId[];
  readonly strategies: StrategyTable;
  readonly connect: (peer: NodeId) => Connect | null;
}

/** What the server knows of all its disks when a node begins. */
export type StartFacts = Pick<BallotStoreOptions, "isFirstStart" | "isOtherCount">;

/** A disk that was opened for a node to run on. */
export interface OpenedDisk {
  readonly disk: NodeDisk;
  /** What this node had promised. */
  readonly rows: BallotRows;
  /** Whoever is to hear what the disk says, from now on. */
  readonly listen: (to: DiskListener) => void;
}

interface DiskListener {
  onSaved(noteId: NoteId, position: number): void;
  setTrouble(trouble: StoreTrouble | null): void;
  onDamaged(noteId: NoteId, error: DamagedNoteError): void;
  onBroken(error: Error): void;
}

/** A node's folder cannot be used; the message says why, as the database does. */
export class UnusableFolderError extends Error {
  override readonly name = "UnusableFolderError";
}

/** Rejects with UnusableFolderError. */
export async function openDisk({
  id,
  folder,
  meter,
  log,
  several,
}: Pick<ServedNodeOptions, "id" | "folder" | "meter" | "log" | "several">): Promise<OpenedDisk> {
  /** What the store has said before anybody listened. */
  let trouble: StoreTrouble | null = null;
  let listener: DiskListener | null = null;
  const about = several === null ? {} : { node: id };
  const disk = meter.wrap(
    await openSqliteStore(
      folder,
      meter.listen({
        onSaved: (noteId, position) => listener?.onSaved(noteId, position),
        onHalted: (why) => {
          log.error({ trouble: why, ...about }, "Nothing can be saved: no write is taken until that is over");
          trouble = why;
          listener?.setTrouble(why);
        },
        onResumed: () => {
          log.warn(about, "What waited is saved; writes are taken again");
          trouble = null;
          listener?.setTrouble(null);
        },
        onDamaged: (noteId, error) => listener?.onDamaged(noteId, error),
        onBroken: (error) => {
          log.error({ err: error, ...about }, "The store failed: nothing more can be saved. Check the disk, then start again");
          listener?.onBroken(error);
        },
      }),
    ).catch((error: unknown) => {
      throw new UnusableFolderError(error instanceof Error ? error.message : String(error), { cause: error });
    }),
  );
  return {
    disk,
    rows: await disk.ballots(),
    listen(to) {
      listener = to;
      to.setTrouble(trouble);
    },
  };
}

export class ServedNode {
  readonly id: NodeId;
  /** As a replica, for the journal and for what it writes itself. */
  readonly replica: ReplicaId;
  readonly store: NodeDisk;
  readonly hub: RoomHub;
  /** null: it is the only one. */
  readonly cluster: ClusterNode | null;
  /** Settles when the list of notes is open. */
  readonly ready: Promise<void>;
  readonly #options: ServedNodeOptions;
  readonly #compactor = openCompactor();
  readonly #clock: Clock;
  readonly #nodeClock: NodeClock | null;
  readonly #seats = new Map<NoteId, OrderSeat>();
  readonly #ballots: BallotStore | null;
  #isReady = false;
  #hadMajority = false;
  /** A peer has the list of notes. */
  #onCatalogHeard: (() => void) | null = null;

  /** Reads what it needs; the node begins to run when what is returned is called. Rejects as the disk does. */
  static async prepare(options: ServedNodeOptions, opened: OpenedDisk, start: StartFacts): Promise<() => ServedNode> {
    const { several, id } = options;
    const { disk, rows } = opened;
    if (several === null) {
      // What one node decides now the others of before will not know.
      if (rows.settledOf > 1) disk.putBallot({ type: "settle", count: 1 });
      return () => new ServedNode(options, opened, null);
    }
    const ballots = await openBallotStore({
      id,
      nodes: several.nodes,
      disk,
      rows,
      ...start,
      isOrdered: (strategy) => several.strategies(strategy).traits.isOrdered,
      defer: (task) => void setImmediate(task),
    });
    return () => new ServedNode(options, opened, ballots);
  }

  private constructor(options: ServedNodeOptions, { disk, rows, listen }: OpenedDisk, ballots: BallotStore | null) {
    const { id, prng, tracer, log, several } = options;
    this.id = id;
    this.replica = mintReplicaId(prng);
    this.store = disk;
    this.#options = options;
    this.#ballots = ballots;
    const { clock, wall } = options;
    const nodeClock = several === null ? null : new NodeClock(options.steady);
    this.#nodeClock = nodeClock;
    const setTimer: Clock["setTimer"] = (delayMs, task) => (nodeClock ?? clock).setTimer(delayMs, task);
    this.#clock = nodeClock === null ? clock : { now: () => clock.now(), setTimer };
    this.hub = new RoomHub({
      store: disk,
      compactor: this.#compactor,
      defer: (task) => void setImmediate(this.#nodeClock === null ? task : () => this.run(task)),
      onProblem: (noteId, what, error) => log.error({ err: error, noteId, ...(several === null ? {} : { node: id }) }, what),
      clock: this.#clock,
      wall,
      prng: prng.stream("rooms"),
      tracer,
      nodeReplica: this.replica,
      lingerMs: options.lingerMs,
      lockTtlMs: options.lockTtlMs,
      cutsHistory: options.cutsHistory,
      onMerged: (open, isOfPeer) => options.onMerged(this, open, !isOfPeer),
      onDurable: (open) => options.onDurable(open),
      onLosses: (open, losses) => options.onLosses(this, open, losses),
      ...(several === null
        ? refusing(rows)
        : {
            agree: (noteId, wanted) => this.#agree(noteId, wanted),
            orderOf: (noteId, strategy) => this.#seatOf(noteId, strategy),
            onForgotten: (noteId) => this.#onForgotten(noteId),
          }),
    });
    listen({
      onSaved: (noteId, position) => this.run(() => this.hub.onSaved(noteId, position)),
      setTrouble: (trouble) =>
        this.run(() => {
          if (trouble === null) this.#ballots?.onResumed();
          this.hub.setTrouble(trouble);
        }),
      onDamaged: (noteId, error) => this.run(() => this.hub.quarantine(noteId, error)),
      onBroken: () => this.run(() => this.hub.close(CLOSE.tryLater, "The server cannot save")),
    });
    this.cluster = several === null || ballots === null ? null : this.#joinCluster(several, ballots);
    this.ready = this.#openCatalog();
    // Whoever waits for it is told; after a crash nobody does.
    this.ready.catch(() => undefined);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether one node orders the note, as far as this one knows. */
  isOrdered(noteId: NoteId): boolean {
    const strategy = this.cluster?.birthOf(noteId)?.strategy ?? null;
    return strategy !== null && this.#options.several?.strategies(strategy).traits.isOrdered === true;
  }

  /** Why this node cannot order the note now, in a sentence. */
  reasonOf(noteId: NoteId): string {
    return this.cluster?.reason(this.cluster.logOf(noteId)?.lease.leader ?? null) ?? "";
  }

  get isPaused(): boolean {
    return this.#nodeClock?.isPaused ?? false;
  }

  /** Runs `task` now, when the pause is over, or never. */
  run(task: () => void): void {
    if (this.#nodeClock === null) task();
    else this.#nodeClock.run(task);
  }

  /** It stands still: neither sends nor takes anything in. Its disk and its clock go on. */
  pause(durationMs: number): void {
    this.#nodeClock?.pause(durationMs);
  }

  resume(): void {
    this.#nodeClock?.resume();
  }

  /** Saves what has come in; acks leave before the goodbye. */
  flush(): Promise<void> {
    return this.store.flush();
  }

  /** After `flush`, and after everybody was told. */
  async close(): Promise<void> {
    this.hub.close(CLOSE.restarting, "The server stops");
    for (const seat of this.#seats.values()) seat.close();
    this.cluster?.close();
    await this.#compactor.close();
    await this.store.close();
  }

  /** Its memory is lost, and what its disk had not synced. */
  async crash(): Promise<void> {
    this.#nodeClock?.kill();
    await this.#compactor.close();
    await this.store.crash();
  }

  #joinCluster({ nodes, strategies, connect }: SeveralOptions, store: BallotStore): ClusterNode {
    const { id, prng, tracer } = this.#options;
    return new ClusterNode({
      id,
      nodes,
      replica: this.replica,
      clock: this.#nodeClock ?? new NodeClock(this.#options.steady),
      prng: prng.stream("cluster"),
      store,
      strategies,
      tracer,
      ttlMs: LEASE_MS,
      connect,
      openRoom: (noteId, birth, send, done) => this.#openShared(noteId, birth, send, done),
      onChange: () => this.#onChange(),
    });
  }

  #onChange(): void {
    const { several, onChange } = this.#options;
    const hasMajority = 2 * (this.cluster?.reach.length ?? 0) > (several?.nodes.length ?? 1);
    if (hasMajority && !this.#hadMajority) this.cluster?.nudge();
    this.#hadMajority = hasMajority;
    onChange(this);
  }

  #agree(noteId: NoteId, wanted: Birth["strategy"]): Promise<Birth> {
    return new Promise((resolve) => {
      this.cluster?.born(noteId, wanted, (birth) => {
        resolve(birth);
        // The room is opened by now, or soon: then it is synced with whoever has the note too.
        this.cluster?.share(noteId);
      });
    });
  }

  #openShared(
    noteId: NoteId,
    { strategy }: Birth,
    send: (peer: NodeId, frame: Uint8Array) => void,
    done: (room: SharedRoom) => void,
  ): void {
    if (noteId === CATALOG_NOTE_ID) this.#onCatalogHeard?.();
    this.hub.open(noteId, strategy).then(
      ({ room }) =>
        this.run(() =>
          done(
            this.#guarded(
              noteId,
              shareRoom(room, send, (peer, error) => this.#onPeerProblem(noteId, peer, error)),
            ),
          ),
        ),
      // Said where it was found; the note is closed to everybody.
      () => undefined,
    );
  }

  /** What a peer says of one note is at that note's risk, and at no other's. */
  #guarded(noteId: NoteId, room: SharedRoom): SharedRoom {
    return {
      join: (peer) => this.hub.guard(noteId, () => room.join(peer)),
      leave: (peer) => this.hub.guard(noteId, () => room.leave(peer)),
      close: (code, reason) => room.close(code, reason),
      receive: (peer, frame) => this.hub.guard(noteId, () => room.receive(peer, frame)),
    };
  }

  #onPeerProblem(noteId: NoteId, peer: NodeId, error: Error): void {
    const { log, id } = this.#options;
    log.error({ err: error, noteId, node: id, peer }, "What a node says of this note cannot be; it is not synced with that node");
  }

  async #seatOf(noteId: NoteId, strategy: NonNullable<Birth["strategy"]>): Promise<OrderSeat> {
    const { log, id } = this.#options;
    this.#seats.get(noteId)?.close();
    const options: OrderSeatOptions = {
      noteId,
      strategy,
      cluster: this.cluster!,
      clock: this.#clock,
      guard: (task) => this.hub.guard(noteId, task),
      reopen: (reason) => this.hub.reopen(noteId, reason),
      onProblem: (what, error) => log.error({ err: error, noteId, node: id }, what),
      onOwnCommitted: () => this.#options.onChange(this),
    };
    const seat = await new Promise<OrderSeat>((resolve) => takeSeat(options, resolve));
    this.#seats.set(noteId, seat);
    return seat;
  }

  #onForgotten(noteId: NoteId): void {
    const seat = this.#seats.get(noteId);
    this.#seats.delete(noteId);
    seat?.close();
    if (seat === undefined) this.cluster?.unshare(noteId);
    else this.cluster?.resign(noteId);
  }

  /** A damaged list of notes is reported like any damaged note: the notes themselves are there, at their addresses. */
  async #openCatalog(): Promise<void> {
    const { several, id } = this.#options;
    // One node asks for its birth first; the others hear of it.
    if (several !== null && id !== several.nodes[0] && this.cluster?.birthOf(CATALOG_NOTE_ID) == null)
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.setTimer(CATALOG_MS, resolve);
        this.#onCatalogHeard = () => {
          cancel();
          resolve();
        };
      });
    try {
      await this.hub.open(CATALOG_NOTE_ID);
    } catch (error) {
      if (!(error instanceof DamagedNoteError)) throw error;
    }
    this.#isReady = true;
    this.#options.onChange(this);
  }
}

/** Notes with an order that several nodes have kept are not this one's to go on with. */
function refusing({ ballots }: BallotRows): Pick<RoomHubOptions, "agree"> {
  const kept = new Set(ballots.filter(({ entries }) => entries.some(({ kind }) => kind === "entry")).map(({ noteId }) => noteId));
  if (kept.size === 0) return {};
  return {
    agree: async (noteId) => {
      if (kept.has(noteId)) throw new SeveralNodesError();
      return null;
    },
  };
}
