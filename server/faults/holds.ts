/**
 * Holds the messages of replicas and lets each be touched: delivered, dropped, doubled, delayed. Knows the links of every /sync
 * connection to a note. A hold is the replica's, outlives its connections, and ends by itself as other faults do. Frames by which
 * two ends see that the other is there pass a hold, or none could last for longer than they wait.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import { Few } from "../../crdt/base/few.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import { Settings } from "../../crdt/base/settings.ts";
import type { Direction, Flying, Link } from "../../crdt/network/link.ts";
import { peekFrameType } from "../../crdt/sync/frames.ts";
import type { HeldDirections, HeldLink, HeldMessage, HoldCommand, InspectedHeld } from "../../crdt/sync/held-messages.ts";
import { fairDepth, middleOf } from "../../crdt/sync/told-messages.ts";
import { contentsOf, hexOf, linesOf } from "../../crdt/sync/inspect-frame.ts";

export const SHOWN_MAX = 40;
/** Decoded for its summary; a larger one is told by its type. */
const SUMMARY_BYTES_MAX = 64 * 1024;
const NONE: HeldDirections = { up: false, down: false };

export interface HoldsOptions {
  readonly clock: Clock;
  readonly healAfterMs?: number;
  /** What is on its way in the links of a note has changed. */
  onMessages(noteId: NoteId): void;
  /** Somebody did this; of which note, null: of all that the replica has open. */
  onAct(replica: ReplicaId, noteId: NoteId | null, text: string): void;
}

const DIRECTIONS = ["up", "down"] as const;

/** One direction of a connection. */
interface Wire {
  readonly id: string;
  readonly replicaId: ReplicaId;
  readonly noteId: NoteId;
  readonly direction: Direction;
  readonly link: Link;
}

/** A connection whose links are known here. There are thousands of these. */
class Wires {
  readonly number: number;
  readonly replicaId: ReplicaId;
  readonly noteId: NoteId;
  readonly #links: Readonly<Record<Direction, Link>>;
  readonly #onMessages: (noteId: NoteId) => void;
  readonly #onDetached: (wires: Wires) => void;
  /** Whether anything was on its way when it was last looked at. */
  #isUpBusy = false;
  #isDownBusy = false;

  constructor(
    { number, replicaId, noteId }: Pick<Wires, "number" | "replicaId" | "noteId">,
    links: Readonly<Record<Direction, Link>>,
    on: { readonly messages: (noteId: NoteId) => void; readonly detached: (wires: Wires) => void },
  ) {
    this.number = number;
    this.replicaId = replicaId;
    this.noteId = noteId;
    this.#links = links;
    this.#onMessages = on.messages;
    this.#onDetached = on.detached;
  }

  of(direction: Direction): Wire {
    const { number, replicaId, noteId } = this;
    return { id: `${number}-${direction}`, replicaId, noteId, direction, link: this.#links[direction] };
  }

  /** Something has happened in one of its links. */
  onFrame(direction: Direction): void {
    const isBusy = this.#links[direction].bufferedBytes > 0;
    const wasBusy = direction === "up" ? this.#isUpBusy : this.#isDownBusy;
    if (direction === "up") this.#isUpBusy = isBusy;
    else this.#isDownBusy = isBusy;
    if (isBusy || wasBusy) this.#onMessages(this.noteId);
  }

  /** The connection is over. */
  detach(): void {
    this.#onDetached(this);
  }
}

export class Holds {
  readonly #options: HoldsOptions;
  readonly #held: Settings<ReplicaId, HeldDirections>;
  readonly #wires = new Map<number, Wires>();
  readonly #byNote = new Map<NoteId, Few<Wires>>();
  readonly #on: { readonly messages: (noteId: NoteId) => void; readonly detached: (wires: Wires) => void };
  #next = 0;

  constructor(options: HoldsOptions) {
    this.#options = options;
    const { clock, healAfterMs } = options;
    this.#held = new Settings({ clock, healAfterMs, heal: (replica) => this.#hold(replica, NONE) });
    this.#on = { messages: (noteId) => options.onMessages(noteId), detached: (wires) => this.#detached(wires) };
  }

  /** For `ConditionedOptions.passesHold`. */
  static readonly passes = (frame: Uint8Array): boolean => peekFrameType(frame) === "heartbeat";

  /** When every hold ends by itself, or null while there is none. */
  get healAtMs(): number | null {
    return this.#held.healAtMs;
  }

