/** Why a character is where it is: against facts checked by hand, and the tree of items against every order that came out. */

import { describe, expect, it } from "vitest";
import { replicaNumber, type ReplicaId } from "../../crdt/base/ids.ts";
import { ItemTree } from "../../crdt/lab/item-tree.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { Player } from "../../crdt/lab/player.ts";
import type { SandboxCommand } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { writerAfter } from "../../crdt/lab/script.ts";
import { type Why, whyCharacter } from "../../crdt/lab/why.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { Inspection, StrategyName } from "../../crdt/strategy/strategy.ts";
import { labSession, SESSION_MS } from "../support/lab-session.ts";

const SEQUENCES = ["walker", "yjs", "fugue", "fuguemax", "rga"] as const;

const nameOf = (id: ReplicaId): string => "ABCDEF".charAt(replicaNumber(id) - 1) || "Start";

const insert = (by: number, index: number, text: string): SandboxCommand => ({
  do: "edit",
  by,
  splices: [{ index, remove: 0, insert: text }],
  caret: index + text.length,
});

/** A and B type at the "!" at once; B then deletes the "H". */
async function sameCaret(strategy: StrategyName): Promise<Sandbox> {
  const sandbox = await Sandbox.open({ strategy, seed: 1, replicas: 2, startText: "Hello !", latencyMs: 100 });
  await sandbox.act(insert(0, 6, "Alice"));
  await sandbox.act(insert(1, 6, "Bob"));
  await sandbox.advance(50);
  await sandbox.act({ do: "edit", by: 1, splices: [{ index: 0, remove: 1, insert: "" }], caret: 0 });
  await sandbox.advance(5_000);
  return sandbox;
}

function why(sandbox: Sandbox, char: string): Why {
  const text = sandbox.textOf(0);
  const question = { inspection: sandbox.inspectReplica(0), text, nameOf, facts: sandbox.facts() };
  return whyCharacter(question, { index: text.indexOf(char) })!;
}

/** What everybody ends with in a scenario of the catalogue, as its first replica tells it. */
async function played(id: string, strategy: StrategyName): Promise<{ readonly inspection: Inspection; readonly text: string }> {
  const found: unknown = ((await import(`../../crdt/lab/scenarios/${id}.json`)) as { default: unknown }).default;
  const script = loadScenarios(JSON.stringify(found))[0]!;
  const player = new Player(script, await loadNodeStrategy(strategy));
  try {
    await player.begin();
    for (const [n, { atMs, action }] of script.actions.entries()) await player.act(atMs, action, writerAfter(script, n));
    await player.end();
    const { replica } = player.members.get("A")!.note;
    return { inspection: replica.inspect(), text: replica.text() };
  } finally {
    player.close();
  }
}

/** How every two runs of an inspection stand by the keys, against how they do stand. */
function disorderOf(inspection: Inspection): string[] {
  const tree = new ItemTree(inspection, inspection.order!);
  const out: string[] = [];
  for (let a = 0; a < tree.items.length; a++) {
    for (let b = a + 1; b < tree.items.length; b++) {
      const [first, second] = [
        { at: a, offset: 0 },
        { at: b, offset: 0 },
      ];
      const meeting = tree.meet(first, second);
      if (meeting.kind !== "siblings") continue;
      const verdict = tree.decide(meeting.own, meeting.other, meeting.side);
      if (verdict === null || verdict.sign >= 0) out.push(`${tree.idOf(meeting.own)} before ${tree.idOf(meeting.other)}`);
    }
  }
  return out;
}

