/**
 * One /sync connection, from the socket to the room: finds out which replica it is, puts it under that
 * replica's conditions, waits for the note, then lets a Session speak.
 */

import type { WebSocket } from "ws";
import type { Clock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { CATALOG_NOTE_ID, mintReplicaId, type NoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { Tracer } from "../../crdt/base/journal.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { type Conditioned, type ConditionedOptions, conditionTransport } from "../../crdt/network/conditioned-transport.ts";
import { CLEAR } from "../../crdt/network/conditions.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import type { Direction, Link, LinkEvent } from "../../crdt/network/link.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { Closed, Transport } from "../../crdt/network/transport.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame } from "../../crdt/sync/frames.ts";
import { EARLY_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { decodePresence } from "../../crdt/sync/presence.ts";
import { type Laned, layPresenceLanes } from "../../crdt/sync/presence-lane.ts";
import type { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { Room } from "../../crdt/sync/room.ts";
import { Session } from "../../crdt/sync/session.ts";
import { TokenBucket } from "../../crdt/sync/token-bucket.ts";
import type { ControlPlane } from "../faults/control-plane.ts";
import { Holds } from "../faults/holds.ts";
import type { Logger } from "../log.ts";
import type { Fleet, Seat } from "../nodes/fleet.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";
import { DAMAGED, SeveralNodesError } from "../rooms/words.ts";
import { DamagedNoteError } from "../store/store.ts";
import type { Door } from "./door.ts";
import { bytesOf, hearOut, wsTransport } from "./ws-transport.ts";

/** Frames that may wait for that, or for a note to be loaded, whatever their size. */
const EARLY_FRAMES_MAX = 1_000;
/** How long a stock client's frames wait for its presence, which says who it is. */
const IDENTIFY_MS = 1_000;
/** How long a client that is moved may take to answer the goodbye. */
const GOODBYE_MS = 500;

export interface SyncDependencies {
  readonly fleet: Fleet;
  readonly plane: ControlPlane;
  readonly board: FaultBoard;
  readonly rates: RateBoard;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly tracer: Tracer;
  readonly log: Logger;
}

export interface SyncRequest {
  readonly noteId: NoteId;
  /** `tab`: negotiated our subprotocol. */
  readonly kind: "tab" | "stock";
  readonly replicaId: ReplicaId | null;
  /** The node that it asks for; null: whichever is first. */
  readonly node: NodeId | null;
  /** What a note that nobody has made yet should become. */
  readonly strategy: StrategyName | null;
  readonly name: string | null;
  /** Counts, and turns away what may not be written. */
  readonly door: Door;
}

/** Takes over an open socket. */
export function serveSync(socket: WebSocket, request: SyncRequest, dependencies: SyncDependencies): void {
  const { clock, prng } = dependencies;
  let connection: SyncConnection | null = null;
  const early: Uint8Array[] = [];
  const identify = (replicaId: ReplicaId): void => {
    cancelWait?.();
    if (connection !== null || socket.readyState !== socket.OPEN) return;
    const seat = dependencies.fleet.seat(dependencies.fleet.homeOf(replicaId, request.node));
    if ("code" in seat) {
      early.length = 0;
      socket.close(seat.code, seat.reason);
      return;
    }
    connection = new SyncConnection(socket, { ...request, replicaId }, dependencies, seat);
    for (const frame of early.splice(0)) connection.take(frame);
  };
  const cancelWait =
    request.replicaId === null && request.kind === "stock" ? clock.setTimer(IDENTIFY_MS, () => identify(mintReplicaId(prng))) : null;

  socket.binaryType = "nodebuffer";
  socket.on("message", (data, isBinary) => {
    const frame = isBinary ? bytesOf(data) : new Uint8Array(0);
    // Whoever made the door says goodbye.
    if (request.door.enter(frame) !== null) return;
    if (connection !== null) {
      connection.take(frame);
      return;
    }
    early.push(frame);
    const id = presenceIdOf(frame);
    // Whoever sends so much before its presence has none, or not yet.
    if (id !== null) identify(id);
    else if (early.length > EARLY_FRAMES_MAX || early.reduce((sum, { length }) => sum + length, 0) > EARLY_BYTES_MAX)
      identify(mintReplicaId(prng));
  });
  socket.on("close", (code, reason) => {
    cancelWait?.();
    connection?.end({ code, reason: reason.toString() });
  });
  // "close" follows, with the code.
  socket.on("error", ignored);
  if (request.replicaId !== null) identify(request.replicaId);
  else if (request.kind === "tab") socket.close(CLOSE.protocolError, "A tab says who it is: ?replica=<id>");
}

function ignored(): void {}

/** What its two links ask of it are methods and not closures: there are thousands of these. */
class SyncConnection implements ConditionedOptions {
  readonly raw: Transport;
  readonly replica: ReplicaId;
  readonly board: FaultBoard;
  readonly clock: Clock;
  readonly #socket: WebSocket;
  readonly #request: SyncRequest & { readonly replicaId: ReplicaId };
  readonly #dependencies: SyncDependencies;
  readonly #seat: Seat;
  readonly #conditioned: Conditioned;
  /** Lets go of the seat and of the place in the list of who is here. */
  readonly #release: () => void;
  readonly #disconnected: () => void;
  /** null: the list of notes knows of no presence. */
  #lanes: Laned | null = null;
  /** Its messages, for whoever holds them one by one; null: the list of notes goes on. */
  #wires: ReturnType<Holds["attach"]> | null = null;
  /** Frames that came while the note was loading. */
  #early: Uint8Array[] | null = [];
  #earlyBytes = 0;
  #session: Session | null = null;
  #isClosed = false;
  /** Lets go of the replica's rate. */
  #detach: (() => void) | null = null;

  constructor(socket: WebSocket, request: SyncRequest & { readonly replicaId: ReplicaId }, dependencies: SyncDependencies, seat: Seat) {
    this.#socket = socket;
    this.#request = request;
    this.#dependencies = dependencies;
    this.#seat = seat;
    const { plane, board, clock, prng, log } = dependencies;
    const { noteId, replicaId } = request;
    this.raw = request.door.watch(wsTransport(socket));
    this.replica = replicaId;
    this.board = board;
    this.clock = clock;
    this.#release = seat.hold(() => socket.terminate());
    this.#disconnected = plane.connected({ ...request, node: seat.node, move: (closed) => this.#move(closed) });
    this.#conditioned = conditionTransport(this);
    if (noteId !== CATALOG_NOTE_ID) {
      const { transport } = this.#conditioned;
      this.#lanes = layPresenceLanes({
        replica: replicaId,
        board: plane.presence,
        clock,
        prng,
        transport,
        onFrame: (frame) => this.#enterFrame(frame),
      });
    }
    this.#open().catch((error: unknown) => {
      if (error instanceof DamagedNoteError) {
        // Logged when it was found.
        this.#conditioned.transport.close(CLOSE.noteDamaged, DAMAGED);
        return;
      }
      log.error({ err: error, noteId }, "A note could not be opened");
      if (error instanceof SeveralNodesError) {
        this.#conditioned.transport.close(CLOSE.tryLater, error.message);
        return;
      }
      this.#conditioned.transport.close(CLOSE.tryLater, "The note cannot be opened now");
    });
  }

  /** Hardly any connection needs chance. */
  get prng(): Prng {
    return this.#dependencies.prng.stream(this.replica);
  }

  /** The socket has brought a message. */
  take(frame: Uint8Array): void {
    this.#conditioned.onFrame(frame);
  }

  /** The socket is closed. */
  end(closed: Closed): void {
    this.#letGo();
    this.#conditioned.onClose(closed);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  onFrame(frame: Uint8Array): void {
    if (this.#lanes === null) this.#enterFrame(frame);
    else this.#lanes.onFrame(frame);
  }

  onClose(closed: Closed): void {
    this.#lanes?.close();
    this.#wires?.detach();
    this.#wires = null;
    this.#letGo();
    this.#detach?.();
    this.#seat.run(() => this.#ended(closed));
  }

  passesHold(frame: Uint8Array): boolean {
    return Holds.passes(frame);
  }

  /** News alone: an answer in a handshake, a heartbeat or presence comes as on a stream, or the connection would only end. */
  isDatagram(frame: Uint8Array): boolean {
    return isNews(frame);
  }

  onLinks(links: Readonly<Record<Direction, Link>>): void {
    const { noteId, replicaId } = this.#request;
    if (noteId !== CATALOG_NOTE_ID) this.#wires = this.#dependencies.plane.holds.attach(replicaId, noteId, links);
  }

  trace(direction: Direction, kind: LinkEvent, frameId: number, bytes: number): void {
    const { board, plane, tracer, clock } = this.#dependencies;
    const { noteId, replicaId: replica } = this.#request;
    this.#wires?.onFrame(direction);
    // A link without conditions has nothing to tell that the session does not.
    if (board.get(replica)[direction] !== CLEAR || plane.holds.of(replica)[direction])
      tracer.trace({ kind, direction, frameId, bytes, atMs: clock.now(), hop: "link", noteId, replica });
  }

  /** Past the conditions of its link: whoever moves it stands beside the network. */
  #move({ code, reason }: Closed): void {
    const socket = this.#socket;
    hearOut(socket);
    socket.close(code, reason);
    this.clock.setTimer(GOODBYE_MS, () => socket.terminate());
  }

  /** Of the seat and the row, once. */
  #letGo(): void {
    this.#release();
    this.#disconnected();
  }

  #enterFrame(frame: Uint8Array): void {
    if (this.#seat.isAlone) this.#deliver(frame);
    else this.#seat.run(() => this.#deliver(frame));
  }

  async #open(): Promise<void> {
    const { hub } = this.#seat;
    const { noteId, kind, strategy } = this.#request;
    const opened = await hub.open(noteId, kind === "stock" ? null : strategy);
    const reason = await refusalOf(opened, this.#request);
    if (this.#isClosed) return;
    if (reason !== null) {
      this.#conditioned.transport.close(CLOSE.otherStrategy, reason);
      return;
    }
    // The room may have been unloaded while the strategy was looked up.
    const { room } = hub.find(noteId) ?? (await hub.open(noteId, strategy));
    this.#seat.run(() => this.#enter(room));
  }

  #enter(room: Room): void {
    const { rates, clock, tracer } = this.#dependencies;
    const { hub } = this.#seat;
    const { noteId, kind, replicaId } = this.#request;
    if (this.#isClosed) return;
    // Left in the same turn.
    if (hub.find(noteId)?.room !== room) {
      this.#conditioned.transport.close(CLOSE.tryLater, "The note was closed meanwhile");
      return;
    }
    const bucket = new TokenBucket({ clock, ...rates.get(replicaId) });
    const detach = (this.#detach = rates.attach(replicaId, bucket));
    this.#session = new Session({
      room,
      transport: (this.#lanes ?? this.#conditioned).transport,
      kind,
      replicaId,
      clock: hub.guardedClock(noteId),
      tracer,
      bucket,
      onClosed: () => {
        detach();
        hub.left(noteId);
      },
    });
    const early = this.#early ?? [];
    this.#early = null;
    this.#conditioned.transport.resume?.();
    for (const frame of early) this.#deliver(frame);
  }

  #deliver(frame: Uint8Array): void {
    if (this.#early !== null) {
      this.#early.push(frame);
      this.#earlyBytes += frame.length;
      // It is not read on until the note is there. What of it has arrived by then is one read of the socket more.
      if (this.#earlyBytes > EARLY_BYTES_MAX || this.#early.length > EARLY_FRAMES_MAX) this.#conditioned.transport.pause?.();
      return;
    }
    this.#seat.hub.guard(this.#request.noteId, () => this.#session?.onFrame(frame));
  }

  #ended(closed: Closed): void {
    this.#isClosed = true;
    this.#early = null;
    this.#session?.onClose(closed);
  }
}

