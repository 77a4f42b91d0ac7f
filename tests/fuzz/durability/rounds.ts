/**
 * SIGKILL rounds. Each writes into several notes over real sockets, kills the server at a moment that the seed chooses
 * (after some acknowledgements, while notes are being made, while a log is compacted), starts it again on the same folder,
 * and looks for what was acknowledged: all of it is there, once, the moment a newcomer is told that it is in step. The judge
 * is this process, which holds the acknowledgements that it received; the server is another.
 */

import { encodeStateAsUpdate, applyUpdate, type Doc } from "yjs";
import { mintReplicaId, type ReplicaId } from "../../../crdt/base/ids.ts";
import { createPrng, pick, type Prng } from "../../../crdt/base/prng.ts";
import { STRATEGY_NAMES } from "../../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../../crdt/strategy/strategy.ts";
import { MemoryStore } from "../../../crdt/sync/local-store.ts";
import type { NoteSession } from "../../../crdt/sync/note-session.ts";
import { openStock, openTabNote, type StockClient, typeInto, until } from "../../support/live-clients.ts";
import { newFolder, type ServerProcess, startServer } from "../../support/server-process.ts";

const MOMENTS = ["acknowledgements", "creation", "compaction"] as const;
type Moment = (typeof MOMENTS)[number];

/** A log of this many bytes is compacted. */
const COMPACTED_BYTES = 140_000;
const WORDS_MAX = 400;
/** Older notes that are opened after each round, besides those that it wrote into. */
const LOOKED_AT = 4;
/** Nothing here takes as long, however busy the machine. */
const STUCK_MS = 60_000;

export interface DurabilityCounts {
  rounds: number;
  typed: number;
  acknowledged: number;
  /** Acknowledged words that are not there, and words that are there twice. */
  readonly lost: string[];
  readonly doubled: string[];
  readonly notes: number;
  readonly moments: Record<Moment, number>;
  /** Replicas that came back after the restart with what had not been acknowledged. */
  comebacks: number;
}

/** A note as the judge knows it. */
interface Judged {
  readonly noteId: string;
  readonly strategy: StrategyName;
  readonly acknowledged: Set<string>;
}

/** A tab, what it has typed, and what of it the server owes. */
interface Writer {
  readonly note: NoteSession;
  readonly judged: Judged;
  readonly store: MemoryStore;
  readonly replicaId: ReplicaId;
  readonly typed: string[];
}

interface StockWriter {
  readonly client: StockClient;
  readonly judged: Judged;
  readonly typed: string[];
}

export class DurabilityRounds {
  readonly counts: DurabilityCounts;
  readonly #prng: Prng;
  readonly #notes: Judged[] = [];
  readonly #folder = newFolder();
  #server: ServerProcess | null = null;

  constructor(seed: string) {
    this.#prng = createPrng(`durability/${seed}`);
    const notes = this.#notes;
    const moments = { acknowledgements: 0, creation: 0, compaction: 0 };
    this.counts = {
      rounds: 0,
      typed: 0,
      acknowledged: 0,
      lost: [],
      doubled: [],
      moments,
      comebacks: 0,
      get notes() {
        return notes.length;
      },
    };
  }

