/**
 * One node's part in the order of an ordered note ([OR1] to [OR5]): between the room, which decides by the strategy's rule
 * when it may, and the log that all nodes have (ordered-log.ts). What is committed there is what is durable
 * here. The log is the note's: the room is opened on it, and opened anew where it had decided what was not committed.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { NoteId } from "../base/ids.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { LogEntry } from "./node-store.ts";
import type { LogHost, OrderedLog } from "./ordered-log.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Authority, StrategyName } from "../strategy/strategy.ts";
import type { Room, RoomLog, RoomMember } from "../sync/room.ts";

/** How often a node that had to refuse looks whether it may order now, or reaches who does. */
const LOOK_MS = 500;
/** When it asks again for what it has handed over. */
const HANDED_MS = 2_000;

export interface OrderSeat {
  readonly authority: Authority;
  /** Takes a proposal to the node that orders; false: it cannot be reached. */
  handOver(proposal: Uint8Array): boolean;
  /** What is committed, for a room to be opened on. */
  readonly updates: readonly Uint8Array[];
  readonly log: RoomLog;
  /** The room is open, and is told of what is committed from now on. */
  attach(room: Room): void;
  /** The room has left the memory. */
  close(): void;
}

export interface OrderSeatOptions {
  readonly noteId: NoteId;
  readonly strategy: StrategyName;
  readonly cluster: ClusterNode;
  readonly clock: Clock;
  /** Runs `task` of the room; a bug in it ends the room alone. */
  guard(task: () => void): void;
  /** The room has decided what was not committed: it is to be opened anew. */
  reopen(reason: string): void;
  onProblem(what: string, error: unknown): void;
  /** What this node had decided is committed: its copy shows it only now. */
  onOwnCommitted(): void;
}

/** Takes this node's part in the order of a note; it leads it if it can. `done` is called in a turn of its own, once. */
export function takeSeat(options: OrderSeatOptions, done: (seat: OrderSeat) => void): void {
  const { cluster, noteId, strategy } = options;
  const seat = new Seat(options);
  cluster.order(noteId, strategy, seat, (log) => {
    seat.order = log;
    // What was committed before is told within this call.
    options.clock.setTimer(0, () => done(seat));
  });
}

