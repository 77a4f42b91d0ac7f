/** What a session does while its room takes nothing in: says why, and remembers whether anything was turned away ([RO1]). */

import { CLOSE } from "./close-codes.ts";
import type { Frame } from "./frames.ts";

export interface TurnedAwayOptions {
  readonly kind: "tab" | "stock";
  /** Why nothing is taken in; null: everything is. */
  readonly reason: () => string | null;
  readonly send: (frame: Frame) => void;
}

export class TurnedAway {
  readonly #options: TurnedAwayOptions;
  #isAny = false;

  constructor(options: TurnedAwayOptions) {
    this.#options = options;
  }

  /** Tells a tab how it stands. A stock client has no word for it but that of a refused write. */
  tell(): void {
    const { kind, reason, send } = this.#options;
    const why = reason();
    if (kind === "tab") send({ type: "refusal", code: why === null ? CLOSE.normal : CLOSE.tryLater, reason: why ?? "" });
  }

  /** A write was dropped: its writer still has it. Returns false: it is not in. */
  note(): false {
    const { kind, reason, send } = this.#options;
    if (!this.#isAny && kind === "stock") send({ type: "auth", reason: reason() ?? "" });
    this.#isAny = true;
    return false;
  }

  /** Whether the peer is to be asked for something, now that it would be taken. */
  takeBack(): boolean {
    const isOwed = this.#isAny && this.#options.reason() === null;
    if (isOwed) this.#isAny = false;
    return isOwed;
  }
}
