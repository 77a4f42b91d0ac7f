/** A value that changes now and then while events go by, and what it was after each of them. Plain data only. */

export class Changes<T> {
  /** After which event value n is there; ascending. */
  readonly #events: number[] = [];
  readonly #values: T[] = [];

  /** After `event`, which is not before the last one noted, this is the value. Cost: that of comparing it with the last one. */
  note(event: number, value: T): void {
    if (this.#values.length > 0 && isSame(this.#values.at(-1), value)) return;
    if (this.#events.at(-1) === event) {
      this.#events.pop();
      this.#values.pop();
    }
    this.#events.push(event);
    this.#values.push(value);
  }

  /** The value after `event`; of before the first one noted, the first. @throws RangeError where none has been noted. Cost: logarithmic. */
  at(event: number): T {
    if (this.#values.length === 0) throw new RangeError(`Nothing is known of event ${event}: note a value first`);
    return this.#values[Math.max(0, countUpTo(this.#events, event) - 1)]!;
  }

  /** The values after the events from `first` to `last`, each with the event from which on it holds. Cost: linear in what it returns. */
  within(first: number, last: number): { readonly from: number; readonly value: T }[] {
    const out: { from: number; value: T }[] = [];
    for (let n = Math.max(0, countUpTo(this.#events, first) - 1); n < this.#events.length && this.#events[n]! <= last; n++)
      out.push({ from: Math.max(first, this.#events[n]!), value: this.#values[n]! });
    return out;
  }

  get length(): number {
    return this.#values.length;
  }
}

/** How many of an ascending list are at most `limit`. */
export function countUpTo(list: readonly number[], limit: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether two pieces of plain data say the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, n) => isSame(each, b[n]));
  let count = 0;
  for (const key in a) {
    count++;
    if (!isSame(Reflect.get(a, key), Reflect.get(b, key))) return false;
  }
  for (const _ in b) count--;
  return count === 0;
}
