/** Scripts played through real rooms: random ones against naive models, and what only some scenarios show. */

import { describe, expect, it } from "vitest";
import { createPrng, pick, type Prng, shuffle } from "../../crdt/base/prng.ts";
import { judge } from "../../crdt/lab/judge.ts";
import { parseScenario } from "../../crdt/lab/scenario.ts";
import { play } from "../../crdt/lab/play.ts";
import { REPLICA_NAMES, type ReplicaName, type Script } from "../../crdt/lab/script.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { isStrategyName, loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { type Model, MODELS, NoRoomError } from "../support/naive-models.ts";

const SEEDS = Math.ceil(60 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const STARTER = 100;

type Step = Record<string, unknown>;

function text(init: string, steps: readonly Step[]): Script {
  return parseTextScenario({ id: "test", init, steps });
}

async function run(script: Script, name: StrategyName) {
  return play(script, await loadNodeStrategy(name));
}

/** Every replica's text, under one strategy. */
async function textsOf(script: Script, name: StrategyName): Promise<string[]> {
  return Object.values((await run(script, name)).texts);
}

function randomText(prng: Prng): string {
  return Array.from({ length: prng.int(0, 4) }, () => pick(prng, ["a", "b", "\n", "word ", "xyz", "end\n"])).join("");
}

/** Replicas that edit anywhere and meet in any order, several times, with clocks that jump and tie. */
function randomScript(seed: number): Script {
  const prng = createPrng(`play ${seed}`);
  const names = REPLICA_NAMES.slice(0, prng.int(2, 5));
  const steps: Step[] = [];
  for (let n = prng.int(3, 14); n > 0; n--) {
    const r = pick(prng, names);
    const at = prng.int(0, 20);
    const ts = prng.float() < 0.3 ? { ts: prng.int(0, 10) } : {};
    const dice = prng.float();
    if (dice < 0.25) steps.push({ sync: shuffle(prng, [...names]).slice(0, prng.int(1, names.length + 1)) });
    else if (dice < 0.55) steps.push({ r, ins: [at, randomText(prng)], ...ts });
    else if (dice < 0.65) steps.push({ r, ins: [at, randomText(prng)], bwd: true, ...ts });
    else if (dice < 0.8) steps.push({ r, del: [at, prng.int(0, 8)], ...ts });
    else steps.push({ r, rep: [at, prng.int(0, 6), randomText(prng)], ...ts });
  }
  steps.push({ sync: shuffle(prng, [...names]) });
  return text(randomText(prng), steps);
}

/** The same script through models: a server that never sleeps, and copies that hear of it in a sync. */
function model(script: Script, make: (n: number) => Model): Record<string, string> {
  const server = make(1_000);
  const starter = make(STARTER);
  starter.replace(0, 0, script.startText, 0);
  server.sync(starter);
  const copies = new Map<ReplicaName, Model>();
  for (const { name } of script.replicas) {
    const copy = make(REPLICA_NAMES.indexOf(name) + 1);
    copy.sync(server);
    copies.set(name, copy);
  }
  for (const { action } of script.actions) {
    if (action.do === "edit") {
      const copy = copies.get(action.by)!;
      const index = Math.min(action.pos, copy.text().length);
      // After the start text by every clock.
      copy.replace(index, Math.min(action.len, copy.text().length - index), action.text, 1 + action.wallMs!);
    } else if (action.do === "sync") {
      for (const name of action.order) server.sync(copies.get(name)!);
      for (const name of action.order) copies.get(name)!.sync(server);
    }
  }
  return Object.fromEntries(Array.from(copies, ([name, copy]) => [name, copy.text()]));
}

describe.each(Object.keys(MODELS).filter(isStrategyName))("%s", (name) => {
  it(`does in ${SEEDS} random scripts what its naive model does`, async () => {
    let compared = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const script = randomScript(seed);
      const rerun = `FUZZ_SEED=${seed} FUZZ_SCALE=0.01 npx vitest run --config tests/vitest.config.ts tests/unit/lab-play -t ${name}`;
      let expected: Record<string, string>;
      try {
        expected = model(script, MODELS[name]!);
      } catch (error) {
        if (!(error instanceof NoRoomError)) throw error;
        continue;
      }
      compared++;
      const played = await run(script, name);
      expect([played.texts, played.isConverged, played.isAtRest], rerun).toEqual([expected, true, true]);
    }
    expect(compared).toBeGreaterThan(0.8 * SEEDS);
  });
});

