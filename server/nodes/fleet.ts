/**
 * The nodes of this process, S1 to Sn: each with a folder, a store and rooms of its own, joined by conditioned links and by
 * nothing else; and what can be done to them. S1 keeps the data folder itself, so that what a server of one node has
 * made is S1's; the others have folders in it.
 */

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { WallClock } from "../../crdt/base/wall-clock.ts";
import type { StrategyTable } from "../../crdt/cluster/hosted-room.ts";
import { wireTo, type WireEnd } from "../../crdt/cluster/node-wire.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { type NodeId, nodeIds, type NodePair } from "../../crdt/network/node-pair.ts";
import { Partitions } from "../../crdt/network/partitions.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { StoredStamps } from "../store/store.ts";
import { type OpenedDisk, openDisk, ServedNode, type ServedNodeOptions, type StartFacts } from "./served-node.ts";

/** Moves that are remembered: of clients that come back under an address that says otherwise. */
const MOVES_MAX = 10_000;
/** The most nodes that a data folder can be of. */
const NODES_MAX = 5;

/** What a connection of a client holds of the node that it is on. */
export interface Seat {
  readonly node: NodeId;
  readonly hub: ServedNode["hub"];
  /** Whether it is the only node, which neither pauses nor dies before the process does. */
  readonly isAlone: boolean;
  /** See `ServedNode.run`. */
  run(task: () => void): void;
  /** `tear` is called when the node dies. Returns how to let go of it. */
  hold(tear: () => void): () => void;
}

export interface FleetOptions extends Omit<ServedNodeOptions, "id" | "folder" | "several" | "prng" | "wall" | "onChange"> {
  readonly count: number;
  readonly dataFolder: string;
  readonly prng: Prng;
  readonly clientLinks: FaultBoard;
  /** Something about a node has changed. */
  readonly onChange: () => void;
}

interface Host {
  readonly id: NodeId;
  readonly folder: string;
  /** What it stamps with; outlives it. */
  readonly wall: WallClock;
  served: ServedNode | null;
  /** For its connections. */
  seat: Seat | null;
  /** A crash or a start is under way. */
  isBusy: boolean;
  starts: number;
  slowMs: number;
  pausedUntilMs: number | null;
  /** It has been given an empty disk, and was not started since. */
  isDiskLost: boolean;
  readonly tear: Set<() => void>;
}

export class Fleet {
  readonly ids: readonly NodeId[];
  readonly nodeLinks: FaultBoard<NodePair>;
  readonly partitions: Partitions;
  readonly #options: FleetOptions;
  readonly #hosts: ReadonlyMap<NodeId, Host>;
  readonly #strategies: StrategyTable;
  readonly #moves = new Map<ReplicaId, NodeId>();
  /** Whether no node had anything when the process began. */
  #isBlank = false;
  #last: ServedNode | null = null;
  #isClosed = false;

  /** Opens every disk and starts every node. Rejects as `openDisk` does. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const strategies = options.count === 1 ? [] : await Promise.all(STRATEGY_NAMES.map((name) => loadNodeStrategy(name)));
    const byName = new Map(strategies.map((strategy) => [strategy.name, strategy]));
    const fleet = new Fleet(options, (name) => byName.get(name)!);
    await fleet.#startAll();
    return fleet;
  }

  private constructor(options: FleetOptions, strategies: StrategyTable) {
    const { count, clock, dataFolder, clientLinks } = options;
    this.#options = options;
    this.#strategies = strategies;
    this.ids = nodeIds(count);
    this.nodeLinks = new FaultBoard<NodePair>({ clock });
    this.partitions = new Partitions({ clock, nodes: this.ids, nodeLinks: this.nodeLinks, clientLinks });
    this.#hosts = new Map(
      this.ids.map((id, n) => [
        id,
        {
          id,
          folder: n === 0 ? dataFolder : join(dataFolder, "nodes", id),
          wall: new WallClock(clock, clock.now()),
          served: null,
          seat: null,
          isBusy: false,
          starts: 0,
          slowMs: 0,
          pausedUntilMs: null,
          isDiskLost: false,
          tear: new Set<() => void>(),
        },
      ]),
    );
  }

  /** The clock that no node's pause stops. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** Whether there was nothing on any node when the process began. */
  get isBlank(): boolean {
    return this.#isBlank;
  }

  get isSeveral(): boolean {
    return this.ids.length > 1;
  }

