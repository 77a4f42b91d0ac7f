/** Named anomalies: what triggers each, what nearly does, and which strategy avoids it. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applySplices } from "../../crdt/base/splice.ts";
import { CHECKS, findAnomalies, type Found } from "../../crdt/lab/anomalies.ts";
import { type Anomaly, ANOMALY_KINDS, type AnomalyKind } from "../../crdt/lab/anomaly.ts";
import { brokenMarkdown, tornSurrogates } from "../../crdt/lab/check-form.ts";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { Findings } from "../../crdt/lab/findings.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { placeIn } from "../../crdt/lab/placing.ts";
import { replay, type Run } from "../../crdt/lab/replay.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { showsUnder, shrink } from "../../crdt/lab/shrink.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import type { Trace } from "../../crdt/lab/trace.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Strategy, StrategyName } from "../../crdt/strategy/strategy.ts";

const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);

function scenario(id: string): Script {
  return loadScenarios(readFileSync(new URL(`${id}.json`, FOLDER), "utf8"))[0]!;
}

function text(init: string, steps: readonly unknown[]): Script {
  return parseTextScenario({ id: "near", init, steps });
}

/** No strategy here tears a pair: this one is lww-note, but that it takes an edit between two halves as it stands. */
type Subject = StrategyName | "tearing";

async function subjectOf(name: Subject): Promise<Strategy> {
  if (name !== "tearing") return await loadNodeStrategy(name);
  const honest = await loadNodeStrategy("lww-note");
  return {
    ...honest,
    open: (options) => {
      const replica = honest.open(options);
      return patched(replica, {
        edit: (splices) => {
          const text = replica.text();
          return replica.edit([{ index: 0, remove: text.length, insert: applySplices(text, splices) }]);
        },
      });
    },
  };
}

/** `target`, with `changed` in its place. */
function patched<T extends object>(target: T, changed: Partial<T>): T {
  return new Proxy(target, {
    get(own, key) {
      if (Object.hasOwn(changed, key)) return changed[key as keyof T];
      const value: unknown = Reflect.get(own, key, own);
      return typeof value === "function" ? (value.bind(own) as unknown) : value;
    },
  });
}

/** A run and what is known of it. */
interface Looked extends Found {
  readonly script: Script;
  readonly run: Run;
}

async function look(script: Script, name: Subject): Promise<Looked> {
  const strategy = await subjectOf(name);
  const run = await replay(script, strategy);
  return { script, run, ...(await findAnomalies(script, strategy, run)) };
}

async function kinds(script: Script, name: Subject): Promise<AnomalyKind[]> {
  const { anomalies, trace } = await look(script, name);
  if (name !== "tearing") expect(trace).not.toBeNull();
  return anomalies.map(({ kind }) => kind);
}

/** Kind, scenario, a strategy that shows it there, one that does not, what nearly does it, and the strategy of that. */
const CASES: readonly [AnomalyKind, Script, Subject, StrategyName, Script, StrategyName][] = [
  // Deleted by the other, who had seen it: nobody lost it.
  [
    "lost insert",
    scenario("different-lines"),
    "lww-note",
    "walker",
    text("ab", [{ r: "A", ins: [1, "x"] }, { sync: ["A", "B"] }, { r: "B", del: [1, 1] }, { sync: ["B", "A"] }]),
    "lww-note",
  ],
  // Typed again by hand.
  [
    "resurrected text",
    scenario("delete-vs-edit"),
    "lww-note",
    "walker",
    text("abc", [{ r: "A", del: [1, 1] }, { r: "A", ins: [1, "b"] }, { sync: ["A", "B"] }]),
    "lww-note",
  ],
  // B saw the word and typed into it on purpose.
  [
    "interleaved run",
    scenario("backward-typing"),
    "rga",
    "yjs",
    text("[]", [{ r: "A", ins: [1, "abc"] }, { sync: ["A", "B"] }, { r: "B", ins: [2, "X"] }, { sync: ["B", "A"] }]),
    "rga",
  ],
  // The same key at the same place, but in the place of nothing.
  ["doubled text", scenario("same-typo-fix"), "walker", "lww-note", scenario("both-enter"), "walker"],
  // Only one side of it is deleted.
  [
    "orphaned edit",
    scenario("delete-vs-edit"),
    "yjs",
    "lww-note",
    text("The quick fox", [{ r: "A", del: [4, 6] }, { r: "B", ins: [4, "very "] }, { sync: ["A", "B"] }]),
    "yjs",
  ],
  // A split without an edit of the tail.
  [
    "split duplicate",
    scenario("split-vs-edit"),
    "lww-line",
    "walker",
    text("alpha beta", [{ r: "A", rep: [5, 1, "\n"] }, { sync: ["A", "B"] }]),
    "lww-line",
  ],
  // Repeated at the same offset, which is still right.
  ["mangled position", scenario("hello-insert"), "cas-index", "ot", scenario("same-line"), "cas-index"],
  ["order flip", scenario("hello-insert"), "cas-index", "ot", scenario("same-line"), "cas-index"],
  // The writer left it broken.
  [
    "broken Markdown",
    scenario("checkbox"),
    "fugue",
    "lww-line",
    text("- [ ] pay", [{ r: "A", ins: [3, "x"] }, { sync: ["A", "B"] }]),
    "fugue",
  ],
  // Halves that are deleted together, and edits beside a pair.
  [
    "torn surrogate",
    text("a👍b", [{ r: "A", ins: [2, "x"] }, { sync: ["A", "B"] }]),
    "tearing",
    "lww-note",
    scenario("emoji-halves"),
    "walker",
  ],
];

