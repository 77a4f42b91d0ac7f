/**
 * What a history has been coded to, as far as it holds on: so that an encode costs what came since the last one, or since the
 * load. packed-codec.ts asks; TextState tells what is deleted.
 */

import type { CodedText } from "./coded-text.ts";
import { DeletedText, type StoredDeleted } from "./deleted-text.ts";
import { ColumnWriter, type Unpacked } from "./event-columns.ts";
import { DELETE_BACK, type EventLog, INSERT } from "./event-log.ts";
import type { Rope } from "./rope.ts";
import type { Tracker } from "./tracker.ts";

/** After so many events what happened is coded on, once there is something to go on with: much at once would take long. */
const ADVANCE_EVENTS = 2_048;

export class HistoryCodes {
  readonly #log: EventLog;
  #columns: ColumnWriter | null = null;
  /** From the first encode on. */
  #deleted: DeletedText | null = null;
  /** What a load found, of a log that ended with that piece. */
  #stored: { readonly deleted: StoredDeleted; readonly piece: number } | null = null;
  /** A text with its code, the last that was read or written. */
  text: CodedText | null = null;

  /** When the log has so many events, `advance` is to be called: there is something to go on with, and much has come since. */
  dueAt = Number.POSITIVE_INFINITY;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** The log has been unpacked, and holds nothing else. */
  begin({ columns }: Unpacked, deleted: StoredDeleted | null): void {
    this.#columns = columns;
    this.dueAt = this.#log.count + ADVANCE_EVENTS;
    if (deleted !== null) this.#stored = { deleted, piece: this.#log.lastPiece };
  }

  get columns(): ColumnWriter {
    this.dueAt = this.#log.count + ADVANCE_EVENTS;
    return (this.#columns ??= ColumnWriter.ofNothing(this.#log));
  }

  /** Codes what came, so that the next encode need not. Cost: the pieces since. */
  advance(): void {
    this.columns.advance(this.#log);
  }

  /** What was deleted; null: nobody keeps it up. */
  get deleted(): DeletedText | null {
    if (this.#stored === null) return this.#deleted;
    this.#deleted = DeletedText.restore(this.#stored.deleted, this.#stored.piece);
    this.#stored = null;
    return this.#deleted;
  }

  /** Whether `keep` must be told. */
  get keepsDeleted(): boolean {
    return this.#deleted !== null || this.#stored !== null;
  }

  /** The log's last event or events delete these units: they are still in the text. */
  keep(rope: Rope, index: number, count: number): void {
    this.deleted?.take(this.#log, rope, index, count);
  }

  /** Keeps up what is deleted from here on. `tracker` has all events; null: each acted on all before it. Cost: linear. */
  keepDeleted(tracker: Tracker | null, baseText: string): DeletedText {
    const log = this.#log;
    return (this.#deleted = tracker === null ? DeletedText.ofPieces(log, baseText) : DeletedText.of(log, tracker, baseText));
  }

  /** What is deleted from here on goes by unseen. */
  loseDeleted(): void {
    this.#deleted = this.#stored = null;
  }

  /**
   * What the events in [from, to), of one piece, deleted, in the order of the text. All since must have acted on all before them.
   * null: it is not at hand. Cost: the pieces since.
   */
  deletedBy(from: number, to: number): string | null {
    const log = this.#log;
    const end = log.runEnd(from, log.count);
    // What backspace took last stands first.
    let behind = log.kindAt(from) === DELETE_BACK ? from - log.pieceStart(from) : end - to;
    for (let lv = end; lv < log.count;) {
      const next = log.runEnd(lv, log.count);
      if (log.kindAt(lv) !== INSERT) behind += next - lv;
      lv = next;
    }
    return this.deleted?.slice(to - from, behind) ?? null;
  }
}
