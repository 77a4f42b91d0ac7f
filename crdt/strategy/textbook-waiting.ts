/**
 * Operations that wait for others: each author's in a queue of its own. Which of them are ready, and what becomes of them, is the
 * copy's to say (textbook-strategy.ts).
 */

import type { ReplicaId } from "../base/ids.ts";
import type { StepCounter } from "../base/steps.ts";
import { type Op, sizeOf, trimmed } from "./textbook-ops.ts";

/** So many may wait; with more, all are let go and the sender is asked again. */
const WAITING_OPS_MAX = 10_000;

/** What the copy says. */
export interface Integration {
  /** How many numbers of an author are integrated. */
  readonly known: (agent: ReplicaId) => number;
  /** Whether the characters that `op` names are here. */
  readonly isReady: (op: Op) => boolean;
  /** Takes in what is ready, and the next of its author. Returns what it costs. */
  readonly integrate: (op: Op) => number;
}

export class WaitingOps {
  readonly #queues = new Map<ReplicaId, Op[]>();

  get count(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.length;
    return count;
  }

  all(): Op[] {
    return [...this.#queues.values()].flat();
  }

  /** `op` waits for its turn, if only until the next `drain`. */
  add(op: Op): void {
    const queue = this.#queues.get(op.agent);
    if (queue === undefined) this.#queues.set(op.agent, [op]);
    else queue.push(op);
  }

  /** A sender of more than fits is asked for all of it again; nothing is kept for it meanwhile. */
  bound(): void {
    if (this.count > WAITING_OPS_MAX) this.#queues.clear();
  }

  /** Has what can be integrated, author by author, until nothing moves. */
  *drain({ known, isReady, integrate }: Integration, isStepOver: StepCounter): Generator<void, void> {
    for (const [agent, queue] of this.#queues) this.#queues.set(agent, inLine(queue));
    for (let hasMoved = true; hasMoved;) {
      hasMoved = false;
      for (const [agent, queue] of this.#queues) {
        let used = 0;
        for (const op of queue) {
          const next = known(agent);
          if (op.seq + sizeOf(op) > next) {
            const rest = trimmed(op, next);
            if (rest.seq > next || !isReady(rest)) break;
            if (isStepOver(integrate(rest))) yield;
          }
          used++;
        }
        if (used === 0) continue;
        hasMoved = true;
        if (used === queue.length) this.#queues.delete(agent);
        else queue.splice(0, used);
      }
    }
  }
}

/** By number; of those that begin at one number, none that is not longer than those before it. */
function inLine(queue: Op[]): Op[] {
  // Mostly they are.
  if (queue.every((op, n) => n === 0 || queue[n - 1]!.seq < op.seq)) return queue;
  queue.sort((a, b) => a.seq - b.seq);
  let longest = 0;
  return queue.filter((op, n) => {
    if (n === 0 || queue[n - 1]!.seq !== op.seq) longest = 0;
    const isLonger = sizeOf(op) > longest;
    if (isLonger) longest = sizeOf(op);
    return isLonger;
  });
}
