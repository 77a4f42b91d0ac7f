/** A note's journal becomes a run of the sandbox: made here from sessions in a world that stands for the live note. */

import { describe, expect, it } from "vitest";
import { type JournalEntry } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { conditionsOf } from "../../crdt/lab/recorded-conditions.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { type Member, World } from "../../crdt/lab/world.ts";
import { CLEAR } from "../../crdt/network/conditions.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

interface Live {
  readonly entries: readonly JournalEntry[];
  /** By replica id. */
  readonly texts: ReadonlyMap<string, string>;
}

/** People who type into a live note; one is cut off, and another is slow for a while. As the server's journal has it. */
async function live(strategy: StrategyName, { people = 3, keys = 40, seed = 1, healsLast = true } = {}): Promise<Live> {
  const world = new World({ strategy: await loadNodeStrategy(strategy), seed });
  const prng = createPrng(seed).stream("live");
  const members: Member[] = [];
  // Whoever comes first has not always the lowest id.
  for (let n = 0; n < people; n++) {
    const member = world.join(((n * 37 + 11) % 97) + 200);
    await member.note.session.start();
    members.push(member);
  }
  await world.quiesce();
  const entries: JournalEntry[] = [];
  const set = (member: Member, latencyMs: number, cut: "open" | "blackhole"): void => {
    const link = { ...CLEAR, latencyMs, cut };
    world.board.set(member.id, { up: link, down: link });
    const { noteId } = world.journal.since()[0]!;
    const text = `up ${JSON.stringify(link)}, down ${JSON.stringify(link)}`;
    entries.push({ kind: "conditions", text, atMs: world.clock.now(), hop: "control", noteId, replica: member.id });
    if (cut === "open") member.note.session.retryNow();
  };
  for (let key = 0; key < keys; key++) {
    if (key === 10) set(members[1]!, 0, "blackhole");
    if (key === 15) set(members[0]!, 150, "open");
    if (key === 25 && healsLast) set(members[1]!, 0, "open");
    if (key === 30) set(members[0]!, 0, "open");
    const { note } = members[key % people]!;
    const index = prng.int(0, note.text().length + 1);
    const remove = index < note.text().length && prng.int(0, 5) === 0 ? 1 : 0;
    note.edit([{ index, remove, insert: String.fromCharCode(97 + (key % 26)) }], index + 1);
    await world.run(400);
  }
  await world.quiesce();
  entries.push(...world.journal.since());
  const texts = new Map(members.map(({ id, note }) => [id as string, note.text()]));
  world.close();
  return { entries, texts };
}

describe.each(["walker", "yjs", "rga", "lww-note", "lww-line", "ot", "cas-index"] as const)("a fork of a live note of %s", (strategy) => {
  it.each([1, 2])("ends in the texts of the live note (seed %i)", async (seed) => {
    for (const healsLast of [true, false]) {
      const { entries, texts } = await live(strategy, { seed, healsLast });
      const forked = (await forkLive({ entries, strategy }))!;
      expect(forked.told).toEqual([]);
      expect(forked.people.map((replica, n) => [replica, forked.texts[n]])).toEqual([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
      if (!healsLast) expect(new Set(forked.texts).size).toBe(2);
    }
  });
});

describe("a fork", () => {
  it("is the same each time, and from its JSON", async () => {
    const { entries } = await live("walker");
    const [one, two] = [
      (await forkLive({ entries, strategy: "walker" }))!,
      (await forkLive({ entries: [...entries], strategy: "walker" }))!,
    ];
    expect(two.record).toEqual(one.record);
    const again = await Sandbox.replay(recordFromJson(recordToJson(one.record)));
    expect(again.hash).toBe(one.record.hash);
    again.close();
  });

  it("up to an instant has no edit after it", async () => {
    const { entries } = await live("walker");
    const intents = entries.filter(({ kind }) => kind === "intent");
    const untilMs = intents[12]!.atMs;
    const forked = (await forkLive({ entries, strategy: "walker", untilMs }))!;
    expect(forked.record.commands.filter(({ do: what }) => what === "edit")).toHaveLength(13);
  });

  it("of more than six people has the six most active, and says so", async () => {
    const { entries } = await live("walker", { people: 8, keys: 44 });
    const forked = (await forkLive({ entries, strategy: "walker" }))!;
    expect(forked.people).toHaveLength(6);
    expect(forked.told[0]).toBe("8 people edited; the run has the 6 most active. 10 edits of the others are left out.");
  });

  it("of one writer has a reader beside it", async () => {
    const { entries, texts } = await live("walker", { people: 2, keys: 9 });
    const [own] = texts.keys();
    const forked = (await forkLive({
      entries: entries.filter(({ kind, replica }) => kind !== "intent" || replica === own),
      strategy: "walker",
    }))!;
    expect(forked.record.options.replicas).toBe(2);
    expect(forked.texts[1]).toBe(forked.texts[0]);
  });

  it("of a note that had text before says that it is not known", async () => {
    const { entries } = await live("walker");
    const first = entries.findIndex(({ kind }) => kind === "intent");
    const later = entries.slice(0, first).concat(entries.slice(first + 1));
    const forked = (await forkLive({ entries: later, strategy: "walker" }))!;
    expect(forked.record.options.startText).toBe("·");
    expect(forked.told[0]).toContain("dots stand for it");
  });

  it("of a note that had text before begins in it, where the first edit tells it", async () => {
    const { entries } = await live("walker");
    const first = entries.findIndex(({ kind }) => kind === "intent");
    const later = entries.slice(0, first).concat(entries.slice(first + 1));
    const next = later.findIndex(({ kind }) => kind === "intent");
    const told = later.map((entry, n) => (n === next ? ({ ...entry, startText: "~" } as JournalEntry) : entry));
    const forked = (await forkLive({ entries: told, strategy: "walker" }))!;
    expect(forked.record.options.startText).toBe("~");
    expect(forked.told.join(" ")).not.toContain("dots");
  });

  it("of a note that nobody edited is none", async () => {
    expect(await forkLive({ entries: [], strategy: "walker" })).toBeNull();
  });

  it("reads conditions in the server's words, and no others", () => {
    const link = { ...CLEAR, latencyMs: 300, cut: "reset" };
    expect(conditionsOf(`up ${JSON.stringify(link)}, down ${JSON.stringify(CLEAR)}`)).toEqual({ up: link, down: CLEAR });
    expect(conditionsOf("up {oops}, down {}")).toBeNull();
    expect(conditionsOf("sideways")).toBeNull();
  });
});