class Seat implements OrderSeat, LogHost {
  readonly authority: Authority = {
    token: () => (this.#isOver ? null : (this.#orderOrNull?.authority.token() ?? null)),
    reason: () => {
      this.#lookAgain();
      return (this.#givenReason = this.#orderOrNull?.authority.reason() ?? "");
    },
  };
  readonly log: RoomLog = { append: (update) => this.#append(update), durablePosition: () => this.#durable };
  readonly updates: Uint8Array[] = [];
  readonly #options: OrderSeatOptions;
  /** Positions of what this node has appended and was not told of as committed. */
  readonly #pending = new Set<number>();
  #orderOrNull: OrderedLog | null = null;
  #room: Room | null = null;
  #durable = 0;
  /** The position that the room is being told of. */
  #committing: number | null = null;
  #isOver = false;
  /** What those whose proposals were refused were told last. */
  #givenReason: string | null = null;
  /** Whether something was handed over of which nothing is known yet. */
  #hasHanded = false;
  #cancelLook: CancelTimer | null = null;

  constructor(options: OrderSeatOptions) {
    this.#options = options;
  }

  set order(log: OrderedLog) {
    this.#orderOrNull = log;
  }

  attach(room: Room): void {
    this.#room = room;
    // What was committed while the room was being opened is in `updates`, and in the room.
    if (this.#isOver) this.#reopen();
  }

  handOver(proposal: Uint8Array): boolean {
    if (this.#orderOrNull?.handOver(proposal) !== true) return false;
    // It may be lost on its way, or with whoever was to decide.
    this.#hasHanded = true;
    this.#lookAgain(HANDED_MS);
    return true;
  }

  onCommitted({ bytes }: LogEntry, position: number): void {
    if (this.#isOver || position <= this.#durable) return;
    this.#durable = position;
    const room = this.#room;
    if (room === null) {
      this.updates.push(bytes);
      return;
    }
    if (this.#pending.delete(position)) {
      this.#options.guard(() => room.onSaved(position));
      this.#options.onOwnCommitted();
      return;
    }
    this.#options.guard(() => {
      this.#committing = position;
      try {
        room.commit(bytes);
      } finally {
        this.#committing = null;
      }
      room.onSaved(position);
    });
  }

  onLed(): void {
    this.#askAgain();
  }

  onDeposed(): void {
    // Perhaps it is committed later, and then told of; the room must not have decided it by itself before.
    if (this.#pending.size > 0) this.#reopen();
  }

  onProposal(bytes: Uint8Array, from: NodeId): void {
    const room = this.#room;
    const order = this.#orderOrNull;
    if (room === null || order === null) return;
    if (!order.isLeading) {
      order.answer(from, EMPTY_BYTES);
      return;
    }
    this.#options.guard(() => {
      try {
        const { isWaiting } = room.receive(
          bytes,
          proposer((answer) => order.answer(from, answer)),
        );
        if (isWaiting) order.answer(from, EMPTY_BYTES);
      } catch (error) {
        if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
        this.#options.onProblem(`${from} handed over what cannot be`, error);
      }
    });
  }

  /** Nothing: it could not be taken now, and is to be proposed again. */
  onAnswer(bytes: Uint8Array): void {
    if (bytes.length === 0) this.#lookAgain();
    else if (this.#room !== null) this.#options.guard(() => this.#room?.answer(bytes));
  }

  #append(update: Uint8Array): number {
    if (this.#committing !== null) return this.#committing;
    const position = this.#orderOrNull?.append(update) ?? null;
    if (position === null) {
      // The lease ran out between the decision and here: nobody hears of it.
      this.#reopen();
      return Number.MAX_SAFE_INTEGER;
    }
    this.#pending.add(position);
    return position;
  }

  #reopen(): void {
    this.#isOver = true;
    this.#cancelLook?.();
    this.#cancelLook = null;
    if (this.#room !== null) this.#options.clock.setTimer(0, () => this.#options.reopen("Another server orders this note now"));
  }

  /** Tabs are asked for what was refused as soon as it can be taken. */
  #lookAgain(afterMs = LOOK_MS): void {
    if (this.#isOver) return;
    this.#cancelLook ??= this.#options.clock.setTimer(afterMs, () => {
      this.#cancelLook = null;
      if (this.#isOver || this.#orderOrNull === null) return;
      const { leader } = this.#orderOrNull.lease;
      const { id, reach } = this.#options.cluster;
      const canTake = this.#orderOrNull.isLeading || (leader !== null && leader !== id && reach.includes(leader));
      // Or is to be told something else: that this side has no majority is known only some seconds after a cut.
      const isNews = this.#givenReason !== null && this.#givenReason !== this.#orderOrNull.authority.reason();
      const mustAsk = canTake || isNews || this.#hasHanded;
      if (canTake) this.#givenReason = null;
      this.#hasHanded = false;
      if (mustAsk) this.#askAgain();
      else this.#lookAgain();
    });
  }

  #askAgain(): void {
    const room = this.#room;
    if (room !== null) this.#options.guard(() => room.askAgain());
  }

  close(): void {
    this.#isOver = true;
    this.#cancelLook?.();
    this.#cancelLook = null;
  }
}

/** Another node as whoever proposes: all that it is told here is what becomes of its proposals. */
function proposer(reply: (answer: Uint8Array) => void): RoomMember {
  const nothing = (): void => undefined;
  return {
    presenceId: null,
    forward: nothing,
    forwardPresence: nothing,
    settle: nothing,
    onSaved: nothing,
    resume: nothing,
    close: nothing,
    reply,
  };
}
