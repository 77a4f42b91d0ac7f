/**
 * The journals of the notes that were last in use: what people did, and apart from it what the wires carried. Every frame
 * of the server passes here, so an entry costs a look-up and a write into a ring, and more notes than fit do not drive
 * each other out all the time: a note that is busy keeps its place, and the newcomer is not written down until one falls quiet.
 * How the nodes and the links between them were is the same for every note, and kept once. Of what has no place any more the
 * last state of each thing is kept, so that a recording begins with how everything was then.
 */

import type { NoteId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, type Tracer } from "../../crdt/base/journal.ts";
import { factKey, factOf } from "../../crdt/network/fabric-facts.ts";

const NOTES_MAX = 64;
const DEEDS_MAX = 20_000;
const WIRE_MAX = 4_000;
/** How often nodes and the links between them may change before the first changes are only known by what came of them. */
const FABRIC_MAX = 4_000;
/** Things of one note whose last state is kept; those of whoever changed least lately go first. */
const STANDING_MAX = 500;
/** A note without an entry for this long gives way to one that nobody at a keyboard has touched yet. */
const QUIET_MS = 5_000;
/** What is kept of the texts that people typed and pasted, in all notes together. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

interface NoteJournal {
  readonly noteId: NoteId;
  readonly deeds: JournalRing;
  readonly wire: JournalRing;
  /** The last state of each thing, of deeds that have no place any more. */
  readonly standing: Map<string, JournalEntry>;
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
  /** Facts of all notes, and the last state of each thing before them. */
  readonly #fabric = new JournalRing(FABRIC_MAX);
  readonly #fabricStanding = new Map<string, JournalEntry>();
  /** A note has a place now: the first entry of it is being written. */
  onAdmitted: ((noteId: NoteId) => void) | null = null;

  trace(entry: JournalEntry): void {
    const journal = this.#last?.noteId === entry.noteId ? this.#last : (this.#notes.get(entry.noteId) ?? this.#admit(entry));
    if (journal === null) return;
    this.#last = journal;
    if (isOfServer(entry)) journal.usedAtMs = entry.atMs;
    if (isDeed(entry)) stand(journal.standing, journal.deeds.push(entry), STANDING_MAX);
    else journal.wire.trace(entry);
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

  /** What is so of the nodes and of the links between them, whatever the note. */
  traceFabric(entry: JournalEntry): void {
    stand(this.#fabricStanding, this.#fabric.push(entry), Infinity);
  }

  /** Oldest first: how everything was when the recording begins, and what has happened since. */
  read(noteId: NoteId): JournalEntry[] {
    const journal = this.#notes.get(noteId);
    if (journal === undefined) return [];
    const own = [...journal.standing.values(), ...journal.deeds.since(), ...journal.wire.since()];
    const fromMs = own.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
    const before = new Map(this.#fabricStanding);
    const since: JournalEntry[] = [];
    for (const entry of this.#fabric.since()) {
      if (entry.atMs >= fromMs) since.push(entry);
      else stand(before, entry, Infinity);
    }
    const fabric = [...before.values(), ...since].map((entry): JournalEntry => ({ ...entry, noteId }));
    return [...own, ...fabric].sort((a, b) => a.atMs - b.atMs);
  }

  has(noteId: NoteId): boolean {
    return this.#notes.has(noteId);
  }

  /** Notes that have a place. */
  get notes(): Iterable<NoteId> {
    return this.#notes.keys();
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
    const journal: NoteJournal = {
      noteId: entry.noteId,
      deeds: new JournalRing(DEEDS_MAX),
      wire: new JournalRing(WIRE_MAX),
      standing: new Map(),
      usedAtMs,
      characters: 0,
    };
    this.#notes.set(entry.noteId, journal);
    this.onAdmitted?.(entry.noteId);
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

/** What is written when somebody connects, about how they are placed, is nobody's doing. */
function isOfPerson({ kind, hop }: JournalEntry): boolean {
  return kind === "intent" || kind === "rename" || kind === "loss" || (hop === "control" && isState(kind));
}

function isState(kind: JournalEntry["kind"]): boolean {
  return kind === "conditions" || kind === "fabric";
}

function charactersOf(entry: JournalEntry): number {
  if (!("splices" in entry)) return 0;
  const start = entry.kind === "intent" ? (entry.startText?.length ?? 0) : 0;
  return entry.splices.reduce((sum, { insert }) => sum + insert.length, start);
}

/** What a replay needs: edits, when they reached the node, who was there, faults, losses. */
function isDeed(entry: JournalEntry): boolean {
  if (isState(entry.kind)) return true;
  if (entry.kind === "state") return entry.hop === "session";
  if (entry.kind === "received") return entry.hop === "session" && (entry.frame === "numbered" || entry.frame === "update");
  return isOfPerson(entry);
}

/** `entry` has no place any more: what it says holds until something else is said of the same. */
function stand(standing: Map<string, JournalEntry>, entry: JournalEntry | null, most: number): void {
  const key = entry === null ? null : standingKey(entry);
  if (entry === null || key === null) return;
  standing.delete(key);
  standing.set(key, entry);
  for (const oldest of standing.keys()) {
    if (standing.size <= most) return;
    standing.delete(oldest);
  }
}

/** What an entry says something of; null: of nothing that lasts. */
function standingKey(entry: JournalEntry): string | null {
  if (entry.kind === "state") return entry.hop === "session" ? `state ${entry.replica}` : null;
  if (entry.kind === "conditions") {
    const [what = ""] = entry.text.split(" ", 1);
    return what === "stamps" ? what : `${what} ${entry.replica}`;
  }
  const fact = entry.kind === "fabric" ? factOf(entry.text) : null;
  if (fact === null) return null;
  return fact.what === "at" ? `at ${entry.replica}` : factKey(fact);
}
