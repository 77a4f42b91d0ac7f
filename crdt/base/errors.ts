/**
 * Errors that hostile or broken input may raise. Both are caught in exactly one place, the session,
 * which closes that one connection. Our own bugs are `AssertionError`, misuse is `RangeError`.
 */

/** Bytes that do not parse. `offset` is where in the decoded buffer the trouble was seen. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
  }
}

/** A peer that broke a rule of crdt/sync/SPEC.md. `closeCode` is what its connection is closed with. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}
