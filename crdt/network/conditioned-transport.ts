/**
 * Puts both directions of a connection under a replica's conditions, between the raw transport and
 * whoever speaks the protocol. Neither end can tell it from a bad network.
 */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import type { FaultBoard } from "./fault-board.ts";
import { type Direction, Link, type LinkEvent } from "./link.ts";
import type { Closed, Transport } from "./transport.ts";

/** 1006: a reset says no goodbye. A raw socket is terminated instead of sent this code. */
export const RESET: Closed = { code: 1006, reason: "The link is reset" };

export interface ConditionedOptions<Key extends string = ReplicaId> {
  readonly raw: Transport;
  /** Ends the raw connection without a goodbye. */
  terminate(): void;
  /** Whose conditions: a replica, or a pair of nodes. */
  readonly replica: Key;
  readonly board: FaultBoard<Key>;
  readonly clock: Clock;
  readonly prng: Prng;
  onFrame(frame: Uint8Array): void;
  onClose(closed: Closed): void;
  /** See `LinkOptions.passesHold`. */
  passesHold?(frame: Uint8Array): boolean;
  trace?(direction: Direction, event: LinkEvent, frameId: number, bytes: number, frame: Uint8Array): void;
  /** Told of both links once they are there, for whoever touches single frames. */
  onLinks?(links: { readonly up: Link; readonly down: Link }): void;
}

export interface Conditioned {
  /** For the protocol's side. */
  readonly transport: Transport;
  /** The raw end received a frame. */
  onFrame(frame: Uint8Array): void;
  /** The raw end is closed: the news travels up like a frame, so a blackhole hides it. */
  onClose(closed: Closed): void;
}

/** A frame no protocol sends: in a link it stands for the close that follows it. */
const CLOSE_MARK = new Uint8Array(0);

export function conditionTransport<Key extends string = ReplicaId>(options: ConditionedOptions<Key>): Conditioned {
  const { raw, replica, board, clock, prng } = options;
  let isDone = false;
  let pendingUp: Closed | null = null;
  let pendingDown: Closed | null = null;

  const finish = (closed: Closed): void => {
    if (isDone) return;
    isDone = true;
    detach();
    up.close();
    down.close();
    options.onClose(closed);
  };
  const link = (direction: Direction, deliver: (frame: Uint8Array) => void): Link => {
    let chance: Prng | null = null;
    return new Link({
      clock,
      // Most connections never need theirs.
      get prng() {
        return (chance ??= prng.stream(direction));
      },
      direction,
      conditions: board.get(replica)[direction],
      deliver,
      onReset: () => broken(),
      passesHold: (frame) => options.passesHold?.(frame) === true,
      trace: (event, frameId, bytes, frame) => options.trace?.(direction, event, frameId, bytes, frame),
    });
  };
  let isBuilt = false;
  const broken = (): void => {
    if (isDone) return;
    options.terminate();
    // A link may be born broken: then the owner hears of it after it has the transport.
    if (isBuilt) finish(RESET);
    else clock.setTimer(0, () => finish(RESET));
  };
  const up = link("up", (frame) => {
    if (frame !== CLOSE_MARK) options.onFrame(frame);
    else if (pendingUp !== null) finish(pendingUp);
  });
  const down = link("down", (frame) => {
    if (frame !== CLOSE_MARK) raw.send(frame);
    else if (pendingDown !== null) {
      raw.close(pendingDown.code, pendingDown.reason);
      finish(pendingDown);
    }
  });
  const detach = board.attach(replica, { up, down });
  isBuilt = true;
  options.onLinks?.({ up, down });

  return {
    transport: {
      send: (frame) => down.send(frame),
      close(code, reason) {
        pendingDown ??= { code, reason };
        down.send(CLOSE_MARK);
      },
      pause: () => raw.pause?.(),
      resume: () => raw.resume?.(),
      get bufferedBytes() {
        return down.bufferedBytes + raw.bufferedBytes;
      },
    },
    onFrame: (frame) => up.send(frame),
    onClose(closed) {
      pendingUp ??= closed;
      up.send(CLOSE_MARK);
    },
  };
}
