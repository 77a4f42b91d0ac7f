/** The two formats of scenarios: what they say when something is wrong, and that both come down to the same. */

import { describe, expect, it } from "vitest";
import { ScenarioError } from "../../crdt/lab/json-shape.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";

const TEXT = { id: "t", init: "Hello !", steps: [{ r: "A", ins: [6, "Ana"] }, { sync: ["A", "B"] }], expected: { RGA: "x" } };
const FULL = {
  id: "f",
  v: 1,
  title: "Title",
  seed: 1,
  text: "Hello !",
  topology: {
    nodes: 1,
    replicas: [
      { id: "A", name: "Ana" },
      { id: "B", name: "Bo", clockOffsetMs: 5, driftPpm: 7 },
    ],
  },
  steps: [{ at: 1_000, do: "type", by: "A", pos: 6, text: "Ana" }],
  expect: { walker: { text: "x", converged: true } },
};
const NODES = { topology: { nodes: 3, replicas: [{ id: "A" }, { id: "B", at: "S3" }] } };

function problemOf(value: unknown): string {
  try {
    loadScenarios(typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  return "none";
}

describe("a file", () => {
  it("holds one scenario, a list, or a list under a name; of both formats", () => {
    expect(loadScenarios(JSON.stringify(TEXT)).map(({ id }) => id)).toEqual(["t"]);
    expect(loadScenarios(JSON.stringify([FULL, TEXT])).map(({ id }) => id)).toEqual(["f", "t"]);
    expect(loadScenarios(JSON.stringify({ note: "n", engines: {}, scenarios: [TEXT, FULL] })).map(({ id }) => id)).toEqual(["t", "f"]);
  });

  it.each<[string, string]>([
    ['{\n  "id": "x",\n  oops\n}', "line 3, column 3: not JSON"],
    ['{\n  "id": "x",\n', "line 3, column 1: not JSON: unexpected the end of the file"],
    ["", "line 1, column 1: not JSON"],
    ['{"id": oops}', "line 1, column 8: not JSON: unexpected "],
    ['[{"a": [1, 2 3]}]', "line 1, column 14"],
    ['[{"a": [1, 2,]}]', "line 1, column 14"],
    ['[{"a": "b}]', "line 1, column 8"],
    ['[{"a" 1}]', "line 1, column 7"],
    ["[{}]\n\n]", "line 3, column 1"],
    ["7 8", "line 1, column 3"],
    ["{a: 1}", "line 1, column 2"],
    ["7", "expected an object, got 7"],
    ["[7]", "[0]: expected an object, got 7"],
    ['{"scenarios": 7}', "scenarios: expected a list, got 7"],
    ['{"scenarios": []}', "scenarios: expected at least one scenario"],
    ['{"id": "x"}', "no scenario"],
  ])("%j is refused", (text, problem) => expect(problemOf(text)).toContain(problem));
});

describe("an error points at its line", () => {
  const pretty = JSON.stringify({ ...FULL, steps: [...FULL.steps, { at: 0, do: "delete", by: "A", pos: "x", len: 1 }] }, null, 2);
  const lineOf = (part: string): number => pretty.split("\n").findIndex((line) => line.includes(part)) + 1;

  it("of the value, and of what lacks a field", () => {
    expect(problemOf(pretty)).toContain(`line ${lineOf('"pos": "x"')}, column 14: steps[1].pos: expected an integer`);
    const lacking = pretty.replace('"pos": "x",', "");
    expect(problemOf(lacking)).toContain(`line ${lineOf('"do": "delete"') - 2}, column 5: steps[1].pos: expected`);
  });

  it("of names in quotes, and with strings that look like JSON before it", () => {
    const text = '{"id": "a]}\\"{", "init": "",\n "steps": [],\n "expected": {"R.G]A":\n 5}}';
    expect(problemOf(text)).toContain('line 4, column 2: expected["R.G]A"]: expected a text, got 5');
  });
});

describe("a text scenario", () => {
  it.each<[unknown, string]>([
    [{}, "steps[0]: expected one of ins, rep, del or sync"],
    [{ r: "A", ins: [0, "x"], del: [0, 1] }, "steps[0]: expected one of"],
    [{ ins: [0, "x"] }, "steps[0].r: expected a text, got nothing"],
    [{ r: "Z", ins: [0, "x"] }, 'steps[0].r: unknown replica "Z": expected one of A, B, C, D, E, F'],
    [{ r: "A", ins: ["0", "x"] }, 'steps[0].ins[0]: expected an integer of 0 or more, got "0"'],
    [{ r: "A", ins: [-1, "x"] }, "steps[0].ins[0]"],
    [{ r: "A", ins: [0, 5] }, "steps[0].ins[1]: expected a text, got 5"],
    [{ r: "A", ins: [0] }, "steps[0].ins: expected 2 values, got 1"],
    [{ r: "A", rep: [0, 1] }, "steps[0].rep: expected 3 values, got 2"],
    [{ r: "A", del: [0, 1.5] }, "steps[0].del[1]"],
    [{ r: "A", ins: [0, "x"], ts: "soon" }, "steps[0].ts: expected a number"],
    [{ r: "A", ins: [0, "x"], bwd: 1 }, "steps[0].bwd: expected true or false"],
    [{ sync: "A" }, "steps[0].sync: expected a list"],
    [{ sync: [] }, "steps[0].sync: expected at least one replica"],
    [{ sync: ["A", "A"] }, "steps[0].sync: a replica is named twice"],
    [{ sync: ["A", "S1"] }, 'steps[0].sync[1]: unknown replica "S1"'],
    [7, "steps[0]: expected an object, got 7"],
  ])("refuses the step %j", (step, problem) => expect(problemOf({ ...TEXT, steps: [step] })).toContain(problem));

  it.each<[object, string]>([
    [{ id: 5 }, "id: expected a text, got 5"],
    [{ init: null }, "init: expected a text, got null"],
    [{ steps: {} }, "steps: expected a list"],
    [{ expected: { RGA: 5 } }, 'expected["RGA"]: expected a text, got 5'],
    [{ expected: [] }, "expected: expected an object"],
  ])("refuses %j", (change, problem) => expect(problemOf({ ...TEXT, ...change })).toContain(problem));

  it("names the scenario of a list", () => {
    expect(
      problemOf({
        scenarios: [
          TEXT,
          {
            ...TEXT,
            steps: [
              { r: "A", ins: [0, "x"] },
              { r: "B", del: [] },
            ],
          },
        ],
      }),
    ).toContain("scenarios[1].steps[1].del: expected 2 values, got 0");
  });

  it("times steps by their index, from 1, in seconds; types backwards by whole characters", () => {
    const [script] = loadScenarios(
      JSON.stringify({ ...TEXT, steps: [{ sync: ["C"] }, { r: "A", rep: [1, 2, "a👍b"], bwd: true }, { r: "B", ins: [0, "x"], ts: 9 }] }),
    );
    expect(script!.replicas.map(({ name }) => name)).toEqual(["A", "B", "C"]);
    expect(script!.actions.map(({ action }) => action)).toEqual([
      { do: "sync", order: ["C"] },
      { do: "edit", by: "A", wallMs: 2_000, pos: 1, len: 2, text: "" },
      { do: "edit", by: "A", wallMs: 2_000, pos: 1, len: 0, text: "b" },
      { do: "edit", by: "A", wallMs: 2_000, pos: 1, len: 0, text: "👍" },
      { do: "edit", by: "A", wallMs: 2_000, pos: 1, len: 0, text: "a" },
      { do: "edit", by: "B", wallMs: 9_000, pos: 0, len: 0, text: "x" },
    ]);
  });
});

describe("a full scenario", () => {
  it.each<[unknown, string]>([
    [{ do: "type", by: "A", pos: 0, text: "x" }, "steps[0].at: expected an integer of 0 or more, got nothing"],
    [{ at: 0, do: "fly" }, 'steps[0].do: this version cannot play "fly"'],
    [{ at: 0, do: "undo" }, "steps[0].by: expected a text, got nothing"],
    [{ at: 0, do: "undo", by: "A", of: "B" }, "steps[0].of: unknown field; there are at, do, by"],
    [{ at: 0, do: "meta", by: "A", field: "title" }, "steps[0].value: expected a text"],
    [{ at: 0, do: "meta", by: "A", field: "view", value: "x" }, "steps[0].value: a view has none"],
    [{ at: 0, do: "meta", by: "A", field: "vote", n: 0 }, "steps[0].n: expected an integer that is not 0"],
    [{ at: 0, do: "clock", by: "A" }, "steps[0]: expected offsetMs, driftPpm or stepMs"],
    [{ at: 0, do: "identity", by: "A", of: "A" }, "steps[0].of: a tab is no duplicate of itself"],
    [{ at: 0, do: "ack", by: "A", set: "lost", again: true }, 'steps[0].again: goes with "heard" only'],
    [{ at: 0, do: "lock", by: "A", action: "ask", ms: 5 }, 'steps[0].ms: goes with "pause" only'],
    [{ at: 0, do: "rate", by: "A", perS: 0, burst: 4 }, "steps[0].perS: expected 1 to"],
    [{ at: 0, do: "server", node: "S1", action: "crash", safe: true }, "steps[0].safe: goes with compact only"],
    [{ at: 0, do: "type", by: "C", pos: 0, text: "x" }, "steps[0].by: replica C is not in the topology"],
    [{ at: 0, do: "type", by: "A", pos: 0, text: "x", wpm: 0 }, "steps[0].wpm: expected more than 0"],
    [{ at: 0, do: "replace", by: "A", pos: 0, len: 1 }, "steps[0].text: expected a text"],
    [{ at: 0, do: "link", from: "A", to: "B", set: {} }, "steps[0]: one end of a link is S1"],
    [{ at: 0, do: "link", from: "A", to: "S1", set: { loss: 0.5 } }, "steps[0].set.loss: a live link is a stream"],
    [{ at: 0, do: "link", from: "A", to: "S1", set: { latency: 90_000 } }, "steps[0].set.latency: expected 0 to 5000, got 90000"],
    [{ at: 0, do: "server", node: "S1", action: "pause" }, "steps[0].ms: expected a number, got nothing"],
    [{ at: 0, do: "server", node: "S2", action: "crash" }, "steps[0].node"],
    [{ at: 0, do: "sync", order: [] }, "steps[0].order"],
    [{ at: 0, do: "partition", groups: ["A"] }, "steps[0].groups[0]: expected a list"],
  ])("refuses the step %j", (step, problem) => expect(problemOf({ ...FULL, steps: [step] })).toContain(problem));

  it.each<[object, string]>([
    [{ v: 2 }, "v: expected 1, got 2"],
    [{ seed: "x" }, "seed: expected a number"],
    [{ topology: { nodes: 2, replicas: [] } }, "topology.nodes: expected 1, 3 or 5, got 2"],
    [{ topology: { nodes: 1, fencing: false, replicas: [{ id: "A" }] } }, "topology.fencing: goes with several nodes only"],
    [{ topology: { nodes: 3, mode: "datagram", replicas: [{ id: "A" }] } }, "topology.mode: datagrams go with 1 node only"],
    [{ ...NODES, engines: ["lww"] }, "engines: metadata goes with 1 node only"],
    [{ ...NODES, expect: { walker: { texts: { S4: "" } } } }, 'expect["walker"].texts.S4: unknown field'],
    [{ expect: { walker: { texts: { S2: "" } } } }, 'expect["walker"].texts.S2: unknown field'],
    [{ expect: { walker: { paused: ["C"] } } }, 'expect["walker"].paused[0]: expected'],
    [{ topology: { nodes: 1, replicas: [] } }, "topology.replicas: expected at least one replica"],
    [{ topology: { nodes: 1, replicas: [{ id: "A" }, { id: "A" }] } }, "topology.replicas: an id is used twice"],
    [{ topology: { nodes: 1, replicas: [{ id: "A", at: "S2" }] } }, 'topology.replicas[0].at: expected "S1", got "S2"'],
    [{ strategy: [1] }, "strategy[0]: expected a text"],
    [{ expect: { walker: { converged: 1 } } }, 'expect["walker"].converged'],
    [{ expect: { walker: { anomalies: [1] } } }, 'expect["walker"].anomalies[0]: expected a text'],
    [{ expect: { magic: {} } }, 'expect["magic"]: there is no strategy and no engine'],
    [{ colour: "red" }, "colour: unknown field"],
    [{ strategy: ["magic"] }, 'strategy[0]: unknown strategy "magic"'],
    [{ engines: ["magic"] }, 'engines[0]: unknown engine "magic"'],
    [{ clock: "sundial" }, "clock: expected"],
  ])("refuses %j", (change, problem) => expect(problemOf({ ...FULL, ...change })).toContain(problem));

  it.each<[unknown, string]>([
    [{ at: 0, do: "link", from: "S1", to: "S1", set: {} }, "steps[0].to: S1 has no link to itself"],
    [{ at: 0, do: "link", from: "S1", to: "S4", set: {} }, 'steps[0].to: unknown replica "S4"'],
    [{ at: 0, do: "link", from: "A", to: "B", set: {} }, "steps[0]: one end of a link is S1 or S2 or S3"],
    [{ at: 0, do: "partition", groups: [["S1", "A"], ["S2"]] }, "steps[0].groups: S3 is in no group"],
    [{ at: 0, do: "server", node: "S4", action: "crash" }, "steps[0].node: expected"],
    [{ at: 0, do: "server", node: "S2", action: "compact" }, "steps[0].action: goes with 1 node only"],
    [{ at: 0, do: "server", node: "S2", action: "loseDisk", rebuild: true }, "steps[0].rebuild: goes with 1 node only"],
    [{ at: 0, do: "clock", by: "S2", offsetMs: 5 }, "steps[0].offsetMs: goes with replicas only"],
    [{ at: 0, do: "move", by: "A", to: "S9" }, "steps[0].to: expected"],
    [{ at: 0, do: "meta", by: "A", field: "view" }, 'steps[0].do: "meta" goes with 1 node only'],
    [{ at: 0, do: "identity", by: "A", of: "B" }, 'steps[0].do: "identity" goes with 1 node only'],
  ])("of three nodes refuses the step %j", (step, problem) => expect(problemOf({ ...FULL, ...NODES, steps: [step] })).toContain(problem));

  it("of three nodes names the line of what is wrong", () => {
    const text = JSON.stringify({ ...FULL, ...NODES, steps: [{ at: 0, do: "server", node: "S7", action: "crash" }] }, null, 1);
    const line = 1 + text.split("\n").findIndex((each) => each.includes("S7"));
    expect(() => loadScenarios(text)).toThrow(new RegExp(`^line ${line}, column \\d+: steps\\[0\\]\\.node`));
  });

  it("orders steps by time, those of one moment as they are written, and types at a speed key by key", () => {
    const steps = [
      { at: 300, do: "type", by: "B", pos: 0, text: "xy", wpm: 80 },
      { at: 375, do: "delete", by: "A", pos: 0, len: 1 },
      { at: 0, do: "partition", groups: [["A", "S1"], ["B"]] },
      { at: 0, do: "reload", by: "A" },
    ];
    const [script] = loadScenarios(JSON.stringify({ ...FULL, steps }));
    expect(script!.actions.map(({ atMs, action }) => [atMs, action.do, "text" in action ? action.text : ""])).toEqual([
      [0, "partition", ""],
      [0, "close", ""],
      [0, "open", ""],
      [300, "key", "x"],
      [375, "edit", ""],
      [450, "key", "y"],
    ]);
    expect(script!.actions[0]!.action).toEqual({ do: "partition", cut: ["B"] });
    expect(script!.replicas).toEqual([
      { name: "A", clockOffsetMs: 0, driftPpm: 0 },
      { name: "B", clockOffsetMs: 5, driftPpm: 7 },
    ]);
  });
});