  of(replica: ReplicaId): HeldDirections {
    return this.#held.get(replica) ?? NONE;
  }

  /** Takes a connection in: `onFrame` is called after each event in a link, `detach` when it is over. */
  attach(
    replicaId: ReplicaId,
    noteId: NoteId,
    links: Readonly<Record<Direction, Link>>,
  ): { onFrame(direction: Direction): void; detach(): void } {
    const wires = new Wires({ number: this.#next++, replicaId, noteId }, links, this.#on);
    this.#wires.set(wires.number, wires);
    const here = this.#byNote.get(noteId);
    if (here === undefined) this.#byNote.set(noteId, new Few<Wires>().add(wires));
    else here.add(wires);
    const held = this.of(replicaId);
    for (const direction of DIRECTIONS) if (held[direction]) links[direction].setHeld(true);
    if (held.up || held.down) this.#options.onMessages(noteId);
    return wires;
  }

  /** Obeys. @throws RangeError when there is no such link or message; nothing has changed then. */
  command(command: Exclude<HoldCommand, { type: "inspect-message" }>): void {
    if (command.type === "hold") {
      const before = this.of(command.replicaId);
      this.#hold(command.replicaId, { up: command.up ?? before.up, down: command.down ?? before.down });
      return;
    }
    const { act, ms } = command;
    const wire = this.#wire(command.link);
    const { link, noteId, replicaId, direction } = wire;
    if (act === "delay" && ms === undefined) throw new RangeError("A delay needs ms");
    if (act === "deliver-all") {
      const all = link.flights;
      for (const { id } of all) link.deliverNow(id);
      this.#did(wire, `${direction}: all ${all.length} messages delivered`);
      return;
    }
    const id = command.id ?? shown(link)[0]?.id;
    const flying = shown(link).find((each) => each.id === id);
    if (id === undefined || flying === undefined)
      throw new RangeError(id === undefined ? `Nothing is on its way in ${wire.id}` : `Message ${id} is not on its way in ${wire.id}`);
    // Told first: what a delivery sets off comes after it.
    const { words, run } = {
      deliver: { words: "delivered", run: () => link.deliverNow(id) },
      drop: { words: "dropped (datagram mode)", run: () => link.drop(id) },
      duplicate: { words: "duplicated (datagram mode)", run: () => link.duplicate(id) },
      delay: { words: `delayed by ${ms} ms (datagram mode)`, run: () => link.delay(id, ms ?? 0) },
      earlier: { words: "moved before the one ahead of it (datagram mode)", run: () => link.swap(id, -1) },
      later: { words: "moved behind the one after it (datagram mode)", run: () => link.swap(id, 1) },
    }[act];
    if ((act === "earlier" || act === "later") && !canSwap(link, id, act === "earlier" ? -1 : 1))
      throw new RangeError(`Message ${id} is the ${act === "earlier" ? "first" : "last"} of its kind in ${wire.id}`);
    this.#options.onAct(replicaId, noteId, `${direction}: message ${id}, ${peekFrameType(flying.frame) ?? "unreadable"}, ${words}`);
    run();
    this.#options.onMessages(noteId);
  }

  /** Which note a link is of; null: there is no such link. */
  noteOf(link: string): NoteId | null {
    return this.#find(link)?.noteId ?? null;
  }

  /** `describe` puts an update of the link's note into words. @throws RangeError when it is not on its way. */
  inspect(link: string, id: number, describe: (update: Uint8Array) => readonly string[]): InspectedHeld {
    const found = shown(this.#wire(link).link).find((each) => each.id === id);
    if (found === undefined) throw new RangeError(`Message ${id} is not on its way in ${link}`);
    const { frame } = found;
    return { link, id, hex: hexOf(frame), lines: linesOf(frame), contents: contentsOf(frame, describe) };
  }

  /** The links of a note that are held or have something on its way. */
  messages(noteId: NoteId): HeldLink[] {
    const nowMs = this.#options.clock.now();
    return this.#wiresOf(noteId).flatMap(({ id, replicaId, direction, link }) => {
      const isHeld = this.of(replicaId)[direction];
      const flights = isHeld || link.bufferedBytes > 0 ? shown(link) : [];
      if (!isHeld && flights.length === 0) return [];
      const messages = flights.slice(0, SHOWN_MAX).map((flying) => viewOf(flying, nowMs));
      return [{ link: id, replicaId, direction, isHeld, messages, more: flights.length - messages.length }];
    });
  }

  /** The same to be told all the time: at most `TOLD_MAX` single messages of all links together, the first to arrive of each, without summaries. */
  told(noteId: NoteId): HeldLink[] {
    const nowMs = this.#options.clock.now();
    const busy = this.#wiresOf(noteId).flatMap(({ id, replicaId, direction, link }) => {
      const isHeld = this.of(replicaId)[direction];
      const flights = isHeld || link.bufferedBytes > 0 ? shown(link) : [];
      return isHeld || flights.length > 0 ? [{ link: id, replicaId, direction, isHeld, flights }] : [];
    });
    const depth = fairDepth(busy.map(({ flights }) => flights.length));
    return busy.map(({ flights, ...link }): HeldLink => {
      const more = Math.max(0, flights.length - depth);
      const messages = flights.slice(0, depth).map((flying) => placeOf(flying, nowMs));
      return { ...link, messages, more, ...(more === 0 ? {} : { middle: middleOf(flights.map((flying) => placeOf(flying, nowMs))) }) };
    });
  }

