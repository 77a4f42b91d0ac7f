/** Presence as one connection sends it, slowed down to what is passed on: of what comes too fast, the latest ([PR3]). */

import type { CancelTimer, Clock } from "../base/clock.ts";
import { DecodeError } from "../base/errors.ts";
import { PRESENCE_BURST, PRESENCE_FRAME_BYTES_MAX, PRESENCE_PER_S } from "./limits.ts";
import type { Room } from "./room.ts";
import type { PresenceOwner } from "./room-presence.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface PresenceIntakeOptions {
  readonly room: Room;
  readonly clock: Clock;
  readonly owner: PresenceOwner;
  /** What came does not parse; perhaps some time ago. */
  onUnreadable(reason: string): void;
}

export class PresenceIntake {
  readonly #options: PresenceIntakeOptions;
  /** null: nothing has come yet. */
  #bucket: TokenBucket | null = null;
  /** What came while the bucket was empty; the latest. */
  #held: Uint8Array | null = null;
  #cancelWait: CancelTimer | null = null;

  constructor(options: PresenceIntakeOptions) {
    this.#options = options;
  }

  take(update: Uint8Array): void {
    const { room, clock } = this.#options;
    if (update.length > PRESENCE_FRAME_BYTES_MAX) {
      room.presence.noteTooLarge();
      return;
    }
    if (this.#cancelWait !== null) {
      // A copy: it may outlive the buffer of its message.
      this.#held = update.slice();
      return;
    }
    this.#bucket ??= new TokenBucket({ clock, perS: PRESENCE_PER_S, burst: PRESENCE_BURST });
    const waitMs = this.#bucket.take(1);
    if (waitMs > 0)
      this.#cancelWait = clock.setTimer(waitMs, () => {
        this.#cancelWait = null;
        const held = this.#held;
        this.#held = null;
        if (held !== null) this.take(held);
      });
    this.#apply(update);
  }

  close(): void {
    this.#cancelWait?.();
    this.#cancelWait = this.#held = null;
  }

  #apply(update: Uint8Array): void {
    const { room, owner } = this.#options;
    try {
      const id = room.presence.take(update, owner);
      if (id !== null) room.spreadPresence(id);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.onUnreadable(error.message);
    }
  }
}
