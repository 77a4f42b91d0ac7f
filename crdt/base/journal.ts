/**
 * The journal: what happened at each hop, in order. Written by NoteSession, Provider, Link, Session
 * and Room through an injected `Tracer`; read by the ledger, the timeline, the compare page, the
 * laboratory and the tests. It knows nothing of strategies: an inserted run has an id of its own.
 */

import type { NoteId, ReplicaId } from "./ids.ts";
import type { Splice } from "./splice.ts";

/** Which part of the path wrote the entry. */
export type Hop = "note" | "provider" | "link" | "session" | "room" | "control";

/** What a write was stamped with, where stamps decide. */
export interface StampNote {
  readonly wallMs: number;
  /** How far the clock was off the true time then, as far as that is known; positive: ahead. */
  readonly offsetMs: number;
  /** The name of the node whose clock it was; absent: the author's own. */
  readonly node?: string;
}

/** Of a text that an entry carries: a screen or two. UTF-16 units. */
export const START_TEXT_MAX = 8_000;

export type JournalEvent =
  /** A person or a bot edited: splices in the actor's own view, caret after the edit, one id for each splice (an empty one where it inserts nothing). */
  | {
      readonly kind: "intent";
      readonly splices: readonly Splice[];
      readonly caret: number;
      readonly insertIds: readonly string[];
      readonly textLength: number;
      /** The text before it, where it is the first of its session and that text is short. */
      readonly startText?: string;
      readonly stamp?: StampNote;
    }
  /** A person gave the note another title. */
  | { readonly kind: "rename"; readonly title: string; readonly stamp?: StampNote }
  /** Remote work reached the editor-facing text. */
  | { readonly kind: "applied"; readonly splices: readonly Splice[] }
  /** A frame left or reached this hop. `frame` is its name in frames.ts. */
  | { readonly kind: "sent" | "received"; readonly frame: string; readonly bytes: number; readonly seq?: number }
  /** A link took a frame in, let it out, holds it because of a cut, or lost it in a reset. `frameId` counts per link. */
  | {
      readonly kind: "entered" | "delivered" | "held" | "dropped";
      readonly direction: "up" | "down";
      readonly frameId: number;
      readonly bytes: number;
    }
  /** The room merged an update; `position` is where it stands in the log. */
  | { readonly kind: "merged"; readonly bytes: number; readonly position: number }
  /** Everything up to `position` is durable. */
  | { readonly kind: "saved"; readonly position: number }
  /** A connection changed state: a ProviderState, or why a session ended. */
  | { readonly kind: "state"; readonly state: string; readonly reason?: string }
  /** Conditions of this replica's links were set. The text says from what to what. */
  | { readonly kind: "conditions"; readonly text: string }
  /** Something was done to nodes or to the links between them, in words: "S2 crashed"; or how it is from then on (network/fabric-facts.ts). */
  | { readonly kind: "fabric"; readonly text: string }
  /** A write was thrown away; the id is the loss's. */
  | { readonly kind: "loss"; readonly lossId: string };

export type JournalEntry = JournalEvent & {
  /** Milliseconds on the writer's clock. */
  readonly atMs: number;
  readonly hop: Hop;
  readonly noteId: NoteId;
  readonly replica: ReplicaId;
};

export interface Tracer {
  trace(entry: JournalEntry): void;
  /** Whether an entry about this note would be kept now; who makes many asks first. Left out: everything is kept. */
  keeps?(noteId: NoteId): boolean;
}

export const SILENT_TRACER: Tracer = { trace: () => undefined, keeps: () => false };

/** The last `capacity` entries. `written` counts all there ever were. */
export class JournalRing implements Tracer {
  readonly #entries: JournalEntry[] = [];
  readonly #capacity: number;
  #written = 0;

  constructor(capacity = 10_000) {
    if (!(capacity >= 1)) throw new RangeError(`Invalid capacity ${capacity}: expected 1 or more`);
    this.#capacity = capacity;
  }

  get written(): number {
    return this.#written;
  }

  trace(entry: JournalEntry): void {
    this.push(entry);
  }

  /** The same; returns the entry that has no place any more, if one has not. */
  push(entry: JournalEntry): JournalEntry | null {
    const at = this.#written++ % this.#capacity;
    const last = this.#entries[at] ?? null;
    this.#entries[at] = entry;
    return last;
  }

  /** The entries from ordinal `from` on that are still held, oldest first. */
  since(from = 0): JournalEntry[] {
    const first = Math.max(from, this.#written - this.#capacity, 0);
    const out: JournalEntry[] = [];
    for (let n = first; n < this.#written; n++) out.push(this.#entries[n % this.#capacity]!);
    return out;
  }
}
