/**
 * The journals of the notes that were last in use: what people did, and apart from it what the wires carried. Every frame
 * of the server passes here, so an entry costs a look-up and a write into a ring, and more notes than fit do not drive
 * each other out all the time: a note that is busy keeps its place, and the newcomer is not written down until one falls quiet.
 */

import type { NoteId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../../crdt/base/journal.ts";

const NOTES_MAX = 64;
const DEEDS_MAX = 20_000;
const WIRE_MAX = 4_000;
/** A note without an entry for this long gives way to one that nobody at a keyboard has touched yet. */
const QUIET_MS = 5_000;

interface NoteJournal {
  readonly noteId: NoteId;
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
  /** On the server's clock. */
  usedAtMs: number;
}

export class NoteJournals implements Tracer {
  readonly #notes = new Map<NoteId, NoteJournal>();
  /** The one written last: most entries come in runs. */
  #last: NoteJournal | null = null;
  /** Every place is taken by a busy note until then, at least: places are only ever used later. */
  #fullUntilMs = -Infinity;

  trace(entry: JournalEntry): void {
    const journal = this.#last?.noteId === entry.noteId ? this.#last : (this.#notes.get(entry.noteId) ?? this.#admit(entry));
    if (journal === null) return;
    this.#last = journal;
    if (isOfServer(entry)) journal.usedAtMs = entry.atMs;
    (isDeed(entry) ? journal.deeds : journal.wire).trace(entry);
  }

  /** Oldest first. */
  read(noteId: NoteId): JournalEntry[] {
    const journal = this.#notes.get(noteId);
    if (journal === undefined) return [];
    return [...journal.deeds.since(), ...journal.wire.since()].sort((a, b) => a.atMs - b.atMs);
  }

  /** A place for a note that has none. The one that was quiet for longest gives way, to what a person did even when it is busy. */
  #admit(entry: JournalEntry): NoteJournal | null {
    if (this.#notes.size >= NOTES_MAX) {
      if (entry.atMs < this.#fullUntilMs && !isOfPerson(entry)) return null;
      let oldest: NoteJournal | null = null;
      for (const journal of this.#notes.values()) if (oldest === null || journal.usedAtMs < oldest.usedAtMs) oldest = journal;
      if (oldest === null) return null;
      this.#fullUntilMs = oldest.usedAtMs + QUIET_MS;
      if (entry.atMs < this.#fullUntilMs && !isOfPerson(entry)) return null;
      this.#notes.delete(oldest.noteId);
    }
    const usedAtMs = isOfServer(entry) ? entry.atMs : (this.#last?.usedAtMs ?? 0);
    const journal = { noteId: entry.noteId, deeds: new JournalRing(DEEDS_MAX), wire: new JournalRing(WIRE_MAX), usedAtMs };
    this.#notes.set(entry.noteId, journal);
    return journal;
  }
}

/** Tabs stamp what they report with clocks of their own. */
function isOfServer({ hop }: JournalEntry): boolean {
  return hop !== "note" && hop !== "provider";
}

function isOfPerson({ kind }: JournalEntry): boolean {
  return kind === "intent" || kind === "conditions" || kind === "loss";
}

/** What a replay needs: edits, when they reached the node, faults, losses. */
function isDeed(entry: JournalEntry): boolean {
  if (entry.kind === "received") return entry.hop === "session" && (entry.frame === "numbered" || entry.frame === "update");
  return isOfPerson(entry);
}
