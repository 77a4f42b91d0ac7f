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
/** What is kept of the texts that people typed and pasted, in all notes together. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

interface NoteJournal {
  readonly noteId: NoteId;
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
  /** On the server's clock. */
  usedAtMs: number;
  /** Of the texts in its entries, since the journal began. */
  characters: number;
}

export class NoteJournals implements Tracer {
  readonly #notes = new Map<NoteId, NoteJournal>();
  /** The one written last: most entries come in runs. */
  #last: NoteJournal | null = null;
  /** Every place is taken by a busy note until then, at least: places are only ever used later. */
  #fullUntilMs = -Infinity;
  #characters = 0;

  trace(entry: JournalEntry): void {
    const journal = this.#last?.noteId === entry.noteId ? this.#last : (this.#notes.get(entry.noteId) ?? this.#admit(entry));
    if (journal === null) return;
    this.#last = journal;
    if (isOfServer(entry)) journal.usedAtMs = entry.atMs;
    (isDeed(entry) ? journal.deeds : journal.wire).trace(entry);
    const characters = charactersOf(entry);
    if (characters === 0) return;
    journal.characters += characters;
    this.#characters += characters;
    // A note that alone has too much begins anew: what is lost is a recording, not the note.
    while (this.#characters > CHARACTERS_MAX) this.#drop(this.#oldest((other) => other !== journal && other.characters > 0) ?? journal);
  }

  keeps(noteId: NoteId): boolean {
    if (this.#last?.noteId === noteId || this.#notes.size < NOTES_MAX || this.#notes.has(noteId)) return true;
    return this.#last === null || this.#last.usedAtMs >= this.#fullUntilMs;
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
      const oldest = this.#oldest(() => true);
      if (oldest === null) return null;
      this.#fullUntilMs = oldest.usedAtMs + QUIET_MS;
      if (entry.atMs < this.#fullUntilMs && !isOfPerson(entry)) return null;
      this.#drop(oldest);
    }
    const usedAtMs = isOfServer(entry) ? entry.atMs : (this.#last?.usedAtMs ?? 0);
    const journal = { noteId: entry.noteId, deeds: new JournalRing(DEEDS_MAX), wire: new JournalRing(WIRE_MAX), usedAtMs, characters: 0 };
    this.#notes.set(entry.noteId, journal);
    return journal;
  }

  /** The one that was quiet for longest, of those that pass. */
  #oldest(passes: (journal: NoteJournal) => boolean): NoteJournal | null {
    let oldest: NoteJournal | null = null;
    for (const journal of this.#notes.values())
      if (passes(journal) && (oldest === null || journal.usedAtMs < oldest.usedAtMs)) oldest = journal;
    return oldest;
  }

  #drop(journal: NoteJournal): void {
    this.#notes.delete(journal.noteId);
    this.#characters -= journal.characters;
    if (this.#last === journal) this.#last = null;
  }
}

/** Tabs stamp what they report with clocks of their own. */
function isOfServer({ hop }: JournalEntry): boolean {
  return hop !== "note" && hop !== "provider";
}

function isOfPerson({ kind }: JournalEntry): boolean {
  return kind === "intent" || kind === "rename" || kind === "conditions" || kind === "fabric" || kind === "loss";
}

function charactersOf(entry: JournalEntry): number {
  return "splices" in entry ? entry.splices.reduce((sum, { insert }) => sum + insert.length, 0) : 0;
}

/** What a replay needs: edits, when they reached the node, faults, losses. */
function isDeed(entry: JournalEntry): boolean {
  if (entry.kind === "received") return entry.hop === "session" && (entry.frame === "numbered" || entry.frame === "update");
  return isOfPerson(entry);
}
