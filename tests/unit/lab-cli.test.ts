/** `npm run --silent lab` as a process: what it prints, and its exit codes. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { showsUnder } from "../../crdt/lab/shrink.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import type { LabResult } from "../../server/cli/lab/run.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "riftpad-lab-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CARET = {
  id: "T02",
  title: "Same caret",
  init: "Hello !",
  steps: [{ r: "A", ins: [6, "Alice"] }, { r: "B", ins: [6, "Charlie"] }, { sync: ["A", "B"] }],
  expected: {
    "LWW-doc": "Hello Charlie!",
    RGA: "Hello CharlieAlice!",
    Automerge: "Hello CharlieAlice!",
    Yjs: "Hello AliceCharlie!",
    FugueMax: "Hello AliceCharlie!",
    "Some other engine": "?",
  },
};

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function lab(...args: string[]): { code: number | null; out: string; problem: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "server/cli/lab.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { code: status, out: stdout, problem: stderr };
}

function resultsOf(out: string): LabResult[] {
  return JSON.parse(out) as LabResult[];
}

describe("lab run", () => {
  it("prints one object for each scenario and strategy, and nothing else, with --json", () => {
    const { code, out, problem } = lab("run", file("two.json", { note: "", scenarios: [CARET, { ...CARET, id: "T02b" }] }), "--json");
    const results = resultsOf(out);
    expect([code, problem]).toEqual([0, ""]);
    expect(results.map(({ scenario, strategy }) => `${scenario} ${strategy}`)).toEqual(
      ["T02", "T02b"].flatMap((id) => STRATEGY_NAMES.map((name) => `${id} ${name}`)),
    );
    for (const result of results) {
      expect(Object.keys(result)).toEqual(["scenario", "strategy", "texts", "converged", "losses", "hash", "expected", "matches"]);
      expect([result.converged, result.hash]).toEqual([true, expect.stringMatching(/^[0-9a-f]{16}$/)]);
    }
    const of = (name: string): LabResult => results.find(({ strategy }) => strategy === name)!;
    expect(of("rga")).toMatchObject({
      texts: { A: "Hello CharlieAlice!", B: "Hello CharlieAlice!" },
      expected: "Hello CharlieAlice!",
      matches: true,
    });
    expect(of("walker")).toMatchObject({ expected: "Hello AliceCharlie!", matches: true, losses: [] });
    expect(of("fugue")).toMatchObject({ expected: null, matches: null });
    expect(of("lww-note")).toMatchObject({
      matches: true,
      losses: [{ author: "A", inserted: "Alice", removed: "", rule: "lww-overwritten-unseen" }],
    });
  });

  it("exits with 1 when something else comes out, and the outcome does not depend on what was expected", () => {
    const wrong = { ...CARET, id: "T99", expected: { ...CARET.expected, Automerge: "Hello AliceCharlie!" } };
    const { code, out } = lab("run", file("wrong.json", wrong), "--strategy", "rga,yjs", "--json");
    const [rga, yjs] = resultsOf(out);
    const [honest] = resultsOf(lab("run", file("honest.json", CARET), "--strategy=rga", "--json").out);
    expect([code, rga!.matches, yjs!.matches, rga!.expected]).toEqual([1, false, true, ["Hello CharlieAlice!", "Hello AliceCharlie!"]]);
    expect([rga!.texts, rga!.hash]).toEqual([honest!.texts, honest!.hash]);
  });

  it("tells a person the same, with what was lost", () => {
    const { code, out } = lab("run", file("person.json", [CARET]), "--strategy", "lww-note");
    expect(code).toBe(0);
    expect(out).toContain("✓ T02 Same caret · lww-note · converged");
    expect(out).toContain('A B: "Hello Charlie!"');
    expect(out).toContain(`lost: A's "Alice" (lww-overwritten-unseen)`);
    expect(out).toContain("1 as expected, 0 not, 0 with nothing to compare");
  });

  it("plays the full format, under the strategies that it names", () => {
    const { code, out } = lab("run", join(ROOT, "crdt/lab/scenarios/clock-skew.json"), "--json", "--strategy", "all");
    expect([code, resultsOf(out).map(({ matches }) => matches)]).toEqual([0, STRATEGY_NAMES.map(() => true)]);
  });

  it.each<[string, (path: string) => string[], RegExp]>([
    ["nothing", () => [], /usage: npm run/],
    ["an unknown command", () => ["walk"], /unknown command "walk"/],
    ["no file", () => ["run"], /which file/],
    ["a file that is not there", () => ["run", join(folder, "none.json")], /cannot read .*none\.json/],
    ["an unknown option", (path) => ["run", path, "--fast"], /unknown option "--fast"/],
    ["an unknown strategy", (path) => ["run", path, "--strategy", "rga,magic"], /unknown strategy "magic": there are walker, /],
    ["no strategy", (path) => ["run", path, "--strategy"], /--strategy wants names/],
    ["what is no JSON", () => ["run", file("broken.json", '{\n "id": oops }')], /broken\.json: line 2, column 8: not JSON/],
    [
      "what is no scenario",
      () => ["run", file("step.json", [CARET, { ...CARET, steps: [{ r: "A" }] }])],
      /step\.json: line 1, column \d+: \[1\]\.steps\[0\]: expected one of ins/,
    ],
  ])("exits with 2 on %s, and says so", (_, args, problem) => {
    const result = lab(...args(file("good.json", CARET)));
    expect([result.code, result.out]).toEqual([2, ""]);
    expect(result.problem).toMatch(problem);
  });
});

it("runs a scenario about metadata under each type that could hold it", () => {
  const { code, out } = lab("run", "tag-readd", "--json");
  const results = resultsOf(out);
  expect([code, results.map(({ engine }) => engine)]).toEqual([0, ["or-set", "remove-wins", "2p-set", "lww-element-set"]]);
  expect(results.map(({ matches, fields }) => [matches, fields?.A?.tags])).toEqual([
    [true, ["todo"]],
    [true, []],
    [true, []],
    [true, ["todo"]],
  ]);
});

it("compare: a row and a sentence for each strategy, and the figures as JSON", () => {
  const { code, out } = lab("compare", "same-caret", "--strategy", "walker,lww-note");
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}strategy +agrees +typed +kept +lost/m);
  expect(out).toMatch(/^ {2}lww-note +\d+ ms +12 +7 +5 +1 /m);
  expect(out).toContain('lost insert: "Alice"');
  const [walker, lww] = JSON.parse(lab("compare", "same-caret", "--strategy", "walker,lww-note", "--json").out) as Record<
    string,
    unknown
  >[];
  expect(walker).toMatchObject({ scenario: "same-caret", strategy: "walker", isMatch: true, characters: { typed: 12, lost: 0 } });
  expect(lww).toMatchObject({ strategy: "lww-note", characters: { kept: 7, lost: 5 }, anomalies: [{ kind: "lost insert" }] });
});

it("shrink: writes the smallest scenario that still does it, which runs and still does", () => {
  const noisy = { ...CARET, steps: [{ r: "A", ins: [0, "noise "] }, { r: "A", del: [0, 6] }, ...CARET.steps] };
  const out = join(folder, "small.json");
  const { code, problem } = lab("shrink", file("noisy.json", noisy), "--strategy", "lww-note", "--anomaly", "lost-insert", "--out", out);
  expect([code, problem]).toEqual([0, expect.stringMatching(/T02: 5 actions became 3 in \d+ runs/)]);
  const [small] = loadScenarios(readFileSync(out, "utf8"));
  expect(small?.actions.map(({ action }) => action.do)).toEqual(["edit", "edit", "sync"]);
  expect(lab("compare", out).out).toContain("lost insert:");
  expect(lab("shrink", "same-caret", "--strategy", "walker", "--anomaly", "lost insert")).toMatchObject({ code: 1, out: "" });
});

it("shrink: of a session on three nodes too, under its own strategy and from what each writer saw", async () => {
  const sandbox = await Sandbox.open({ strategy: "lww-note", seed: 1, replicas: 2, startText: "Plan: ", latencyMs: 20, nodes: 3 });
  const type = (by: number, insert: string): Promise<unknown> => {
    const { length } = sandbox.textOf(by);
    return sandbox.act({ do: "edit", by, splices: [{ index: length, remove: 0, insert }], caret: length + insert.length });
  };
  const groups = [
    ["A", "S1"],
    ["B", "S2", "S3"],
  ];
  await type(0, "noise ");
  await sandbox.advance(2_000);
  await sandbox.act({ do: "step", step: { do: "partition", groups } });
  await type(0, "Mon. ");
  await type(1, "Tue. ");
  await sandbox.advance(2_000);
  await sandbox.act({ do: "heal-all" });
  await sandbox.advance(4_000);
  const session = file("a.session.json", recordToJson(sandbox.record()));
  sandbox.close();
  const out = join(folder, "small-session.json");
  const { code, problem } = lab("shrink", session, "--anomaly", "lost-insert", "--out", out);
  expect([code, problem]).toEqual([0, expect.stringMatching(/session: \d+ actions became 4 in \d+ runs/)]);
  const [small] = loadScenarios(readFileSync(out, "utf8"));
  expect([small?.nodes, small?.actions.map(({ action }) => action.do)]).toEqual([3, ["split", "edit", "edit", "node-link"]]);
  expect(await showsUnder(await loadNodeStrategy("lww-note"), "lost insert")(small!)).toBe(true);
  expect(lab("compare", session, "--strategy", "walker,lww-note").out).toMatch(/^ {2}lww-note +\d+ ms +16 +11 +5 +1 /m);
  expect(lab("shrink", file("broken.json", '{"v":1,"kind":"sandbox"}'))).toMatchObject({
    code: 2,
    problem: expect.stringMatching(/options/) as string,
  });
});

it("orders: one ending, or several with an order for each", () => {
  const one = lab("orders", "three-way", "--strategy", "walker", "--duplicates");
  expect([one.code, one.out]).toEqual([0, expect.stringContaining("6 orders of 3 messages → 1 ending ✓")]);
  const { code, out } = lab("orders", "three-way", "--strategy", "quorum", "--json");
  expect([code, JSON.parse(out)]).toEqual([
    1,
    [expect.objectContaining({ scenario: "three-way", tried: 6, isExhaustive: true, isOneEnding: false })],
  ]);
  expect(lab("orders", "live-same-line", "--strategy", "walker")).toMatchObject({ code: 2, out: "" });
});

it("replay: what everybody has after each step", () => {
  const { code, out } = lab("replay", "same-caret", "--strategy", "ot");
  expect(code).toBe(0);
  expect(out).toContain('A types “Alice” at 6.\n         A: "Hello Alice!"\n         B: "Hello !"');
  expect(out).toMatch(/A B: "Hello AliceCharlie!"\n {2}converged · [0-9a-f]{16} · as expected/);
});

describe("lab --help and what is asked wrongly", () => {
  it("names every subcommand, and one alone", () => {
    const { code, out } = lab("--help");
    expect(code).toBe(0);
    for (const name of ["run", "compare", "shrink", "orders", "replay"]) expect(out).toContain(`lab -- ${name} `);
    expect(lab("orders", "--help").out).not.toContain("lab -- run");
  });

  it.each([
    [["orders", "same-caret"], /--strategy wants one name/],
    [["replay", "same-caret", "--strategy", "rga,yjs"], /--strategy wants one name/],
    [["shrink", "same-caret", "--strategy", "rga", "--anomaly", "bad luck"], /unknown anomaly "bad luck"/],
    [["compare", "no-such-id"], /cannot read no-such-id/],
  ])("%j", (args, problem) => {
    const result = lab(...args);
    expect([result.code, result.out]).toEqual([2, ""]);
    expect(result.problem).toMatch(problem);
  });
});
