/** The model that crdt/text is compared with is itself compared with tests/support/naive-fuguemax.ts, which keeps to the paper's words. */

import { expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, pick } from "../../crdt/base/prng.ts";
import { type CharOp, FugueMaxText } from "../support/naive-fuguemax.ts";
import { Oracle, type Range } from "./text/oracle.ts";

const REPLICAS = 4;

interface Edit extends Range {
  readonly ops: readonly CharOp[];
  readonly deps: readonly number[];
}

function compared(seed: number, steps: number): void {
  const prng = createPrng(`oracle/${seed}`);
  const oracle = new Oracle(REPLICAS);
  const naive = Array.from({ length: REPLICAS }, (_, n) => new FugueMaxText(replicaIdFrom(n + 1)));
  const edits: Edit[] = [];
  const take = (to: number, edit: Edit): void => {
    for (const op of edit.ops) naive[to]!.apply(op);
    oracle.receive(to, [edit]);
  };
  const isReady = (to: number, { agent, from, deps }: Edit): boolean =>
    oracle.known(to)[agent] === from && deps.every((count, n) => oracle.known(to)[n]! >= count);
  const chatter = pick(prng, [0.1, 0.4, 0.7]);
  for (let step = 0; step < steps; step++) {
    const at = prng.int(0, REPLICAS);
    const { length } = naive[at]!.text();
    const ready = edits.filter((edit) => isReady(at, edit));
    if (ready.length > 0 && prng.float() < chatter) take(at, pick(prng, ready));
    else {
      const deps = [...oracle.known(at)];
      const index = prng.int(0, prng.float() < 0.5 ? Math.min(3, length + 1) : length + 1);
      const count = prng.float() < 0.3 ? Math.min(3, length - index) : 0;
      const text = count > 0 ? "" : pick(prng, ["a", "bc", "def"]);
      const range = count > 0 ? oracle.remove(at, index, count) : oracle.insert(at, index, text);
      edits.push({ ...range, deps, ops: count > 0 ? naive[at]!.delete(index, count) : naive[at]!.insert(index, text) });
    }
    expect(oracle.text(at), `seed ${seed}, step ${step}`).toBe(naive[at]!.text());
  }
  for (let to = 0; to < REPLICAS; to++) {
    for (let next = edits.find((edit) => isReady(to, edit)); next !== undefined; next = edits.find((edit) => isReady(to, edit)))
      take(to, next);
    expect([oracle.text(to), oracle.waiting(to)], `seed ${seed}`).toEqual([naive[to]!.text(), []]);
  }
}

it("agrees with the naive FugueMax after every step", () => {
  for (let seed = 0; seed < 60; seed++) compared(seed, 80);
});

it("agrees with it beyond the first thousand units", () => {
  const oracle = new Oracle(2);
  const naive = [1, 2].map((n) => new FugueMaxText(replicaIdFrom(n))) as [FugueMaxText, FugueMaxText];
  const ops = naive.map((text, n) =>
    Array.from({ length: 90 }, (_, k) => {
      oracle.insert(n, k % 3, "abcdefg");
      return text.insert(k % 3, "abcdefg");
    }),
  );
  for (const op of ops[1]!.flat()) naive[0].apply(op);
  oracle.receive(0, [{ agent: 1, from: 0, to: oracle.made(1) }]);
  expect(oracle.text(0)).toBe(naive[0].text());
});

it("begins anew where everybody has everything, and the order goes on as it would have", () => {
  for (let seed = 0; seed < 40; seed++) {
    const [kept, anew] = [new Oracle(3), new Oracle(3)];
    const prng = createPrng(`compact/${seed}`);
    for (let round = 0; round < 5; round++) {
      for (let step = 0; step < 12; step++) {
        const at = prng.int(0, 3);
        const { length } = kept.text(at);
        const index = prng.int(0, length + 1);
        const count = Math.min(prng.int(0, 4), length - index);
        for (const oracle of [kept, anew]) {
          if (count > 0 && step % 3 === 0) oracle.remove(at, index, count);
          else oracle.insert(at, index, "xy");
        }
        const to = prng.int(0, 3);
        const range = { agent: at, from: kept.known(to)[at]!, to: kept.made(at) };
        if (step % 4 === 0) for (const oracle of [kept, anew]) oracle.receive(to, [range]);
        expect(anew.text(to), `seed ${seed}`).toBe(kept.text(to));
      }
      for (const oracle of [kept, anew])
        for (let to = 0; to < 3; to++)
          oracle.receive(
            to,
            [0, 1, 2].map((agent) => ({ agent, from: oracle.known(to)[agent]!, to: oracle.made(agent) })),
          );
      anew.compact();
    }
    expect(anew.text(0), `seed ${seed}`).toBe(kept.text(0));
  }
});
