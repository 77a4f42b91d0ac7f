/** The journals of the notes that were last in use: what people did, and apart from it what the wires carried. */

import type { NoteId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../../crdt/base/journal.ts";

const NOTES_MAX = 64;
const DEEDS_MAX = 20_000;
const WIRE_MAX = 4_000;
/** What is kept of the texts that people typed and pasted, in all notes together. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

interface NoteJournal {
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
  /** Of the deeds, since the journal began. */
  characters: number;
}

export class NoteJournals implements Tracer {
  readonly #notes = new Map<NoteId, NoteJournal>();
  #characters = 0;

  trace(entry: JournalEntry): void {
    const journal = this.#notes.get(entry.noteId) ?? { deeds: new JournalRing(DEEDS_MAX), wire: new JournalRing(WIRE_MAX), characters: 0 };
    // The one used last stands last.
    this.#notes.delete(entry.noteId);
    this.#notes.set(entry.noteId, journal);
    (isDeed(entry) ? journal.deeds : journal.wire).trace(entry);
    const characters = charactersOf(entry);
    journal.characters += characters;
    this.#characters += characters;
    // A note that alone has too much begins anew: what is lost is a recording, not the note.
    for (const [oldest, { characters: dropped }] of this.#notes) {
      if (this.#notes.size <= NOTES_MAX && this.#characters <= CHARACTERS_MAX) break;
      this.#notes.delete(oldest);
      this.#characters -= dropped;
    }
  }

  /** Oldest first. */
  read(noteId: NoteId): JournalEntry[] {
    const journal = this.#notes.get(noteId);
    if (journal === undefined) return [];
    return [...journal.deeds.since(), ...journal.wire.since()].sort((a, b) => a.atMs - b.atMs);
  }
}

function charactersOf(entry: JournalEntry): number {
  return "splices" in entry ? entry.splices.reduce((sum, { insert }) => sum + insert.length, 0) : 0;
}

/** What a replay needs: edits, when they reached the node, faults, losses. */
function isDeed({ kind, hop, ...rest }: JournalEntry): boolean {
  if (kind === "intent" || kind === "conditions" || kind === "loss") return true;
  return kind === "received" && hop === "session" && "frame" in rest && (rest.frame === "numbered" || rest.frame === "update");
}
