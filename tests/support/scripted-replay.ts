/**
 * Replays one script of human actions through one strategy: real note sessions, a real room, real links, all
 * in memory on a virtual clock. The same script and strategy give the same outcome. Only the disk is left out:
 * what the room appends is durable at once.
 */

import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintEpoch, parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import type { Splice } from "../../crdt/base/splice.ts";
import { conditionTransport } from "../../crdt/network/conditioned-transport.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { connectThrough } from "../../crdt/network/pipe.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { Loss, NoteRelay, Replica, Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import { Room } from "../../crdt/sync/room.ts";
import { Session } from "../../crdt/sync/session.ts";

/** One thing that a person does. `actor` is an index into `Script.actors`, `atMs` counts from the script's beginning. */
export type Move =
  /** Splices in the actor's own view, whose length was `textLength` when it was recorded. */
  | {
      readonly kind: "edit";
      readonly atMs: number;
      readonly actor: number;
      readonly splices: readonly Splice[];
      readonly textLength: number;
    }
  /** Cuts or heals both directions of the actor's link. */
  | { readonly kind: "cut" | "heal"; readonly atMs: number; readonly actor: number };

export interface Script {
  /** What everybody holds before the first move; typed by the first actor. */
  readonly startText: string;
  /** Names, one for each replica. */
  readonly actors: readonly string[];
  /** In order of time. */
  readonly moves: readonly Move[];
}

export interface Outcome {
  readonly strategy: StrategyName;
  /** The text of each actor, in the script's order. */
  readonly texts: readonly string[];
  readonly serverText: string;
  /** Whether all of them, the server included, are equal in content and in structure. */
  readonly isAgreed: boolean;
  /** From the last move until all agreed; null if they never did. Virtual time. */
  readonly agreedAfterMs: number | null;
  readonly losses: readonly Loss[];
  /** Edits that were not taken where they were made: their author had to wait, or kept a draft. */
  readonly refused: number;
  /** Characters that all edits inserted that were taken, the start text included, and how many no rule threw away. */
  readonly typed: number;
  readonly kept: number;
  /** What crossed the links, heartbeats included. */
  readonly messages: number;
  readonly bytes: number;
  /** Edits that met a text of another length than the one they were recorded in. */
  readonly viewsDiffered: number;
}

const NOTE = parseNoteId("compare")!;
const NODE = replicaIdFrom(1_000);
const START_MS = 1_700_000_000_000;
/** What a person waits, after the last heal, before giving up on agreement. */
const PATIENCE_MS = 60_000;
/** Enough for every promise of a memory store to settle. */
const MICROTASKS = 12;

/** Plays `script` and waits until everybody agrees, or long enough. */
export async function replay(script: Script, strategy: Strategy): Promise<Outcome> {
  const world = new ReplayWorld(script, strategy);
  try {
    await world.begin();
    for (const move of script.moves) await world.play(move);
    const agreedAfterMs = await world.settle();
    return world.outcome(agreedAfterMs);
  } finally {
    world.close();
  }
}

class ReplayWorld {
  readonly #script: Script;
  readonly #strategy: Strategy;
  readonly #clock = new VirtualClock(START_MS);
  readonly #board = new FaultBoard({ clock: this.#clock, healAfterMs: Number.MAX_SAFE_INTEGER });
  readonly #relay: NoteRelay;
  readonly #room: Room;
  readonly #notes: readonly NoteSession[];
  readonly #losses = new Map<string, Loss>();
  #beganAtMs = START_MS;
  #messages = 0;
  #bytes = 0;
  #viewsDiffered = 0;
  #refused = 0;

  constructor(script: Script, strategy: Strategy) {
    this.#script = script;
    this.#strategy = strategy;
    let position = 0;
    const onOwnEntry = (entry: Uint8Array): void => void this.#room.commit(entry);
    this.#relay = openRelay(strategy, { replica: NODE, clock: this.#clock, updates: [], onDocumentOpened: () => undefined, onOwnEntry });
    this.#room = new Room({
      noteId: NOTE,
      relay: this.#relay,
      isOrdered: strategy.traits.isOrdered,
      defer: (task) => void this.#clock.setTimer(0, task),
      epoch: mintEpoch(createPrng("compare")),
      nodeReplica: NODE,
      clock: this.#clock,
      log: { append: () => ++position, durablePosition: () => position },
      tracer: SILENT_TRACER,
      onLosses: (losses) => {
        for (const loss of losses) this.#losses.set(loss.id, loss);
      },
    });
    this.#notes = script.actors.map((_, actor) => this.#join(actor));
  }

  /** Connects everybody and gives them the start text. */
  async begin(): Promise<void> {
    for (const note of this.#notes) await note.session.start();
    await this.#run(50);
    const [first] = this.#notes;
    if (first !== undefined && this.#script.startText !== "") {
      first.edit([{ index: 0, remove: 0, insert: this.#script.startText }], this.#script.startText.length);
    }
    await this.#run(50);
    this.#beganAtMs = this.#clock.now();
  }

  async play(move: Move): Promise<void> {
    await this.#run(Math.max(0, this.#beganAtMs + move.atMs - this.#clock.now()));
    const note = this.#notes[move.actor];
    if (note === undefined) throw new RangeError(`Invalid actor ${move.actor}: expected 0 to ${this.#notes.length - 1}`);
    if (move.kind === "edit") {
      const { length } = note.replica;
      if (length !== move.textLength) this.#viewsDiffered++;
      const splices = fitSplices(move.splices, length);
      const last = splices.at(-1);
      const edited = note.edit(splices, last === undefined ? length : last.index + last.insert.length);
      if (!edited.isAccepted) this.#refused++;
    } else {
      const cut = move.kind === "cut" ? "blackhole" : "open";
      this.#board.set(note.replicaId, { up: { cut }, down: { cut } });
      if (cut === "open") note.session.retryNow();
    }
    await microtasks();
  }

  /** Heals what is still cut and runs until all agree; returns how long that took, or null. */
  async settle(): Promise<number | null> {
    const fromMs = this.#clock.now();
    this.#board.heal();
    for (const note of this.#notes) note.session.retryNow();
    for (;;) {
      await microtasks();
      if (this.#isAgreed() && this.#notes.every(({ session }) => session.status().unsaved === 0)) return this.#clock.now() - fromMs;
      const dueMs = this.#clock.nextDueMs();
      if (dueMs === null || dueMs > fromMs + PATIENCE_MS) return null;
      this.#clock.step();
    }
  }

  outcome(agreedAfterMs: number | null): Outcome {
    const { typed, kept } = this.#server.stats();
    return {
      strategy: this.#strategy.name,
      texts: this.#notes.map((note) => note.text()),
      serverText: this.#server.text(),
      isAgreed: this.#isAgreed(),
      agreedAfterMs,
      losses: [...this.#losses.values()],
      refused: this.#refused,
      typed,
      kept,
      messages: this.#messages,
      bytes: this.#bytes,
      viewsDiffered: this.#viewsDiffered,
    };
  }

  close(): void {
    for (const note of this.#notes) note.close();
    this.#room.close(1001, "End");
    this.#board.close();
  }

  #isAgreed(): boolean {
    const server = this.#server.hash();
    return this.#notes.every(({ replica }) => {
      const { content, structure } = replica.hash();
      return content === server.content && structure === server.structure;
    });
  }

  get #server(): Replica {
    return this.#relay.document();
  }

  async #run(durationMs: number): Promise<void> {
    const untilMs = this.#clock.now() + durationMs;
    for (;;) {
      await microtasks();
      const dueMs = this.#clock.nextDueMs();
      if (dueMs === null || dueMs > untilMs) break;
      this.#clock.step();
    }
    this.#clock.advance(untilMs - this.#clock.now());
    await microtasks();
  }

  #join(actor: number): NoteSession {
    const replicaId: ReplicaId = replicaIdFrom(actor + 1);
    const prng = createPrng("compare").stream(`actor ${actor}`);
    const connect = connectThrough(this.#clock, () => (raw, terminate) => {
      let session: Session | null = null;
      const conditioned = conditionTransport({
        raw,
        terminate,
        replica: replicaId,
        board: this.#board,
        clock: this.#clock,
        prng: prng.stream("link"),
        onFrame: (frame) => session?.onFrame(frame),
        onClose: (closed) => session?.onClose(closed),
        trace: (_, event, __, bytes) => {
          if (event !== "entered") return;
          this.#messages++;
          this.#bytes += bytes;
        },
      });
      session = new Session({
        room: this.#room,
        transport: conditioned.transport,
        kind: "tab",
        replicaId,
        clock: this.#clock,
        tracer: SILENT_TRACER,
      });
      return conditioned;
    });
    return new NoteSession({
      noteId: NOTE,
      replicaId,
      strategy: this.#strategy,
      connect,
      store: new MemoryStore(),
      clock: this.#clock,
      prng: prng.stream("session"),
      tracer: SILENT_TRACER,
    });
  }
}

/** The same gesture in a text of `length` units: positions behind its end fall to the end. */
function fitSplices(splices: readonly Splice[], length: number): Splice[] {
  let free = 0;
  return splices.map(({ index, remove, insert }) => {
    const from = Math.max(free, Math.min(index, length));
    const to = Math.max(from, Math.min(index + remove, length));
    free = to;
    return { index: from, remove: to - from, insert };
  });
}

async function microtasks(): Promise<void> {
  for (let n = 0; n < MICROTASKS; n++) await Promise.resolve();
}
