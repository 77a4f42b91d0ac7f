/** The wire from one node to another: a pipe under the conditions of their link, made by the one whose name comes first. */

import type { Clock } from "../base/clock.ts";
import type { Prng } from "../base/prng.ts";
import { conditionTransport } from "../network/conditioned-transport.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { Direction, Link, LinkEvent } from "../network/link.ts";
import { type NodeId, type NodePair, pairOf } from "../network/node-pair.ts";
import { type Accept, connectThrough } from "../network/pipe.ts";
import type { Connect } from "../network/transport.ts";
import { DecodeError } from "../base/errors.ts";
import { CLOSE } from "../sync/close-codes.ts";
import { decodeFrame } from "../sync/frames.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { decodeNodeFrame } from "./node-frames.ts";

/** One end: what runs there now, and what has to be torn when it dies. */
export interface WireEnd {
  readonly id: NodeId;
  /** null while it is down. */
  readonly node: ClusterNode | null;
  readonly tear: Set<() => void>;
}

/** What is told of one connection. */
export interface WireWatcher {
  onLinks(links: { readonly up: Link; readonly down: Link }): void;
  onFrame(direction: Direction, event: LinkEvent, frameId: number, frame: Uint8Array): void;
}

export interface WireOptions {
  /** The world's clock, which no node's pause stops. */
  readonly clock: Clock;
  readonly prng: Prng;
  readonly board: FaultBoard<NodePair>;
  readonly from: WireEnd;
  readonly to: () => WireEnd;
  /** Sees every frame where it enters the link, and may put another in its place; null: it is lost. */
  readonly tamper?: ((from: NodeId, to: NodeId, frame: Uint8Array) => Uint8Array | null) | undefined;
  /** Called for each connection, by whoever watches its frames. */
  readonly watch?: (() => WireWatcher) | undefined;
}

/** How `from` reaches the other end. */
export function wireTo(peer: NodeId, { clock, prng, board, from, to, tamper, watch }: WireOptions): Connect {
  const pair = pairOf(from.id, peer);
  const changed = (sender: NodeId, receiver: NodeId, frame: Uint8Array, deliver: (frame: Uint8Array) => void): void => {
    const given = tamper === undefined ? frame : tamper(sender, receiver, frame);
    if (given !== null) deliver(given);
  };
  const accept = (): Accept | null => {
    const end = to();
    if (end.node === null) return null;
    return (raw, terminate) => {
      const tear = (): void => terminate();
      let handlers: ReturnType<ClusterNode["accept"]> = null;
      const watched = watch?.();
      const conditioned = conditionTransport<NodePair>({
        raw: { ...raw, send: (frame) => changed(peer, from.id, frame, (given) => raw.send(given)), bufferedBytes: 0 },
        terminate,
        replica: pair,
        board,
        clock,
        prng,
        onFrame: (frame) => changed(from.id, peer, frame, (given) => handlers?.onFrame(given)),
        onClose: (closed) => {
          end.tear.delete(tear);
          handlers?.onClose(closed);
        },
        isDatagram: isUpdateOfRoom,
        trace: (direction, event, frameId, _, frame) => watched?.onFrame(direction, event, frameId, frame),
        onLinks: (links) => watched?.onLinks(links),
      });
      end.tear.add(tear);
      handlers = end.node?.accept(from.id, conditioned.transport) ?? null;
      // It has begun to run and has not read its disk yet.
      if (handlers === null) clock.setTimer(0, terminate);
      return conditioned;
    };
  };
  const connect = connectThrough(clock, accept);
  return (handlers) => {
    // Either end may die without a word.
    const transport = connect({
      ...handlers,
      onClose: (closed) => {
        from.tear.delete(tear);
        handlers.onClose(closed);
      },
    });
    const tear = (): void => transport.close(CLOSE.abnormal, "Crashed");
    from.tear.add(tear);
    return transport;
  };
}

/** An update of a note between nodes. Leases and logs are not: a log counts on it that a link which stays up loses nothing. */
function isUpdateOfRoom(bytes: Uint8Array): boolean {
  try {
    const message = decodeNodeFrame(bytes);
    if (message.type !== "room") return false;
    const frame = decodeFrame(message.frame);
    return frame.type === "update" || (frame.type === "numbered" && frame.frame.type === "update");
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