  /** The node while it runs, paused or not; null while it is down. @throws RangeError when there is none of that name. */
  node(id: NodeId): ServedNode | null {
    return this.#host(id).served;
  }

  /** The clock that a node stamps with; up or down. */
  wallOf(id: NodeId): WallClock {
    return this.#host(id).wall;
  }

  /** The first node that is ready, for what is asked of the server as such; the last one that was when none is. */
  get primary(): ServedNode {
    for (const { served } of this.#hosts.values()) if (served?.isReady === true) return (this.#last = served);
    return this.#last!;
  }

  running(): ServedNode[] {
    return [...this.#hosts.values()].flatMap(({ served }) => served ?? []);
  }

  /** What was done to a node and lasts. */
  conditionOf(id: NodeId): { readonly slowMs: number; readonly pausedUntilMs: number | null; readonly isDiskLost: boolean } {
    const { slowMs, pausedUntilMs, isDiskLost } = this.#host(id);
    return { slowMs, pausedUntilMs, isDiskLost };
  }

  /** `text` as one of this server's nodes. */
  parse(text: string): NodeId | null {
    return this.ids.find((id) => id === text) ?? null;
  }

  /** Where a client is to be: where it was moved to, or else where it asks for, or else on the first node. */
  homeOf(replica: ReplicaId, wanted: NodeId | null): NodeId {
    const moved = this.#moves.get(replica);
    if (moved !== undefined && moved === wanted) this.#moves.delete(replica);
    return moved ?? wanted ?? this.ids[0]!;
  }

  /** From its next connection on `replica` is on `node`, whatever it asks for. */
  move(replica: ReplicaId, node: NodeId): void {
    this.#host(node);
    this.#moves.delete(replica);
    this.#moves.set(replica, node);
    for (const oldest of this.#moves.keys()) {
      if (this.#moves.size <= MOVES_MAX) break;
      this.#moves.delete(oldest);
    }
  }

  /** What a connection to `id` is served by, or why there is nothing. */
  seat(id: NodeId): Seat | Closed {
    return this.#host(id).seat ?? { code: CLOSE.tryLater, reason: `${id} is down` };
  }

  /** Its memory is lost, and what its disk had not synced; its connections break. Does nothing while it is down. */
  async crash(id: NodeId): Promise<void> {
    const host = this.#host(id);
    const { served } = host;
    if (served === null || host.isBusy) return;
    host.isBusy = true;
    host.served = host.seat = null;
    host.pausedUntilMs = null;
    const gone = served.crash();
    for (const tear of host.tear) tear();
    host.tear.clear();
    this.#options.onChange();
    await gone;
    host.isBusy = false;
  }

  /** Starts a node that is down. Rejects when its folder cannot be used. */
  async restart(id: NodeId): Promise<void> {
    const host = this.#host(id);
    if (host.served !== null || host.isBusy || this.#isClosed) return;
    host.isBusy = true;
    try {
      const start = await this.#prepare(host, await openDisk(this.#optionsOf(host)), { isFirstStart: false, isOtherCount: false });
      this.#run(host, start);
      host.isDiskLost = false;
    } finally {
      host.isBusy = false;
    }
    this.#options.onChange();
  }

  /** Crashes it if it runs, and puts in an empty disk. It stays down. */
  async loseDisk(id: NodeId): Promise<void> {
    const host = this.#host(id);
    await this.crash(id);
    for (const suffix of ["", "-wal", "-shm"]) {
      const file = join(host.folder, `notes.db${suffix}`);
      if (existsSync(file)) rmSync(file);
    }
    host.isDiskLost = true;
    this.#options.onChange();
  }

  /** It stands still: what comes waits, and its clients hear nothing. */
  pause(id: NodeId, durationMs: number): void {
    const host = this.#host(id);
    if (host.served === null) return;
    const { clock, onChange } = this.#options;
    host.served.pause(durationMs);
    const untilMs = clock.now() + durationMs;
    host.pausedUntilMs = untilMs;
    clock.setTimer(durationMs, () => {
      if (host.pausedUntilMs !== untilMs) return;
      host.pausedUntilMs = null;
      onChange();
    });
    onChange();
  }

  resume(id: NodeId): void {
    const host = this.#host(id);
    host.pausedUntilMs = null;
    host.served?.resume();
    this.#options.onChange();
  }

  /** Each commit of its disk takes `extraMs` longer from now on, restarts included; 0: as before. */
  slowDisk(id: NodeId, extraMs: number): void {
    const host = this.#host(id);
    host.slowMs = extraMs;
    host.served?.store.slowDown(extraMs);
    this.#options.onChange();
  }

  /** What notes are stamped with, as the nodes that run remember it: of each note what was set last. Oldest first. */
  async stamps(): Promise<readonly StoredStamps[]> {
    const stored = (await Promise.all(this.running().map(({ store }) => store.stamps()))).flat();
    const last = new Map<NoteId, StoredStamps>();
    for (const stamps of stored.sort((a, b) => a.fromMs - b.fromMs)) {
      last.delete(stamps.noteId);
      last.set(stamps.noteId, stamps);
    }
    return [...last.values()];
  }

  /** Everything that was handed over is durable on every node that runs. */
  async flush(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.running().map((node) => node.flush()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.partitions.close();
    this.nodeLinks.close();
    await Promise.all(this.running().map((node) => node.close()));
  }

  async #startAll(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    const disks: (readonly [Host, OpenedDisk])[] = [];
    for (const host of hosts) {
      try {
        disks.push([host, await openDisk(this.#optionsOf(host))]);
      } catch (error) {
        // What is wrong with the data folder itself is for whoever starts the server; a node beside it stays down.
        if (host === hosts[0]) throw error;
        this.#options.log.error({ err: error, node: host.id }, "A node cannot use its folder, and stays down");
      }
    }
    this.#isBlank = disks.every(([, { rows }]) => rows.settledOf === 0 && rows.ballots.length + rows.unballoted.length === 0);
    const isFirstStart = this.#isBlank && disks.length === hosts.length;
    const isOtherCount = disks.some(([, { rows }]) => rows.settledOf !== 0 && rows.settledOf !== hosts.length);
    if (isOtherCount) this.#warnOfOthers();
    const starts = await Promise.all(
      disks.map(async ([host, disk]) => [host, await this.#prepare(host, disk, { isFirstStart, isOtherCount })] as const),
    );
    // In one turn, so that each finds the others when it first calls.
    for (const [host, start] of starts) this.#run(host, start);
    this.#last = hosts[0]!.served;
    await Promise.race(this.running().map(({ ready }) => ready));
  }

  /** Folders of nodes that there are not any more are left as they are. */
  #warnOfOthers(): void {
    const { dataFolder, log } = this.#options;
    const unused = nodeIds(NODES_MAX).filter((id) => !this.ids.includes(id) && existsSync(join(dataFolder, "nodes", id, "notes.db")));
    if (unused.length > 0)
      log.warn({ unused }, "The data folder is of more nodes than there are now: what was saved on those alone is back when they are");
  }

  #prepare(host: Host, opened: OpenedDisk, start: StartFacts): Promise<() => ServedNode> {
    host.starts++;
    if (host.slowMs > 0) opened.disk.slowDown(host.slowMs);
    return ServedNode.prepare(this.#optionsOf(host), opened, start);
  }

  #run(host: Host, start: () => ServedNode): void {
    const { tear, id } = host;
    const served = start();
    const isAlone = !this.isSeveral;
    host.served = served;
    host.seat = {
      node: id,
      hub: served.hub,
      isAlone,
      run: isAlone ? (task) => task() : (task) => served.run(task),
      hold(task) {
        if (isAlone) return () => undefined;
        tear.add(task);
        return () => tear.delete(task);
      },
    };
  }

  #optionsOf(host: Host): ServedNodeOptions {
    const { prng, onChange } = this.#options;
    const several = this.isSeveral
      ? { nodes: this.ids, strategies: this.#strategies, connect: (peer: NodeId) => (host.id < peer ? this.#wire(host, peer) : null) }
      : null;
    const life = prng.stream(`${host.id} ${host.starts}`);
    return { ...this.#options, id: host.id, folder: host.folder, wall: host.wall, prng: life, several, onChange: () => onChange() };
  }

  #wire(host: Host, peer: NodeId): ReturnType<typeof wireTo> {
    const { clock, prng } = this.#options;
    return wireTo(peer, {
      clock,
      prng: prng.stream(`link ${host.id} ${peer} ${host.starts}`),
      board: this.nodeLinks,
      from: endOf(host),
      to: () => endOf(this.#host(peer)),
    });
  }

  #host(id: NodeId): Host {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new RangeError(`Unknown node ${id}: expected one of ${this.ids.join(", ")}`);
    return host;
  }
}

function endOf(host: Host): WireEnd {
  return {
    id: host.id,
    tear: host.tear,
    get node() {
      return host.served?.cluster ?? null;
    },
  };
}
