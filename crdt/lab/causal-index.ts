/** How one event of a run stands to all others, kept up to date as the run goes on: nothing is counted twice. */

import { type Cone, coneOf, type Relation, relationTo } from "./causality.ts";
import type { RunEvent } from "./time-machine.ts";

export class CausalIndex {
  readonly self: RunEvent;
  readonly counts: Record<Relation, number> = { self: 0, past: 0, future: 0, concurrent: 0, elsewhere: 0 };
  readonly #events: readonly RunEvent[];
  readonly #past: readonly number[];
  readonly #future: number[];
  /** Messages that left in the future of the event. */
  readonly #carried = new Set<number>();
  #nearest: RunEvent | null = null;
  #known = 0;

  /** Of event `n` on `lanes` lanes, in a list that grows. Cost: linear in the events up to `n`. @throws RangeError for no event. */
  constructor(events: readonly RunEvent[], n: number, lanes: number) {
    const { past } = coneOf(events.slice(0, n + 1), n, lanes);
    this.#events = events;
    this.#past = past;
    this.#future = Array.from({ length: lanes }, () => Number.MAX_SAFE_INTEGER);
    this.self = events[n]!;
    if (this.self.lane >= 0) this.#future[this.self.lane] = n;
  }

  /** The past and the future as far as the last `update`. */
  get cone(): Cone {
    return { past: this.#past, future: [...this.#future] };
  }

  /** An example of what is concurrent: an edit before all else, then what is near; null: nothing is. */
  get nearest(): RunEvent | null {
    return this.#nearest;
  }

  /** Takes in what has been added to the list. Cost: linear in that. */
  update(): void {
    for (; this.#known < this.#events.length; this.#known++) this.#take(this.#events[this.#known]!);
  }

  #take(event: RunEvent): void {
    const { n, kind, lane, message } = event;
    if (lane >= 0 && n >= this.self.n) {
      if (kind === "delivered" && this.#carried.has(message)) this.#future[lane] = Math.min(this.#future[lane]!, n);
      if (kind === "sent" && n >= this.#future[lane]!) this.#carried.add(message);
    }
    // What comes later does not move the borders behind it.
    const relation = relationTo({ past: this.#past, future: this.#future }, this.self.n, event);
    this.counts[relation]++;
    if (relation === "concurrent" && (this.#nearest === null || this.#rank(event) < this.#rank(this.#nearest))) this.#nearest = event;
  }

  #rank({ kind, n }: RunEvent): number {
    return (kind === "edit" ? 0 : 1_000_000_000) + Math.abs(n - this.self.n);
  }
}
