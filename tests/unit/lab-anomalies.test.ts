/** Named anomalies: what triggers each, what nearly does, and which strategy avoids it. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHECKS, findAnomalies } from "../../crdt/lab/anomalies.ts";
import type { AnomalyKind } from "../../crdt/lab/anomaly.ts";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { Findings } from "../../crdt/lab/findings.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { placeIn } from "../../crdt/lab/placing.ts";
import { replay } from "../../crdt/lab/replay.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { showsUnder, shrink } from "../../crdt/lab/shrink.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import type { Trace } from "../../crdt/lab/trace.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);

function scenario(id: string): Script {
  return loadScenarios(readFileSync(new URL(`${id}.json`, FOLDER), "utf8"))[0]!;
}

function text(init: string, steps: readonly unknown[]): Script {
  return parseTextScenario({ id: "near", init, steps });
}

async function kinds(script: Script, name: StrategyName): Promise<AnomalyKind[]> {
  const strategy = await loadNodeStrategy(name);
  const { anomalies, trace } = await findAnomalies(script, strategy, await replay(script, strategy));
  expect(trace).not.toBeNull();
  return anomalies.map(({ kind }) => kind);
}

/** Kind, scenario, a strategy that shows it there, one that does not, what nearly does it, and the strategy of that. */
const CASES: readonly [AnomalyKind, string, StrategyName, StrategyName, Script, StrategyName][] = [
  // Deleted by the other, who had seen it: nobody lost it.
  [
    "lost insert",
    "different-lines",
    "lww-note",
    "walker",
    text("ab", [{ r: "A", ins: [1, "x"] }, { sync: ["A", "B"] }, { r: "B", del: [1, 1] }, { sync: ["B", "A"] }]),
    "lww-note",
  ],
  // Typed again by hand.
  [
    "resurrected text",
    "delete-vs-edit",
    "lww-note",
    "walker",
    text("abc", [{ r: "A", del: [1, 1] }, { r: "A", ins: [1, "b"] }, { sync: ["A", "B"] }]),
    "lww-note",
  ],
  // B saw the word and typed into it on purpose.
  [
    "interleaved run",
    "backward-typing",
    "rga",
    "yjs",
    text("[]", [{ r: "A", ins: [1, "abc"] }, { sync: ["A", "B"] }, { r: "B", ins: [2, "X"] }, { sync: ["B", "A"] }]),
    "rga",
  ],
  // The same key at the same place, but in the place of nothing.
  ["doubled text", "same-typo-fix", "walker", "lww-note", scenario("both-enter"), "walker"],
  // Only one side of it is deleted.
  [
    "orphaned edit",
    "delete-vs-edit",
    "yjs",
    "lww-note",
    text("The quick fox", [{ r: "A", del: [4, 6] }, { r: "B", ins: [4, "very "] }, { sync: ["A", "B"] }]),
    "yjs",
  ],
  // A split without an edit of the tail.
  [
    "split duplicate",
    "split-vs-edit",
    "lww-line",
    "walker",
    text("alpha beta", [{ r: "A", rep: [5, 1, "\n"] }, { sync: ["A", "B"] }]),
    "lww-line",
  ],
  // Repeated at the same offset, which is still right.
  ["mangled position", "hello-insert", "cas-index", "ot", scenario("same-line"), "cas-index"],
  ["order flip", "hello-insert", "cas-index", "ot", scenario("same-line"), "cas-index"],
  // The writer left it broken.
  ["broken Markdown", "checkbox", "fugue", "lww-line", text("- [ ] pay", [{ r: "A", ins: [3, "x"] }, { sync: ["A", "B"] }]), "fugue"],
];

describe.each(CASES)("%s", (kind, id, shows, avoids, near, nearUnder) => {
  it(`shows in ${id} under ${shows}`, async () => expect(await kinds(scenario(id), shows)).toContain(kind));
  it(`does not under ${avoids}`, async () => expect(await kinds(scenario(id), avoids)).not.toContain(kind));
  it("does not where it nearly does", async () => expect(await kinds(near, nearUnder)).not.toContain(kind));
});

it("torn surrogate: a strategy that cuts a pair is caught, one that snaps is not", async () => {
  const script = text("a👍b", [{ r: "A", ins: [2, "x"] }, { sync: ["A"] }]);
  const strategy = await loadNodeStrategy("walker");
  const run = await replay(script, strategy);
  expect((await findAnomalies(script, strategy, run)).anomalies).toEqual([]);
  const torn = { ...run, views: [...run.views, { step: 2, edits: 1, holder: "S1" as const, text: "a\ud83dx\udc4db" }] };
  expect((await findAnomalies(script, strategy, torn)).anomalies.map(({ kind }) => kind)).toContain("torn surrogate");
});

