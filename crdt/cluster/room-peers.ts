/** The other nodes in one room: who of them has the note too, each as a member of it. */

import type { DecodeError, ProtocolError } from "../base/errors.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Room } from "../sync/room.ts";
import { PeerRoom, type RemotePresence } from "./peer-room.ts";

/** A room as its node's links see it. */
export interface SharedRoom {
  /** `peer` has the note too: begins to sync with it. Again: begins anew. */
  join(peer: NodeId): void;
  /** The link to `peer` is down. */
  leave(peer: NodeId): void;
  receive(peer: NodeId, frame: Uint8Array): void;
  close(code: number, reason: string): void;
}

/** `onProblem`: what a peer says cannot be, and the room is not synced with it any more until it joins again. */
export function shareRoom(
  room: Room,
  send: (peer: NodeId, frame: Uint8Array) => void,
  onProblem: (peer: NodeId, error: DecodeError | ProtocolError) => void,
): SharedRoom {
  const remote: RemotePresence = new Map();
  const peers = new Map<NodeId, PeerRoom>();
  const leave = (peer: NodeId): void => {
    peers.get(peer)?.end();
    peers.delete(peer);
  };
  return {
    join(peer) {
      leave(peer);
      const onUntrue = (error: DecodeError | ProtocolError): void => {
        leave(peer);
        onProblem(peer, error);
      };
      peers.set(peer, new PeerRoom({ room, remote, send: (frame) => send(peer, frame), onUntrue }));
    },
    leave,
    receive: (peer, frame) => peers.get(peer)?.receive(frame),
    close(code, reason) {
      for (const peer of peers.keys()) leave(peer);
      room.close(code, reason);
    },
  };
}
