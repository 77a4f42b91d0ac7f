/**
 * The metadata of a world's note: a session of each replica beside its note's, and a room of its own on the node, as the
 * list of notes has in the product. Faults hold for both. The node's copy is on a disk that tells the truth.
 */

import type { Clock } from "../base/clock.ts";
import { type Epoch, mintEpoch, parseNoteId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import { compareVectors, readVector } from "../causal/version-vector.ts";
import { NodeClock } from "../cluster/node-clock.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import { connectThrough } from "../network/pipe.ts";
import { MemoryStore } from "../sync/local-store.ts";
import { ReplicaSession } from "../sync/replica-session.ts";
import { Room } from "../sync/room.ts";
import { SimDisk } from "./disk.ts";
import { type EngineName, engineOf } from "./meta-engines.ts";
import { MetaReplica, type MetaReplicaOptions, type MetaStart, type MetaView, type MetaWrite } from "./meta-replica.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import type { Actor } from "./stage.ts";
import type { World } from "./world.ts";
import { acceptInto, type ConnectionWatch } from "./accept.ts";

const NOTE = parseNoteId("sim-meta")!;
const NODE = replicaIdFrom(2_000);

export interface MetaDeskOptions {
  readonly seed: number | string;
  readonly engine: EngineName | null;
  readonly clockKind: ClockKind;
}

export class MetaDesk {
  readonly #world: World;
  readonly #options: MetaDeskOptions;
  readonly #prng: Prng;
  readonly #disk: SimDisk;
  readonly #sessions = new Map<Actor, ReplicaSession<MetaReplica>>();
  readonly #epoch: Epoch;
  #node: MetaReplica;
  #room: Room | null;

  constructor(world: World, options: MetaDeskOptions) {
    this.#world = world;
    this.#options = options;
    this.#prng = createPrng(options.seed).stream("meta");
    this.#disk = new SimDisk(world.clock, this.#prng.stream("disk"));
    this.#epoch = mintEpoch(this.#prng.stream("epoch"));
    this.#node = this.#openNode();
    this.#room = this.#openRoom();
    world.restOf.push(() => this.#isAtRest());
  }

  /** Gives a replica its copy, and connects it. */
  async join(member: Actor): Promise<void> {
    const { clock, tracer, board, datagrams, rates } = this.#world;
    const prng = this.#prng.stream(`member ${this.#sessions.size}`);
    const linkPrng = prng.stream("link");
    const session = new ReplicaSession<MetaReplica>({
      noteId: NOTE,
      replicaId: member.id,
      open: (state) => {
        const { engine, clockKind } = this.#options;
        const replica = new MetaReplica({ engine, replica: member.id, ...clockOf(clockKind, member.wall, clock) });
        if (state !== undefined) replica.receive(state);
        return replica;
      },
      draftOf: () => null,
      connect: connectThrough(clock, () => {
        const room = this.#room;
        if (room === null) return null;
        const watch = (): ConnectionWatch | undefined => this.#world.watch(member.id, NODE, replicaNumber(member.id));
        return acceptInto({
          room,
          time: new NodeClock(clock),
          board,
          datagrams,
          rates,
          clock,
          tracer,
          replica: member.id,
          linkPrng,
          watch,
        });
      }),
      store: new MemoryStore(),
      clock,
      prng,
      tracer,
    });
    this.#sessions.set(member, session);
    await session.start();
  }

  leave(member: Actor): void {
    this.#sessions.get(member)?.close();
    this.#sessions.delete(member);
  }

  /** Tries again at once, where it waits. */
  retryNow(member: Actor): void {
    this.#sessions.get(member)?.retryNow();
  }

  /** @throws RangeError with a sentence where the field's type has no such change. */
  write(member: Actor, write: MetaWrite): void {
    const session = this.#sessionOf(member);
    session.commit(session.replica.write(write));
  }

  /** The member has edited the text of the note. */
  noteEdit(member: Actor): void {
    const session = this.#sessionOf(member);
    session.commit(session.replica.noteEdit());
  }

  /** What everybody begins with, by whoever writes the start text. */
  begin(member: Actor, { title, tags = [], views = 0 }: MetaStart): void {
    const write = { value: "", by: 1, after: null };
    if (title !== undefined) this.write(member, { ...write, field: "title", value: title });
    for (const tag of tags) this.write(member, { ...write, field: "tag+", value: tag });
    if (views > 0) this.write(member, { ...write, field: "view", by: views });
  }

  viewOf(member: Actor): MetaView {
    return this.#sessionOf(member).replica.view();
  }

  get nodeView(): MetaView {
    return this.#node.view();
  }

  /** Whether all copies show the same. */
  get isConverged(): boolean {
    const { content } = this.#node.hash();
    return [...this.#sessions.values()].every(({ replica }) => replica.hash().content === content);
  }

  crash(): void {
    const room = this.#room;
    if (room === null) return;
    this.#room = null;
    this.#disk.crash();
    room.close(1006, "crash");
  }

  restart(): void {
    if (this.#room !== null) return;
    this.#node = this.#openNode();
    this.#room = this.#openRoom();
    for (const session of this.#sessions.values()) session.retryNow();
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#room?.close(1001, "End");
  }

  #sessionOf(member: Actor): ReplicaSession<MetaReplica> {
    const session = this.#sessions.get(member);
    if (session === undefined) throw new RangeError(`Replica ${member.id} has no metadata`);
    return session;
  }

  #openNode(): MetaReplica {
    const { clock } = this.#world;
    const { engine, clockKind } = this.#options;
    const replica = new MetaReplica({ engine, replica: NODE, isNode: true, ...clockOf(clockKind, clock, clock) });
    for (const update of this.#disk.updates) replica.receive(update);
    return replica;
  }

  /** Whether the node decides: whoever asked then hears of it like everybody else, once it is durable. */
  get #isDecided(): boolean {
    const { engine } = this.#options;
    return engine !== null && engineOf(engine).type?.decide !== undefined;
  }

  #openRoom(): Room {
    const { clock, tracer } = this.#world;
    const room = new Room({
      noteId: NOTE,
      relay: this.#node,
      isOrdered: this.#isDecided,
      defer: (task) => void clock.setTimer(0, task),
      epoch: this.#epoch,
      nodeReplica: NODE,
      clock,
      log: this.#disk.log,
      tracer,
    });
    this.#disk.onSaved = (position) => room.onSaved(position);
    return room;
  }

  #isAtRest(): boolean {
    if (!this.#disk.isIdle) return false;
    for (const [member, session] of this.#sessions) {
      if (this.#world.isCut(member)) continue;
      const { connection, unsaved, unstored } = session.status();
      if (connection !== "synced" || unsaved > 0 || unstored > 0) return false;
      const [own, node] = [session.replica.version(), this.#node.version()];
      if (compareVectors(readVector(own), readVector(node)).ordering !== "same") return false;
    }
    return true;
  }
}

/** Node time is the node's clock, read as a wall clock is. */
function clockOf(kind: ClockKind, wall: Clock, node: Clock): Pick<MetaReplicaOptions, "clock" | "clockKind"> {
  return kind === "node" ? { clock: node, clockKind: "wall" } : { clock: wall, clockKind: kind };
}
