/**
 * How much one peer may say: bytes at once, and bytes a second. When the budget is spent its socket is not read until
 * there is some again, so that it waits in its own queue and in nobody else's time.
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";

/** Of a WebSocket, what is needed here. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

export interface ByteBudget {
  spend(bytes: number): void;
  /** Leaves no timer behind. */
  close(): void;
}

export function openByteBudget(
  socket: Pausable,
  clock: Clock,
  limits: { readonly burstBytes: number; readonly bytesPerS: number },
): ByteBudget {
  let left = limits.burstBytes;
  let countedAtMs = clock.now();
  let cancel: CancelTimer | null = null;
  return {
    spend(bytes) {
      const now = clock.now();
      left = Math.min(limits.burstBytes, left + ((now - countedAtMs) / 1_000) * limits.bytesPerS) - bytes;
      countedAtMs = now;
      if (left >= 0 || cancel !== null) return;
      socket.pause();
      cancel = clock.setTimer((-left / limits.bytesPerS) * 1_000, () => {
        cancel = null;
        socket.resume();
      });
    },
    close() {
      cancel?.();
      cancel = null;
    },
  };
}
