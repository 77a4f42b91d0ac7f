import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { type BenchRow, runBench, type Task } from "../../crdt/lab/bench/bench-run.ts";
import { CATALOGUE } from "../../crdt/lab/catalogue.ts";
import { figureOf } from "../../crdt/lab/bench/figures.ts";
import type { History } from "../../crdt/lab/bench/history.ts";
import { DisagreementError, measureHistory } from "../../crdt/lab/bench/measure.ts";
import { measureScenario } from "../../crdt/lab/bench/measure-scenario.ts";
import { firstSteps, parseTraceFile } from "../../crdt/lab/bench/trace-file.ts";
import { WORKLOADS, workloadOf } from "../../crdt/lab/bench/workloads.ts";
import { loadNodeStrategy, loadStrategy } from "../../crdt/strategy/registry.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";

const ENGINES = ["walker", "yjs", "rga", "fugue", "fuguemax"] as const;
const COUNT = 60;

/** A clock that shows one more millisecond each time it is read. */
function countingClock(): () => number {
  let ms = 0;
  return () => ms++;
}

/** Counts edits, and inserted and removed units, by a walk of its own. */
function countsOf({ steps }: History): { readonly edits: number; readonly inserted: number } {
  let [edits, inserted] = [0, 0];
  for (const step of steps)
    for (const patch of step.patches) {
      edits++;
      inserted += patch[2].length;
    }
  return { edits, inserted };
}

describe("statistics", () => {
  it("p95 of twenty is the nineteenth, of fewer the largest; the median of an even number lies between", () => {
    const twenty = Array.from({ length: 20 }, (_, n) => 20 - n);
    expect(figureOf(twenty)).toEqual({ median: 10.5, p95: 19, min: 1, max: 20, repetitions: 20 });
    expect(figureOf([3, 1, 2]).p95).toBe(3);
    expect(figureOf(Array.from({ length: 100 }, (_, n) => n + 1)).p95).toBe(95);
  });
});

describe.each(WORKLOADS.map(({ id }) => id))("workload %s", (id) => {
  const { history } = workloadOf(id);

  it("is the same each time, and knows its own text", () => {
    expect(history(COUNT)).toEqual(history(COUNT));
    const { agents, steps, endContent } = history(COUNT);
    if (agents > 1) return;
    const units: string[] = [];
    for (const { patches } of steps) for (const [index, remove, insert] of patches) units.splice(index, remove, ...insert.split(""));
    expect(endContent).toBe(units.join(""));
  });

  it("refuses a count that is none", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) expect(() => history(count)).toThrow(RangeError);
  });

  it.each(ENGINES)("%s: every copy agrees, and the counts are those of the history", async (name) => {
    const made = history(COUNT);
    const strategy = await loadStrategy(name);
    const { sample, state } = measureHistory(made, strategy, countingClock());
    const { edits, inserted } = countsOf(made);
    // A deletion at the end of the text removes nothing, and is not sent.
    expect(sample.keystrokes).toBeLessThanOrEqual(edits);
    if (!made.isRelative) expect(sample.keystrokes).toBe(edits);
    expect(sample.encodedBytes).toBe(state.length);
    const copy = strategy.open({ replica: replicaIdFrom(5), clock: new VirtualClock(), state });
    // Whatever the engine calls a tombstone: what was inserted is visible or is one.
    expect(sample.tombstoneShare).toBeCloseTo(inserted === 0 ? 0 : (inserted - copy.length) / inserted, 10);
    if (made.endContent !== null) expect(copy.text()).toBe(made.endContent);
  });
});

