/** What of one note is worked out in the compactor's thread: opening a long history here would hold every room up. */

import { ProtocolError } from "../../crdt/base/errors.ts";
import type { NoteRelay, StrategyName } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { Elsewhere } from "../../crdt/sync/elsewhere.ts";
import type { Compactor } from "./compactor.ts";
import { piecesOf } from "./note-log.ts";
import { UNCHECKED } from "./words.ts";

export interface NoteElsewhereOptions {
  readonly compactor: Pick<Compactor, "since" | "news">;
  readonly strategy: StrategyName;
  readonly relay: NoteRelay;
  /** Runs `task` in a later turn. */
  readonly defer: (task: () => void) => void;
}

export class NoteElsewhere implements Elsewhere {
  readonly #options: NoteElsewhereOptions;
  #answering: Promise<unknown> = Promise.resolve();

  constructor(options: NoteElsewhereOptions) {
    this.#options = options;
  }

  /** One after the other, each of the note as it is then: a crowd that returns must not fill the other thread's memory. */
  since(version: Uint8Array, take: (update: Uint8Array | null) => void, isWanted: () => boolean): void {
    const { compactor, strategy, relay, defer } = this.#options;
    this.#answering = this.#answering
      .then(() => (isWanted() ? compactor.since(strategy, piecesOf(relay), version) : null))
      .catch(() => null)
      .then((update) => defer(() => take(update)));
  }

  news(update: Uint8Array, take: (news: Uint8Array | null | ProtocolError) => void): void {
    const { compactor, strategy, relay, defer } = this.#options;
    compactor.news(strategy, piecesOf(relay), update, relay.version()).then(
      (news) => defer(() => take(news)),
      (error: unknown) => defer(() => take(error instanceof ProtocolError ? error : new ProtocolError(CLOSE.tryLater, UNCHECKED))),
    );
  }
}
