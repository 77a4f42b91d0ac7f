/** A live note of several nodes becomes a run of the sandbox: under the same cuts, crashes, moves and clocks, to the same texts. */

import { describe, expect, it } from "vitest";
import { replicaNumber } from "../../crdt/base/ids.ts";
import { type ForkedLive, forkLive } from "../../crdt/lab/fork-live.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import type { Loss, StrategyName } from "../../crdt/strategy/strategy.ts";
import { LEASE_MS, LiveFabric } from "../support/live-fabric.ts";

/** Each loss as a ledger shows it; authors by place among the people of the note. */
function rows(losses: readonly Loss[], people: readonly string[], idOf: (loss: Loss) => string): string[] {
  return losses.map((loss) => `${people.indexOf(idOf(loss))} ${loss.rule} ${JSON.stringify([loss.splices, loss.removedText])}`).sort();
}

/** The fork up to each moment that was looked at shows what the note showed; and the whole fork has the note's ledger. */
async function expectSame(live: LiveFabric, strategy: StrategyName, losses: readonly Loss[]): Promise<ForkedLive> {
  const { entries, moments } = live;
  let last: ForkedLive | null = null;
  for (const [n, { atMs, texts }] of moments.entries()) {
    const isLast = n === moments.length - 1;
    last = (await forkLive({ entries, strategy, ...(isLast ? {} : { untilMs: atMs }) }))!;
    expect(last.told).toEqual([]);
    expect([n, last.people.map((id) => texts.get(id as never))]).toEqual([n, last.texts.slice(0, last.people.length)]);
  }
  const sandbox = await Sandbox.replay(recordFromJson(recordToJson(last!.record)));
  expect(sandbox.hash).toBe(last!.record.hash);
  const forked = rows(sandbox.ledger.losses, last!.people, ({ author }) => last!.people[replicaNumber(author) - 1] ?? "");
  expect(forked).toEqual(rows(losses, last!.people, ({ author }) => author));
  sandbox.close();
  return last!;
}

describe.each(["walker", "yjs", "lww-note", "ot", "cas-diff3", "quorum"] as const)("a note of %s on three nodes", (strategy) => {
  it("cut in half, written on both sides and healed", async () => {
    const live = await LiveFabric.open(strategy, 3, ["S1", "S2", "S3"]);
    await live.type(0, "one\ntwo\nthree\n");
    await live.run(3_000);
    live.split(["S1"], ["S2", "S3"]);
    await live.run(1_000);
    await live.type(0, "minority\n", "first");
    await live.type(1, "majority\n");
    await live.run(LEASE_MS * 3);
    await live.look();
    await live.type(2, "more\n");
    await live.run(2_000);
    await live.look();
    live.heal();
    await live.run(10_000);
    await live.look();
    const losses = await live.end();
    const { record } = await expectSame(live, strategy, losses);
    expect([record.options.nodes, record.options.setup?.homes]).toEqual([3, ["S1", "S2", "S3"].toSorted(byPeople(live))]);
  });
});

/** Homes as they stand in the order of the people's ids. */
function byPeople(live: LiveFabric): (a: string, b: string) => number {
  const place = (home: string): number =>
    [...live.members]
      .map(({ id }) => id)
      .sort()
      .indexOf(live.members.find(({ at }) => at === home)!.id);
  return (a, b) => place(a) - place(b);
}

