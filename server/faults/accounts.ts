/** What there is to say of a note and of who is on it, as of now: the rows of the list, and the ledger. */

import type { Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { ClockBoard } from "../../crdt/sync/clock-board.ts";
import type { ControlEvent, NoteLedger, ReplicasAnswer, ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { PresenceBoard } from "../../crdt/sync/presence-board.ts";
import type { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { ServerHub, ServerStore } from "../nodes/primary.ts";
import type { Store } from "../store/store.ts";
import type { FactsBook } from "./facts-book.ts";
import type { Holds } from "./holds.ts";
import type { Identities } from "./identities.ts";
import { lossClocksOf, toldClocksOf } from "./loss-clocks.ts";
import { LossBook } from "./loss-book.ts";
import type { Roster, Row } from "./roster.ts";

export interface AccountsOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly facts: FactsBook;
  readonly board: FaultBoard;
  readonly rates: RateBoard;
  readonly holds: Holds;
  readonly clocks: ClockBoard;
  readonly presence: PresenceBoard;
  readonly store: ServerStore;
  readonly identities: Identities;
  readonly hub: Pick<ServerHub, "find" | "rooms" | "open" | "catalog">;
  /** The node that answers for the server, as a replica. */
  readonly nodeReplica: () => ReplicaId;
}

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #losses: LossBook;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#losses = new LossBook(options.store);
  }

  /** Every replica, or those of one note. */
  replicas(noteId?: NoteId): ReplicasAnswer {
    const { roster, hub, board, rates, holds, clocks, presence, clock } = this.#options;
    const notes = noteId === undefined ? [...hub.rooms()].map(({ room }) => room.noteId) : [noteId];
    const nodes = notes.filter((id) => id !== CATALOG_NOTE_ID).flatMap((id) => this.#nodeStatus(id) ?? []);
    return {
      replicas: [...roster.rows(noteId).map((row) => this.#statusOf(row)), ...nodes],
      healAtMs: [board, rates, holds, clocks, presence].reduce<number | null>((at, each) => latest(at, each.healAtMs), null),
      serverNowMs: clock.now(),
    };
  }

  /** The same of one note, as its tabs are told. */
  telling(noteId: NoteId): Extract<ControlEvent, { type: "replicas" }> {
    const { hub, clocks } = this.#options;
    const room = hub.find(noteId)?.room;
    const epoch = room?.isNote === true ? room.epoch : null;
    return {
      type: "replicas",
      noteId,
      epoch,
      ...this.replicas(noteId),
      room: room?.counts ?? null,
      stamps: clocks.kindOf(noteId),
    };
  }

  async ledger(noteId: NoteId): Promise<NoteLedger> {
    const { store, hub, identities, clocks, roster, facts: book } = this.#options;
    const losses = (await this.#losses.of(noteId, roster.isWatched(noteId))).map(({ loss, ...found }) => {
      const told = toldClocksOf(clocks, loss);
      return {
        ...found,
        ...(told === null ? {} : { clocks: told }),
        loss,
        authorName: identities.nameOf(loss.author),
        winnerName: identities.nameOf(loss.winningStamp.replica),
      };
    });
    const exists = hub.find(noteId) !== null || (await store.find(noteId)) !== null;
    const facts = exists ? book.of(await hub.open(noteId)) : null;
    return { noteId, losses, typed: facts?.typed ?? 0, kept: facts?.kept ?? 0 };
  }

  /** Keeps what a room has found. Those of titles belong to the note that they name. Returns the notes that they are of. */
  found(losses: readonly Loss[], noteId: NoteId, store: Pick<Store, "putLosses">): Iterable<NoteId> {
    const { clocks, clock } = this.#options;
    return this.#losses.found(losses, noteId, clock.now(), store, (of, loss) => lossClocksOf(clocks, of, loss));
  }

  /** Nobody looks at the note any more. */
  forget(noteId: NoteId): void {
    this.#losses.forget(noteId);
  }

  #statusOf({ replicaId, kind, name, colour, noteId, digest, roundTripMs, syncs, node }: Row): ReplicaStatus {
    const { board, rates, hub, holds, presence, clocks } = this.#options;
    const isConnected = syncs.includes(noteId);
    const strategy = hub.find(noteId)?.strategy ?? hub.catalog.find(noteId)?.strategy ?? null;
    const conditions = board.get(replicaId);
    return {
      replicaId,
      kind,
      name,
      colour,
      noteId,
      strategy,
      isConnected,
      node,
      conditions,
      held: holds.of(replicaId),
      cutSinceMs: board.cutSinceMs(replicaId),
      digest,
      roundTripMs,
      bucket: rates.gaugeOf(replicaId),
      ...(presence.isSet(replicaId) ? { presence: presence.get(replicaId) } : {}),
      ...(clocks.isSet(replicaId) ? { clock: clocks.get(replicaId) } : {}),
    };
  }

  #nodeStatus(noteId: NoteId): ReplicaStatus | null {
    const { hub, nodeReplica, facts } = this.#options;
    const open = hub.find(noteId);
    if (open === null) return null;
    return {
      replicaId: nodeReplica(),
      kind: "node",
      name: "Server",
      colour: 7,
      noteId,
      strategy: open.strategy,
      isConnected: true,
      conditions: CLEAR_BOTH,
      cutSinceMs: null,
      digest: facts.of(open)?.digest ?? null,
      roundTripMs: null,
      bucket: null,
    };
  }
}

/** Of two times; null: never. */
function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
