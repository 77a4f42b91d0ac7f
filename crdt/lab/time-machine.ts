/**
 * What happened in a run, and which text everybody had before them at each moment of it (text-history.ts). What else there was to see
 * then is in world-history.ts.
 */

import { assert } from "../base/assert.ts";
import type { Splice } from "../base/splice.ts";
import { TextHistory } from "./text-history.ts";

export type RunEventKind =
  /** Somebody edited, or tried to and was refused. */
  | "edit"
  | "refused"
  /** Work of others reached the text. */
  | "applied"
  /** A message left, arrived, or was lost on its way. */
  | "sent"
  | "delivered"
  | "dropped"
  /** The node has everything up to here on disk. */
  | "saved"
  /** A connection changed its state. */
  | "state"
  /** Somebody changed the world: links, clocks, bots, locks. */
  | "control"
  /** A write was thrown away. */
  | "loss";

/** One thing that happened. Plain data: it crosses to the page as it is. */
export interface RunEvent {
  /** Its number in the run, from 0. */
  readonly n: number;
  /** Virtual time since the beginning. */
  readonly atMs: number;
  readonly kind: RunEventKind;
  /** On whose line: replicas from 0 in their order, then the node; -1: on nobody's, but on the wire. */
  readonly lane: number;
  /** The message it is about, by number; -1: none. */
  readonly message: number;
  /** Who sends and who is sent to, where there is a message. */
  readonly from: number;
  readonly to: number;
  /** The frame's name in frames.ts, or the words for everything else. */
  readonly words: string;
  readonly bytes: number;
  /** Which of its lane's edits this is, from 1; 0: none. */
  readonly edit: number;
}

/** From this event on: who holds the same text as whom. */
export interface Agreement {
  readonly n: number;
  readonly atMs: number;
  /** For each replica the first one that holds the same text. All 0: everybody agrees. */
  readonly groups: readonly number[];
}

const CHATTER = new Set(["heartbeat", "awareness", "query-awareness", "epoch", "ack", "beat", "lease renew", "lease renewed"]);

/** Whether an event is about a frame that carries no part of the note. */
export function isChatter({ message, words }: RunEvent): boolean {
  return message >= 0 && isChatterName(words);
}

export function isChatterName(frame: string): boolean {
  return CHATTER.has(frame);
}

/** Written by a run, in order; read at any moment. */
export class TimeMachine {
  readonly events: RunEvent[] = [];
  readonly agreements: Agreement[] = [];
  readonly #texts: TextHistory[];
  readonly #edits: number[];

  /** `texts`: what each replica holds at the beginning. */
  constructor(texts: readonly string[]) {
    this.#texts = texts.map((text) => new TextHistory(text));
    this.#edits = texts.map(() => 0);
    this.#agree(-1, 0);
  }

  /** What a replica holds now. */
  textOf(replica: number): string {
    return this.#history(replica).text;
  }

  /** Notes down an event; `splices`: what it did to the text of its lane. Cost: linear in the texts where there are splices. */
  add(event: Omit<RunEvent, "n" | "edit">, splices: readonly Splice[] = []): RunEvent {
    const n = this.events.length;
    const edit = event.kind === "edit" ? ++this.#edits[event.lane]! : 0;
    assert(n === 0 || this.events[n - 1]!.atMs <= event.atMs, `Event ${n} at ${event.atMs} ms lies before the one ahead of it`);
    const whole = { ...event, n, edit };
    this.events.push(whole);
    if (splices.length > 0) {
      this.#history(event.lane).change(n, splices);
      this.#agree(n, event.atMs);
    }
    return whole;
  }

  /** What a replica held after event `n`; -1: at the beginning. Cost: a bounded share of its history. @throws RangeError */
  textAt(replica: number, n: number): string {
    if (!(n >= -1 && n < this.events.length)) throw new RangeError(`No event ${n}: expected -1 to ${this.events.length - 1}`);
    return this.#history(replica).at(n);
  }

  /** The last event at or before an instant; -1: none. */
  eventAt(atMs: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle]!.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Who agreed with whom after event `n`. */
  agreementAt(n: number): Agreement {
    let low = 0;
    let high = this.agreements.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.agreements[middle]!.n <= n) low = middle;
      else high = middle - 1;
    }
    return this.agreements[low]!;
  }

  /** How many whole texts are kept of a replica. */
  snapshotsOf(replica: number): number {
    return this.#history(replica).snapshots;
  }

  #history(replica: number): TextHistory {
    const history = this.#texts[replica];
    if (history === undefined) throw new RangeError(`No replica ${replica}: expected 0 to ${this.#texts.length - 1}`);
    return history;
  }

  #agree(n: number, atMs: number): void {
    const groups = this.#texts.map(({ text }, own) => {
      const first = this.#texts.findIndex((other) => other.text === text);
      return first < 0 ? own : first;
    });
    const last = this.agreements.at(-1);
    if (last?.groups.every((group, replica) => group === groups[replica]) === true) return;
    this.agreements.push({ n, atMs, groups });
  }
}
