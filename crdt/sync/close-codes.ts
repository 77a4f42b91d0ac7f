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
  contradiction: 4400,
  otherStrategy: 4409,
  foreignEpoch: 4410,
  updateTooLarge: 4413,
} as const;

/** Whether a peer that was closed with `code` must not come back as it is. */
export function isPermanent(code: number): boolean {
  return code >= 4400 && code <= 4499;
}