  /** Ends the holds of one replica, or all. */
  heal(replica?: ReplicaId): void {
    this.#held.heal(replica);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#held.close();
  }

  #hold(replica: ReplicaId, next: HeldDirections): void {
    const before = this.of(replica);
    if (before.up === next.up && before.down === next.down) return;
    this.#held.put(replica, next.up || next.down ? next : null);
    const words = DIRECTIONS.flatMap((direction) =>
      before[direction] === next[direction] ? [] : [`${direction} ${next[direction] ? "holds its messages" : "lets its messages go"}`],
    );
    this.#options.onAct(replica, null, words.join(", "));
    for (const wires of this.#wires.values()) {
      if (wires.replicaId !== replica) continue;
      for (const direction of DIRECTIONS) wires.of(direction).link.setHeld(next[direction]);
      this.#options.onMessages(wires.noteId);
    }
  }

  #detached(wires: Wires): void {
    const { number, noteId } = wires;
    this.#wires.delete(number);
    const here = this.#byNote.get(noteId);
    here?.delete(wires);
    if (here?.size === 0) this.#byNote.delete(noteId);
    this.#options.onMessages(noteId);
  }

  #wiresOf(noteId: NoteId): Wire[] {
    return [...(this.#byNote.get(noteId) ?? [])].flatMap((wires) => DIRECTIONS.map((direction) => wires.of(direction)));
  }

  #find(id: string): Wire | null {
    const [, number, direction] = /^(\d+)-(up|down)$/.exec(id) ?? [];
    return this.#wires.get(Number(number))?.of(direction as Direction) ?? null;
  }

  /** @throws RangeError */
  #wire(id: string): Wire {
    const wire = this.#find(id);
    if (wire === null) throw new RangeError(`No link ${id}; GET /control/messages?note=<note> lists those that hold something`);
    return wire;
  }

  #did({ replicaId, noteId }: Wire, text: string): void {
    this.#options.onAct(replicaId, noteId, text);
    this.#options.onMessages(noteId);
  }
}

/** Whether there is a message beside this one, in that direction, that is held, or flies, as it does. */
function canSwap(link: Link, id: number, step: -1 | 1): boolean {
  const all = shown(link);
  const at = all.findIndex((each) => each.id === id);
  const [one, other] = [all[at], all[at + step]];
  return one !== undefined && other !== undefined && (one.dueMs === null) === (other.dueMs === null);
}

/** An empty frame stands for a goodbye, which is none. */
function shown(link: Link): Flying[] {
  return link.flights.filter(({ frame }) => frame.length > 0);
}

function viewOf(flying: Flying, nowMs: number): HeldMessage {
  const { frame } = flying;
  const place = placeOf(flying, nowMs);
  return { ...place, summary: frame.length > SUMMARY_BYTES_MAX ? (place.name ?? "unreadable") : linesOf(frame).join("; ") };
}

function placeOf({ id, frame, enteredAtMs, dueMs, share }: Flying, nowMs: number): HeldMessage {
  return {
    id,
    name: peekFrameType(frame),
    bytes: frame.length,
    ageMs: nowMs - enteredAtMs,
    dueInMs: dueMs === null ? null : Math.max(0, dueMs - nowMs),
    // A thousandth of the longest wire is a third of a pixel.
    share: Math.round(share * 1_000) / 1_000,
  };
}
