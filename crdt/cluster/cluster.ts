/**
 * Several nodes in one process, each with a disk of its own, joined by conditioned links and by nothing else; and
 * what can be done to them. Nodes are made and thrown away as processes would be.
 */

import type { Clock } from "../base/clock.ts";
import { type NoteId, type ReplicaId, replicaIdFrom } from "../base/ids.ts";
import { SILENT_TRACER, type Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import { type Conditioned, conditionTransport } from "../network/conditioned-transport.ts";
import { FaultBoard } from "../network/fault-board.ts";
import { type NodeId, nodeIds, type NodePair, pairOf } from "../network/node-pair.ts";
import { Partitions } from "../network/partitions.ts";
import { connectThrough } from "../network/pipe.ts";
import type { Connect } from "../network/transport.ts";
import type { Direction, Link, LinkEvent } from "../network/link.ts";
import type { Loss, NoteRelay, StrategyName } from "../strategy/strategy.ts";
import { CLOSE } from "../sync/close-codes.ts";
import type { Room } from "../sync/room.ts";
import type { Session } from "../sync/session.ts";
import { ClusterNode, type ClusterNodeOptions } from "./cluster-node.ts";
import type { StrategyTable } from "./hosted-room.ts";
import { NodeClock } from "./node-clock.ts";
import { OrderedHost } from "./ordered-host.ts";
import { wireTo } from "./node-wire.ts";
import type { NodeStore } from "./node-store.ts";
import { SimDisk } from "./sim-disk.ts";

/** Numbers of nodes as replicas begin here, far from those of people. */
const NODE_REPLICAS = 2 ** 50;

export interface ClusterOptions extends Pick<ClusterNodeOptions, "ttlMs" | "hasFencing" | "quorum"> {
  readonly count: number;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly strategies: StrategyTable;
  readonly tracer?: Tracer;
  readonly syncMsMax?: number;
  /** For how long a writer holds a note's lock, where there is one. */
  readonly lockTtlMs?: number;
  /** How long after the last change all links heal. */
  readonly healAfterMs?: number;
  /** Sees every frame between nodes where it enters its link, and may put another in its place; null: it is lost. */
  readonly tamper?: (from: NodeId, to: NodeId, frame: Uint8Array) => Uint8Array | null;
  /** A disk that a node of that name had before; null, and left out: a new one. */
  readonly disks?: (id: NodeId) => SimDisk | null;
  /** Stands between a node and its disk. */
  readonly wrapStore?: (id: NodeId, store: NodeStore) => NodeStore;
  /** A node has begun to run: again after each restart. */
  readonly onStart?: (node: ClusterNode) => void;
  /** What the rooms of `node` find; each room finds its own. */
  readonly onLosses?: (losses: readonly Loss[], node: NodeId) => void;
  /** A peer has handed over what cannot be. */
  readonly onProblem?: (node: NodeId, what: string, error: unknown) => void;
  /** Told of every connection of a client. */
  readonly watch?: WatchClient | undefined;
  /** Told of every connection between two nodes. */
  readonly watchNodes?: WatchNodes | undefined;
}

/** What is told of one connection of a client to whoever watches single frames. */
export interface ClientWatch {
  onLinks(links: { readonly up: Link; readonly down: Link }): void;
  onFrame(direction: Direction, event: LinkEvent, frameId: number, frame: Uint8Array): void;
}

export type WatchClient = (client: ReplicaId, node: NodeId) => ClientWatch;
/** Up is from `from` to `to`. */
export type WatchNodes = (from: NodeId, to: NodeId) => ClientWatch;

interface Host {
  readonly id: NodeId;
  readonly disk: SimDisk;
  node: ClusterNode | null;
  /** Its rooms of notes that one node orders. */
  ordered: OrderedHost | null;
  offsetMs: number;
  /** Ends of connections that this process holds, to be torn when it dies. */
  readonly tear: Set<() => void>;
  starts: number;
}

export class Cluster {
  readonly nodeLinks: FaultBoard<NodePair>;
  readonly clientLinks: FaultBoard;
  readonly partitions: Partitions;
  readonly ids: readonly NodeId[];
  readonly #options: ClusterOptions;
  readonly #hosts: ReadonlyMap<NodeId, Host>;
  readonly #homes = new Map<ReplicaId, NodeId>();

  constructor(options: ClusterOptions) {
    const { count, clock, prng, syncMsMax, healAfterMs } = options;
    this.#options = options;
    this.ids = nodeIds(count);
    const board = { clock, ...(healAfterMs === undefined ? {} : { healAfterMs }) };
    this.nodeLinks = new FaultBoard<NodePair>(board);
    this.clientLinks = new FaultBoard(board);
    this.partitions = new Partitions({ clock, nodes: this.ids, nodeLinks: this.nodeLinks, clientLinks: this.clientLinks });
    this.#hosts = new Map(
      this.ids.map((id) => {
        const fresh = (): SimDisk =>
          new SimDisk({ clock, prng: prng.stream(`disk ${id}`), ...(syncMsMax === undefined ? {} : { syncMsMax }) });
        const disk = options.disks?.(id) ?? fresh();
        return [id, { id, disk, node: null, ordered: null, offsetMs: 0, tear: new Set<() => void>(), starts: 0 }];
      }),
    );
    for (const id of this.ids) this.restart(id);
  }

  /** Which node it is, from 0, whose number as a replica is `n`; -1: none. */
  numberOf(n: number): number {
    const at = n - NODE_REPLICAS;
    return at >= 0 && at < this.ids.length ? at : -1;
  }

  /** The node while it runs, paused or not; null when it is down. */
  node(id: NodeId): ClusterNode | null {
    return this.#host(id).node;
  }

  /** The room of a note that is in the memory of `id`. */
  roomOf(id: NodeId, noteId: NoteId): { readonly room: Room; readonly relay: NoteRelay } | null {
    const { node, ordered } = this.#host(id);
    return ordered?.find(noteId) ?? node?.find(noteId) ?? null;
  }

  /** The disk of a node, whether that runs or not. */
  diskOf(id: NodeId): SimDisk {
    return this.#host(id).disk;
  }

  /** Its memory is lost, and what its disk had not synced. Its connections break. */
  crash(id: NodeId): void {
    const host = this.#host(id);
    if (host.node === null) return;
    host.offsetMs = host.node.clock.offsetMs;
    host.node.clock.kill();
    host.node = host.ordered = null;
    host.disk.crash();
    for (const tear of host.tear) tear();
    host.tear.clear();
  }

  /** Starts a node that is down. */
  restart(id: NodeId): void {
    const host = this.#host(id);
    if (host.node !== null) return;
    const { clock, prng, strategies, tracer = SILENT_TRACER, wrapStore, onStart, ttlMs, hasFencing, quorum, lockTtlMs } = this.#options;
    const store = host.disk.open();
    const replica = replicaIdFrom(NODE_REPLICAS + this.ids.indexOf(id));
    const onLosses = (losses: readonly Loss[]): void => this.#options.onLosses?.(losses, id);
    host.node = new ClusterNode({
      id,
      nodes: this.ids,
      replica,
      clock: new NodeClock(clock, host.offsetMs),
      prng: prng.stream(`node ${id} ${++host.starts}`),
      store: wrapStore?.(id, store) ?? store,
      strategies,
      tracer,
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(hasFencing === undefined ? {} : { hasFencing }),
      ...(quorum === undefined ? {} : { quorum }),
      connect: (peer) => (id < peer ? this.#connectNodes(host, peer) : null),
      onLosses,
    });
    const onProblem = (what: string, error: unknown): void => this.#options.onProblem?.(id, what, error);
    host.ordered = new OrderedHost({ node: host.node, replica, strategies, tracer, lockTtlMs, onLosses, onProblem });
    onStart?.(host.node);
  }

  /** It stands still: neither sends nor takes anything in; what comes waits. Its disk and its clock go on. */
  pause(id: NodeId, durationMs: number): void {
    this.#host(id).node?.clock.pause(durationMs);
  }

  resume(id: NodeId): void {
    this.#host(id).node?.clock.resume();
  }

  /** Each sync of its disk takes `extraMs` longer from now on; 0: as before. */
  slowDisk(id: NodeId, extraMs: number): void {
    this.#host(id).disk.slowDown(extraMs);
  }

  /** Crashes it if it runs, and puts in an empty disk. */
  loseDisk(id: NodeId): void {
    this.crash(id);
    this.#host(id).disk.lose();
  }

  /** The note's lease ends on `id` before its time: at once, or when the node's pause is over. */
  endLease(id: NodeId, noteId: NoteId): void {
    const { node } = this.#host(id);
    node?.clock.run(() => void node.endLease(noteId));
  }

  /** The lock of the note's writers ends before its time, where `id` orders the note now. */
  endLock(id: NodeId, noteId: NoteId): void {
    this.#host(id).node?.clock.run(() => void this.roomOf(id, noteId)?.relay.changeLock?.({ kind: "end" }));
  }

  jumpClock(id: NodeId, ms: number): void {
    const host = this.#host(id);
    if (host.node === null) host.offsetMs += ms;
    else host.node.clock.jump(ms);
  }

  /** Puts a client on a node, from its next connection on. */
  place(client: ReplicaId, node: NodeId): void {
    this.#host(node);
    this.#homes.set(client, node);
    this.partitions.place(client, node);
  }

  /** The way of a client to the note, on whichever node it is placed. What it sends before the room is there waits. */
  connect(client: ReplicaId, noteId: NoteId, wanted: StrategyName, kind: "tab" | "stock" = "tab"): Connect {
    const { clock, prng, strategies, tracer = SILENT_TRACER, watch } = this.#options;
    const { isOrdered } = strategies(wanted).traits;
    const linkPrng = prng.stream(`client ${client}`);
    return connectThrough(clock, () => {
      const host = this.#host(this.#homes.get(client) ?? this.ids[0]!);
      const { node, ordered } = host;
      if (node === null || ordered === null || node.clock.isPaused) return null;
      return (raw, terminate) => {
        let session: Session | null = null;
        let early: Uint8Array[] = [];
        let isOver = false;
        const take = (task: () => void): void => node.clock.run(task);
        const tear = (): void => terminate();
        const watched = watch?.(client, host.id);
        const conditioned: Conditioned = conditionTransport({
          raw,
          terminate,
          replica: client,
          board: this.clientLinks,
          clock,
          prng: linkPrng,
          onFrame: (frame) =>
            take(() => {
              if (session === null) early.push(frame);
              else session.onFrame(frame);
            }),
          onClose: (closed) => {
            host.tear.delete(tear);
            take(() => {
              isOver = true;
              session?.onClose(closed);
            });
          },
          trace: (direction, kind, frameId, bytes, frame) => {
            tracer.trace({ kind, direction, frameId, bytes, atMs: clock.now(), hop: "link", noteId, replica: client });
            watched?.onFrame(direction, kind, frameId, frame);
          },
          onLinks: (links) => watched?.onLinks(links),
        });
        host.tear.add(tear);
        const rooms = isOrdered ? ordered : node;
        rooms.open(noteId, wanted, (hosted) => {
          if (isOver) return;
          session = hosted.serve({ transport: conditioned.transport, kind, replicaId: client });
          for (const frame of early) session.onFrame(frame);
          early = [];
        });
        return conditioned;
      };
    });
  }

  /** Leaves no timer behind. */
  close(): void {
    for (const { node, ordered } of this.#hosts.values()) {
      ordered?.close(CLOSE.goingAway, "End");
      node?.close(CLOSE.goingAway, "End");
    }
    this.partitions.close();
    this.nodeLinks.close();
    this.clientLinks.close();
  }

  #connectNodes(from: Host, to: NodeId): Connect {
    const { clock, prng, tamper, watchNodes } = this.#options;
    return wireTo(to, {
      clock,
      prng: prng.stream(`link ${pairOf(from.id, to)} ${from.starts}`),
      board: this.nodeLinks,
      from,
      to: () => this.#host(to),
      tamper,
      watch: watchNodes === undefined ? undefined : () => watchNodes(from.id, to),
    });
  }

  #host(id: NodeId): Host {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new RangeError(`Unknown node ${id}: expected one of ${this.ids.join(", ")}`);
    return host;
  }
}
