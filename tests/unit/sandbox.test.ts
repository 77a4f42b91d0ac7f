/** The sandbox: the same steps give the same run, any moment can be come back to, and messages can be touched. */

import { describe, expect, it } from "vitest";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { labSession, SESSION_MS } from "../support/lab-session.ts";

const OPTIONS: SandboxOptions = { strategy: "walker", seed: 7, replicas: 3, startText: "Hello !", latencyMs: 100 };

const insert = (by: number, index: number, text: string): SandboxCommand => ({
  do: "edit",
  by,
  splices: [{ index, remove: 0, insert: text }],
  caret: index + text.length,
});

const textsOf = (sandbox: Sandbox): string[] => Array.from({ length: sandbox.options.replicas }, (_, n) => sandbox.textOf(n));

describe("a run", () => {
  it.each(STRATEGY_NAMES)("of %s is the same whatever the pieces are in which its time goes by", async (strategy) => {
    const whole = await labSession({ ...OPTIONS, strategy }, [SESSION_MS]);
    const pieces = await labSession({ ...OPTIONS, strategy }, [1, 7, 333, 16, 1_000]);
    expect(pieces.hash).toBe(whole.hash);
    expect(textsOf(pieces)).toEqual(textsOf(whole));
    expect(pieces.time.events).toEqual(whole.time.events);
    expect(whole.time.events.length).toBeGreaterThan(200);
    for (const sandbox of [whole, pieces]) for (let n = 0; n < 3; n++) expect(sandbox.replicaText(n)).toBe(sandbox.textOf(n));
  });

  it("with another seed is another", async () => {
    const runs = [await labSession(OPTIONS, [SESSION_MS]), await labSession({ ...OPTIONS, seed: 8 }, [SESSION_MS])];
    expect(runs[0]!.hash).not.toBe(runs[1]!.hash);
  });

  it("is run again from its JSON", async () => {
    const sandbox = await labSession(OPTIONS, [50]);
    const record = recordFromJson(recordToJson(sandbox.record()));
    expect(record).toEqual(sandbox.record());
    const again = await Sandbox.replay(record);
    expect(again.hash).toBe(record.hash);
    expect(textsOf(again)).toEqual(textsOf(sandbox));
  });

  it("can be gone through step by step, and the steps are on record", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act(insert(0, 6, "Alice"));
    for (let n = 0; n < 2; n++) expect(await sandbox.step()).toBe(true);
    await sandbox.act(insert(1, 0, ">"));
    while (textsOf(sandbox).some((text) => text !== ">Hello Alice!")) expect(await sandbox.step()).toBe(true);
    expect((await Sandbox.replay(sandbox.record())).hash).toBe(sandbox.hash);
  });
});

describe("a fork", () => {
  it("has come as far as its moment in the same way, and knows nothing of what came after", async () => {
    const sandbox = await labSession(OPTIONS, [SESSION_MS]);
    const atMs = 4_321;
    const fork = await sandbox.fork(atMs);
    expect(fork.nowMs).toBe(atMs);
    const n = sandbox.time.eventAt(atMs);
    expect(fork.time.events).toEqual(sandbox.time.events.slice(0, n + 1));
    expect(textsOf(fork)).toEqual([0, 1, 2].map((replica) => sandbox.time.textAt(replica, n)));
    expect(fork.record().commands.every((command) => command.atMs <= atMs)).toBe(true);
    await fork.act(insert(0, 0, "fork "));
    await fork.advance(1_000);
    expect(fork.textOf(0)).toContain("fork ");
    expect(sandbox.textOf(0)).not.toContain("fork ");
  });
});

