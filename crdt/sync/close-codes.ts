/** WebSocket close codes, and which of them say *come again*. A stock client stops retrying only at 4400 to 4499. */

export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unreadable: 1003,
  /** Nobody said goodbye; never sent. */
  abnormal: 1006,
  invalidPayload: 1007,
  tooBig: 1009,
  internalError: 1011,
  restarting: 1012,
  tryLater: 1013,
  /** The replica is on another node from now on, which the reason names; it comes again at once. */
  moved: 4307,
  contradiction: 4400,
  /** No capability, or none of this server's. */
  unauthorised: 4401,
  /** A capability that does not allow this, or no longer. */
  forbidden: 4403,
  /** This server has no node of that name. */
  unknownNode: 4404,
  otherStrategy: 4409,
  foreignEpoch: 4410,
  /** What this copy lacks, or builds on, was cut off from the history; crdt/text knows the code by its number. */
  historyCut: 4411,
  updateTooLarge: 4413,
  /** What the node has stored of this note cannot be read. It is left as it is, and takes nothing in. */
  noteDamaged: 4424,
} as const;

/** Whether a peer that was closed with `code` must not come back as it is. */
export function isPermanent(code: number): boolean {
  return code >= 4400 && code <= 4499;
}

/** What a client that is moved is told. */
export function movedTo(node: string): string {
  return `Moved to ${node}`;
}

/** The node that a reason for `moved` names; null: none. */
export function movedNodeOf(reason: string): string | null {
  return /^Moved to (S[1-9])$/.exec(reason)?.[1] ?? null;
}

/** The shortest and the longest wait that a peer may be asked for. */
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 30_000;

/** `reason` with the time after which its reader should come again; a close reason can carry no more than words. */
export function withRetryHint(reason: string, retryMs: number): string {
  return `${reason}; retry in ${Math.round(retryMs)} ms`;
}

/** The wait that a close reason asks for, in milliseconds; null: none that can be honoured. */
export function retryHintOf(reason: string): number | null {
  const [, text] = /; retry in (\d{1,6}) ms$/.exec(reason) ?? [];
  return text === undefined ? null : Math.max(RETRY_MS_MIN, Math.min(RETRY_MS_MAX, Number(text)));
}
