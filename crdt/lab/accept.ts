/** How a simulated node takes a connection: the replica's conditions, its rate, and the node's own time, which may stand still. */

import type { VirtualClock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import type { NodeClock } from "../cluster/node-clock.ts";
import { conditionTransport } from "../network/conditioned-transport.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { Direction, Link, LinkEvent } from "../network/link.ts";
import type { Accept } from "../network/pipe.ts";
import type { RateBoard } from "../sync/rate-board.ts";
import type { Room } from "../sync/room.ts";
import { Session } from "../sync/session.ts";
import { TokenBucket } from "../sync/token-bucket.ts";
import type { DatagramBoard } from "./datagrams.ts";

/** What is told of one connection to whoever watches single frames. */
export interface ConnectionWatch {
  onLinks(links: { readonly up: Link; readonly down: Link }): void;
  onFrame(direction: Direction, event: LinkEvent, frameId: number, frame: Uint8Array): void;
}

/** Called for each connection that is made; `n`: the member's number, since several may have one replica id. */
export type WatchConnection = (replica: ReplicaId, node: ReplicaId, n: number) => ConnectionWatch;

export interface AcceptOptions {
  readonly room: Room;
  /** The node's own time: what arrives while it stands still waits. */
  readonly time: NodeClock;
  readonly board: FaultBoard;
  readonly datagrams: DatagramBoard;
  readonly rates: RateBoard;
  /** The network's time. */
  readonly clock: VirtualClock;
  readonly tracer: Tracer;
  readonly replica: ReplicaId;
  readonly linkPrng: Prng;
  /** Called for each connection that is made, by whoever watches its frames. */
  readonly watch?: (() => ConnectionWatch | undefined) | undefined;
}

/** Takes a connection of a replica into a room, under the replica's conditions. */
export function acceptInto({ room, time, board, datagrams, rates, clock, tracer, replica, linkPrng, watch }: AcceptOptions): Accept {
  const { noteId } = room;
  return (pipe, terminate) => {
    let session: Session | null = null;
    const watched = watch?.();
    const wire = datagrams.wire(replica, pipe, linkPrng, (frame) => conditioned.onFrame(frame));
    const conditioned = conditionTransport({
      raw: wire.raw,
      terminate,
      replica,
      board,
      clock,
      prng: linkPrng,
      onFrame: (frame) => time.run(() => session?.onFrame(frame)),
      onClose: (closed) => time.run(() => session?.onClose(closed)),
      trace: (direction, kind, frameId, bytes, frame) => {
        tracer.trace({ kind, direction, frameId, bytes, atMs: clock.now(), hop: "link", noteId, replica });
        watched?.onFrame(direction, kind, frameId, frame);
      },
      onLinks: (links) => watched?.onLinks(links),
    });
    const bucket = rates.isSet(replica) ? new TokenBucket({ clock, ...rates.get(replica) }) : undefined;
    session = new Session({
      room,
      transport: conditioned.transport,
      kind: "tab",
      replicaId: replica,
      clock: time,
      tracer,
      bucket,
      onClosed: () => detach(),
    });
    const detach = rates.attach(replica, session.bucket);
    return { onFrame: (frame) => wire.onFrame(frame), onClose: (closed) => conditioned.onClose(closed) };
  };
}
