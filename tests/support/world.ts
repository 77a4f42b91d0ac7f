/**
 * A whole small world on the virtual clock: note sessions, conditioned links, a room on a node with a disk
 * that loses its unsynced tail in a crash. The real code everywhere but for the disk. Same seed, same bytes.
 */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { Hasher } from "../../crdt/base/hash.ts";
import { type Epoch, mintEpoch, parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { JournalRing } from "../../crdt/base/journal.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { conditionTransport } from "../../crdt/network/conditioned-transport.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { connectThrough } from "../../crdt/network/pipe.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { Authority, Loss, NoteRelay, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import { Room, type RoomLog } from "../../crdt/sync/room.ts";
import { Session } from "../../crdt/sync/session.ts";

const NOTE = parseNoteId("sim")!;
const NODE = replicaIdFrom(1_000);

/** A log whose fsync takes a while and may be told to lie. */
class SimDisk {
  readonly #clock: VirtualClock;
  readonly #prng: Prng;
  readonly #skipsFsync: boolean;
  #durable: Uint8Array[] = [];
  #pending: Uint8Array[] = [];
  #claimed = 0;
  #isSyncing = false;
  onSaved: (position: number) => void = () => undefined;

  constructor(clock: VirtualClock, prng: Prng, skipsFsync: boolean) {
    this.#clock = clock;
    this.#prng = prng;
    this.#skipsFsync = skipsFsync;
  }

  /** What a restart finds. */
  get updates(): readonly Uint8Array[] {
    return this.#durable;
  }

  readonly log: RoomLog = {
    append: (update) => {
      this.#pending.push(update);
      this.#sync();
      return this.#durable.length + this.#pending.length;
    },
    durablePosition: () => Math.max(this.#claimed, this.#durable.length),
  };

  /** The process dies: what was not synced is gone. */
  crash(): void {
    this.#pending = [];
    this.#claimed = 0;
    this.onSaved = () => undefined;
  }

  #sync(): void {
    if (this.#skipsFsync) {
      // The planted bug: says durable on write, syncs much later.
      this.#claimed = this.#durable.length + this.#pending.length;
      this.onSaved(this.#claimed);
    }
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    this.#clock.setTimer(this.#skipsFsync ? 2_000 : this.#prng.int(1, 30), () => {
      this.#isSyncing = false;
      if (this.#pending.length === 0) return;
      this.#durable.push(...this.#pending);
      this.#pending = [];
      this.onSaved(this.#durable.length);
    });
  }
}

export interface WorldOptions {
  readonly strategy: Strategy;
  readonly seed: number | string;
  readonly replicas?: number;
  /** Of an ordered note: who may order; else the node always does. */
  readonly authority?: Authority;
  /** Plants the bug that acknowledges before the disk has it. */
  readonly skipsFsync?: boolean;
}

interface Member {
  readonly id: ReplicaId;
  readonly note: NoteSession;
  /** One update an accepted edit, in order. */
  readonly updates: Uint8Array[];
  readonly prng: Prng;
}

export class World {
  readonly clock = new VirtualClock(1_700_000_000_000);
  readonly journal = new JournalRing(1_000_000);
  readonly board: FaultBoard;
  readonly members: Member[] = [];
  readonly losses: Loss[] = [];
  /** Acknowledged edits that a restarted node did not have. Must stay empty. */
  readonly violations: string[] = [];
  readonly #options: WorldOptions;
  readonly #prng: Prng;
  readonly #disk: SimDisk;
  readonly #epoch: Epoch;
  #room: Room | null = null;
  #relay: NoteRelay;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#prng = createPrng(options.seed);
    this.board = new FaultBoard({ clock: this.clock });
    this.#disk = new SimDisk(this.clock, this.#prng.stream("disk"), options.skipsFsync ?? false);
    this.#epoch = mintEpoch(this.#prng.stream("epoch"));
    this.#relay = this.#boot();
    for (let n = 1; n <= (options.replicas ?? 3); n++) this.#join(n);
  }

  get room(): Room | null {
    return this.#room;
  }

  /** The node's copy. */
  get nodeReplica(): Replica {
    return this.#relay.document();
  }

  async start(): Promise<void> {
    for (const { note } of this.members) await note.session.start();
    await this.run(50);
  }

  /** Lets `durationMs` go by, with every promise settled between two timers. */
  async run(durationMs: number): Promise<void> {
    const untilMs = this.clock.now() + durationMs;
    for (;;) {
      await settle();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === null || dueMs > untilMs) break;
      this.clock.step();
    }
    this.clock.advance(untilMs - this.clock.now());
    await settle();
  }

  /** One edit of one member, somewhere in its own view. */
  edit(member: Member): void {
    const { note, prng, updates } = member;
    const { length } = note.replica;
    const index = prng.int(0, length + 1);
    const remove = prng.float() < 0.3 ? prng.int(0, Math.min(4, length - index) + 1) : 0;
    const insert = prng.float() < 0.85 ? ["a", "bc", "😀", "\n", "word "][prng.int(0, 5)]! : "";
    const edited = note.edit([{ index, remove, insert }], index + insert.length);
    if (edited.isAccepted && edited.update.length > 0) updates.push(edited.update);
  }

  crash(): void {
    if (this.#room === null) return;
    const room = this.#room;
    this.#room = null;
    this.#disk.crash();
    room.close(1006, "crash");
  }

  restart(): void {
    if (this.#room !== null) return;
    this.#relay = this.#boot();
    for (const { id, note, updates } of this.members) {
      const saved = updates.length - note.session.status().unsaved;
      for (const [n, update] of updates.slice(0, Math.max(0, saved)).entries()) {
        if (this.#lacks(update)) this.violations.push(`Edit ${n + 1} of ${id} was acknowledged and is gone`);
      }
    }
  }

  /** A digest of everything that happened, in order. */
  traceHash(): string {
    const hasher = new Hasher();
    for (const entry of this.journal.since()) hasher.text(JSON.stringify(entry));
    return hasher.digest();
  }

  close(): void {
    for (const { note } of this.members) note.close();
    this.#room?.close(1001, "End");
    this.board.close();
  }

  /** Whether the node does not know what `update` says. */
  #lacks(update: Uint8Array): boolean {
    const { strategy } = this.#options;
    // A proposal is known by its number, whatever became of it.
    if (strategy.traits.isOrdered) return strategy.diff === undefined || strategy.diff(update, this.#relay.version()).length > 0;
    return this.#open(999, this.#relay.since(EMPTY_BYTES)).receive(update).forward !== null;
  }

  #open(n: number, state?: Uint8Array): Replica {
    return this.#options.strategy.open({ replica: replicaIdFrom(n), clock: this.clock, ...(state === undefined ? {} : { state }) });
  }

  #boot(): NoteRelay {
    const { strategy } = this.#options;
    const relay = openRelay(strategy, {
      replica: NODE,
      clock: this.clock,
      updates: this.#disk.updates,
      onDocumentOpened: () => undefined,
      authority: this.#options.authority,
      onOwnEntry: (entry) => void room.commit(entry),
    });
    const room = new Room({
      noteId: NOTE,
      relay,
      isOrdered: strategy.traits.isOrdered,
      merge: strategy.merge,
      defer: (task) => void this.clock.setTimer(0, task),
      epoch: this.#epoch,
      nodeReplica: NODE,
      clock: this.clock,
      log: this.#disk.log,
      tracer: this.journal,
      onLosses: (losses) => this.losses.push(...losses),
    });
    this.#disk.onSaved = (position) => room.onSaved(position);
    this.#room = room;
    return relay;
  }

  #join(n: number): void {
    const id = replicaIdFrom(n);
    const prng = this.#prng.stream(`member ${n}`);
    const linkPrng = prng.stream("link");
    const connect = connectThrough(this.clock, () => {
      const room = this.#room;
      if (room === null) return null;
      return (raw, terminate) => {
        let session: Session | null = null;
        const conditioned = conditionTransport({
          raw,
          terminate,
          replica: id,
          board: this.board,
          clock: this.clock,
          prng: linkPrng,
          onFrame: (frame) => session?.onFrame(frame),
          onClose: (closed) => session?.onClose(closed),
          trace: (direction, kind, frameId, bytes) =>
            this.journal.trace({ kind, direction, frameId, bytes, atMs: this.clock.now(), hop: "link", noteId: NOTE, replica: id }),
        });
        session = new Session({
          room,
          transport: conditioned.transport,
          kind: "tab",
          replicaId: id,
          clock: this.clock,
          tracer: this.journal,
        });
        return conditioned;
      };
    });
    const note = new NoteSession({
      noteId: NOTE,
      replicaId: id,
      strategy: this.#options.strategy,
      connect,
      store: new MemoryStore(),
      clock: this.clock,
      prng: prng.stream("session"),
      tracer: this.journal,
    });
    this.members.push({ id, note, updates: [], prng });
  }
}

