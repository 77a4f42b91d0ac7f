/**
 * A replica that types by itself: a session on a node of its own choice, a line to the control plane, and keys that wait where its
 * note does not take them. No React in here.
 */

import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { mapPosition } from "../../crdt/base/splice.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";
import { browserClock } from "../_client/browser-clock.ts";
import { openWatch } from "../_client/open-watch.ts";
import { capabilityOf } from "../_client/capabilities.ts";
import { ControlClient } from "../_client/control-client.ts";
import { reportDigests } from "../_client/digest-reporter.ts";
import { connectSync } from "../_client/ws-connect.ts";

/** A key that was not taken is tried again after this. */
const RETRY_MS = 250;

export interface BotOptions {
  readonly name: string;
  readonly noteId: NoteId;
  readonly replicaId: ReplicaId;
  readonly node: string;
  readonly strategy: Strategy;
  readonly prng: Prng;
}

export interface BotState {
  readonly text: string;
  readonly status: SessionStatus;
  /** Keys that its copy took. */
  readonly taken: number;
  /** Keys that were pressed and not taken. */
  readonly waiting: number;
  /** How often a key was not taken, and why the last time. */
  readonly refusals: number;
  readonly refusal: string | null;
}

export class Bot {
  readonly name: string;
  readonly node: string;
  readonly note: NoteSession;
  readonly control: ControlClient;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[] = [];
  #keys: string[] = [];
  #caret = 0;
  #taken = 0;
  #refusals = 0;
  #refusal: string | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #state: BotState;
  #isClosed = false;

  constructor({ name, noteId, replicaId, node, strategy, prng }: BotOptions) {
    this.name = name;
    this.node = node;
    this.control = new ControlClient(replicaId, name, () => undefined);
    this.note = new NoteSession({
      noteId,
      replicaId,
      strategy,
      connect: connectSync({ noteId, replicaId, name, node, strategy: strategy.name, capability: () => capabilityOf(noteId) }),
      store: new MemoryStore(),
      clock: browserClock,
      prng,
      tracer: SILENT_TRACER,
      openWatch: (text) => openWatch(this.control, noteId, text),
    });
    this.#state = this.#read();
  }

  /** Connects. Call it once. */
  async start(): Promise<void> {
    const { note, control } = this;
    control.show(note.noteId, note.strategy.name);
    this.#stops.push(
      control.subscribe(() => this.#changed()),
      note.session.subscribe((change) => {
        if (change.kind === "remote") this.#caret = mapPosition(this.#caret, change.splices, -1);
        if (change.kind === "reset") this.#caret = note.replica.length;
        this.#changed();
      }),
    );
    const { stop } = reportDigests(note, control, () => note.text());
    this.#stops.push(stop);
    await note.session.start();
  }

  /** The same object until something changes. */
  state = (): BotState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Types from now on behind everything that its copy has. */
  goToEnd(): void {
    this.#caret = this.note.replica.length;
  }

  /** Presses a key. Where the note has a lock, the bot asks for it when it needs it. */
  press(key: string): void {
    this.#keys.push(key);
    this.#type();
  }

  /** Has no more to type for now: gives up a lock that it holds, once all its keys were taken. */
  rest(): void {
    if (this.#keys.length === 0 && this.note.replica.lock?.state().holder === this.note.replicaId) this.note.releaseLock();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    for (const stop of this.#stops) stop();
    this.note.close();
    this.control.close();
  }

  #type(): void {
    if (this.#isClosed || this.#retry !== null) return;
    for (let [key] = this.#keys; key !== undefined; [key] = this.#keys) {
      const at = Math.min(this.#caret, this.note.replica.length);
      const edited = this.note.edit([{ index: at, remove: 0, insert: key }], at + key.length);
      if (!edited.isAccepted) {
        this.#refusals++;
        this.#refusal = edited.reason;
        this.note.acquireLock();
        this.#retry = setTimeout(() => {
          this.#retry = null;
          this.#type();
          this.rest();
        }, RETRY_MS);
        break;
      }
      this.#keys.shift();
      this.#taken++;
      this.#caret = mapPosition(at + key.length, edited.correction, 1);
    }
    this.#changed();
  }

  #read(): BotState {
    return {
      text: this.note.text(),
      status: this.note.session.status(),
      taken: this.#taken,
      waiting: this.#keys.length,
      refusals: this.#refusals,
      refusal: this.#refusal,
    };
  }

  #changed(): void {
    this.#state = this.#read();
    for (const listener of this.#listeners) listener();
  }
}
