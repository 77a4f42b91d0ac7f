import { describe, expect, it } from "vitest";
import { play } from "../bench/text/cases/concurrent.ts";
import { open } from "../bench/text/drivers/ours.ts";
import { packMaterial, unpackMaterial } from "../bench/text/materials.ts";
import {
  longBranches,
  parseTrace,
  partings,
  resolvePatch,
  type Step,
  stepsOfGraph,
  syntheticTrace,
  typingTogether,
} from "../../crdt/lab/bench/history.ts";

describe("a trace of one writer", () => {
  it("begins with the text that was there", () => {
    const trace = parseTrace("x", { startContent: "ab", endContent: "abc", txns: [{ patches: [[2, 0, "c"]] }] });
    expect(trace.patches).toEqual([
      [0, 0, "ab"],
      [2, 0, "c"],
    ]);
  });

  it("is refused when it is something else", () => {
    expect(() => parseTrace("graph", { kind: "concurrent", endContent: "", txns: [] })).toThrow(/graph is not a trace/);
  });

  it("from a seed ends in the text that it says", () => {
    const { patches, endContent } = syntheticTrace(2_000);
    let text = "";
    for (const [index, remove, insert] of patches) text = text.slice(0, index) + insert + text.slice(index + remove);
    expect(text).toBe(endContent);
    expect(syntheticTrace(2_000).endContent).toBe(endContent);
  });
});

describe("a recorded graph", () => {
  const patches = [[0, 0, "x"]] as const;

  it("gives each agent what a step builds on and its replica lacks", () => {
    const steps = stepsOfGraph([
      { agent: 0, parents: [], patches },
      { agent: 0, parents: [0], patches },
      { agent: 1, parents: [0], patches },
      { agent: 0, parents: [1], patches },
      { agent: 1, parents: [1, 2], patches },
      { agent: 0, parents: [3, 4], patches },
    ]);
    expect(steps.map(({ pulls }) => pulls)).toEqual([[], [], [0], [], [1], [2, 4]]);
  });

  it("is refused where one agent works at two places at once", () => {
    expect(() =>
      stepsOfGraph([
        { agent: 0, parents: [], patches },
        { agent: 0, parents: [], patches },
      ]),
    ).toThrow(/Transaction 1 of agent 0 builds on \[\], its replica has \[0\]/);
  });
});

describe("seeded histories", () => {
  const histories = [typingTogether({ agents: 3, events: 300, latency: 4 }), longBranches(4_000), partings(10, 200), partings(100, 200)];

  it.each(histories)("$name: nobody is given a step twice, or before what it builds on", ({ steps, agents }) => {
    const known = Array.from({ length: agents }, () => new Set<number>());
    const before = steps.map((): ReadonlySet<number> => new Set());
    steps.forEach(({ agent, pulls }: Step, at) => {
      const had = known[agent]!;
      for (const pulled of pulls) {
        expect(pulled).toBeLessThan(at);
        expect(had.has(pulled)).toBe(false);
        for (const cause of before[pulled]!) expect(had.has(cause)).toBe(true);
        had.add(pulled);
      }
      before[at] = new Set(had);
      had.add(at);
    });
  });

  it.each(histories)("$name: its updates, one by one, make the text that all its replicas have", (history) => {
    const peer = open();
    const { text, updates, blob } = play(peer, history);
    const reader = peer.create(900);
    for (const update of updates) reader.apply(update);
    expect(reader.text()).toBe(text);
    expect(text.length).toBeGreaterThan(100);
    const other = peer.create(901);
    if (blob !== null) other.apply(blob);
    expect(other.text()).toBe(text);
  });

  it("places a patch by its share of the length, and cuts what would go beyond the end", () => {
    expect(resolvePatch([0.5, 9, "x"], true, 11)).toEqual([6, 5, "x"]);
    expect(resolvePatch([3, 9, "x"], false, 11)).toEqual([3, 9, "x"]);
  });
});

describe("materials", () => {
  it.each([new Uint8Array([1, 2, 3]), new Uint8Array(0), null])("come back from bytes as they were, blob %s", (blob) => {
    const data = { text: "Füße", blob, updates: [new Uint8Array([9]), new Uint8Array(0), new Uint8Array([7, 8])] };
    expect(unpackMaterial(packMaterial(data))).toEqual(data);
  });
});
