/** Every order of what was written apart: what ends alike, what does not, and that a planted fault is seen. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { hashText } from "../../crdt/base/hash.ts";
import { type Held, holdUpdates } from "../../crdt/lab/held-updates.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { deliver } from "../../crdt/lab/order-delivery.ts";
import { countOrders, ORDERS_MAX, SAMPLES, tryingOrders, tryOrders } from "../../crdt/lab/orders.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { OpenOptions, Replica, Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";

function scenario(id: string): Script {
  return loadScenarios(readFileSync(new URL(`../../crdt/lab/scenarios/${id}.json`, import.meta.url), "utf8"))[0]!;
}

/** Three writers at one place, one of whom deletes there, two edits each but for the last. */
const CROWD = parseTextScenario({
  id: "crowd",
  init: "Hello world",
  steps: [
    { r: "A", ins: [5, " big"] },
    { r: "A", ins: [9, "ger"] },
    { r: "B", del: [4, 3] },
    { r: "B", ins: [4, "B"] },
    { r: "C", rep: [0, 5, "Bye"] },
    { sync: ["A", "B", "C"] },
  ],
});

async function held(script: Script, name: StrategyName): Promise<Held> {
  return holdUpdates(script, await loadNodeStrategy(name));
}

const STRATEGIES = await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy));
const EQUAL_COPIES = STRATEGIES.filter(({ traits }) => !traits.isOrdered);
const ORDERED = STRATEGIES.filter(({ traits }) => traits.isOrdered);

describe.each(EQUAL_COPIES.map((strategy) => [strategy.name, strategy] as const))("%s", (_, strategy) => {
  it.each([false, true])("ends alike in all 120 orders of five messages; each twice: %s", async (hasDuplicates) => {
    const orders = tryOrders(await holdUpdates(CROWD, strategy), { hasDuplicates });
    expect([orders.tried, orders.isExhaustive, orders.isOneEnding]).toEqual([120, true, true]);
    expect(orders.endings).toMatchObject([{ count: 120, structures: 1, isSettled: true, refused: 0 }]);
  });

  it("ends as a run of the product does", async () => {
    const script = scenario("three-way");
    const { endings } = tryOrders(await holdUpdates(script, strategy));
    expect(endings.map(({ text }) => text)).toEqual([script.expected.get(strategy.name)?.text]);
  });
});

describe.each(ORDERED.map((strategy) => [strategy.name, strategy] as const))("%s", (_, strategy) => {
  it("settles in every mixture of what its writers send, and each ending's order leads to it again", async () => {
    const updates = await holdUpdates(CROWD, strategy);
    const orders = tryOrders(updates);
    expect(orders.tried).toBe(countOrders(updates.updates.map(({ by }) => by)));
    expect(orders.isExhaustive).toBe(true);
    expect(orders.endings.reduce((sum, { count }) => sum + count, 0)).toBe(orders.tried);
    for (const { order, count, structures, ...ending } of orders.endings) {
      expect([count > 0, structures > 0, ending.isSettled, ending.refused]).toEqual([true, true, true, 0]);
      expect(deliver(updates, order)).toEqual(ending);
    }
  });

  it("in the order in which they were made, ends as a run of the product does", async () => {
    const script = scenario("different-lines");
    const { endings } = tryOrders(await holdUpdates(script, strategy));
    const inOrder = endings.find(({ order }) => order.every((n, k) => n === k));
    expect(inOrder?.text).toBe(script.expected.get(strategy.name)?.text);
  });
});

it.each<[StrategyName, string, number]>([
  // Edits of different places are moved over each other; of one place, who came first stands first.
  ["ot", "different-lines", 1],
  ["ot", "three-way", 6],
  ["cas-diff3", "different-lines", 1],
  // Offsets are sent again as they are.
  ["cas-index", "different-lines", 2],
  // The last whole note stands: one for each of three writers.
  ["quorum", "three-way", 3],
  // Who has the lock is the only one who writes.
  ["lease", "three-way", 1],
])("%s in %s: %i endings, as its rule says", async (name, id, count) => {
  expect(tryOrders(await held(scenario(id), name)).endings).toHaveLength(count);
});

