/**
 * Registers whose logs hold so few writes that they fold all the time, between copies that pass on what they hear, answer each
 * other's questions and lose their connections in between, under clocks that jump. Whoever has asked everybody for what it lacks has
 * what they have.
 */

import { describe, expect, it } from "vitest";
import type { Clock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { lwwLineStrategyOf } from "../../crdt/strategy/lww-line-strategy.ts";
import { lwwNoteStrategyOf } from "../../crdt/strategy/lww-note-strategy.ts";
import { mvNoteStrategyOf } from "../../crdt/strategy/mv-note-strategy.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";

const RUNS = Math.ceil(150 * Number(process.env.FUZZ_SCALE ?? 1));
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const RERUN = (seed: number): string => `rerun: FUZZ_SEED=${seed} FUZZ_SCALE=0.001 npx vitest run tests/fuzz/register-folding.test.ts`;
const COPIES = 4;
const ACTS = 400;
const LOG_WRITES_MAX = 8;

describe.each([lwwNoteStrategyOf, mvNoteStrategyOf, lwwLineStrategyOf].map((of) => of(LOG_WRITES_MAX)))("$name", (strategy) => {
  it("seed 8, of mv-note: a sibling whose successor others had folded stood here for ever", () => run(strategy, 8));

  it("says that it has what it has, however little of it is left", () => {
    for (let seed = SEED; seed < SEED + RUNS; seed++) run(strategy, seed);
  });
});

function run(strategy: Strategy, seed: number): void {
  const storm = new FoldingStorm(strategy, createPrng(`folding ${seed}`));
  for (let n = 0; n < ACTS; n++) storm.act();
  storm.calm();
  expect(storm.disagreements(), RERUN(seed)).toEqual([]);
}

interface Copy {
  readonly replica: Replica;
  /** What is on its way from each of the others, in order. */
  readonly inboxes: Uint8Array[][];
}

class FoldingStorm {
  readonly #prng: Prng;
  readonly #copies: Copy[];
  #nowMs = 1_000;

  constructor(strategy: Strategy, prng: Prng) {
    this.#prng = prng;
    const clock: Clock = { now: () => this.#nowMs, setTimer: () => () => undefined };
    this.#copies = Array.from({ length: COPIES }, (_, n) => ({
      replica: strategy.open({ replica: replicaIdFrom(n + 1), clock }),
      inboxes: Array.from({ length: COPIES }, () => []),
    }));
  }

  act(): void {
    const [at, from] = [this.#prng.int(0, COPIES), this.#prng.int(0, COPIES)];
    const dice = this.#prng.float();
    if (dice < 0.4) this.#write(at, this.#prng.int(1, 7));
    else if (dice < 0.7) this.#deliver(at, from);
    else if (dice < 0.8) this.#ask(at, from);
    else if (dice < 0.95) this.#copies[at]!.inboxes[from]!.length = 0;
    else this.#nowMs += this.#prng.int(-40, 60);
  }

  /** Everybody asks everybody, until nobody hears anything new. */
  calm(): void {
    for (const { inboxes } of this.#copies) for (const inbox of inboxes) inbox.length = 0;
    for (let round = 0; round < COPIES; round++)
      for (const { replica } of this.#copies)
        for (const other of this.#copies) if (other.replica !== replica) replica.receive(other.replica.since(replica.version()));
  }

  disagreements(): string[] {
    const out: string[] = [];
    const [first] = this.#copies;
    for (const [n, { replica }] of this.#copies.entries()) {
      replica.checkInvariants();
      if (replica.stats().pending > 0) out.push(`${n} waits for something`);
      if (replica.hash().structure !== first!.replica.hash().structure) out.push(`${n} differs from 0`);
    }
    return out;
  }

  #write(at: number, count: number): void {
    const { replica } = this.#copies[at]!;
    for (let n = 0; n < count; n++) {
      this.#nowMs += this.#prng.int(0, 3);
      const index = this.#prng.int(0, replica.length + 1);
      const remove = this.#prng.float() < 0.4 ? this.#prng.int(0, Math.min(6, replica.length - index) + 1) : 0;
      const edited = replica.edit([{ index, remove, insert: ["a", "b\n", "\n", "c"][this.#prng.int(0, 4)]! }]);
      if (edited.isAccepted && edited.update.length > 0) this.#passOn(edited.update, at, at);
    }
  }

  #deliver(at: number, from: number): void {
    const { replica, inboxes } = this.#copies[at]!;
    const update = inboxes[from]!.shift();
    if (update === undefined) return;
    const { forward, isWaiting } = replica.receive(update);
    if (forward !== null) this.#passOn(forward, at, from);
    if (isWaiting) this.#ask(at, from);
  }

  /** `at` asks `of`, and the answer comes after whatever is on its way. */
  #ask(at: number, of: number): void {
    if (at !== of) this.#copies[at]!.inboxes[of]!.push(this.#copies[of]!.replica.since(this.#copies[at]!.replica.version()));
  }

  #passOn(update: Uint8Array, by: number, from: number): void {
    for (const [n, { inboxes }] of this.#copies.entries()) if (n !== by && n !== from) inboxes[by]!.push(update);
  }
}
