/** How many of `length` things, counted from the first, `holds` is true of: those stand before all that it is false of. Cost: logarithmic. */
export function countHolding(length: number, holds: (n: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
