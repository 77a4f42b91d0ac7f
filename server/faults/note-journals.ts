/** The journals of the notes that were last in use: what people did, and apart from it what the wires carried. */

import type { NoteId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../../crdt/base/journal.ts";

const NOTES_MAX = 64;
const DEEDS_MAX = 20_000;
const WIRE_MAX = 4_000;

interface NoteJournal {
  readonly noteId: NoteId;
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
}

export class NoteJournals implements Tracer {
  readonly #notes = new Map<NoteId, NoteJournal>();
  /** Most entries are of the note of the one before. */
  #last: NoteJournal | null = null;

  trace(entry: JournalEntry): void {
    const { deeds, wire } = this.#last?.noteId === entry.noteId ? this.#last : this.#journalOf(entry.noteId);
    (isDeed(entry) ? deeds : wire).trace(entry);
  }

  #journalOf(noteId: NoteId): NoteJournal {
    const journal = this.#notes.get(noteId) ?? { noteId, deeds: new JournalRing(DEEDS_MAX), wire: new JournalRing(WIRE_MAX) };
    // The one used last stands last.
    this.#notes.delete(noteId);
    this.#notes.set(noteId, journal);
    this.#last = journal;
    if (this.#notes.size > NOTES_MAX) for (const oldest of [...this.#notes.keys()].slice(0, 1)) this.#notes.delete(oldest);
    return journal;
  }

  /** Oldest first. */
  read(noteId: NoteId): JournalEntry[] {
    const journal = this.#notes.get(noteId);
    if (journal === undefined) return [];
    return [...journal.deeds.since(), ...journal.wire.since()].sort((a, b) => a.atMs - b.atMs);
  }
}

/** What a replay needs: edits, when they reached the node, faults, losses. */
function isDeed({ kind, hop, ...rest }: JournalEntry): boolean {
  if (kind === "intent" || kind === "conditions" || kind === "loss") return true;
  return kind === "received" && hop === "session" && "frame" in rest && (rest.frame === "numbered" || rest.frame === "update");
}