/** Why this client cannot edit that note, or null. */
async function refusalOf({ strategy }: OpenRoom, { noteId, kind, strategy: wanted }: SyncRequest): Promise<string | null> {
  if (noteId === CATALOG_NOTE_ID) return kind === "stock" ? "This is the list of notes" : null;
  if (strategy === null) return null;
  if (kind === "stock") return (await loadStrategy(strategy)).traits.isStockCompatible ? null : `This note is ${strategy}`;
  return wanted === null || wanted === strategy ? null : `This note is ${strategy}`;
}

/** Whether a frame is an update that somebody has just made. */
function isNews(bytes: Uint8Array): boolean {
  try {
    const frame = decodeFrame(bytes);
    return frame.type === "update" || (frame.type === "numbered" && frame.frame.type === "update");
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** Who a stock client is by its first presence; null when the frame holds none. */
function presenceIdOf(bytes: Uint8Array): ReplicaId | null {
  try {
    const frame = decodeFrame(bytes);
    if (frame.type !== "awareness") return null;
    const [first] = decodePresence(frame.update);
    return first === undefined ? null : replicaIdFrom(first.id);
  } catch (error) {
    // The session will say what is wrong with it.
    if (error instanceof DecodeError || error instanceof RangeError) return null;
    throw error;
  }
}
