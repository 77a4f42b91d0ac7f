/** When those who look at a note are told of it: soon after a change, not at each, and never for longer than a share of the time. */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import type { NoteId } from "../../crdt/base/ids.ts";
import type { ControlEvent, NoteLedger } from "../../crdt/sync/control-messages.ts";
import type { Roster } from "./roster.ts";

/** How long changes gather before tabs are told. */
const TELL_AFTER_MS = 50;
/** Hashing is linear in the note, a telling in who is there: at most this share of the time goes to both of a note. */
const TELL_SHARE = 0.1;
const LEDGER_AFTER_MS = 300;

export interface TellingsOptions {
  readonly clock: Clock;
  readonly roster: Pick<Roster, "isWatched" | "send">;
  /** Who is on the note, and its nodes where there are several. */
  readonly account: (noteId: NoteId) => readonly ControlEvent[];
  readonly ledger: (noteId: NoteId) => Promise<NoteLedger>;
  /** Those who look at the note have just been told of it. */
  readonly onTold: (noteId: NoteId) => void;
}

export class Tellings {
  readonly #options: TellingsOptions;
  readonly #timers = new Map<string, CancelTimer>();
  readonly #tellAfterMs = new Map<NoteId, number>();

  constructor(options: TellingsOptions) {
    this.#options = options;
  }

  /** Something about the note, or who is on it, has changed. */
  soon(noteId: NoteId): void {
    const { roster, clock } = this.#options;
    if (!roster.isWatched(noteId)) return;
    const waitMs = (this.#tellAfterMs.get(noteId) ?? 0) - clock.now();
    this.#later(`replicas ${noteId}`, Math.max(TELL_AFTER_MS, waitMs), () => this.#tell(noteId));
  }

  /** What is lost of the note may have changed. */
  ledgerSoon(noteId: NoteId): void {
    if (this.#options.roster.isWatched(noteId)) this.#ledgerIn(noteId, LEDGER_AFTER_MS);
  }

  /** A loss was found. */
  lossSoon(noteId: NoteId): void {
    this.#ledgerIn(noteId, TELL_AFTER_MS);
  }

  /** Somebody looks at the note from now on. */
  ledgerNow(noteId: NoteId): void {
    this.#ledgerIn(noteId, 0);
  }

  /** Nobody looks at the note any more. */
  forget(noteId: NoteId): void {
    this.#tellAfterMs.delete(noteId);
  }

  /** Leaves no timer behind. */
  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #tell(noteId: NoteId): void {
    const { roster, clock, account, onTold } = this.#options;
    if (!roster.isWatched(noteId)) return;
    const fromMs = clock.now();
    for (const event of account(noteId)) roster.send(noteId, event);
    onTold(noteId);
    this.#tellAfterMs.set(noteId, clock.now() + (clock.now() - fromMs) / TELL_SHARE);
  }

  #ledgerIn(noteId: NoteId, delayMs: number): void {
    this.#later(`ledger ${noteId}`, delayMs, () => void this.#tellLedger(noteId));
  }

  async #tellLedger(noteId: NoteId): Promise<void> {
    const { roster, ledger } = this.#options;
    if (!roster.isWatched(noteId)) return;
    try {
      roster.send(noteId, { type: "ledger", ledger: await ledger(noteId) });
    } catch {
      // The store has failed and says so elsewhere; or the note closes, and nobody is left to be told.
    }
  }

  /** Runs `task` after `delayMs` unless the same is due already. */
  #later(key: string, delayMs: number, task: () => void): void {
    if (this.#timers.has(key)) return;
    this.#timers.set(
      key,
      this.#options.clock.setTimer(delayMs, () => {
        this.#timers.delete(key);
        task();
      }),
    );
  }
}