describe("a cut", () => {
  it("keeps two apart, and a heal brings them together", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act({ do: "cut", by: 1, direction: "both" });
    await sandbox.act(insert(0, 6, "Alice"));
    await sandbox.act(insert(1, 6, "Bob"));
    await sandbox.advance(3_000);
    expect(textsOf(sandbox)).toEqual(["Hello Alice!", "Hello Bob!", "Hello Alice!"]);
    expect(sandbox.time.agreements.at(-1)!.groups).toEqual([0, 1, 0]);
    expect(sandbox.view(1)).toMatchObject({ unsaved: 1, up: { cut: "blackhole", latencyMs: 100 } });
    await sandbox.act({ do: "heal-all" });
    await sandbox.advance(3_000);
    expect(new Set(textsOf(sandbox)).size).toBe(1);
    expect(sandbox.time.agreements.at(-1)!.groups).toEqual([0, 0, 0]);
    expect(sandbox.view(1)).toMatchObject({ unsaved: 0, up: { cut: "open", latencyMs: 100 } });
  });
});

describe("a message", () => {
  it("stays where it is while the network is held, and goes on from there", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act(insert(0, 0, "x"));
    await sandbox.advance(40);
    await sandbox.act({ do: "hold", isHeld: true });
    await sandbox.advance(5_000);
    const update = sandbox.messages().find(({ from }) => from === 0);
    expect(update).toMatchObject({ dueMs: null, share: 0.4, name: "numbered" });
    expect(sandbox.textOf(1)).toBe("Hello !");
    await sandbox.act({ do: "message", message: update!.message, act: "deliver" });
    expect(sandbox.messages().some(({ message }) => message === update!.message)).toBe(false);
    await sandbox.act({ do: "hold", isHeld: false });
    await sandbox.advance(1_000);
    expect(sandbox.textOf(1)).toBe("xHello !");
    expect(sandbox.messages().some(({ dueMs }) => dueMs === null)).toBe(false);
  });

  it("that is dropped leaves a gap, which the next one shows and sync mends", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act(insert(0, 0, "x"));
    const update = sandbox.messages().find(({ from }) => from === 0);
    expect(sandbox.inspect(update!.message)?.lines.join("; ")).toMatch(/number 2; update of \d+ bytes/);
    await sandbox.act({ do: "message", message: update!.message, act: "drop" });
    expect(sandbox.time.events.at(-1)).toMatchObject({ kind: "dropped", message: update!.message, lane: -1 });
    await sandbox.advance(5_000);
    expect(textsOf(sandbox)).toEqual(["xHello !", "Hello !", "Hello !"]);
    expect(sandbox.view(0).unsaved).toBe(1);
    await sandbox.act(insert(0, 1, "y"));
    await sandbox.advance(5_000);
    expect(textsOf(sandbox)).toEqual(["xyHello !", "xyHello !", "xyHello !"]);
    expect(sandbox.view(0).unsaved).toBe(0);
  });

  it("that arrives twice does nothing twice", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await sandbox.act(insert(0, 0, "x"));
    for (const { message } of sandbox.messages()) await sandbox.act({ do: "message", message, act: "duplicate" });
    await sandbox.advance(10_000);
    expect(textsOf(sandbox)).toEqual(["xHello !", "xHello !", "xHello !"]);
  });

  it("is delayed, and moved before and after others of its wire; the run that is run again does the same", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    for (const [at, text] of ["x", "y", "z"].entries()) await sandbox.act(insert(0, at, text));
    const updates = (): number[] =>
      sandbox.messages().flatMap(({ message, from, name }) => (from === 0 && name === "numbered" ? [message] : []));
    const [x, y, z] = updates() as [number, number, number];
    const dueMs = sandbox.messages().find(({ message }) => message === x)!.dueMs!;
    await sandbox.act({ do: "move", message: z, side: "before", other: x });
    expect(updates()).toEqual([z, x, y]);
    await sandbox.act({ do: "hold", isHeld: true });
    await sandbox.act({ do: "move", message: x, side: "after", other: y });
    expect(updates()).toEqual([z, y, x]);
    await sandbox.act({ do: "hold", isHeld: false });
    await sandbox.act({ do: "delay", message: z, ms: 1_000 });
    expect(updates()).toEqual([y, x, z]);
    expect(sandbox.messages().find(({ message }) => message === z)).toMatchObject({ dueMs: dueMs + 1_000 });
    const down = sandbox.messages().find(({ to }) => to === 1);
    if (down !== undefined)
      await expect(sandbox.act({ do: "move", message: x, side: "after", other: down.message })).rejects.toThrow("on the same wire");
    await expect(sandbox.act({ do: "delay", message: 99_999, ms: 5 })).rejects.toThrow("not on its way");
    await sandbox.advance(20_000);
    expect(textsOf(sandbox)).toEqual(["xyzHello !", "xyzHello !", "xyzHello !"]);
    const arrived = sandbox.time.events.flatMap(({ kind, message }) =>
      kind === "delivered" && [x, y, z].includes(message) ? [message] : [],
    );
    expect(arrived[0]).toBe(y);
    const again = await Sandbox.replay(recordFromJson(recordToJson(sandbox.record())));
    expect(again.hash).toBe(sandbox.hash);
  });

  it("that is not on its way cannot be touched", async () => {
    const sandbox = await Sandbox.open(OPTIONS);
    await expect(sandbox.act({ do: "message", message: 99_999, act: "drop" })).rejects.toThrow(RangeError);
    expect(sandbox.record().commands).toEqual([]);
  });
});