describe("a measurement", () => {
  it("reads the clock around each phase alone, and divides by its passes", async () => {
    const { sample } = measureHistory(workloadOf("two-writers").history(20), await loadStrategy("walker"), countingClock(), {
      write: 4,
      apply: 2,
      load: 5,
    });
    expect([sample.writeMs, sample.applyMs, sample.loadMs]).toEqual([0.25, 0.5, 0.2]);
  });

  it("Yjs: 1,000 keystrokes forwards are 1,000 updates", async () => {
    const { sample } = measureHistory(workloadOf("b1-1").history(1_000), await loadStrategy("yjs"), countingClock());
    const copy = (await loadStrategy("yjs")).open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
    for (let n = 0; n < 1_000; n++) copy.edit([{ index: n, remove: 0, insert: "x" }]);
    expect(sample.keystrokes).toBe(1_000);
    // The id of one small replica is one byte, that of a minted one at most seven more, once in the snapshot.
    expect(sample.encodedBytes - copy.since(EMPTY_BYTES).length).toBeGreaterThanOrEqual(0);
    expect(sample.encodedBytes - copy.since(EMPTY_BYTES).length).toBeLessThanOrEqual(7);
  });

  describe("[F22] Yjs's reference points", () => {
    const KEYS = 1_000;
    /** A 32-bit client id takes 5 bytes, and the root has no name. */
    const REFERENCE = { messages: 1_000, wireBytes: 19_739, snapshotBytes: 1_014, idBytes: 5 };
    /** With a client id of 1 byte: 1,000 keys backwards, then all deleted; without garbage collection a byte more for each. */
    const REMOVED = { bytes: 4_882, keptBytes: 5_882 };
    /** Our root is called "text"; its name stands once, in the first insertion. */
    const NAME_BYTES = "text".length;

    const docOf = (clientID: number, gc = true): { readonly doc: Y.Doc; readonly text: Y.Text } => {
      const doc = new Y.Doc({ gc });
      doc.clientID = clientID;
      return { doc, text: doc.getText("") };
    };

    it("are what the library itself gives", () => {
      const { doc, text } = docOf(2 ** 31 + 5);
      const updates: number[] = [];
      doc.on("update", (update: Uint8Array) => updates.push(update.length));
      for (let n = 0; n < KEYS; n++) text.insert(n, "x");
      const wireBytes = updates.reduce((sum, bytes) => sum + bytes, 0);
      expect({ messages: updates.length, wireBytes, snapshotBytes: Y.encodeStateAsUpdate(doc).length, idBytes: 5 }).toEqual(REFERENCE);
      for (const gc of [true, false]) {
        const one = docOf(1, gc);
        for (let n = 0; n < KEYS; n++) one.text.insert(0, "x");
        one.text.delete(0, KEYS);
        expect(Y.encodeStateAsUpdate(one.doc).length).toBe(gc ? REMOVED.bytes : REMOVED.keptBytes);
      }
    });

    it("are what this page measures, but for the name of the root and the length of a live replica's id", async () => {
      const { sample } = measureHistory(workloadOf("b1-1").history(KEYS), await loadStrategy("yjs"), countingClock());
      // A client id stands in each update, and in each but the first once more, as what it was typed behind; in a snapshot once.
      const ids = 2 * KEYS - 1;
      const longer = (sample.wireBytes - NAME_BYTES - REFERENCE.wireBytes) / ids;
      expect(sample.keystrokes).toBe(REFERENCE.messages);
      expect([1, 2, 3]).toContain(longer);
      expect(sample.encodedBytes).toBe(REFERENCE.snapshotBytes + NAME_BYTES + longer);
    });

    it("hold for what was deleted: garbage is collected", async () => {
      const copy = (await loadStrategy("yjs")).open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
      for (let n = 0; n < KEYS; n++) copy.edit([{ index: 0, remove: 0, insert: "x" }]);
      copy.edit([{ index: 0, remove: KEYS, insert: "" }]);
      expect(copy.since(EMPTY_BYTES).length).toBe(REMOVED.bytes + NAME_BYTES);
    });
  });

  it("gives no number where copies differ", async () => {
    const walker = await loadStrategy("walker");
    expect(() => measureHistory(workloadOf("two-writers").history(40), forgetful(walker), countingClock())).toThrow(DisagreementError);
    expect(() => measureHistory(workloadOf("b3").history(40), forgetful(walker), countingClock())).toThrow(DisagreementError);
  });

  it("gives no number where one writer's text is another than what was typed", async () => {
    const wrong = { ...workloadOf("b1-1").history(10), endContent: "something else" };
    const walker = await loadStrategy("walker");
    expect(() => measureHistory(wrong, walker, countingClock())).toThrow(/not the one that was typed/);
  });
});

describe("scenarios", () => {
  it("whose copies differ give no number: a duplicated tab", async () => {
    const script = await CATALOGUE.find(({ id }) => id === "duplicated-tab")!.load();
    await expect(measureScenario(script, await loadNodeStrategy("walker"), countingClock(), 2)).rejects.toThrow(DisagreementError);
  });

  it.each(ENGINES)("%s: one is played several times, and its frames are counted", async (name) => {
    const script = await CATALOGUE.find(({ id }) => id === "three-way")!.load();
    const { sample } = await measureScenario(script, await loadNodeStrategy(name), countingClock(), 3);
    // Three words and the start text.
    expect(sample.keystrokes).toBe(4);
    expect(sample.writeMs).toBe(1);
    expect(sample.wireBytes).toBeGreaterThan(100);
    expect(sample.tombstoneShare).toBe(0);
  });
});

