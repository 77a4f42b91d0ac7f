/**
 * Updates that take long to take in: in steps, one in a turn of the event loop, and one update after the other. A writer's frames wait
 * while another's update is half in: what both have brought might otherwise be acknowledged before it is stored.
 */

import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { Relay, Relayed } from "../strategy/strategy.ts";
import type { Elsewhere } from "./elsewhere.ts";

/** What came of an update: what `Relay.receive` returns or throws. */
export type Outcome = () => Relayed;

export interface LongIntakeOptions {
  readonly relay: Relay;
  /** Without it everything is checked here. */
  readonly elsewhere?: Elsewhere | null | undefined;
  /** Runs `step` once in a turn, from the next one on, until it says that it is done, or the room is closed. */
  inTurns(step: () => boolean): void;
}

/** What becomes of an update. */
export interface Intake {
  /** Stores it and passes it on. */
  readonly onTaken: (relayed: Relayed) => Relayed;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Nothing of it is in; who brought it is asked for what it builds on, and for it again. */
const WAITING: Relayed = { forward: null, reply: null, isWaiting: true, losses: [] };

export class LongIntake {
  readonly #options: LongIntakeOptions;
  /** Who waits until an update is in; null: none is under way. */
  #waiting: (() => void)[] | null = null;

  constructor(options: LongIntakeOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#waiting !== null;
  }

  /** While it is busy: `then` is called once it is not, but perhaps again. */
  wait(then: () => void): void {
    this.#waiting?.push(then);
  }

  /** Takes in `update`, now or in the turns that follow; false: that takes no longer than `Relay.receive`. */
  take(update: Uint8Array, intake: Intake): boolean {
    const { relay, elsewhere } = this.#options;
    if (elsewhere != null && relay.isDubious?.(update) === true) {
      this.#waiting = [];
      elsewhere.news(update, (news) => {
        if (news instanceof Error) this.#finish(() => thrown(news), intake);
        else if (news === null) this.#finish(() => WAITING, intake);
        else {
          const steps = relay.receiveInSteps?.(news, true) ?? null;
          this.#run(steps === null ? () => relay.receive(news, true) : stepping(steps), intake);
        }
      });
      return true;
    }
    const steps = relay.receiveInSteps?.(update) ?? null;
    if (steps === null) return false;
    this.#waiting = [];
    this.#run(stepping(steps), intake);
    return true;
  }

  /** `step` returns null until all is in. */
  #run(step: () => Relayed | null, intake: Intake): void {
    this.#options.inTurns(() => {
      let relayed: Relayed;
      try {
        const done = step();
        if (done === null) return false;
        relayed = done;
      } catch (error) {
        if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
        this.#finish(() => thrown(error), intake);
        return true;
      }
      const taken = intake.onTaken(relayed);
      this.#finish(() => taken, intake);
      return true;
    });
  }

  #finish(outcome: Outcome, { onOutcome }: Intake): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    onOutcome(outcome);
    for (const again of waiting) again();
  }
}

function stepping(steps: Generator<void, Relayed>): () => Relayed | null {
  return () => {
    const { done, value } = steps.next();
    return done === true ? value : null;
  };
}

function thrown(error: Error): never {
  throw error;
}
