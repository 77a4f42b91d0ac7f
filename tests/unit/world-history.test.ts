/** What a world shows of its past, against what it showed when that was the present. */

import { describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { Changes } from "../../crdt/lab/changes.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { MomentView } from "../../crdt/lab/sandbox-views.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";

const step = (given: Readonly<Record<string, unknown>>): SandboxCommand => ({ do: "step", step: given });
/** All of them are told as events: what they do is seen from then on. */
const SHARED: readonly SandboxCommand[] = [
  { do: "bot", by: 0, isOn: true },
  { do: "bot", by: 1, isOn: true },
  { do: "link", by: 1, direction: "both", set: { latencyMs: 400, jitterMs: 90 } },
  { do: "cut", by: 1, direction: "up" },
  { do: "clock", by: 2, offsetMs: 5_000 },
  { do: "edit", by: 2, splices: [{ index: 0, remove: 1, insert: "Cy: " }], caret: 4 },
  { do: "hold", isHeld: true },
  { do: "edit", by: 2, splices: [{ index: 0, remove: 0, insert: "x" }], caret: 1 },
  { do: "hold", isHeld: false },
  step({ do: "server", node: "S1", action: "crash" }),
  { do: "clock", by: 2, offsetMs: 0 },
  step({ do: "server", node: "S1", action: "restart" }),
  { do: "heal-all" },
  step({ do: "server", node: "S1", action: "pause", ms: 1_500 }),
  { do: "bot", by: 0, isOn: false },
];
const OF_NODES: readonly SandboxCommand[] = [
  step({
    do: "partition",
    groups: [
      ["A", "S1"],
      ["B", "S2", "C", "S3"],
    ],
  }),
  { do: "clock", by: 2, offsetMs: 10 },
  step({ do: "link", from: "S1", to: "S2", set: { latency: 300 } }),
  step({ do: "move", by: "A", to: "S3" }),
  { do: "heal-all" },
  step({ do: "server", node: "S2", action: "loseDisk" }),
  { do: "clock", by: 2, offsetMs: 20 },
];
const OF_LOCKS: readonly SandboxCommand[] = [
  { do: "lock", by: 2, act: "ask" },
  { do: "lock", by: 1, act: "ask" },
  { do: "clock", by: 2, offsetMs: 30 },
  { do: "lock", by: 2, act: "release" },
];

/** What there is to see now, but for what a past does not tell: carets, and how far messages have got. */
function nowOf(sandbox: Sandbox): unknown {
  const { options, losses, isHeld } = sandbox;
  return seen({
    replicas: Array.from({ length: options.replicas }, (_, replica) => ({ ...sandbox.view(replica), carets: [] })),
    nodes: sandbox.nodes(),
    nodeLinks: sandbox.nodeLinks(),
    messages: sandbox.messages(),
    losses,
    isHeld,
  });
}

function seen({ messages, replicas, nodes, nodeLinks, losses, isHeld }: Omit<MomentView, "n" | "atMs" | "texts" | "groups">): unknown {
  // Those that were on their way before the beginning have no event.
  const underway = messages.filter(({ sentAtMs }) => sentAtMs >= 0);
  return {
    messages: underway.map(({ message, from, to, dueMs }) => `${message}: ${from} to ${to}${dueMs === null ? ", held" : ""}`).sort(),
    replicas,
    nodes,
    nodeLinks,
    losses,
    isHeld,
  };
}

const RUNS = [
  ["walker", 1, SHARED],
  ["lease", 1, [...SHARED, ...OF_LOCKS]],
  ["yjs", 3, [...SHARED, ...OF_NODES]],
  ["ot", 3, [...SHARED, ...OF_NODES]],
  ["lww-line", 3, [...OF_NODES, ...SHARED]],
] as const;

describe("the past of a world", () => {
  it.each(RUNS)("of %s on %i nodes is what was the present", async (strategy, nodes, commands) => {
    const options: SandboxOptions = { strategy, seed: 11, replicas: 3, startText: "Hello !\n", latencyMs: 150, nodes };
    const sandbox = await Sandbox.open(options);
    const prng = createPrng(`past of ${strategy}`);
    const kept: { n: number; now: unknown }[] = [];
    for (let round = 0; round < 2; round++)
      for (const command of commands) {
        await sandbox.advance(prng.int(1, 900));
        const n = sandbox.time.events.length - 1;
        const now = nowOf(sandbox);
        await sandbox.act(command);
        // Where nothing was told of what was done, the moment has gone on.
        if (sandbox.time.events.length - 1 > n && sandbox.time.events[n + 1]!.kind === "control") kept.push({ n, now });
      }
    await sandbox.act({ do: "bot", by: 1, isOn: false });
    await sandbox.act({ do: "heal-all" });
    expect(await sandbox.rest()).toBe(true);
    expect(kept.length).toBeGreaterThan(commands.length);
    for (const { n, now } of kept) {
      const moment = sandbox.momentAt(n);
      expect(seen(moment), `after event ${n}`).toEqual(now);
      expect(moment.texts).toEqual([0, 1, 2].map((replica) => sandbox.time.textAt(replica, n)));
      for (const { share } of moment.messages) expect(share >= 0 && share <= 1).toBe(true);
    }
    // Nothing that a node merged has been overlooked. Where nobody is any more, a note with one order is let go.
    const held = sandbox.nodes().flatMap(({ text }) => text ?? []);
    expect(new Set(held)).toEqual(new Set([sandbox.textOf(0).slice(0, 400)]));
    expect(sandbox.momentAt(-1)).toMatchObject({ atMs: 0, losses: 0, messages: [], texts: Array(3).fill("Hello !\n") });
    expect(() => sandbox.momentAt(sandbox.time.events.length)).toThrow(RangeError);
    sandbox.close();
  });

  it("knows where a message was: it stood still while its wire was cut", async () => {
    const sandbox = await Sandbox.open({ strategy: "walker", seed: 2, replicas: 2, startText: "", latencyMs: 1_000 });
    await sandbox.act({ do: "edit", by: 0, splices: [{ index: 0, remove: 0, insert: "a" }], caret: 1 });
    const shares: number[] = [];
    const look = async (ms: number, command: SandboxCommand): Promise<void> => {
      await sandbox.advance(ms);
      const found = sandbox.messages().find(({ from, name }) => from === 0 && name === "numbered")!;
      await sandbox.act(command);
      shares.push(found.share);
    };
    await look(400, { do: "cut", by: 0, direction: "both" });
    await look(5_000, { do: "heal", by: 0 });
    await look(300, { do: "clock", by: 1, offsetMs: 1 });
    await sandbox.rest();
    const at = (words: string): number => sandbox.time.events.find((event) => event.kind === "control" && event.words.includes(words))!.n;
    const past = [at("cut off"), at("healed"), at("the clock is off")].map((n) =>
      sandbox.momentAt(n).messages.find(({ from, name }) => from === 0 && name === "numbered")!,
    );
    expect(past.map(({ dueMs }) => dueMs === null)).toEqual([true, false, false]);
    for (const [n, { share }] of past.entries()) expect(share).toBeCloseTo(shares[n]!, 2);
    sandbox.close();
  });
});

describe("changes", () => {
  it("are what a list of every value says", () => {
    const prng = createPrng("changes");
    const changes = new Changes<{ readonly a: number; readonly list: readonly number[] }>();
    const naive: unknown[] = [];
    let value = { a: 0, list: [0] };
    expect(() => changes.at(0)).toThrow(RangeError);
    for (let event = 0; event < 500; event++) {
      for (let times = prng.int(1, 3); times > 0; times--) {
        if (prng.int(0, 4) === 0) value = { a: prng.int(0, 3), list: Array.from({ length: prng.int(0, 3) }, () => prng.int(0, 2)) };
        changes.note(event, { ...value });
      }
      naive.push(value);
    }
    for (let event = 0; event < 500; event++) expect(changes.at(event)).toEqual(naive[event]);
    expect(changes.at(-1)).toEqual(naive[0]);
    expect(changes.length).toBeLessThan(250);
    const within = changes.within(100, 200);
    for (const [n, { from, value: held }] of within.entries())
      for (let event = from; event < (within[n + 1]?.from ?? 201); event++) expect(held).toEqual(naive[event]);
  });
});