  /** One more kill. Rejects when something cannot be opened, or never ends. */
  async round(): Promise<void> {
    const round = this.counts.rounds++;
    const moment = MOMENTS[round % MOMENTS.length]!;
    this.counts.moments[moment]++;
    const server = (this.#server ??= await startServer({ folder: this.#folder }));
    const dead = new Promise<void>((resolve) => server.child.once("exit", () => resolve()));
    const notes = STRATEGY_NAMES.map((strategy) => this.#choose(strategy, round, moment));
    const writers = await Promise.all(notes.map((judged, n) => this.#openWriter(server, judged, `${round}.${n}`)));
    const shared = notes.find(({ strategy }) => strategy === "yjs")!;
    writers.push(await this.#openWriter(server, shared, `${round}.${notes.length}`));
    const stock: StockWriter = { client: openStock(server.url, shared.noteId), judged: shared, typed: [] };
    await within(stock.client.synced(), `a stock client in ${shared.noteId}`);

    const killed = this.#nemesis(server, moment, writers);
    if (moment === "compaction") for (const { note, judged } of writers.slice(0, notes.length)) typeInto(note, filler(judged, round));
    await Promise.all([
      ...writers.map((writer, n) => this.#write(writer, `${round}.${n}`, dead)),
      this.#writeStock(stock, round, dead),
      killed,
    ]);
    await within(dead, "the end of the server");
    this.#server = null;
    for (const writer of writers) await this.#settle(writer);

    this.#server = await startServer({ folder: this.#folder });
    await this.#judge(this.#server, writers, stock);
    for (let n = 0; n < LOOKED_AT; n++) await this.#look(this.#server, pick(this.#prng, this.#notes));
  }

  /** Opens every note there ever was a last time, and stops the server. */
  async finish(): Promise<void> {
    if (this.#server === null) return;
    for (const judged of this.#notes) await this.#look(this.#server, judged);
    await this.close();
  }

  async close(): Promise<void> {
    await this.#server?.stop("SIGKILL");
    this.#server = null;
  }

  get holds(): boolean {
    return this.counts.lost.length === 0 && this.counts.doubled.length === 0;
  }

  /** A note to write into: a new one when it is about creation, or now and then. */
  #choose(strategy: StrategyName, round: number, moment: Moment): Judged {
    const known = this.#notes.filter((note) => note.strategy === strategy).slice(-3);
    if (moment === "acknowledgements" && known.length > 0 && this.#prng.float() < 0.8) return pick(this.#prng, known);
    const judged: Judged = { noteId: `r${round}-${strategy}`, strategy, acknowledged: new Set() };
    this.#notes.push(judged);
    return judged;
  }

  async #openWriter(server: ServerProcess, judged: Judged, seed: string): Promise<Writer> {
    const store = new MemoryStore();
    const replicaId = mintReplicaId(this.#prng);
    const note = await openTabNote(server.url, judged.noteId, { strategy: judged.strategy, seed, store, replicaId });
    await within(
      until(note, ({ connection }) => connection === "synced"),
      `${judged.noteId} to be opened for writing`,
    );
    // Where there is a lock, the writer of an earlier round may hold it still.
    note.acquireLock();
    await within(
      until(note, () => note.replica.lock === undefined || note.replica.lock.state().holder === replicaId),
      `the lock of ${judged.noteId}`,
    );
    return { note, judged, store, replicaId, typed: [] };
  }

  /** Kills the server at the moment. */
  async #nemesis(server: ServerProcess, moment: Moment, writers: readonly Writer[]): Promise<void> {
    const prng = this.#prng;
    if (moment === "acknowledgements") {
      const wanted = prng.int(1, 120);
      const acknowledged = (): number => writers.reduce((sum, writer) => sum + acknowledgedOf(writer).length, 0);
      await within(
        new Promise<void>((resolve) => {
          for (const { note } of writers) note.session.subscribe(() => acknowledged() >= wanted && resolve());
        }),
        `${wanted} acknowledgements`,
      );
    } else {
      const afterMs = prng.int(0, moment === "creation" ? 25 : 400);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
    }
    await server.stop("SIGKILL");
  }

  /** Types word by word, sometimes ahead of the acknowledgements and sometimes with them, until the server is gone. */
  async #write(writer: Writer, name: string, dead: Promise<void>): Promise<void> {
    const prng = createPrng(name);
    let isDead = false;
    void dead.then(() => (isDead = true));
    for (let word = 0; word < WORDS_MAX && !isDead; word++) {
      const text = `[${name}.${word}]`;
      writer.typed.push(text);
      typeInto(writer.note, text);
      const ahead = prng.int(0, 12);
      if (word % 3 === 0) await Promise.race([until(writer.note, ({ unsaved }) => unsaved <= ahead), dead]);
      else await turn();
    }
  }

  async #writeStock({ client, typed }: StockWriter, round: number, dead: Promise<void>): Promise<void> {
    let isDead = false;
    void dead.then(() => (isDead = true));
    for (let word = 0; word < WORDS_MAX && !isDead; word++) {
      const text = `[${round}.stock.${word}]`;
      typed.push(text);
      client.text.insert(client.text.length, text);
      await turn();
    }
  }

  /** Takes note of every acknowledgement that has arrived, up to the last byte of the connection. */
  async #settle(writer: Writer): Promise<void> {
    await within(
      until(writer.note, ({ connection }) => connection !== "synced" && connection !== "handshaking"),
      "a tab to notice that the server is gone",
    );
    const words = acknowledgedOf(writer);
    for (const word of words) writer.judged.acknowledged.add(word);
    this.counts.typed += writer.typed.length;
    this.counts.acknowledged += words.length;
    writer.note.close();
  }

  async #judge(server: ServerProcess, writers: readonly Writer[], stock: StockWriter): Promise<void> {
    for (const judged of new Set(writers.map((writer) => writer.judged))) await this.#look(server, judged);
    // Some come back with what was never acknowledged: then all of it is there, and nothing twice.
    for (const { judged, store, replicaId, typed, note } of writers) {
      // A lock may have run out meanwhile: then what was not acknowledged bounces, and says so.
      if (this.#prng.float() < 0.5 || note.replica.lock !== undefined) continue;
      this.counts.comebacks++;
      const { strategy, noteId } = judged;
      const back = await openTabNote(server.url, noteId, { strategy, seed: note.replicaId, store, replicaId });
      await within(
        until(back, ({ connection, unsaved }) => connection === "synced" && unsaved === 0),
        `a replica to come back to ${noteId}`,
      );
      back.close();
      for (const word of typed) judged.acknowledged.add(word);
      await this.#look(server, judged);
    }
    await this.#returnStock(server, stock);
  }

  /** A stock client has no acknowledgements; it comes back with its document. */
  async #returnStock(server: ServerProcess, { client, judged, typed }: StockWriter): Promise<void> {
    const doc: Doc = client.doc;
    const state = encodeStateAsUpdate(doc);
    client.close();
    const back = openStock(server.url, judged.noteId);
    await within(back.synced(), `a stock client to come back to ${judged.noteId}`);
    applyUpdate(back.doc, state);
    const reader = await this.#openReader(server, judged);
    const last = typed.at(-1) ?? "";
    await within(
      until(reader, (_, text) => text.includes(last)),
      `what a stock client brought back to ${judged.noteId}`,
    );
    for (const word of typed) judged.acknowledged.add(word);
    this.#compare(judged, reader.text());
    reader.close();
    back.close();
  }

  async #openReader(server: ServerProcess, { noteId, strategy }: Judged): Promise<NoteSession> {
    const reader = await openTabNote(server.url, noteId, { strategy, seed: `reader ${this.#prng.int(0, 2 ** 30)}` });
    await within(
      until(reader, ({ connection }) => connection === "synced"),
      `${noteId} to be opened`,
    );
    return reader;
  }

  async #look(server: ServerProcess, judged: Judged): Promise<void> {
    const reader = await this.#openReader(server, judged);
    this.#compare(judged, reader.text());
    reader.close();
  }

  #compare({ noteId, acknowledged }: Judged, text: string): void {
    const counts = new Map<string, number>();
    for (const [word] of text.matchAll(/\[[^\]]+\]/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const word of acknowledged) if (!counts.has(word)) this.counts.lost.push(`${noteId} ${word}`);
    for (const [word, count] of counts) if (count > 1) this.counts.doubled.push(`${noteId} ${word}`);
  }
}

/** Words go out in order, and what is unsaved is the end of them. A pasted filler comes before all. */
function acknowledgedOf({ note, typed }: Pick<Writer, "note" | "typed">): string[] {
  return typed.slice(0, Math.max(0, typed.length - note.session.status().unsaved));
}

/** Text that makes a log long at once. Not all alike, or it would be packed to nothing. */
function filler({ strategy }: Judged, round: number): string {
  const prng = createPrng(`filler ${round}`);
  let text = "";
  while (text.length < COMPACTED_BYTES) text += `${strategy} ${prng.int(0, 2 ** 30).toString(36)} `;
  return text;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Rejects when `task` never ends: a note that does not open is as bad as one that is gone. */
async function within<T>(task: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${STUCK_MS / 1_000} s for ${what}`)), STUCK_MS);
  });
  try {
    return await Promise.race([task, stuck]);
  } finally {
    clearTimeout(timer);
  }
}
