/** What the laboratory shows of a run: filters, the causal index against the plain definition, the diagram as a file. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Checkpoint, CHECKPOINTS_MAX, checkpointsIn, withCheckpoint, withCheckpoints } from "../../app/_lab/checkpoints.ts";
import { FIRST_FILTER, type HistoryFilter, isShown, ShownEvents } from "../../app/_lab/history-filter.ts";
import { eventText } from "../../app/_lab/lab-words.ts";
import { spaceTimeSvg } from "../../app/_lab/space-time-svg.ts";
import { CausalIndex } from "../../crdt/lab/causal-index.ts";
import { coneOf, relationTo } from "../../crdt/lab/causality.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open({ strategy: "walker", seed: 3, replicas: 3, startText: "# <Trip> & more\n", latencyMs: 120 });
  for (const by of [0, 1]) await sandbox.act({ do: "bot", by, isOn: true });
  await sandbox.advance(2_000);
  await sandbox.act({ do: "cut", by: 1, direction: "both" });
  await sandbox.advance(2_000);
});

describe("a filter of events", () => {
  it("lets through whom, which kind and which words it says", () => {
    const { options } = sandbox;
    const { events } = sandbox.time;
    const shownBy = (change: Partial<HistoryFilter>) => events.filter((event) => isShown(event, { ...FIRST_FILTER, ...change }, options));
    const edits = shownBy({ kinds: ["edits"] });
    expect(edits.length).toBeGreaterThan(10);
    expect(edits.every(({ kind }) => kind === "edit")).toBe(true);
    const ofC = shownBy({ lane: 2 });
    expect(ofC.length).toBeGreaterThan(0);
    expect(ofC.every(({ lane, from, to }) => [lane, from, to].includes(2))).toBe(true);
    expect(shownBy({ words: "CUT off" }).map((event) => eventText(event, options))).toEqual(["B: cut off"]);
    expect(shownBy({ words: "nothing says this" })).toEqual([]);
    const chatter = shownBy({ kinds: ["chatter"] });
    expect(chatter.length).toBeGreaterThan(0);
    expect(shownBy({}).length + chatter.length).toBe(events.length);
  });

  it("finds the same a stretch at a time, while the list grows", () => {
    const { options } = sandbox;
    const { events } = sandbox.time;
    const growing = events.slice(0, 50);
    const shown = new ShownEvents(growing, FIRST_FILTER, options);
    while (!shown.look(7)) expect(shown.share).toBeLessThan(1);
    growing.push(...events.slice(50));
    while (!shown.look(100));
    const wanted = events.filter((event) => isShown(event, FIRST_FILTER, options));
    expect(shown.last(events.length)).toEqual(wanted);
    const [n] = [wanted[20]!.n];
    expect(shown.last(n, 5)).toEqual(wanted.slice(16, 21));
    expect(shown.last(-1, 5)).toEqual([]);
  });
});

describe("the causal index", () => {
  it("says of each event what the cone over the whole run says, however the run grew", () => {
    const { events } = sandbox.time;
    const lanes = sandbox.options.replicas + 1;
    for (let n = 0; n < events.length; n += 17) {
      const growing = events.slice(0, n + 1);
      const index = new CausalIndex(growing, n, lanes);
      for (let at = n + 1; at < events.length; at += 31) {
        growing.push(...events.slice(at, at + 31));
        index.update();
      }
      index.update();
      const cone = coneOf(events, n, lanes);
      if (events[n]!.lane >= 0) expect(index.cone).toEqual(cone);
      const counts = { self: 0, past: 0, future: 0, concurrent: 0, elsewhere: 0 };
      for (const event of events) counts[relationTo(cone, n, event)]++;
      expect(index.counts).toEqual(counts);
      if (index.nearest !== null) expect(relationTo(cone, n, index.nearest)).toBe("concurrent");
      else expect(counts.concurrent).toBe(0);
    }
  });
});

describe("the diagram as a file", () => {
  it("stands by itself, with both palettes, and with what was chosen", () => {
    const { options } = sandbox;
    const { events } = sandbox.time;
    const chosen = events.find(({ kind }) => kind === "edit")!;
    const picture = { events: events.filter((event) => isShown(event, FIRST_FILTER, options)).slice(0, 80), options, chosen };
    const cone = coneOf(events, chosen.n, options.replicas + 1);
    const svg = spaceTimeSvg({ ...picture, cone, theme: "auto", title: 'A "run" & <more>' });
    expect(svg).toContain("&quot;run&quot; &amp; &lt;more&gt;");
    expect(svg).toMatch(/prefers-color-scheme:dark/);
    expect(svg).not.toMatch(/var\(|href|<script|NaN|undefined/);
    expect(svg.match(/<circle/g)?.length).toBe(picture.events.filter(({ kind }) => kind === "edit").length);
    expect(svg.match(/class="dot self"/g)).toHaveLength(1);
    expect(svg).toMatch(/class="dot future"/);
    const dark = spaceTimeSvg({ ...picture, cone: null, theme: "dark", title: "" });
    expect(dark).not.toMatch(/prefers-color-scheme|#ffffff/);
    expect(dark).toContain("#101418");
    // Every element that is opened is closed.
    const tally = (pattern: RegExp): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const [, name] of svg.matchAll(pattern)) counts[name!] = (counts[name!] ?? 0) + 1;
      return counts;
    };
    expect(tally(/<([a-z]+)\b(?:[^>]*[^/])?>/g)).toEqual(tally(/<\/([a-z]+)>/g));
  });
});

describe("checkpoints", () => {
  it("lie in order of time, one for each name, and go with the run into its file", () => {
    let list: Checkpoint[] = [];
    for (const [name, n] of [
      ["later", 9],
      [" sooner ", 2],
      ["later", 7],
    ] as const)
      list = withCheckpoint(list, { name, n, atMs: n * 100 });
    expect(list).toEqual([
      { name: "sooner", n: 2, atMs: 200 },
      { name: "later", n: 7, atMs: 700 },
    ]);
    const json = withCheckpoints(recordToJson(sandbox.record()), list);
    expect(recordFromJson(json).hash).toBe(sandbox.hash);
    expect(checkpointsIn(json, 10)).toEqual(list);
    // Of a run that is shorter than the file says, those that are there.
    expect(checkpointsIn(json, 5)).toEqual(list.slice(0, 1));
    expect(checkpointsIn(recordToJson(sandbox.record()), 10)).toEqual([]);
    expect(checkpointsIn('{"checkpoints":[null,{"name":""},{"name":"x","n":-2,"atMs":0},{"name":"y","n":"1","atMs":0.5}]}', 10)).toEqual(
      [],
    );
    expect(() => withCheckpoint(list, { name: "  ", n: 1, atMs: 1 })).toThrow("needs a name");
    const full = Array.from({ length: CHECKPOINTS_MAX }, (_, n) => ({ name: `c${n}`, n, atMs: n }));
    expect(() => withCheckpoint(full, { name: "one more", n: 1, atMs: 1 })).toThrow("No more than");
  });
});
