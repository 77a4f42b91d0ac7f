/** One node of a simulated world: a room on a disk, that can crash and come back. Real but for the disk. */

import type { VirtualClock } from "../base/clock.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import { EMPTY_BYTES } from "../base/bytes.ts";
import { NodeClock } from "../cluster/node-clock.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { Accept } from "../network/pipe.ts";
import { openRelay } from "../strategy/relay.ts";
import type { Authority, Loss, NoteRelay, Replica, Strategy } from "../strategy/strategy.ts";
import { Room } from "../sync/room.ts";
import type { RateBoard } from "../sync/rate-board.ts";
import { acceptInto, type WatchConnection } from "./accept.ts";
import type { DatagramBoard } from "./datagrams.ts";
import type { Disk } from "./disk.ts";

export interface WorldNodeOptions {
  readonly noteId: NoteId;
  /** The node as a replica, for the journal and the document. */
  readonly id: ReplicaId;
  readonly strategy: Strategy;
  readonly clock: VirtualClock;
  readonly board: FaultBoard;
  readonly datagrams: DatagramBoard;
  readonly rates: RateBoard;
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
  #time: NodeClock;
  #epoch: Epoch;
  /** A state that stands for the log up to a position. */
  #beginning: { readonly state: Uint8Array; readonly position: number } | null = null;

  constructor(options: WorldNodeOptions) {
    this.#options = options;
    this.disk = options.disk;
    this.#epoch = options.epoch;
    this.#time = new NodeClock(options.clock);
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
    if (this.#time.isPaused) this.#time.kill();
    this.disk.crash();
    room.close(1006, "crash");
  }

  /** Comes back with what the disk has. Returns false when it was not down. */
  restart(): boolean {
    if (this.#room !== null) return false;
    this.#time = new NodeClock(this.#options.clock);
    this.#relay = this.#boot();
    return true;
  }

  get isPaused(): boolean {
    return this.#time.isPaused;
  }

  /** What takes a connection of `replica`, which member `n` has; null while the node is down. */
  accept(replica: ReplicaId, linkPrng: Prng, n: number): Accept | null {
    const { id, board, datagrams, rates, clock, tracer, watch } = this.#options;
    const room = this.#room;
    if (room === null) return null;
    return acceptInto({
      room,
      time: this.#time,
      board,
      datagrams,
      rates,
      clock,
      tracer,
      replica,
      linkPrng,
      watch: () => watch?.(replica, id, n),
    });
  }

  /** Nothing that arrives is looked at for so long, and no timer of its own runs. */
  pause(durationMs: number): void {
    this.#time.pause(durationMs);
  }

  /** Down, and everything is gone. What comes back is another history under a new `epoch`, or says it is the old one (null). */
  loseDisk(epoch: Epoch | null): void {
    this.crash();
    this.disk.lose?.();
    this.#beginning = null;
    if (epoch !== null) this.#epoch = epoch;
  }

  /** Writes a text of its own into the note, which is empty. */
  write(text: string): void {
    const { room, replica } = this;
    if (room === null || text === "") return;
    const edited = replica.edit([{ index: 0, remove: 0, insert: text }]);
    if (edited.isAccepted) room.publish(edited.update);
  }

  /** Lets the history go that the holders of all `passedBy` have seen. Returns whether the strategy can. */
  compact(passedBy: readonly Uint8Array[]): boolean {
    const { strategy } = this.#options;
    const relay = this.#relay;
    if (strategy.cutHistory === undefined || relay.rebase === undefined || this.#room === null) return false;
    const state = strategy.cutHistory(relay.document().since(EMPTY_BYTES), passedBy);
    relay.rebase(state, relay.version());
    this.#beginning = { state, position: this.#room.appendedPosition };
    return true;
  }

  close(): void {
    this.#room?.close(1001, "End");
  }

  #boot(): NoteRelay {
    const { strategy, id, noteId, tracer, disk, authority, onLosses } = this.#options;
    const clock = this.#time;
    const beginning = this.#beginning;
    const relay = openRelay(strategy, {
      replica: id,
      clock,
      ...(beginning === null ? {} : { state: beginning.state }),
      updates: disk.updates.slice(beginning?.position ?? 0),
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
      epoch: this.#epoch,
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