describe("a character with an id", () => {
  it.each(["walker", "yjs", "fugue", "fuguemax"] as const)(
    "of %s tells its author, what they saw, and that the id decided",
    async (strategy) => {
      const sandbox = await sameCaret(strategy);
      expect(sandbox.textOf(0)).toBe("ello AliceBob!");
      const b = why(sandbox, "B");
      expect(nameOf(b.author!)).toBe("B");
      expect(b.event).toBe(2);
      expect(b.seen).toEqual({ left: "Hello ", right: "!" });
      expect(b.rivals.map(({ author, text, isBefore, key, isArbitrary }) => [nameOf(author), text, isBefore, key, isArbitrary])).toEqual([
        ["A", "Alice", false, "id", true],
      ]);
      expect(b.sentences.join(" ")).toContain("arbitrary");
    },
  );

  it("of RGA stands by Lamport time, then by the higher id", async () => {
    const sandbox = await sameCaret("rga");
    expect(sandbox.textOf(0)).toBe("ello BobAlice!");
    expect(why(sandbox, "A").rivals).toMatchObject([{ key: "id", isBefore: false }]);
    // Keys from right to left: each is a child of the bracket, the newest first. By hand: X and a are both third.
    const { inspection, text } = await played("backward-typing", "rga");
    expect(text).toBe("[XaYbZc]");
    const a = whyCharacter({ inspection, text, nameOf, facts: null }, { index: 2 })!;
    const lamports = a.rivals.map(({ text: rival, key, own, theirs, isBefore }) => ({
      rival,
      key,
      d: Number(own) - Number(theirs),
      isBefore,
    }));
    expect(lamports).toContainEqual({ rival: "Y", key: "lamport", d: 1, isBefore: true });
    expect(lamports).toContainEqual(expect.objectContaining({ rival: "X", key: "id", isBefore: false }));
  });

  it.each(["walker", "fuguemax"] as const)("of %s stands by the farther right origin", async (strategy) => {
    const { inspection, text } = await played("fugue-vs-fuguemax", strategy);
    expect(text).toBe("acdb");
    // c was typed before the end, d before b: b is nearer, so c comes first.
    const d = whyCharacter({ inspection, text, nameOf, facts: null }, { index: 2 })!;
    expect(d.rivals.map(({ text: rival, isBefore, key, own, theirs }) => [rival, isBefore, key, own, theirs])).toContainEqual([
      "c",
      false,
      "right-origin",
      inspection.items.find(({ text: each }) => each === "b")!.id,
      "the end",
    ]);
  });

  it.each(["walker", "fugue", "fuguemax", "rga"] as const)("of %s that is deleted tells by whom", async (strategy) => {
    const sandbox = await sameCaret(strategy);
    const inspection = sandbox.inspectReplica(0);
    const gone = inspection.items.find(({ isDeleted }) => isDeleted)!;
    const question = { inspection, text: sandbox.textOf(0), nameOf, facts: sandbox.facts() };
    const { deletedBy } = whyCharacter(question, { item: gone.id })!;
    expect(deletedBy?.map(({ author, event }) => [nameOf(author), event])).toEqual([["B", 4]]);
  });

  it("of Yjs that is deleted says that this is not recorded", async () => {
    const sandbox = await sameCaret("yjs");
    const inspection = sandbox.inspectReplica(0);
    const gone = inspection.items.find(({ isDeleted }) => isDeleted)!;
    const answer = whyCharacter({ inspection, text: sandbox.textOf(0), nameOf, facts: sandbox.facts() }, { item: gone.id })!;
    expect(answer.deletedBy).toBeNull();
    expect(answer.sentences.at(-1)).toContain("not recorded");
  });
});

describe("the tree of items", () => {
  it.each(SEQUENCES)("of %s leads to the order of every two items, in a session of everything", async (strategy) => {
    for (const seed of [1, 2, 3]) {
      const sandbox = await labSession({ strategy, seed, replicas: 3, startText: "Hello !", latencyMs: 100 }, [SESSION_MS]);
      const inspection = sandbox.inspectReplica(0);
      expect(inspection.items.length).toBeGreaterThan(5);
      expect(disorderOf(inspection)).toEqual([]);
    }
  });

  it("is told from one that is out of order", async () => {
    const { inspection } = await played("fugue-vs-fuguemax", "fuguemax");
    const items = inspection.items.toSorted((a, b) => Number(b.text === "d") - Number(a.text === "d") || 0);
    expect(disorderOf({ ...inspection, items: [inspection.items[0]!, items[0]!, ...items.slice(2)] })).not.toEqual([]);
  });
});

