/** One node of a simulated world: a room on a disk, that can crash and come back. Real but for the disk. */

import type { VirtualClock } from "../base/clock.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import { conditionTransport } from "../network/conditioned-transport.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { Direction, Link, LinkEvent } from "../network/link.ts";
import type { Accept } from "../network/pipe.ts";
import { openRelay } from "../strategy/relay.ts";
import type { Authority, Loss, NoteRelay, Replica, Strategy } from "../strategy/strategy.ts";
import { Room } from "../sync/room.ts";
import { Session } from "../sync/session.ts";
import type { Disk } from "./disk.ts";

/** What is told of one connection to whoever watches single frames. */
export interface ConnectionWatch {
  onLinks(links: { readonly up: Link; readonly down: Link }): void;
  onFrame(direction: Direction, event: LinkEvent, frameId: number, frame: Uint8Array): void;
}

/** Called for each connection that is made. */
export type WatchConnection = (replica: ReplicaId, node: ReplicaId) => ConnectionWatch;

export interface WorldNodeOptions {
  readonly noteId: NoteId;
  /** The node as a replica, for the journal and the document. */
  readonly id: ReplicaId;
  readonly strategy: Strategy;
  readonly clock: VirtualClock;
  readonly board: FaultBoard;
  readonly disk: Disk;
  readonly epoch: Epoch;
  /** Of an ordered note: who may order; left out: this node always. */
  readonly authority?: Authority | undefined;
  readonly tracer: Tracer;
  readonly onLosses: (losses: readonly Loss[]) => void;
  readonly watch?: WatchConnection | undefined;
}

export class WorldNode {
  readonly disk: Disk;
  readonly #options: WorldNodeOptions;
  #room: Room | null = null;
  #relay: NoteRelay;

  constructor(options: WorldNodeOptions) {
    this.#options = options;
    this.disk = options.disk;
    this.#relay = this.#boot();
  }

  /** null while the node is down. */
  get room(): Room | null {
    return this.#room;
  }

  get relay(): NoteRelay {
    return this.#relay;
  }

  /** The node's copy. */
  get replica(): Replica {
    return this.#relay.document();
  }

  /** Memory is gone, and what the disk had not synced. */
  crash(): void {
    if (this.#room === null) return;
    const room = this.#room;
    this.#room = null;
    this.disk.crash();
    room.close(1006, "crash");
  }

  /** Comes back with what the disk has. Returns false when it was not down. */
  restart(): boolean {
    if (this.#room !== null) return false;
    this.#relay = this.#boot();
    return true;
  }

  /** What takes a connection of `replica`; null while the node is down. */
  accept(replica: ReplicaId, linkPrng: Prng): Accept | null {
    const room = this.#room;
    if (room === null) return null;
    const { board, clock, tracer, noteId, id, watch } = this.#options;
    return (raw, terminate) => {
      let session: Session | null = null;
      const watched = watch?.(replica, id);
      const conditioned = conditionTransport({
        raw,
        terminate,
        replica,
        board,
        clock,
        prng: linkPrng,
        onFrame: (frame) => session?.onFrame(frame),
        onClose: (closed) => session?.onClose(closed),
        trace: (direction, kind, frameId, bytes, frame) => {
          tracer.trace({ kind, direction, frameId, bytes, atMs: clock.now(), hop: "link", noteId, replica });
          watched?.onFrame(direction, kind, frameId, frame);
        },
        onLinks: (links) => watched?.onLinks(links),
      });
      session = new Session({ room, transport: conditioned.transport, kind: "tab", replicaId: replica, clock, tracer });
      return conditioned;
    };
  }

  close(): void {
    this.#room?.close(1001, "End");
  }

  #boot(): NoteRelay {
    const { strategy, id, clock, noteId, epoch, tracer, disk, authority, onLosses } = this.#options;
    const relay = openRelay(strategy, {
      replica: id,
      clock,
      updates: disk.updates,
      onDocumentOpened: () => undefined,
      authority,
      onOwnEntry: (entry) => void room.commit(entry),
    });
    const room = new Room({
      noteId,
      relay,
      isOrdered: strategy.traits.isOrdered,
      merge: strategy.merge,
      defer: (task) => void clock.setTimer(0, task),
      epoch,
      nodeReplica: id,
      clock,
      log: disk.log,
      tracer,
      onLosses,
    });
    disk.onSaved = (position) => room.onSaved(position);
    this.#room = room;
    return relay;
  }
}
