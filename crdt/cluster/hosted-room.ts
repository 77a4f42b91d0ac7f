/** A room with what belongs to it on one node of a cluster: its relay, its part of the store, its peers and its clients. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Transport } from "../network/transport.ts";
import { openRelay } from "../strategy/relay.ts";
import type { Loss, NoteRelay, Strategy, StrategyName } from "../strategy/strategy.ts";
import { Room } from "../sync/room.ts";
import { Session, type SessionOptions } from "../sync/session.ts";
import type { NodeStore, StoredUpdates } from "./node-store.ts";
import { shareRoom, type SharedRoom } from "./room-peers.ts";

/** Those whose code has been loaded. */
export type StrategyTable = (name: StrategyName) => Strategy;

/** Updates after which the log behind a room is compacted. */
const TAIL_UPDATES_MAX = 2_000;

export interface HostedRoomOptions {
  readonly noteId: NoteId;
  readonly strategy: StrategyName;
  readonly epoch: Epoch;
  readonly stored: StoredUpdates;
  readonly store: NodeStore;
  readonly clock: Clock;
  readonly replica: ReplicaId;
  readonly tracer: Tracer;
  readonly strategies: StrategyTable;
  readonly send: (peer: NodeId, frame: Uint8Array) => void;
  readonly onLosses?: ((losses: readonly Loss[]) => void) | undefined;
}

export interface HostedRoom extends SharedRoom {
  readonly room: Room;
  readonly relay: NoteRelay;
  readonly strategy: StrategyName;
  /** A client has connected. */
  serve(client: Pick<SessionOptions, "transport" | "kind" | "replicaId">): Session;
}

export function openHostedRoom(options: HostedRoomOptions): HostedRoom {
  const { noteId, epoch, stored, store, clock, replica, tracer } = options;
  const strategy = options.strategies(options.strategy);
  const relay = openRelay(strategy, {
    replica,
    clock,
    updates: stored.updates,
    onDocumentOpened: () => undefined,
    ...(stored.snapshot === null ? {} : { state: stored.snapshot }),
  });
  let { position } = stored;
  let durable = position;
  let tail = stored.updates.length;
  const room = new Room({
    noteId,
    relay,
    merge: strategy.merge,
    refuseExcess: strategy.refuseExcess,
    epoch,
    isBorn: true,
    nodeReplica: replica,
    clock,
    tracer,
    defer: (task) => void clock.setTimer(0, task),
    ...(options.onLosses === undefined ? {} : { onLosses: options.onLosses }),
    log: {
      append(update) {
        const at = ++position;
        store.append(noteId, at, update);
        store.sync(() => {
          durable = Math.max(durable, at);
          room.onSaved(durable);
        });
        if (++tail > TAIL_UPDATES_MAX) {
          tail = 0;
          store.compact(noteId, at, relay.since(EMPTY_BYTES));
        }
        return at;
      },
      durablePosition: () => durable,
    },
  });
  return {
    // The link ends as well.
    ...shareRoom(room, options.send, (_peer, error) => {
      throw error;
    }),
    room,
    relay,
    strategy: options.strategy,
    serve: ({ transport, kind, replicaId }: { transport: Transport; kind: "tab" | "stock"; replicaId: ReplicaId }) =>
      new Session({ room, transport, kind, replicaId, clock, tracer }),
  };
}