describe("a fork of a note of several nodes", () => {
  it("has a one-way cut between nodes, and one between a person and a node", async () => {
    const live = await LiveFabric.open("walker", 3, ["S1", "S2"]);
    await live.type(0, "start ");
    live.cut("S1", "S2");
    live.cut("S1", "S3");
    live.cut("S3", "S2");
    await live.run(500);
    await live.type(0, "a ");
    await live.type(1, "b ");
    await live.run(2_000);
    await live.look();
    // What A writes does not come to B, and what B writes does come to A.
    expect([...live.moments.at(-1)!.texts.values()]).toEqual([expect.stringMatching(/^start (a b|b a) $/), "start b "]);
    live.heal();
    await live.run(5_000);
    live.cut(live.members[1]!.id, "S2");
    await live.type(1, "unheard ");
    await live.type(0, "heard ");
    await live.run(1_000);
    await live.look();
    live.heal();
    const losses = await live.end();
    const { record } = await expectSame(live, "walker", losses);
    expect(record.commands.filter((command) => command.do === "step" && command.step.do === "link").length).toBeGreaterThanOrEqual(3);
  });

  it("has crashes, restarts, a disk that was lost, a node that stood still, and moves", async () => {
    const live = await LiveFabric.open("walker", 3, ["S1", "S2"]);
    await live.type(0, "start ");
    await live.run(1_000);
    live.crash("S2");
    await live.run(1_000);
    await live.type(0, "on ");
    await live.type(1, "offline ");
    await live.look();
    live.restart("S2");
    await live.run(8_000);
    await live.look();
    live.loseDisk("S2");
    await live.run(2_000);
    live.restart("S2");
    await live.run(8_000);
    live.pause("S2", 6_000);
    await live.run(500);
    await live.type(1, "waits ");
    await live.run(1_000);
    await live.look();
    await live.run(20_000);
    live.move(1, "S3");
    await live.run(4_000);
    live.crash("S2");
    await live.type(1, "moved ");
    await live.run(2_000);
    await live.look();
    live.restart("S2");
    const losses = await live.end();
    const { record } = await expectSame(live, "walker", losses);
    const done = record.commands.flatMap((command) => (command.do === "step" ? [String(command.step.action ?? command.step.do)] : []));
    expect(done).toEqual(["crash", "restart", "crash", "loseDisk", "pause", "move", "crash", "restart"]);
  });

  it("has whoever only listens, on the node that they are on, and from its first moment", async () => {
    const live = await LiveFabric.open("walker", 3, ["S1", "S3"]);
    await live.type(0, "a");
    await live.look();
    live.split(["S1", "S2"], ["S3"]);
    await live.type(0, "b");
    const losses = await live.end();
    expect((await expectSame(live, "walker", losses)).texts).toEqual(expect.arrayContaining(["a", "ab"]));
  });

  it("of five nodes has five", async () => {
    const live = await LiveFabric.open("ot", 5, ["S1", "S4"]);
    await live.type(0, "start\n");
    live.split(["S1", "S2"], ["S3", "S4", "S5"]);
    await live.run(1_000);
    await live.type(0, "two of five\n", "first");
    await live.type(1, "three of five\n");
    await live.run(LEASE_MS * 3);
    await live.look();
    live.heal();
    const losses = await live.end();
    expect((await expectSame(live, "ot", losses)).record.options.nodes).toBe(5);
  });

  it("[OR4] shows the refusal of the side without a majority, in the same words, and its unsaved work", async () => {
    const live = await LiveFabric.open("ot", 3, ["S2", "S1"]);
    await live.type(0, "start\n");
    live.split(["S1"], ["S2", "S3"]);
    await live.run(1_000);
    await live.type(1, "alone\n", "first");
    await live.run(LEASE_MS * 3);
    await live.look();
    live.heal();
    await live.end();
    const { entries, moments } = live;
    const [{ atMs, pauses }] = moments as [(typeof moments)[number]];
    const forked = (await forkLive({ entries, strategy: "ot", untilMs: atMs }))!;
    const sandbox = await Sandbox.replay(forked.record);
    const shown = forked.people.map((id, by) => [pauses.get(id as never), sandbox.view(by).pause, sandbox.view(by).unsaved]);
    expect(shown).toContainEqual([expect.stringMatching(/^This side has 1 of 3 servers/), expect.any(String), 1]);
    for (const [told, is] of shown) expect(is).toBe(told);
    sandbox.close();
  });

  it("has clocks that are off, that drift and that are stepped, and what the note is stamped with", async () => {
    const live = await LiveFabric.open("lww-note", 3, ["S1", "S2"]);
    await live.type(0, "start ");
    live.setClock(1, { offsetMs: -30_000, driftPpm: 0 });
    await live.type(0, "first ");
    await live.run(1_000);
    // Late by its clock: it loses to what it has seen.
    await live.type(1, "behind ");
    await live.run(1_000);
    await live.look();
    // From behind to ahead, within four seconds.
    live.setClock(1, { offsetMs: -1_000, driftPpm: 500_000 });
    await live.run(4_000);
    live.split(["S1"], ["S2", "S3"]);
    await live.type(1, "drifted ");
    await live.type(0, "later ");
    live.heal();
    await live.run(3_000);
    await live.look();
    live.stampBy("lamport");
    live.setClock(1, { offsetMs: -60_000, driftPpm: 0 });
    await live.type(1, "counted ");
    await live.run(2_000);
    const losses = await live.end();
    expect(losses.length).toBeGreaterThan(0);
    expect([...live.moments.at(-1)!.texts.values()][0]).toContain("counted");
    const { record } = await expectSame(live, "lww-note", losses);
    expect(record.commands.map((command) => command.do)).toContain("stamps");
  });

  it("begins as the note was: on the nodes of then, with what was cut and down before the first edit", async () => {
    const live = await LiveFabric.open("walker", 3, ["S1", "S2"]);
    live.move(1, "S3");
    live.split(["S1"], ["S2", "S3"]);
    live.crash("S2");
    live.stampBy("hybrid");
    await live.run(120_000);
    await live.type(0, "a");
    await live.type(1, "b");
    await live.look();
    live.heal();
    const losses = await live.end();
    const { record } = await expectSame(live, "walker", losses);
    expect(record.options.setup).toMatchObject({ clock: "hybrid", homes: expect.arrayContaining(["S1", "S3"]) as unknown });
    expect(record.commands.findIndex((command) => command.do === "edit")).toBe(5);
    expect(record.commands[5]!.atMs).toBeLessThan(500);
  });

  it("of a recording that does not say how many nodes there were has one, and says so", async () => {
    const live = await LiveFabric.open("walker", 3, ["S1", "S2"]);
    await live.type(0, "a");
    await live.end();
    const [entry] = live.entries.filter(({ kind }) => kind === "intent");
    const old = { ...entry!, kind: "fabric", text: "S2 crashed: its memory is lost" } as const;
    const entries = [...live.entries.filter(({ kind }) => kind !== "fabric"), old];
    const forked = (await forkLive({ entries, strategy: "walker" }))!;
    expect([forked.record.options.nodes, forked.told]).toEqual([
      undefined,
      ["How many nodes there were is not on record, and the run has one: 1 deed to nodes and to links between them is left out."],
    ]);
  });
});
