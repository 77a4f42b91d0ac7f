/** Which events of a run are shown: by who took part, by kind, by words. Pure, and never more than a stretch at a time. */

import { isChatter, type RunEvent, type RunEventKind } from "../../crdt/lab/time-machine.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { eventName, eventText } from "./lab-words.ts";

export type HistoryKind = "edits" | "received" | "messages" | "world" | "chatter";

export const HISTORY_KINDS: readonly { readonly id: HistoryKind; readonly title: string }[] = [
  { id: "edits", title: "Edits and losses" },
  { id: "received", title: "Taken in" },
  { id: "messages", title: "Messages" },
  { id: "world", title: "Links, bots, clocks" },
  { id: "chatter", title: "Heartbeats and saves" },
];

export interface HistoryFilter {
  /** Whose events, and whose messages; null: everybody's. */
  readonly lane: number | null;
  readonly kinds: readonly HistoryKind[];
  /** Each of them is in what the list says of the event, in any case; "": any event. */
  readonly words: string;
}

export const FIRST_FILTER: HistoryFilter = { lane: null, kinds: ["edits", "received", "messages", "world"], words: "" };

const KIND_OF: Readonly<Record<RunEventKind, HistoryKind>> = {
  edit: "edits",
  refused: "edits",
  loss: "edits",
  applied: "received",
  sent: "messages",
  delivered: "messages",
  dropped: "messages",
  saved: "chatter",
  state: "world",
  control: "world",
};

/** Whether the list and the diagram show an event. */
export function isShown(event: RunEvent, { lane, kinds, words }: HistoryFilter, options: SandboxOptions): boolean {
  if (!kinds.includes(isChatter(event) ? "chatter" : KIND_OF[event.kind])) return false;
  if (lane !== null && event.lane !== lane && event.from !== lane && event.to !== lane) return false;
  if (words === "") return true;
  const text = `${eventName(event, options)} ${eventText(event, options)}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The events of a list that grows which a filter lets through. Whoever asks looks through it a stretch at a time. */
export class ShownEvents {
  readonly #events: readonly RunEvent[];
  readonly #filter: HistoryFilter;
  readonly #options: SandboxOptions;
  readonly #found: RunEvent[] = [];
  #looked = 0;

  constructor(events: readonly RunEvent[], filter: HistoryFilter, options: SandboxOptions) {
    this.#events = events;
    this.#filter = { ...filter, words: filter.words.trim() };
    this.#options = options;
  }

  /** How much of the list has been looked through, 0 to 1. */
  get share(): number {
    return this.#events.length === 0 ? 1 : this.#looked / this.#events.length;
  }

  /** Looks through up to `max` more. Returns whether that was all there are. */
  look(max: number): boolean {
    const until = Math.min(this.#events.length, this.#looked + max);
    for (; this.#looked < until; this.#looked++) {
      const event = this.#events[this.#looked]!;
      if (isShown(event, this.#filter, this.#options)) this.#found.push(event);
    }
    return until === this.#events.length;
  }

  /** Of what has been found up to event `n`, the last `max`. Cost: logarithmic, and `max`. */
  last(n: number, max = Number.MAX_SAFE_INTEGER): RunEvent[] {
    let low = 0;
    let high = this.#found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#found[middle]!.n <= n) low = middle + 1;
      else high = middle;
    }
    return this.#found.slice(Math.max(0, low - max), low);
  }
}