describe.each(STRATEGY_NAMES)("%s", (name) => {
  it("agrees after any number of syncs in any order, and comes out the same twice", async () => {
    for (let seed = 1_000; seed < 1_010; seed++) {
      const script = randomScript(seed);
      const played = await run(script, name);
      expect([played.isConverged, played.isAtRest, new Set(Object.values(played.texts)).size], `seed ${seed}`).toEqual([true, true, 1]);
      expect(await run(script, name)).toEqual(played);
    }
  });

  it("never cuts an emoji, wherever a position falls", async () => {
    const steps = [
      { r: "A", ins: [2, "x"] },
      { r: "B", del: [1, 1] },
      { r: "C", rep: [2, 1, "👍👍"], bwd: true },
      { sync: ["C", "A", "B"] },
    ];
    const { texts, isConverged } = await run(text("a👍b", steps), name);
    expect(isConverged).toBe(true);
    for (const shown of Object.values(texts))
      expect(shown).not.toMatch(/\ufffd|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
  });

  it("waits for texts of any length, over a slow link, and a node that was down", { timeout: 60_000 }, async () => {
    const long = "0123456789 ".repeat(20_000);
    const steps = [
      { at: 0, do: "link", from: "A", to: "S1", set: { kbps: 64, latency: 3_000 } },
      { at: 0, do: "link", from: "S1", to: "B", set: { latency: 5_000, jitter: 2_000 } },
      { at: 1_000, do: "type", by: "A", pos: 0, text: long },
      { at: 2_000, do: "server", node: "S1", action: "crash" },
      { at: 9_000, do: "server", node: "S1", action: "restart" },
    ];
    const replicas = [{ id: "A" }, { id: "B" }];
    const { texts, isConverged } = await run(
      parseScenario({ id: "slow", v: 1, title: "slow", seed: 1, text: "", topology: { nodes: 1, replicas }, steps }),
      name,
    );
    expect([texts.A === long, texts.B === long, isConverged]).toEqual([true, true, true]);
  });

  it("comes to rest after many large edits of one turn", { timeout: 60_000 }, async () => {
    // A register sends the whole note with each edit; the last ones of A meet what B has to read already.
    const steps = Array.from({ length: 6 }, (_, n) => ({ r: n % 2 === 0 ? "A" : "B", ins: [n, "x"] }));
    const played = await run(text("lorem ipsum ".repeat(8_000), [...steps, { sync: ["A", "B"] }, ...steps, { sync: ["B", "A"] }]), name);
    expect([played.isAtRest, played.isConverged]).toEqual([true, true]);
  });

  it("holds empty texts and no steps at all", async () => {
    expect((await run(text("", [{ sync: ["A", "B"] }]), name)).texts).toEqual({ A: "", B: "" });
    expect((await run(text("x", [{ r: "A", del: [0, 1] }, { sync: ["A"] }]), name)).texts).toEqual({ A: "" });
    expect(await run(text("x", []), name)).toMatchObject({ texts: {}, serverText: "x", isConverged: true });
  });

  it("keeps what was typed before a reload", async () => {
    const steps = [
      { at: 0, do: "partition", groups: [["A"], ["B", "S1"]] },
      { at: 100, do: "type", by: "A", pos: 0, text: "kept " },
      { at: 200, do: "reload", by: "A" },
      { at: 5_000, do: "heal" },
    ];
    const topology = { nodes: 1, replicas: [{ id: "A" }, { id: "B" }] };
    const { texts } = await run(parseScenario({ id: "reload", v: 1, title: "reload", seed: 1, text: "text", topology, steps }), name);
    expect(texts).toEqual({ A: "kept text", B: "kept text" });
  });
});

describe("a script", () => {
  it("leaves whoever is in no sync where they were", async () => {
    const script = text("0", [{ r: "A", ins: [1, "a"] }, { r: "B", ins: [1, "b"] }, { r: "C", ins: [1, "c"] }, { sync: ["B", "A"] }]);
    const played = await run(script, "walker");
    expect([played.texts, played.isConverged, played.lastSynced]).toEqual([{ A: "0ab", B: "0ab", C: "0c" }, false, ["B", "A"]]);
  });

  it("equal wall times are decided by replica", async () => {
    const steps = [{ r: "B", rep: [0, 2, "Bo"], ts: 5 }, { r: "A", rep: [0, 2, "Ana"], ts: 5 }, { sync: ["A", "B"] }];
    for (const name of ["lww-note", "lww-line", "mv-note"] as const) expect(await textsOf(text("v0", steps), name)).toEqual(["Bo", "Bo"]);
  });

  it("wall times before and at the beginning still come after the start text", async () => {
    const steps = [{ r: "A", rep: [0, 2, "early"], ts: -1_000 }, { r: "B", ins: [2, "!"], ts: 0 }, { sync: ["B", "A"] }];
    expect(await textsOf(text("v0", steps), "lww-note")).toEqual(["v0!", "v0!"]);
    expect(await textsOf(text("v0", steps.slice(0, 1)), "lww-note")).toEqual(["early"]);
  });

  it("comes out as its steps say, whatever its id and its expectations are", async () => {
    const steps = [{ r: "A", ins: [6, "Alice"] }, { r: "B", ins: [6, "Charlie"] }, { sync: ["A", "B"] }];
    const [honest, other] = [
      parseTextScenario({ id: "T02", init: "Hello !", steps, expected: { RGA: "Hello CharlieAlice!" } }),
      parseTextScenario({ id: "T03", init: "Hello !", steps, expected: { RGA: "[XaYbZc]", Automerge: "Hello CharlieAlice!" } }),
    ];
    const [played, again] = [await run(honest, "rga"), await run(other, "rga")];
    expect(again).toEqual(played);
    expect([judge(honest, played).isMatch, judge(other, again).isMatch]).toEqual([true, false]);
    expect(judge(other, again).texts).toEqual(["[XaYbZc]", "Hello CharlieAlice!"]);
    expect(judge(honest, await run(honest, "yjs"))).toEqual({ texts: [], isMatch: null });
  });

  it("a strategy answers for every engine that speaks for it, and under its own name", async () => {
    const expected = { FugueMax: "ab", walker: "ba" };
    const script = parseTextScenario({ id: "x", init: "", steps: [{ r: "A", ins: [0, "ab"] }, { sync: ["A"] }], expected });
    expect(judge(script, await run(script, "fuguemax")).isMatch).toBe(true);
    expect(judge(script, await run(script, "walker")).isMatch).toBe(false);
  });
});

/** L1: two people, 40 keys each on lines of their own, a key each 150 ms, the second 75 ms after the first. */
async function typedLive(name: StrategyName, latency: number): Promise<number> {
  const keys = "x".repeat(40);
  const replicas = [{ id: "A" }, { id: "B" }];
  const steps = [
    ...replicas.map(({ id }) => ({ at: 0, do: "link", from: id, to: "S1", set: { latency } })),
    { at: 1_000, do: "type", by: "A", pos: 0, text: keys, wpm: 80 },
    { at: 1_075, do: "type", by: "B", pos: 1, text: keys.replaceAll("x", "y"), wpm: 80 },
  ];
  const script = parseScenario({ id: "L1", v: 1, title: "L1", seed: 1, text: "\n", topology: { nodes: 1, replicas }, steps });
  const { texts } = await run(script, name);
  expect(texts.A).toBe(texts.B);
  return texts.A!.replaceAll("\n", "").length;
}

describe("live typing under latency (L1)", () => {
  it("a register of the whole note drops one person once the latency exceeds the gap between two keys", async () => {
    expect([await typedLive("lww-note", 0), await typedLive("lww-note", 70), await typedLive("lww-note", 80)]).toEqual([80, 80, 40]);
  });

  it.each(["lww-line", "walker", "yjs", "rga"] as const)("%s keeps all of it", async (name) => {
    expect([await typedLive(name, 70), await typedLive(name, 400)]).toEqual([80, 80]);
  });
});
