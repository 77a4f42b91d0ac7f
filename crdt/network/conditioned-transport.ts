/**
 * Puts both directions of a connection under a replica's conditions, between the raw transport and
 * whoever speaks the protocol. Neither end can tell it from a bad network.
 */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Prng } from "../base/prng.ts";
import type { FaultBoard } from "./fault-board.ts";
import type { LinkConditions } from "./conditions.ts";
import { type Direction, Link, type LinkEvent, type LinkOptions } from "./link.ts";
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
  /** See `LinkOptions.isDatagram`. */
  isDatagram?(frame: Uint8Array): boolean;
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

/** A connection costs this much memory whether or not there is a fault: so it is a few plain objects, and no closure for each method. */
export function conditionTransport<Key extends string = ReplicaId>(options: ConditionedOptions<Key>): Conditioned {
  return new ConditionedTransport(options);
}

class ConditionedTransport<Key extends string> implements Conditioned, Transport {
  readonly options: ConditionedOptions<Key>;
  readonly #up: Link;
  readonly #down: Link;
  readonly #detach: () => void;
  #pendingUp: Closed | null = null;
  #pendingDown: Closed | null = null;
  #isBuilt = false;
  #isDone = false;

  constructor(options: ConditionedOptions<Key>) {
    this.options = options;
    this.#up = new Link(new Way(this, "up"));
    this.#down = new Link(new Way(this, "down"));
    const links = { up: this.#up, down: this.#down };
    this.#detach = options.board.attach(options.replica, links);
    this.#isBuilt = true;
    options.onLinks?.(links);
  }

  get transport(): Transport {
    return this;
  }

  get bufferedBytes(): number {
    return this.#down.bufferedBytes + this.options.raw.bufferedBytes;
  }

  send(frame: Uint8Array): void {
    this.#down.send(frame);
  }

  close(code: number, reason: string): void {
    this.#pendingDown ??= { code, reason };
    this.#down.send(CLOSE_MARK);
  }

  pause(): void {
    this.options.raw.pause?.();
  }

  resume(): void {
    this.options.raw.resume?.();
  }

  onFrame(frame: Uint8Array): void {
    this.#up.send(frame);
  }

  onClose(closed: Closed): void {
    this.#pendingUp ??= closed;
    this.#up.send(CLOSE_MARK);
  }

  /** A link lets a frame out. */
  deliver(direction: Direction, frame: Uint8Array): void {
    const { options } = this;
    if (frame !== CLOSE_MARK) {
      if (direction === "up") options.onFrame(frame);
      else options.raw.send(frame);
      return;
    }
    const closed = direction === "up" ? this.#pendingUp : this.#pendingDown;
    if (closed === null) return;
    if (direction === "down") options.raw.close(closed.code, closed.reason);
    this.#finish(closed);
  }

  break(): void {
    if (this.#isDone) return;
    const { options } = this;
    options.terminate();
    // A link may be born broken: then the owner hears of it after it has the transport.
    if (this.#isBuilt) this.#finish(RESET);
    else options.clock.setTimer(0, () => this.#finish(RESET));
  }

  #finish(closed: Closed): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#detach();
    this.#up.close();
    this.#down.close();
    this.options.onClose(closed);
  }
}

/** What a link asks of the connection that it is one direction of. */
class Way<Key extends string> implements LinkOptions {
  readonly direction: Direction;
  readonly #owner: ConditionedTransport<Key>;
  #prng: Prng | null = null;

  constructor(owner: ConditionedTransport<Key>, direction: Direction) {
    this.#owner = owner;
    this.direction = direction;
  }

  get clock(): Clock {
    return this.#owner.options.clock;
  }

  /** Most connections never need theirs. */
  get prng(): Prng {
    return (this.#prng ??= this.#owner.options.prng.stream(this.direction));
  }

  get conditions(): LinkConditions {
    const { board, replica } = this.#owner.options;
    return board.get(replica)[this.direction];
  }

  deliver(frame: Uint8Array): void {
    this.#owner.deliver(this.direction, frame);
  }

  onReset(): void {
    this.#owner.break();
  }

  passesHold(frame: Uint8Array): boolean {
    return this.#owner.options.passesHold?.(frame) === true;
  }

  isDatagram(frame: Uint8Array): boolean {
    return frame !== CLOSE_MARK && this.#owner.options.isDatagram?.(frame) === true;
  }

  trace(event: LinkEvent, frameId: number, bytes: number, frame: Uint8Array): void {
    this.#owner.options.trace?.(this.direction, event, frameId, bytes, frame);
  }
}
