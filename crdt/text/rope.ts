/**
 * Text as UTF-16 units in leaves that are edited in place. The leaf that was used last is remembered: people type
 * where they are. Positions are not checked here; TextDocument does.
 */

const LEAF_UNITS = 1024;

interface Leaf {
  readonly units: Uint16Array;
  length: number;
}

export class Rope {
  #leaves: Leaf[] = [emptyLeaf()];
  #length = 0;
  /** Index of the leaf that was used last, and the units before it. */
  #at = 0;
  #before = 0;

  get length(): number {
    return this.#length;
  }

  insert(index: number, text: string): void {
    this.#seek(index);
    const leaf = this.#leaves[this.#at]!;
    const offset = index - this.#before;
    const { length } = text;
    this.#length += length;
    if (leaf.length + length <= LEAF_UNITS) {
      leaf.units.copyWithin(offset + length, offset, leaf.length);
      for (let k = 0; k < length; k++) leaf.units[offset + k] = text.charCodeAt(k);
      leaf.length += length;
      return;
    }
    // The leaf is cut at the place, and new leaves go between its parts.
    const tail = leaf.units.slice(offset, leaf.length);
    leaf.length = offset;
    const added: Leaf[] = [];
    let last = leaf;
    const put = (unit: number): void => {
      if (last.length === LEAF_UNITS) added.push((last = emptyLeaf()));
      last.units[last.length++] = unit;
    };
    for (let k = 0; k < length; k++) put(text.charCodeAt(k));
    // Room is left behind the place, where the next characters will go.
    if (tail.length > 0) {
      const rest = emptyLeaf();
      rest.units.set(tail);
      rest.length = tail.length;
      added.push(rest);
    }
    this.#leaves.splice(this.#at + 1, 0, ...added);
  }

  delete(index: number, count: number): void {
    this.#length -= count;
    this.#seek(index);
    for (let rest = count; rest > 0;) {
      const leaf = this.#leaves[this.#at]!;
      const offset = index - this.#before;
      const here = Math.min(rest, leaf.length - offset);
      leaf.units.copyWithin(offset, offset + here, leaf.length);
      leaf.length -= here;
      rest -= here;
      if (leaf.length === 0 && this.#leaves.length > 1) {
        this.#leaves.splice(this.#at, 1);
        if (this.#at === this.#leaves.length) {
          this.#at--;
          this.#before -= this.#leaves[this.#at]!.length;
        }
      } else if (rest > 0) {
        this.#before += leaf.length;
        this.#at++;
      }
    }
  }

  unitAt(index: number): number {
    this.#seek(index + 1);
    return this.#leaves[this.#at]!.units[index - this.#before]!;
  }

  slice(start: number, end: number): string {
    let out = "";
    let before = 0;
    for (const { units, length } of this.#leaves) {
      if (before >= end) break;
      const from = Math.max(0, start - before);
      const to = Math.min(length, end - before);
      if (from < to) out += String.fromCharCode.apply(null, units.subarray(from, to) as unknown as number[]);
      before += length;
    }
    return out;
  }

  toString(): string {
    return this.slice(0, this.#length);
  }

  /** Moves to the leaf in which `index` lies behind a unit, or to the first for 0. */
  #seek(index: number): void {
    while (index < this.#before || (index === this.#before && this.#at > 0)) {
      this.#at--;
      this.#before -= this.#leaves[this.#at]!.length;
    }
    for (let leaf = this.#leaves[this.#at]!; index > this.#before + leaf.length; leaf = this.#leaves[this.#at]!) {
      this.#before += leaf.length;
      this.#at++;
    }
  }
}

function emptyLeaf(): Leaf {
  return { units: new Uint16Array(LEAF_UNITS), length: 0 };
}