/** `inner` with some of what its copies do replaced. */
function planted(inner: Strategy, replace: (copy: Replica, options: OpenOptions) => Partial<Replica>): Strategy {
  return {
    ...inner,
    open: (options) => {
      const copy = inner.open(options);
      const replaced = replace(copy, options);
      return new Proxy(copy, {
        get(target, key) {
          const owner = key in replaced ? replaced : target;
          const value: unknown = Reflect.get(owner, key, owner);
          return typeof value === "function" ? (value.bind(owner) as unknown) : value;
        },
      });
    },
  };
}

/** A register that knows no stamps: whatever comes last stands. */
function byArrival(inner: Strategy): Strategy {
  return planted(inner, (copy, options) => {
    let text = copy.text();
    return {
      text: () => text,
      hash: () => ({ content: hashText(text), structure: hashText(text) }),
      receive: (update) => {
        const alone = inner.open(options);
        alone.receive(update);
        text = alone.text();
        return copy.receive(update);
      },
    };
  });
}

/** A copy that lets go what comes before what it builds on. */
function forgetful(inner: Strategy): Strategy {
  return planted(inner, (copy, options) => ({
    receive: (update) => {
      const received = inner.open({ ...options, state: copy.since(EMPTY_BYTES) }).receive(update);
      return received.isWaiting ? { ...received, forward: null } : copy.receive(update);
    },
  }));
}

it("sees a planted register that keeps what arrives last, and says with which order", async () => {
  const good = await held(scenario("three-way"), "walker");
  const wrong = { ...good, strategy: byArrival(good.strategy) };
  const { endings, isOneEnding } = tryOrders(wrong);
  expect(isOneEnding).toBe(false);
  expect(new Map(endings.map(({ text, count }) => [text, count]))).toEqual(
    new Map([
      ["[aaa]", 2],
      ["[bbb]", 2],
      ["[ccc]", 2],
    ]),
  );
  for (const { order, text } of endings) expect(deliver(wrong, order).text).toBe(text);
});

it("sees a planted copy that loses what comes before what it builds on", async () => {
  const good = await held(CROWD, "fugue");
  expect(tryOrders(good).isOneEnding).toBe(true);
  expect(tryOrders({ ...good, strategy: forgetful(good.strategy) }).isOneEnding).toBe(false);
});

describe("how many orders", () => {
  it.each([
    [["1", "2", "3", "4", "5", "6", "7"], 5_040],
    [["A", "A", "B", "B"], 6],
    [["A", "A", "A"], 1],
    [[], 1],
  ])("of %j: %i", (writers, count) => expect(countOrders(writers)).toBe(count));

  it("of seven messages all, of eight 2,000 samples, the same each time", async () => {
    const typed = (count: number): Script =>
      parseTextScenario({
        id: "typed",
        init: "",
        steps: [...Array.from({ length: count }, (_, n) => ({ r: "ABC"[n % 3], ins: [0, String(n)] })), { sync: ["A", "B", "C"] }],
      });
    const seven = await held(typed(7), "rga");
    expect(tryOrders(seven)).toMatchObject({ tried: ORDERS_MAX, isExhaustive: true, isOneEnding: true });
    const eight = await held(typed(8), "rga");
    const sampled = tryOrders(eight, { seed: 7, hasDuplicates: true });
    expect(sampled).toMatchObject({ tried: SAMPLES, isExhaustive: false, isOneEnding: true });
    expect(tryOrders(eight, { seed: 7, hasDuplicates: true })).toEqual(sampled);
    expect(tryingOrders(eight).next()).toEqual({ done: false, value: [100, SAMPLES] });
  });
});

it("holds nothing where nobody was cut off, and only what was written before all meet", async () => {
  expect((await held(scenario("live-same-line"), "walker")).updates).toEqual([]);
  const twice = parseTextScenario({
    id: "twice",
    init: "",
    steps: [{ r: "A", ins: [0, "a"] }, { sync: ["A", "B"] }, { r: "B", ins: [0, "b"] }, { sync: ["A", "B"] }],
  });
  expect((await held(twice, "walker")).updates).toMatchObject([{ by: "A", step: 0, splices: [{ index: 0, remove: 0, insert: "a" }] }]);
});