describe("a plan", () => {
  const tasks = (counts: readonly number[]): Task[] =>
    counts.map((count) => ({
      workload: workloadOf("b1-1"),
      count,
      measure: (strategy, passes) => measureHistory(workloadOf("b1-1").history(count), strategy, countingClock(), passes),
    }));

  it("takes the engines in turn, after warm-ups that do not count", async () => {
    const order: string[] = [];
    const rows: BenchRow[] = [];
    await runBench(tasks([5, 6]), [await loadStrategy("walker"), await loadStrategy("yjs")], 2, {
      nowMs: countingClock(),
      onProgress: ({ strategy, repetition, done, total }) => order.push(`${strategy} ${repetition} ${done}/${total}`),
      onRow: (row) => rows.push(row),
      openCopy: () => null,
    });
    expect(order.slice(0, 6)).toEqual(["walker -2 0/20", "yjs -2 1/20", "walker -1 2/20", "yjs -1 3/20", "walker 0 4/20", "yjs 0 5/20"]);
    expect(rows.map(({ strategy, count, state }) => [strategy, count, state])).toEqual([
      ["walker", 5, "done"],
      ["yjs", 5, "done"],
      ["walker", 6, "done"],
      ["yjs", 6, "done"],
    ]);
    for (const row of rows) expect(row).toMatchObject({ warmUps: 3, memory: { state: "unasked" }, samples: [{}, {}] });
  });

  it("one engine whose copies differ fails alone, without a number; a copy is weighed as one of many", async () => {
    const rows: BenchRow[] = [];
    let used = 1_000_000;
    await runBench(
      [
        {
          ...tasks([5])[0]!,
          measure: (strategy, passes) => measureHistory(workloadOf("two-writers").history(40), strategy, countingClock(), passes),
        },
      ],
      [forgetful(await loadStrategy("walker")), await loadStrategy("yjs")],
      1,
      {
        nowMs: countingClock(),
        onProgress: () => undefined,
        onRow: (row) => rows.push(row),
        weigh: () => Promise.resolve(used),
        openCopy: () => (used += 300),
      },
    );
    expect(rows[0]).toMatchObject({ strategy: "walker", state: "failed" });
    expect(rows[0]).not.toHaveProperty("samples");
    expect(rows[1]).toMatchObject({ strategy: "yjs", state: "done", memory: { state: "measured", bytes: 300 } });
  });

  it("says that memory is not measurable where the scales say nothing", async () => {
    const rows: BenchRow[] = [];
    await runBench(tasks([5]), [await loadStrategy("walker")], 1, {
      nowMs: countingClock(),
      onProgress: () => undefined,
      onRow: (row) => rows.push(row),
      weigh: () => Promise.resolve(null),
      openCopy: () => null,
    });
    expect(rows).toMatchObject([{ state: "done", memory: { state: "unmeasurable" } }]);
  });
});

describe("a recorded file", () => {
  it("of one writer, and the first of its steps", () => {
    const json = {
      startContent: "",
      endContent: "ac",
      txns: [
        { patches: [[0, 0, "a"]] },
        {
          patches: [
            [1, 0, "bc"],
            [1, 1, ""],
          ],
        },
      ],
    };
    const history = parseTraceFile("small", json);
    expect(history).toMatchObject({ agents: 1, endContent: "ac", steps: { length: 3 } });
    expect(firstSteps(history, 2)).toMatchObject({ endContent: "abc", steps: { length: 2 } });
    expect(firstSteps(history, 9)).toBe(history);
  });

  it("of several writers", () => {
    const txn = (agent: number, parents: number[], insert: string) => ({ agent, parents, patches: [[0, 0, insert]] });
    const json = { kind: "concurrent", numAgents: 2, endContent: "ab", txns: [txn(0, [], "b"), txn(1, [], "a")] };
    expect(parseTraceFile("graph", json)).toMatchObject({ agents: 2, isRelative: false, steps: [{ agent: 0 }, { agent: 1, pulls: [] }] });
    expect(firstSteps(parseTraceFile("graph", json), 1).endContent).toBeNull();
  });

  it.each([
    [{ txns: [{ patches: [[0, 0]] }], startContent: "", endContent: "" }, /txns\[0\]\.patches\[0\]\[2\]/],
    [{ txns: [{ patches: [[-1, 0, ""]] }], startContent: "", endContent: "" }, /txns\[0\]\.patches\[0\]\[0\]/],
    [{ numAgents: 1, txns: [{ agent: 1, parents: [], patches: [] }] }, /numAgents 1, got 1/],
    [{ numAgents: 1, txns: [{ agent: 0, parents: [0], patches: [] }] }, /before this one/],
    [[], /object/],
    [{ txns: [] }, /not a trace of one writer/],
  ])("that is none is refused by place: %j", (json, words) => {
    expect(() => parseTraceFile("x", json)).toThrow(words);
  });
});

/** A planted bug: every third update is taken for known. */
function forgetful(strategy: Strategy): Strategy {
  const open = (options: Parameters<Strategy["open"]>[0]): Replica => {
    const replica = strategy.open(options);
    let n = 0;
    return new Proxy(replica, {
      get(target, key) {
        if (key === "receive") {
          return (update: Uint8Array) =>
            ++n % 3 === 0 ? { splices: [], forward: null, reply: null, isWaiting: false, losses: [] } : target.receive(update);
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  };
  return { ...strategy, open };
}
