/**
 * The rooms of ordered notes on one node that is a cluster's: opened on what is committed in the note's log, decided in while this
 * node leads it (order-seat.ts), opened anew where it had decided what was not committed, and let go when nobody is in them.
 * As the live server's rooms do it, but for the store: what has one order is kept with the order.
 */

import type { CancelTimer } from "../base/clock.ts";
import type { NoteId, ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import { openRelay } from "../strategy/relay.ts";
import type { Loss, NoteRelay, Strategy, StrategyName } from "../strategy/strategy.ts";
import { CLOSE, withRetryHint } from "../sync/close-codes.ts";
import { Room } from "../sync/room.ts";
import { Session, type SessionOptions } from "../sync/session.ts";
import type { Birth } from "./birth.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { StrategyTable } from "./hosted-room.ts";
import { type OrderSeat, takeSeat } from "./order-seat.ts";

/** How long an empty room stays; then another node may lead. */
const LINGER_MS = 5_000;
/** How soon tabs come back to a room that is opened anew. */
const REOPEN_MS = 100;

export interface OrderedHostOptions {
  readonly node: ClusterNode;
  readonly replica: ReplicaId;
  readonly strategies: StrategyTable;
  readonly tracer: Tracer;
  /** For how long a writer holds a note's lock. */
  readonly lockTtlMs?: number | undefined;
  readonly onLosses?: ((losses: readonly Loss[]) => void) | undefined;
  /** A peer has handed over what cannot be. */
  readonly onProblem?: ((what: string, error: unknown) => void) | undefined;
}

/** An ordered note's room while it is in memory. */
export interface OrderedRoom {
  readonly room: Room;
  readonly relay: NoteRelay;
  /** A client has connected. */
  serve(client: Pick<SessionOptions, "transport" | "kind" | "replicaId">): Session;
}

interface Held extends OrderedRoom {
  readonly seat: OrderSeat;
  cancelLinger: CancelTimer | null;
}

export class OrderedHost {
  readonly #options: OrderedHostOptions;
  readonly #rooms = new Map<NoteId, Held>();
  /** Whoever waits for a room that is being opened. */
  readonly #opening = new Map<NoteId, ((room: OrderedRoom) => void)[]>();

  constructor(options: OrderedHostOptions) {
    this.#options = options;
  }

  /** The room of an ordered note, once the note is born; `wanted` is what it becomes if nobody has it. */
  open(noteId: NoteId, wanted: StrategyName, done: (room: OrderedRoom) => void): void {
    const held = this.#rooms.get(noteId);
    if (held !== undefined) {
      done(held);
      return;
    }
    const waiting = this.#opening.get(noteId);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.#opening.set(noteId, [done]);
    this.#options.node.born(noteId, wanted, (birth) => this.#takeSeat(noteId, birth));
  }

  find(noteId: NoteId): OrderedRoom | null {
    return this.#rooms.get(noteId) ?? null;
  }

  /** Ends every room. No timer is left. */
  close(code: number, reason: string): void {
    for (const [noteId, { room }] of this.#rooms) {
      this.#forget(noteId);
      room.close(code, reason);
    }
  }

  #takeSeat(noteId: NoteId, { strategy: name, epoch }: Birth): void {
    const { node, strategies, onProblem } = this.#options;
    if (name === null) throw new RangeError(`${noteId} is the list of notes: it has no order`);
    let opened: Held | null = null;
    takeSeat(
      {
        noteId,
        strategy: name,
        cluster: node,
        clock: node.clock,
        guard: (task) => task(),
        reopen: (reason) => {
          if (opened === null || this.#rooms.get(noteId) !== opened) return;
          this.#forget(noteId);
          opened.room.close(CLOSE.restarting, withRetryHint(reason, REOPEN_MS));
        },
        onProblem: (what, error) => onProblem?.(what, error),
        onOwnCommitted: () => undefined,
      },
      (seat) => {
        const held = (opened = this.#hold(noteId, strategies(name), epoch, seat));
        this.#rooms.set(noteId, held);
        seat.attach(held.room);
        const waiting = this.#opening.get(noteId) ?? [];
        this.#opening.delete(noteId);
        for (const done of waiting) done(held);
        this.#lingerIfEmpty(noteId, held);
      },
    );
  }

  #hold(noteId: NoteId, strategy: Strategy, epoch: Birth["epoch"], seat: OrderSeat): Held {
    const { node, replica, tracer, lockTtlMs, onLosses } = this.#options;
    const { clock } = node;
    const relay = openRelay(strategy, {
      replica,
      clock,
      updates: seat.updates,
      onDocumentOpened: () => undefined,
      authority: seat.authority,
      lockTtlMs,
      handOver: (proposal) => seat.handOver(proposal),
      onOwnEntry: (entry) => void room.commit(entry),
    });
    const room = new Room({
      noteId,
      relay,
      isOrdered: true,
      merge: strategy.merge,
      epoch,
      isBorn: true,
      nodeReplica: replica,
      clock,
      tracer,
      defer: (task) => void clock.setTimer(0, task),
      log: seat.log,
      ...(onLosses === undefined ? {} : { onLosses }),
    });
    const held: Held = {
      room,
      relay,
      seat,
      cancelLinger: null,
      serve: (client) => {
        held.cancelLinger?.();
        held.cancelLinger = null;
        return new Session({ room, ...client, clock, tracer, onClosed: () => this.#lingerIfEmpty(noteId, held) });
      },
    };
    return held;
  }

  #lingerIfEmpty(noteId: NoteId, held: Held): void {
    if (held.room.sessionCount > 0 || this.#rooms.get(noteId) !== held) return;
    held.cancelLinger ??= this.#options.node.clock.setTimer(LINGER_MS, () => {
      held.cancelLinger = null;
      if (held.room.sessionCount > 0) return;
      this.#forget(noteId);
      held.room.close(CLOSE.goingAway, "Unloaded");
    });
  }

  #forget(noteId: NoteId): void {
    const held = this.#rooms.get(noteId);
    if (held === undefined) return;
    this.#rooms.delete(noteId);
    held.cancelLinger?.();
    held.cancelLinger = null;
    held.seat.close();
    this.#options.node.resign(noteId);
  }
}