/** Runs every microtask there is. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Twenty virtual seconds of typing under every kind of fault, then a heal and a minute's rest. */
export async function stormyRun(world: World, nemesis: Prng): Promise<void> {
  await world.start();
  for (let step = 0; step < 80; step++) {
    for (const member of world.members) if (nemesis.float() < 0.5) world.edit(member);
    const victim = world.members[nemesis.int(0, world.members.length)]!;
    const dice = nemesis.float();
    if (dice < 0.06)
      world.board.set(victim.id, { up: { latencyMs: nemesis.int(0, 2_000), jitterMs: 50 }, down: { latencyMs: nemesis.int(0, 500) } });
    else if (dice < 0.12)
      world.board.set(victim.id, { up: { cut: "blackhole" }, down: { cut: nemesis.float() < 0.5 ? "blackhole" : "open" } });
    else if (dice < 0.16) world.board.set(victim.id, { up: { cut: "reset" }, down: { cut: "reset" } });
    else if (dice < 0.22) world.board.heal(victim.id);
    else if (dice < 0.25) world.crash();
    else if (dice < 0.3) world.restart();
    await world.run(nemesis.int(1, 500));
  }
  world.board.heal();
  world.restart();
  for (const { note } of world.members) note.session.retryNow();
  await world.run(60_000);
}