/** Both sides of a question that is open stand in the text: nothing has doubled by itself. */
const OPEN_QUESTION = text("one\nalpha beta\nthree", [
  { r: "A", rep: [4, 5, "ALPHA"] },
  { r: "B", rep: [10, 4, "BETA"] },
  { sync: ["A", "B"] },
]);

it("a question that is open is neither a duplicate nor a resurrection", async () => {
  const found = await kinds(OPEN_QUESTION, "cas-diff3");
  expect(found.filter((kind) => kind === "split duplicate" || kind === "resurrected text" || kind === "doubled text")).toEqual([]);
});

it("all ten anomalies are in the table, each with a strategy that avoids it", () =>
  expect(CASES.map(([kind]) => kind)).toEqual(ANOMALY_KINDS));

describe.each(CASES)("%s", (kind, script, shows, avoids, near, nearUnder) => {
  it(`shows under ${shows}`, async () => expect(await kinds(script, shows)).toContain(kind));
  it(`does not under ${avoids}`, async () => expect(await kinds(script, avoids)).not.toContain(kind));
  it("does not where it nearly does", async () => expect(await kinds(near, nearUnder)).not.toContain(kind));
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
  const looked = await Promise.all(
    CASES.map(async ([kind, script, shows, avoids, near, nearUnder]) => ({
      kind,
      shows: await look(script, shows),
      without: [
        await look(script, avoids),
        await look(near, nearUnder),
        ...(kind === "split duplicate" ? [await look(OPEN_QUESTION, "cas-diff3")] : []),
      ],
    })),
  );
  type Check = (looked: Looked, findingsOf: (trace: Trace) => Findings) => readonly Anomaly[];

  const ALL: readonly (readonly [name: string, check: Check])[] = [
    ...CHECKS.map(
      (check) =>
        [check.name, ({ trace }, findingsOf) => (trace === null ? [] : check(findingsOf(trace)))] as const satisfies [string, Check],
    ),
    [brokenMarkdown.name, ({ run }) => brokenMarkdown(run)],
    [tornSurrogates.name, ({ run, script }) => tornSurrogates(run, script)],
  ];
  const checks = ALL.map(([, check]) => check);

  /** Kinds that these checks would miss, or flag where there is none. */
  function failures(
    those: readonly Check[],
    findingsOf: (trace: Trace) => Findings = (trace) => new Findings(trace),
    see: (looked: Looked) => Looked = (same) => same,
  ): string[] {
    const has = (one: Looked, kind: AnomalyKind): boolean =>
      those.some((check) => check(see(one), findingsOf).some((anomaly) => anomaly.kind === kind));
    return looked.flatMap(({ kind, shows, without }) => [
      ...(has(shows, kind) ? [] : [`misses ${kind}`]),
      ...(without.some((one) => has(one, kind)) ? [`invents ${kind}`] : []),
    ]);
  }

  it("nothing fails without one", () => expect(failures(checks)).toEqual([]));

  it.each(ALL.map(([name], n) => [name, ANOMALY_KINDS[n]!, n] as const))("%s finds nothing", (_, kind, silent) => {
    expect(failures(checks.filter((__, n) => n !== silent))).toEqual([`misses ${kind}`]);
  });

  it.each(ALL.map(([name], n) => [name, ANOMALY_KINDS[n]!, n] as const))("%s flags whatever was typed", (_, kind, eager) => {
    const flag: Check = ({ run }) => (run.edits.length === 0 ? [] : [{ kind, text: run.edits[0]!.insert, intents: [], shows: [] }]);
    expect(failures(checks.map((check, n) => (n === eager ? flag : check)))).toEqual([`invents ${kind}`]);
  });

  it.each<[string, RegExp, (looked: Looked) => Looked]>([
    ["edits are not looked at by the check of Markdown", /invents broken Markdown/, (one) => ({ ...one, run: { ...one.run, edits: [] } })],
    ["nobody's text is looked at", /misses broken Markdown, misses torn surrogate/, (one) => ({ ...one, run: { ...one.run, views: [] } })],
  ])("%s", (_, caught, see) => expect(failures(checks, undefined, see).join(", ")).toMatch(caught));

  it.each<[string, RegExp, Trace["seenBy"]]>([
    ["nobody has seen anything of the others", /invents interleaved run/, () => Infinity],
    ["everybody has seen everything before it was typed", /misses interleaved run, .*misses orphaned edit/, () => -1],
  ])("%s", (_, caught, seenBy) => {
    expect(failures(checks, (trace) => new Findings(patched(trace, { seenBy }))).join(", ")).toMatch(caught);
  });

  const mirrored = (place: number | null): number | null => (place === null ? null : -place);

  it.each<[string, RegExp, (f: Findings) => Partial<Findings>]>([
    ["deletions are forgotten", /invents lost insert/, () => ({ deletedBy: new Map() })],
    ["everything counts as kept", /misses lost insert/, () => ({ isKept: () => true })],
    ["nothing is seen in the node's text", /misses resurrected text/, () => ({ isThere: () => false })],
    ["every place is read from the end", /invents mangled position/, (f) => ({ placeOf: (unit: number) => mirrored(f.placeOf(unit)) })],
    ["no place is known", /misses interleaved run/, () => ({ placeOf: () => null })],
    ["every place is the only one", /misses split duplicate/, (f) => ({ placesOf: (unit: number) => f.placesOf(unit).slice(0, 1) })],
    ["no question counts as open", /invents split duplicate/, () => ({ isUndecided: () => false })],
  ])("%s", (_, caught, plant) => {
    const findingsOf = (trace: Trace): Findings => {
      const honest = new Findings(trace);
      return patched(honest, plant(honest));
    };
    expect(failures(checks, findingsOf).join(", ")).toMatch(caught);
  });
});
