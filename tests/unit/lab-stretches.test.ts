/** What is looked at whenever a world has come to rest: the same texts come out again, and what is lost is found, however long the run. */

import { describe, expect, it } from "vitest";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { REPLICA_NAMES } from "../../crdt/lab/script.ts";
import { type Stretch, Stretches } from "../../crdt/lab/stretches.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { QuietWatch } from "../../app/_lab/quiet-watch.ts";
import type { FromWorker } from "../../app/_lab/lab-messages.ts";

const OPTIONS: SandboxOptions = { strategy: "walker", seed: 9, replicas: 3, startText: "# Trip\n", latencyMs: 200 };
const insert = (by: number, index: number, text: string): SandboxCommand => ({
  do: "edit",
  by,
  splices: [{ index, remove: 0, insert: text }],
  caret: index + text.length,
});

async function opened(options: Partial<SandboxOptions>): Promise<{ readonly sandbox: Sandbox; readonly stretches: Stretches }> {
  let stretches: Stretches | null = null;
  const sandbox = await Sandbox.open(
    { ...OPTIONS, ...options },
    {
      onOpened: (world) => (stretches = new Stretches(world)),
      onText: (...given) => stretches?.changed(...given),
      onActed: (...given) => stretches?.acted(...given),
    },
  );
  return { sandbox, stretches: stretches! };
}

/** A stretch under its own strategy: what was found, and whether the same came out. */
async function look(
  { script, texts }: Stretch,
  options: Partial<SandboxOptions>,
): Promise<{ readonly kinds: string[]; readonly isSame: boolean }> {
  const column = await compareUnder(script, await recordViews(script), await loadNodeStrategy(options.strategy ?? "walker"));
  return {
    kinds: column.anomalies.map(({ kind }) => kind),
    isSame: texts.every((text, replica) => column.texts[REPLICA_NAMES[replica]!] === text),
  };
}

function whole(taken: Stretch | "too long" | null): Stretch {
  if (taken === null || taken === "too long") throw new Error(`Expected a stretch, got ${taken}`);
  return taken;
}

describe("stretches of a run", () => {
  it.each([{ strategy: "walker" }, { strategy: "lww-note" }, { strategy: "ot", nodes: 3 }, { strategy: "lease" }] as const)(
    "of $strategy, typed by bots under a cut, come out again as they were",
    async (options) => {
      const { sandbox, stretches } = await opened(options);
      const untils: number[] = [];
      for (let round = 0; round < 2; round++) {
        await sandbox.act({ do: "cut", by: 1, direction: "both" });
        for (const by of [0, 1]) await sandbox.act({ do: "bot", by, isOn: true });
        await sandbox.advance(1_500);
        for (const by of [0, 1]) await sandbox.act({ do: "bot", by, isOn: false });
        await sandbox.act({ do: "heal-all" });
        expect(await sandbox.rest()).toBe(true);
        const taken = whole(stretches.take());
        expect(taken.fromMs).toBe(untils.at(-1) ?? 0);
        untils.push(taken.untilMs);
        expect(taken.isWhole).toBe(round === 0);
        const { isSame, kinds } = await look(taken, options);
        expect(isSame).toBe(true);
        expect(kinds.includes("lost insert")).toBe(options.strategy.startsWith("lww"));
        // Nothing has been typed since.
        expect(stretches.take()).toBeNull();
      }
      sandbox.close();
    },
  );

  it("are taken again, longer, while somebody stays cut off; and begin anew where all agree", async () => {
    const { sandbox, stretches } = await opened({});
    await sandbox.act({ do: "cut", by: 1, direction: "both" });
    await sandbox.act(insert(0, 0, "one "));
    await sandbox.advance(800);
    expect(stretches.take()).toBeNull();
    await sandbox.advance(1_000);
    const first = whole(stretches.take());
    expect(first.texts).toEqual(["one # Trip\n", "# Trip\n", "one # Trip\n"]);
    await sandbox.act(insert(2, 0, "two "));
    await sandbox.advance(2_000);
    const second = whole(stretches.take());
    expect([second.fromMs, second.script.actions.length]).toEqual([0, first.script.actions.length + 1]);
    await sandbox.act({ do: "heal", by: 1 });
    await sandbox.act(insert(1, 0, "!"));
    await sandbox.rest();
    expect(whole(stretches.take()).fromMs).toBe(0);
    await sandbox.act(insert(1, 0, "?"));
    await sandbox.rest();
    const last = whole(stretches.take());
    expect([last.fromMs > 0, last.isWhole, last.script.startText.includes("two one ")]).toEqual([true, false, true]);
    sandbox.close();
  });

  it("do not know what a stamp of the future says; the run from its beginning does", async () => {
    const options = { strategy: "lww-note" } as const;
    const { sandbox, stretches } = await opened(options);
    await sandbox.act({ do: "clock", by: 0, offsetMs: 3_600_000 });
    await sandbox.act(insert(0, 0, "A "));
    await sandbox.rest();
    expect((await look(whole(stretches.take()), options)).kinds).toEqual([]);
    await sandbox.act(insert(1, 0, "B "));
    await sandbox.rest();
    const own = await look(whole(stretches.take()), options);
    expect(own.isSame).toBe(false);
    const all = await look(stretches.whole()!, options);
    expect(all).toEqual({ isSame: true, kinds: ["lost insert"] });
    sandbox.close();
  });

  it("that are too long are passed over, and what comes after them is not", async () => {
    const { sandbox, stretches } = await opened({ latencyMs: 0 });
    for (let n = 0; n < 301; n++) await sandbox.act(insert(0, 0, "x"));
    await sandbox.rest();
    expect(stretches.take()).toBe("too long");
    expect(stretches.whole()).toBeNull();
    await sandbox.act(insert(0, 0, "y"));
    await sandbox.rest();
    expect(whole(stretches.take()).script.actions.filter(({ action }) => action.do === "edit")).toHaveLength(1);
    sandbox.close();
  });
});

describe("the watch over them", () => {
  it("hands over one at a time, and the whole run where a stretch came out otherwise", async () => {
    const posted: FromWorker[] = [];
    const watch = new QuietWatch((message) => posted.push(message));
    const { hooks, stretches } = watch.hooks();
    const sandbox = await Sandbox.open(OPTIONS, hooks);
    watch.enter(1, "walker", stretches());
    const write = async (text: string): Promise<void> => {
      await sandbox.act(insert(0, 0, text));
      await sandbox.rest();
      watch.look();
    };
    const spans = (): unknown[] => posted.map((message) => message.type === "stretch" && [message.world, message.isWhole]);
    await write("a");
    await write("b");
    expect(spans()).toEqual([[1, true]]);
    watch.looked(2, true);
    expect(spans()).toHaveLength(1);
    watch.looked(1, true);
    // What was written meanwhile, with what came before it.
    expect(spans()).toEqual([
      [1, true],
      [1, false],
    ]);
    watch.looked(1, false);
    expect(spans().at(-1)).toEqual([1, true]);
    watch.looked(1, false);
    expect(spans()).toHaveLength(3);
    watch.enter(2, "walker", null);
    watch.look();
    expect(spans()).toHaveLength(3);
    sandbox.close();
  });
});
