/** Marks: single characters, each inserted once in a world, so that a text says by itself what it has, lacks and has twice. */

const FIRST = 0x4e00;
const LAST = 0x9fff;

/** Mark number `n`, from 0. @throws RangeError beyond the 20,992 that there are. */
export function mark(n: number): string {
  if (n < 0 || n > LAST - FIRST) throw new RangeError(`Invalid mark ${n}: expected 0 to ${LAST - FIRST}`);
  return String.fromCharCode(FIRST + n);
}

/** The marks of a text, in its order. */
export function marksOf(text: string): string[] {
  return Array.from(text).filter((character) => character >= mark(0) && character <= mark(LAST - FIRST));
}
