/** What metadata each replica showed at each moment of a run. Pure but for what it keeps. */

import type { Fields } from "./played.ts";

export class FieldsHistory {
  /** From after event `n` on. */
  readonly #changes: { readonly n: number; readonly key: string; readonly fields: readonly (Fields | null)[] }[] = [];

  /** Events up to `n` have happened, and this is what replicas show. Cost: linear in the fields. */
  note(n: number, fields: readonly (Fields | null)[]): void {
    const key = JSON.stringify(fields);
    const last = this.#changes.at(-1);
    if (last?.key === key) return;
    if (last?.n === n) this.#changes.pop();
    this.#changes.push({ n, key, fields });
  }

  /** What they showed after event `n`; null: nothing is known of then. */
  at(n: number): readonly (Fields | null)[] | null {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#changes[middle]!.n <= n) low = middle + 1;
      else high = middle;
    }
    return this.#changes[low - 1]?.fields ?? null;
  }
}
