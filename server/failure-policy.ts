/**
 * What happens after an error that nobody caught: a server in an unknown state must not go on, since it could acknowledge
 * what it does not have. So the process ends. (That of the pages, which has nothing to lose, does as Next does.)
 *
 * Survivable is only what says that the other side of one connection is gone: nothing of ours is in doubt then.
 */

import type { Logger } from "./log.ts";

/** After this what is still not flushed is given up. */
const LAST_WORDS_MS_MAX = 2_000;
const GONE_CODES = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"]);

/** Whether `error` says no more than that a peer hung up. */
export function isSurvivable(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" && GONE_CODES.has(code);
}

export interface FailurePolicy {
  readonly log: Logger;
  /** Takes nothing more in, and saves what has come in. */
  readonly flush: () => Promise<void>;
  readonly exit: (code: number) => void;
}

/** Decides about errors that nobody caught, from now on. */
export function installFailurePolicy({ log, flush, exit }: FailurePolicy): void {
  let isDying = false;
  const onError = (error: unknown, event: "uncaughtException" | "unhandledRejection"): void => {
    if (isSurvivable(error)) {
      log.warn({ err: error }, `${event}: a peer is gone; nothing is in doubt`);
      return;
    }
    log.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, event);
    // A second one must not cut the first one's flush short.
    if (isDying) return;
    isDying = true;
    const end = (): void => exit(1);
    setTimeout(end, LAST_WORDS_MS_MAX).unref();
    flush().then(end, (failure: unknown) => {
      log.error({ err: failure }, "What had come in could not be saved to the end");
      end();
    });
  };
  process.on("uncaughtException", (error) => onError(error, "uncaughtException"));
  process.on("unhandledRejection", (error) => onError(error, "unhandledRejection"));
}
