/** Tells those who watch it what is on its way, in the links of their note and between nodes. Nothing is looked at while nobody does. */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { ControlEvent } from "../../crdt/sync/control-messages.ts";
import type { HeldLink, NodeFlight } from "../../crdt/sync/held-messages.ts";
import { mergeFlights, TOLD_MAX } from "../../crdt/sync/told-messages.ts";
import type { ControlClient } from "./roster.ts";

/** Single messages are to be seen when they set out. */
const TELL_AFTER_MS = 50;
/** Of many only the numbers are. */
const TELL_MANY_AFTER_MS = 100;

export interface MessageTellerOptions {
  readonly clock: Clock;
  links(noteId: NoteId): HeldLink[];
  flights(): NodeFlight[];
  /** Who is on a note now. */
  clientsOf(noteId: NoteId): readonly ControlClient[];
}

export class MessageTeller {
  readonly #options: MessageTellerOptions;
  readonly #watchers = new Set<ControlClient>();
  readonly #timers = new Map<NoteId, CancelTimer>();
  /** Notes of which many were told last, and when. */
  readonly #manyToldMs = new Map<NoteId, number>();
  /** Notes whose watchers were told last that something is on its way between nodes. */
  readonly #toldFlights = new Set<NoteId>();

  constructor(options: MessageTellerOptions) {
    this.#options = options;
  }

  /** Something in a link of the note has changed. */
  soon(noteId: NoteId): void {
    if (this.#watchers.size === 0 || this.#timers.has(noteId)) return;
    const { clock } = this.#options;
    const waitMs = (this.#manyToldMs.get(noteId) ?? -Infinity) + TELL_MANY_AFTER_MS - clock.now();
    this.#timers.set(
      noteId,
      clock.setTimer(Math.max(TELL_AFTER_MS, waitMs), () => {
        this.#timers.delete(noteId);
        this.#tell(noteId);
      }),
    );
  }

  /** Nothing tells of each frame between nodes: to be called whenever something may have set one going. */
  lookBetweenNodes(noteId: NoteId): void {
    if (this.#watchers.size > 0 && (this.#toldFlights.has(noteId) || this.#options.flights().length > 0)) this.soon(noteId);
  }

  /** Whether a client of the note is told; what is on its way already it is told at once. */
  watch(client: ControlClient, noteId: NoteId, isWatching: boolean): void {
    if (!isWatching) return this.leave(client);
    this.#watchers.add(client);
    const { links, flights } = this.#look(noteId);
    if (links.length + flights.length > 0) client.send(eventOf(noteId, links, flights));
  }

  leave(client: ControlClient): void {
    this.#watchers.delete(client);
  }

  /** Nobody is on the note any more. */
  forget(noteId: NoteId): void {
    this.#manyToldMs.delete(noteId);
    this.#toldFlights.delete(noteId);
  }

  /** Leaves no timer behind. */
  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #tell(noteId: NoteId): void {
    const told = this.#options.clientsOf(noteId).filter((client) => this.#watchers.has(client));
    if (told.length === 0) return this.forget(noteId);
    const { links, flights, isMany } = this.#look(noteId);
    const event = eventOf(noteId, links, flights);
    for (const client of told) client.send(event);
    if (flights.length > 0) this.#toldFlights.add(noteId);
    else this.#toldFlights.delete(noteId);
    if (isMany) this.#manyToldMs.set(noteId, this.#options.clock.now());
    else this.#manyToldMs.delete(noteId);
    if (flights.some(({ dueInMs }) => dueInMs !== null)) this.soon(noteId);
  }

  #look(noteId: NoteId): { readonly links: HeldLink[]; readonly flights: NodeFlight[]; readonly isMany: boolean } {
    const links = this.#options.links(noteId);
    const flights = this.#options.flights();
    const isMany = links.reduce((sum, { messages, more }) => sum + messages.length + more, flights.length) > TOLD_MAX;
    return { links, flights: isMany ? mergeFlights(flights) : flights, isMany };
  }
}

function eventOf(noteId: NoteId, links: readonly HeldLink[], nodes: readonly NodeFlight[]): ControlEvent {
  return { type: "messages", noteId, links, nodes };
}
