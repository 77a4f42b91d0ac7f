/** Numbers the messages of a world in the order in which they set out, says which are on their way, and lets one be touched. */

import type { Direction, Link, LinkEvent } from "../network/link.ts";
import type { ConnectionWatch } from "./accept.ts";

/** A message that is on its way. */
export interface WireMessage {
  readonly message: number;
  /** Lanes. */
  readonly from: number;
  readonly to: number;
  readonly frame: Uint8Array;
  readonly enteredAtMs: number;
  /** null: held. */
  readonly dueMs: number | null;
  /** How much of its way it has behind it, 0 to 1. */
  readonly share: number;
}

export type WireEvent = Exclude<LinkEvent, "held">;
type OnWire = (event: WireEvent, message: number, from: number, to: number, frame: Uint8Array) => void;

interface Wire {
  readonly from: number;
  readonly to: number;
  readonly link: Link;
  /** Of each frame on its way its number in the world. */
  readonly numbers: Map<number, number>;
}

export class WireWatch {
  readonly #onWire: OnWire;
  readonly #wires = new Set<Wire>();
  /** By message. */
  readonly #places = new Map<number, { readonly wire: Wire; readonly frameId: number }>();
  #next = 0;
  #isHeld = false;

  constructor(onWire: OnWire) {
    this.#onWire = onWire;
  }

  /** Of a connection between two lanes: up is from `near` to `far`. */
  watch(near: number, far: number): ConnectionWatch {
    const wires: Partial<Record<Direction, Wire>> = {};
    return {
      onLinks: (links) => {
        for (const wire of this.#wires) if (wire.link.isClosed) this.#wires.delete(wire);
        for (const direction of ["up", "down"] as const) {
          const [from, to] = direction === "up" ? [near, far] : [far, near];
          const wire: Wire = { from, to, link: links[direction], numbers: new Map() };
          wires[direction] = wire;
          this.#wires.add(wire);
          if (this.#isHeld) wire.link.setHeld(true);
        }
      },
      onFrame: (direction, event, frameId, frame) => {
        const wire = wires[direction];
        // An empty frame stands for a goodbye, which is none.
        if (wire !== undefined && event !== "held" && frame.length > 0) this.#onFrame(wire, event, frameId, frame);
      },
    };
  }

  /** Everything on its way: by connection as they were made, up before down, the first to arrive first. */
  messages(): WireMessage[] {
    return [...this.#wires].flatMap(({ from, to, link, numbers }) =>
      link.flights.flatMap(({ id, frame, enteredAtMs, dueMs, share }) => {
        const message = numbers.get(id);
        return message === undefined ? [] : [{ message, from, to, frame, enteredAtMs, dueMs, share }];
      }),
    );
  }

  /** Of every wire on which nothing passes where it comes from and goes to; some may be there twice. */
  stopped(): { readonly from: number; readonly to: number }[] {
    const out: { from: number; to: number }[] = [];
    for (const { from, to, link } of this.#wires) if (!link.isClosed && link.isCut) out.push({ from, to });
    return out;
  }

  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const { link } of this.#wires) link.setHeld(isHeld);
  }

  /** Returns false when the message is not on its way. */
  touch(message: number, act: "deliver" | "drop" | "duplicate"): boolean {
    const place = this.#places.get(message);
    if (place === undefined) return false;
    const { wire, frameId } = place;
    return act === "deliver" ? wire.link.deliverNow(frameId) : act === "drop" ? wire.link.drop(frameId) : wire.link.duplicate(frameId);
  }

  /** Lets a message arrive later. Returns false when it is not on its way. */
  delay(message: number, ms: number): boolean {
    const place = this.#places.get(message);
    return place !== undefined && place.wire.link.delay(place.frameId, ms);
  }

  /** Lets a message arrive right before or after another. Returns false when both are not on their way on one wire, or only one is held. */
  move(message: number, side: "before" | "after", other: number): boolean {
    const [place, target] = [this.#places.get(message), this.#places.get(other)];
    if (place === undefined || target === undefined || place.wire !== target.wire) return false;
    return place.wire.link.move(place.frameId, side, target.frameId);
  }

  #onFrame(wire: Wire, event: WireEvent, frameId: number, frame: Uint8Array): void {
    if (event === "entered") {
      wire.numbers.set(frameId, this.#next);
      this.#places.set(this.#next++, { wire, frameId });
    }
    const message = wire.numbers.get(frameId);
    if (message === undefined) return;
    if (event !== "entered") {
      wire.numbers.delete(frameId);
      this.#places.delete(message);
    }
    this.#onWire(event, message, wire.from, wire.to, frame);
  }
}
