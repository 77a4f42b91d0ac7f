/** The other nodes in one room: who of them has the note too, each as a member of it. */

import type { NodeId } from "../network/node-pair.ts";
import type { Room } from "../sync/room.ts";
import { PeerRoom, type RemotePresence } from "./peer-room.ts";

/** A room as its node's links see it. */
export interface SharedRoom {
  /** `peer` has the note too: begins to sync with it. Again: begins anew. */
  join(peer: NodeId): void;
  /** The link to `peer` is down. */
  leave(peer: NodeId): void;
  /** @throws DecodeError, ProtocolError */
  receive(peer: NodeId, frame: Uint8Array): void;
  close(code: number, reason: string): void;
}

export function shareRoom(room: Room, send: (peer: NodeId, frame: Uint8Array) => void): SharedRoom {
  const remote: RemotePresence = new Map();
  const peers = new Map<NodeId, PeerRoom>();
  const leave = (peer: NodeId): void => {
    peers.get(peer)?.end();
    peers.delete(peer);
  };
  return {
    join(peer) {
      leave(peer);
      peers.set(peer, new PeerRoom({ room, remote, send: (frame) => send(peer, frame) }));
    },
    leave,
    receive: (peer, frame) => peers.get(peer)?.receive(frame),
    close(code, reason) {
      for (const peer of peers.keys()) leave(peer);
      room.close(code, reason);
    },
  };
}
