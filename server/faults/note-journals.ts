/** The journals of the notes that were last in use: what people did, and apart from it what the wires carried. */

import type { NoteId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../../crdt/base/journal.ts";

const NOTES_MAX = 64;
const DEEDS_MAX = 20_000;
const WIRE_MAX = 4_000;

interface NoteJournal {
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
}

export class NoteJournals implements Tracer {
  readonly #notes = new Map<NoteId, NoteJournal>();

  trace(entry: JournalEntry): void {
    const journal = this.#notes.get(entry.noteId) ?? { deeds: new JournalRing(DEEDS_MAX), wire: new JournalRing(WIRE_MAX) };
    // The one used last stands last.
    this.#notes.delete(entry.noteId);
    this.#notes.set(entry.noteId, journal);
    (isDeed(entry) ? journal.deeds : journal.wire).trace(entry);
    if (this.#notes.size > NOTES_MAX) for (const oldest of [...this.#notes.keys()].slice(0, 1)) this.#notes.delete(oldest);
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