it.each(STRATEGY_NAMES)("%s: counts what nobody deleted and is gone, as a count of letters does", async (name) => {
  const script = scenario("different-lines");
  const { characters, serverText, siblings } = await compareUnder(script, await recordViews(script), await loadNodeStrategy(name));
  const all = [serverText, ...siblings].join("");
  const letters = [" 2L", "Rye "].filter((typed) => all.includes(typed)).join("").length;
  expect(characters).toMatchObject({ typed: name === "lease" ? 3 : 7, kept: letters, lost: (name === "lease" ? 3 : 7) - letters });
});

it("shrinks to the steps that still do it, the same each time", async () => {
  const script = text("Hello !", [
    { r: "A", ins: [0, "noise "] },
    { r: "A", del: [0, 6] },
    { r: "A", ins: [6, "Alice"] },
    { r: "B", ins: [6, "Charlie"] },
    { sync: ["A", "B"] },
  ]);
  const question = showsUnder(await loadNodeStrategy("lww-note"), "lost insert");
  const shrunk = await shrink(script, question);
  expect(shrunk?.script.actions.map(({ action }) => action.do)).toEqual(["edit", "edit", "sync"]);
  expect(await shrink(script, question)).toEqual(shrunk);
  expect(await shrink(script, showsUnder(await loadNodeStrategy("walker"), "lost insert"))).toBeNull();
});

describe("where an edit goes in another text", () => {
  it.each([
    ["at the same offset in the same text", "Hello", "Hello", 3, 3],
    ["behind the same characters", "One. Hello world", "Hello world", 5, 10],
    ["in the same line, as far along", "abcd\nwxyz", "1234\n5678", 7, 7],
    ["at the end", "ab", "one\ntwo\nthree", 10, 2],
  ])("%s", (_, view, recorded, pos, expected) => expect(placeIn(view, recorded, pos)).toBe(expected));
});

describe("a planted bug in the checkers is caught by these cases", async () => {
  const traceOf = async (script: Script, name: StrategyName): Promise<Trace | null> => {
    const strategy = await loadNodeStrategy(name);
    return (await findAnomalies(script, strategy, await replay(script, strategy))).trace;
  };
  const traced = await Promise.all(
    CASES.map(async ([kind, id, shows, avoids, near, nearUnder]) => ({
      kind,
      shows: await traceOf(scenario(id), shows),
      without: [await traceOf(scenario(id), avoids), await traceOf(near, nearUnder)],
    })),
  );
  type Check = (typeof CHECKS)[number];

  /** Kinds that these checks would miss, or flag where there is none. */
  function failures(checks: readonly Check[], findingsOf = (trace: Trace): Findings => new Findings(trace)): string[] {
    const has = (trace: Trace | null, kind: AnomalyKind): boolean =>
      trace !== null && checks.some((check) => check(findingsOf(trace)).some((anomaly) => anomaly.kind === kind));
    return traced.flatMap(({ kind, shows, without }) => [
      // Of the bare text, and not of these checks.
      ...(kind === "broken Markdown" || has(shows, kind) ? [] : [`misses ${kind}`]),
      ...(without.some((trace) => has(trace, kind)) ? [`invents ${kind}`] : []),
    ]);
  }

  it("nothing fails without one", () => expect(failures(CHECKS)).toEqual([]));

  it.each(CHECKS.map((check, n) => [check.name, n] as const))("%s finds nothing", (_, silent) => {
    expect(failures(CHECKS.filter((__, n) => n !== silent))).toHaveLength(1);
  });

  const mirrored = (place: number | null): number | null => (place === null ? null : -place);

  it.each<[string, (f: Findings) => Partial<Findings>]>([
    ["deletions are forgotten", () => ({ deletedBy: new Map() })],
    ["everything counts as kept", () => ({ isKept: () => true })],
    ["nothing is seen in the node's text", () => ({ isThere: () => false })],
    ["every place is read from the end", (f) => ({ placeOf: (unit: number) => mirrored(f.placeOf(unit)) })],
    ["no place is known", () => ({ placeOf: () => null })],
  ])("%s", (_, plant) => {
    const findingsOf = (trace: Trace): Findings => {
      const honest = new Findings(trace);
      const wrong = plant(honest);
      return new Proxy(honest, {
        get(target, key) {
          const value: unknown = Reflect.get(key in wrong ? wrong : target, key);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    };
    expect(failures(CHECKS, findingsOf)).not.toEqual([]);
  });
});
