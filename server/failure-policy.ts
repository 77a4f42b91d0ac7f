/**
 * What happens after an error that nobody caught. Next has a policy of its own, which logs it and goes on; a server in an
 * unknown state must not: it could acknowledge what it does not have. So ours comes first and ends the process.
 *
 * Survivable is only what says that the other side of one connection is gone: nothing of ours is in doubt then.
 */

import type { Logger } from "./log.ts";

/** After this what is still not flushed is given up. */
const LAST_WORDS_MS_MAX = 2_000;
const GONE_CODES = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"]);
/** A page was left while Next still rendered it. */
const GONE_NAMES = new Set(["AbortError", "ResponseAborted"]);

/** Whether `error` says no more than that a peer hung up. */
export function isSurvivable(error: unknown): boolean {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  return (typeof code === "string" && GONE_CODES.has(code)) || (typeof name === "string" && GONE_NAMES.has(name));
}

export interface FailurePolicy {
  readonly log: Logger;
  /** Takes nothing more in, and saves what has come in. */
  readonly flush: () => Promise<void>;
  readonly exit: (code: number) => void;
}

/** Decides about errors that nobody caught, from now on and before anybody else. */
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
  process.prependListener("uncaughtException", (error) => onError(error, "uncaughtException"));
  process.prependListener("unhandledRejection", (error) => onError(error, "unhandledRejection"));
}
