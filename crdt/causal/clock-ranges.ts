/** A set of numbers as ascending, disjoint, half-open ranges: which of one author's characters are gone. */

export class ClockRanges {
  /** from, to, from, to ...: strictly ascending. */
  #borders: number[] = [];

  /** Adds [from, to) and returns the parts that were not in it, ascending. Cost: logarithmic, and a shift of what lies behind. */
  add(from: number, to: number): [from: number, to: number][] {
    if (from >= to) return [];
    const borders = this.#borders;
    const end = borders.length === 0 ? -1 : borders[borders.length - 1]!;
    // Mostly what is added comes last.
    if (from >= end) {
      if (from === end) borders[borders.length - 1] = to;
      else borders.push(from, to);
      return [[from, to]];
    }
    // Ranges from `first` on end at or after `from`, ranges from `last` on begin after `to`.
    const first = this.#firstEndingAtOrAfter(from);
    let last = first;
    const news: [number, number][] = [];
    let at = from;
    while (last < borders.length && borders[last]! <= to) {
      if (at < borders[last]!) news.push([at, borders[last]!]);
      at = Math.max(at, borders[last + 1]!);
      last += 2;
    }
    if (at < to) news.push([at, to]);
    if (news.length > 0) {
      const newFrom = last > first ? Math.min(from, borders[first]!) : from;
      const newTo = last > first ? Math.max(to, borders[last - 1]!) : to;
      borders.splice(first, last - first, newFrom, newTo);
    }
    return news;
  }

  /** The same for many ranges, as from, to, from, to ...; says nothing. Cost: linear where they ascend, as in a state. */
  addAll(ranges: readonly number[]): void {
    const borders = this.#borders;
    const areAscending = isAscending(ranges);
    if (areAscending && borders.length === 0) this.#borders = ranges.slice();
    else if (areAscending && covers(borders, ranges)) return;
    else for (let k = 0; k < ranges.length; k += 2) this.add(ranges[k]!, ranges[k + 1]!);
  }

  get count(): number {
    return this.#borders.length / 2;
  }

  *[Symbol.iterator](): Generator<readonly [from: number, to: number]> {
    for (let k = 0; k < this.#borders.length; k += 2) yield [this.#borders[k]!, this.#borders[k + 1]!];
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0;
    let high = this.#borders.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#borders[2 * middle + 1]! < value) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}

/** Whether they are none of them empty, and each begins after the one before has ended. */
function isAscending(ranges: readonly number[]): boolean {
  let end = -1;
  for (let k = 0; k < ranges.length; k += 2) {
    const from = ranges[k]!;
    if (from <= end) return false;
    end = ranges[k + 1]!;
    if (end <= from) return false;
  }
  return true;
}

/** Whether ascending `ranges` lie in ascending `borders`. */
function covers(borders: readonly number[], ranges: readonly number[]): boolean {
  let at = 0;
  for (let k = 0; k < ranges.length; k += 2) {
    const from = ranges[k]!;
    while (at < borders.length && borders[at + 1]! < from) at += 2;
    if (at >= borders.length || borders[at]! > from || borders[at + 1]! < ranges[k + 1]!) return false;
  }
  return true;
}