describe("a character of a register", () => {
  it.each(["lww-note", "lww-line"] as const)("of %s tells the stamps", async (strategy) => {
    const sandbox = await sameCaret(strategy);
    expect(sandbox.textOf(0)).toBe("ello Bob!");
    const o = why(sandbox, "B");
    expect([nameOf(o.author!), o.event, o.seen]).toEqual(["B", 2, { left: "Hello ", right: "!" }]);
    // What is shown was written 50 ms after what A wrote.
    const [rival] = o.rivals;
    expect(rival).toMatchObject({ text: "Alice", key: "stamp", isBefore: true });
    expect(Number(rival!.own) - Number(rival!.theirs)).toBe(50);
  });

  it("says that a tie of clocks is decided by ids, and that this is arbitrary", async () => {
    const sandbox = await Sandbox.open({ strategy: "lww-note", seed: 1, replicas: 2, startText: "x", latencyMs: 100 });
    await sandbox.act(insert(0, 0, "a"));
    await sandbox.act(insert(1, 0, "b"));
    await sandbox.advance(2_000);
    expect(why(sandbox, "b").rivals).toMatchObject([{ text: "a", key: "id", isArbitrary: true }]);
  });

  it("of mv-note names what stands beside it", async () => {
    expect(why(await sameCaret("mv-note"), "B").sentences.at(-1)).toContain("stands beside it as another text");
  });
});

describe("a character that a node ordered", () => {
  it("of OT tells the chain of transforms", async () => {
    const sandbox = await sameCaret("ot");
    expect(sandbox.textOf(0)).toBe("ello AliceBob!");
    // Entry 1 is the start text, 2 A's word; B's was made at 6 and moved behind it.
    const { transforms, rivals } = why(sandbox, "B");
    expect(transforms.map(({ over, author, before, after }) => [over, nameOf(author), before, after])).toEqual([[2, "A", 6, 11]]);
    expect(rivals).toMatchObject([{ key: "order", own: "3", theirs: "2" }]);
  });

  it("of OT has a chain for every edit of a long session, and it leads to what was committed", async () => {
    const sandbox = await labSession({ strategy: "ot", seed: 4, replicas: 3, startText: "Hello !", latencyMs: 100 }, [SESSION_MS]);
    const text = sandbox.textOf(0);
    const question = { inspection: sandbox.inspectReplica(0), text, nameOf, facts: sandbox.facts() };
    const all = Array.from(text, (_, index) => whyCharacter(question, { index })!);
    expect(all.filter(({ transforms }) => transforms.length > 0).length).toBeGreaterThan(3);
    expect(all.flatMap(({ sentences }) => sentences.filter((each) => each.includes("chain of transforms is not")))).toEqual([]);
  });

  it.each(["cas-index", "quorum"] as const)("of %s tells its number in the order", async (strategy) => {
    expect(why(await sameCaret(strategy), "B").sentences.join(" ")).toMatch(/entry 3 of the order.*A's entry 2/);
  });

  it("of a lock tells the number too, and cas-diff3 that what its author saw is not recorded where the edit was made anew", async () => {
    const leased = await Sandbox.open({ strategy: "lease", seed: 1, replicas: 2, startText: "Hello !", latencyMs: 100 });
    await leased.act({ do: "lock", by: 0, act: "ask" });
    await leased.advance(1_000);
    await leased.act(insert(0, 6, "Alice"));
    expect(why(leased, "A").sentences[0]).toContain("no node has ordered it yet");
    await leased.advance(2_000);
    expect(why(leased, "A").sentences[0]).toMatch(/entry \d+ of the order/);
    expect(why(await sameCaret("cas-diff3"), "B").sentences.join(" ")).toContain("not recorded");
  });
});

describe("the waiting room", () => {
  it.each(SEQUENCES)("of %s tells what lacks what", async (strategy) => {
    const loaded = await loadNodeStrategy(strategy);
    const clock = { now: () => 0, setTimer: () => () => undefined };
    const [from, to] = [1, 2].map((n) => loaded.open({ replica: `0000000000${n}` as ReplicaId, clock }));
    const [first, second] = ["ab", "c"].map((text, n) => from!.edit([{ index: 2 * n, remove: 0, insert: text }]));
    if (first?.isAccepted !== true || second?.isAccepted !== true) throw new RangeError("An edit was not taken");
    to!.receive(second.update);
    const waiting = to!.inspect().waiting!.map(({ id, length, lacks }) => [id.at(-1), length, lacks?.at(-1)]);
    expect(waiting).toEqual([["2", 1, "0"]]);
    to!.receive(first.update);
    expect(to!.inspect().waiting).toEqual([]);
  });
});