describe("a bot", () => {
  it("types in a rhythm, mends its slips, and hands over when a person types", async () => {
    const sandbox = await Sandbox.open({ ...OPTIONS, startText: "" });
    await sandbox.act({ do: "bot", by: 0, isOn: true });
    await sandbox.advance(60_000);
    const edits = sandbox.time.events.filter(({ kind, lane }) => kind === "edit" && lane === 0);
    const gaps = edits.slice(1).map(({ atMs }, n) => atMs - edits[n]!.atMs);
    const typing = gaps.filter((gap) => gap < 400);
    const mean = typing.reduce((sum, gap) => sum + gap, 0) / typing.length;
    expect(mean).toBeGreaterThan(140);
    expect(mean).toBeLessThan(160);
    expect(edits.some(({ words }) => words === "-1")).toBe(true);
    expect(sandbox.textOf(0)).toMatch(/[A-Z][a-z, ]+\./);
    await sandbox.act(insert(0, 0, "me: "));
    expect(sandbox.view(0).isBot).toBe(false);
    await sandbox.advance(5_000);
    expect(sandbox.time.events.filter(({ kind, lane }) => kind === "edit" && lane === 0)).toHaveLength(edits.length + 1);
  });

  it("under a lock asks for it, and gives it up", async () => {
    const sandbox = await Sandbox.open({ ...OPTIONS, strategy: "lease" });
    for (const by of [0, 1]) await sandbox.act({ do: "bot", by, isOn: true });
    await sandbox.advance(120_000);
    for (const lane of [0, 1]) expect(sandbox.time.events.some((event) => event.kind === "edit" && event.lane === lane)).toBe(true);
  });
});

it("a command that cannot be done changes nothing", async () => {
  const sandbox = await Sandbox.open(OPTIONS);
  const before = sandbox.hash;
  await expect(sandbox.act(insert(0, 99, "x"))).rejects.toThrow(RangeError);
  await expect(sandbox.act(insert(5, 0, "x"))).rejects.toThrow(RangeError);
  expect([sandbox.hash, sandbox.record().commands]).toEqual([before, []]);
  await expect(sandbox.advance(0.5)).rejects.toThrow(RangeError);
});

it.each([
  ["", /line|JSON|parse/i],
  ['{"v":2}', /expected a run of the sandbox/],
  ['{"v":1,"kind":"sandbox","options":{"strategy":"nope"}}', /unknown strategy/],
  [recordToJson({ options: { ...OPTIONS, replicas: 9 }, commands: [], untilMs: 0, hash: "" }), /replicas/],
  [recordToJson({ options: OPTIONS, commands: [{ atMs: 5, do: "heal", by: 0 }], untilMs: 3, hash: "" }), /commands\[0\].atMs/],
  [recordToJson({ options: OPTIONS, commands: [{ atMs: 0, do: "heal", by: 3 }], untilMs: 3, hash: "" }), /commands\[0\].by/],
])("what is no record is refused: %s", (json, words) => {
  expect(() => recordFromJson(json)).toThrow(words);
});
