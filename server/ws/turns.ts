/**
 * Work that comes in crowds, done a few at a time: so many in this turn of the event loop, and the rest in the next ones, in
 * order. What comes alone is done at once.
 */

export class Turns {
  readonly #perTurn: number;
  readonly #defer: (task: () => void) => void;
  #waiting: (() => void)[] = [];
  /** Done in this turn. */
  #done = 0;
  #isDue = false;

  /** `defer` runs a task in the next turn. */
  constructor(perTurn: number, defer: (task: () => void) => void) {
    this.#perTurn = perTurn;
    this.#defer = defer;
  }

  /** How many wait for another turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `task` now, or when it is its turn. It must not throw. */
  take(task: () => void): void {
    if (!this.#isDue) {
      this.#isDue = true;
      this.#defer(() => this.#next());
    }
    if (this.#done >= this.#perTurn) {
      this.#waiting.push(task);
      return;
    }
    this.#done++;
    task();
  }

  #next(): void {
    const due = this.#waiting.splice(0, this.#perTurn);
    this.#done = due.length;
    this.#isDue = due.length > 0;
    if (this.#isDue) this.#defer(() => this.#next());
    for (const task of due) task();
  }
}
