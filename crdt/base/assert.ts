/** Raised when this code, not its caller or its input, is wrong. Nobody in the kernel catches it. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * States what must hold at this point if the code around it is right.
 * @throws AssertionError with `message`, which should carry the values, when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * For the `default` of a switch over a union: the compiler proves that it cannot be reached.
 * @throws AssertionError always, with `value`.
 */
export function unreachable(value: never): never {
  throw new AssertionError(`Unreachable case: ${JSON.stringify(value)}`);
}
