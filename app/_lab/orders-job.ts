/** Tries every order of what waits, a stretch at a time, so that whoever runs it can do other things in between. */

import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { Held } from "../../crdt/lab/held-updates.ts";
import { deliver } from "../../crdt/lab/order-delivery.ts";
import { type Orders, tryingOrders } from "../../crdt/lab/orders.ts";
import { eventText } from "./lab-words.ts";
import type { HeldView, OrdersView, OrderSteps } from "./orders-messages.ts";

/** More endings than a person compares. */
const ENDINGS_MAX = 40;

export class OrdersJob {
  readonly #held: Held;
  readonly #messages: readonly HeldView[];
  readonly #hasDuplicates: boolean;
  readonly #trying: Generator<readonly [number, number], Orders>;
  #found: Orders | null = null;
  #view: OrdersView = { state: "trying", done: 0, total: 0 };

  /** `events` names the edits; `hasDuplicates`: each message comes twice. */
  constructor(held: Held, { events, options, hasDuplicates }: JobOptions) {
    this.#held = held;
    this.#hasDuplicates = hasDuplicates;
    this.#messages = held.updates.map(({ by, step, splices }) => {
      const event = events[step];
      const isEdit = splices.length > 0 && event?.kind === "edit";
      return { by, words: isEdit ? eventText(event, options) : `${by}: what was on its way when it was set apart` };
    });
    this.#trying = tryingOrders(held, { hasDuplicates, seed: options.seed });
    if (held.updates.length === 0) this.#view = { state: "nothing" };
  }

  get view(): OrdersView {
    return this.#view;
  }

  get isRunning(): boolean {
    return this.#view.state === "trying";
  }

  /** Goes on by some orders. */
  step(): void {
    if (!this.isRunning) return;
    const next = this.#trying.next();
    if (next.done === true) this.#finish(next.value);
    else this.#view = { state: "trying", done: next.value[0], total: next.value[1] };
  }

  /** Stops for good. */
  stop(): void {
    if (this.#view.state === "trying") this.#view = { ...this.#view, state: "stopped" };
  }

  /** The first order that led to an ending, run again message by message; null where there is no such ending. */
  stepsTo(ending: number): OrderSteps | null {
    const order = this.#found?.endings[ending]?.order;
    if (order === undefined) return null;
    const steps = order.map((message, at) => {
      const { text, siblings } = deliver(this.#held, order.slice(0, at + 1));
      return { message, text, siblings };
    });
    return { ending, steps };
  }

  #finish(found: Orders): void {
    this.#found = found;
    const { tried, isExhaustive, isOneEnding, endings } = found;
    this.#view = {
      state: "done",
      messages: this.#messages,
      tried,
      isExhaustive,
      hasDuplicates: this.#hasDuplicates,
      isOrdered: this.#held.strategy.traits.isOrdered,
      isOneEnding,
      endings: endings.slice(0, ENDINGS_MAX).map(({ count, text, siblings, isSettled, refused, structures, order }) => ({
        count,
        text,
        siblings,
        isSettled,
        refused,
        structures,
        order,
      })),
      more: Math.max(0, endings.length - ENDINGS_MAX),
    };
  }
}

interface JobOptions {
  readonly events: readonly RunEvent[];
  readonly options: SandboxOptions;
  readonly hasDuplicates: boolean;
}
