/** Runs as tests and diagrams, and runs that are played again command by command. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findEntry } from "../../crdt/lab/catalogue.ts";
import { mermaidOf, reportOf, vitestOf } from "../../crdt/lab/export-run.ts";
import { forkLive } from "../../crdt/lab/fork-live.ts";
import { anomaliesOfRecord } from "../../crdt/lab/record-script.ts";
import { recordFromJson, recordToJson, type SandboxRecord } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { runScenario } from "../../crdt/lab/scenario-run.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { ScriptPlayer } from "../../app/_lab/script-player.ts";
import { LiveFabric } from "../support/live-fabric.ts";

const ROOT = join(import.meta.dirname, "../..");

const { record, texts } = await runScenario(await findEntry("same-caret")!.load(), "walker");

describe("a script", () => {
  it.each([1, 7, 10, 5_000])("that is played in pieces of %i ms comes out with its hash", async (pieceMs) => {
    const sandbox = await Sandbox.open(record.options);
    const player = new ScriptPlayer(sandbox, record);
    while (!(await player.advance(pieceMs)));
    expect([sandbox.hash, sandbox.nowMs]).toEqual([record.hash, record.untilMs]);
    sandbox.close();
  });

  it("that is stepped through comes out with its hash", async () => {
    const sandbox = await Sandbox.open(record.options);
    const player = new ScriptPlayer(sandbox, record);
    while (!(await player.step()));
    expect(sandbox.hash).toBe(record.hash);
    sandbox.close();
  });

  it("that somebody takes a hand in comes out with another", async () => {
    const sandbox = await Sandbox.open(record.options);
    await sandbox.act({ do: "edit", by: 0, splices: [{ index: 0, remove: 0, insert: "!" }], caret: 1 });
    const player = new ScriptPlayer(sandbox, record);
    while (!(await player.advance(500)));
    expect(sandbox.hash).not.toBe(record.hash);
    sandbox.close();
  });
});

describe("an export", () => {
  it("as a test holds the run, its texts and its hash", () => {
    const code = vitestOf(record, texts, ["lost insert"]);
    for (const part of [JSON.stringify(recordToJson(record)), JSON.stringify(texts), record.hash, '["lost insert"]'])
      expect(code).toContain(part);
    expect(vitestOf(record, texts, null)).not.toContain("anomalies");
  });

  it("as a report opens as the session, with who is who and what happened", async () => {
    const sandbox = await Sandbox.replay(record);
    const replicas = [0, 1].map((replica) => ({
      name: "AB".charAt(replica),
      connection: "synced",
      unsaved: 0,
      ...sandbox.identityOf(replica),
    }));
    const json = reportOf(record, replicas, sandbox.time.events);
    expect(recordFromJson(json)).toEqual(record);
    expect(JSON.parse(json)).toMatchObject({ options: { seed: record.options.seed }, report: { replicas } });
    expect((JSON.parse(json) as { report: { events: unknown[] } }).report.events).toHaveLength(sandbox.time.events.length);
    expect(replicas[0]!.hashes).toEqual(replicas[1]!.hashes);
    sandbox.close();
  });

  it("tells the anomalies of a run", async () => {
    const under = async (name: StrategyName) =>
      anomaliesOfRecord((await runScenario(await findEntry("backward-typing")!.load(), name)).record);
    expect([await under("rga"), await under("yjs")]).toEqual([["interleaved run"], []]);
  });

  it("as a diagram has the edits and what arrived, and no chatter", async () => {
    const sandbox = await Sandbox.replay(record);
    const diagram = mermaidOf(record, sandbox.time.events);
    expect(diagram).toMatch(/^sequenceDiagram\n {2}participant A\n {2}participant B\n {2}participant S1\n/);
    expect(diagram).toContain("A->>S1: numbered");
    expect(diagram).not.toContain("heartbeat");
    const arrived = sandbox.time.events.filter(({ kind, words }) => kind === "delivered" && words === "numbered");
    expect(diagram.match(/: numbered$/gm)).toHaveLength(arrived.length);
    sandbox.close();
  });

  it("as a diagram lets no text of a note end a line or begin another", async () => {
    const sandbox = await Sandbox.open({ ...record.options, startText: "" });
    await sandbox.act({ do: "edit", by: 0, splices: [{ index: 0, remove: 0, insert: "a;b#c\nend" }], caret: 0 });
    const notes = mermaidOf(sandbox.record(), sandbox.time.events)
      .split("\n")
      .filter((line) => line.includes("Note over"));
    expect(notes).toHaveLength(1);
    expect(notes[0]).not.toMatch(/[^0-9];|#(?!\d)/);
    expect(notes[0]).toContain("a#59;b#35;c");
    sandbox.close();
  });
});

describe("an exported test of a run on three nodes", () => {
  /** Of a live note that was cut in half, written on both sides, healed, and lost a node meanwhile. */
  async function forked(): Promise<SandboxRecord> {
    const live = await LiveFabric.open("lww-note", 3, ["S1", "S2", "S3"]);
    await live.type(0, "start ");
    live.split(["S1"], ["S2", "S3"]);
    await live.type(0, "left ");
    await live.type(1, "right ");
    live.crash("S3");
    await live.run(2_000);
    live.restart("S3");
    live.heal();
    await live.end();
    return (await forkLive({ entries: live.entries, strategy: "lww-note" }))!.record;
  }

  async function testOf(made: SandboxRecord): Promise<{ readonly code: string; readonly anomalies: readonly string[] }> {
    const sandbox = await Sandbox.replay(made);
    const anomalies = await anomaliesOfRecord(made);
    const shown = Array.from({ length: made.options.replicas }, (_, replica) => sandbox.replicaText(replica));
    sandbox.close();
    // One folder deeper than where it is meant to lie, so that nobody else's run of the tests finds it half written.
    return { code: vitestOf(made, shown, anomalies).replaceAll('"../../crdt', '"../../../crdt'), anomalies };
  }

  it("passes under vitest: of a fork, of a minority that refuses, and of a storm; and fails where another run comes out", async () => {
    const fork = await testOf(await forked());
    expect(fork.anomalies).toEqual(["lost insert"]);
    const scenario = async (id: string, name: StrategyName): Promise<SandboxRecord> =>
      (await runScenario(await findEntry(id)!.load(), name)).record;
    const refuses = await testOf(await scenario("minority-refuses", "ot"));
    const storm = await testOf(await scenario("storm-nodes", "walker"));
    const other = fork.code.replace(/toBe\("[0-9a-f]{16}"\)/, 'toBe("0000000000000000")');
    const folder = mkdtempSync(join(import.meta.dirname, "exported-"));
    try {
      for (const [name, code] of Object.entries({ fork: fork.code, refuses: refuses.code, storm: storm.code, other }))
        writeFileSync(join(folder, `${name}.test.ts`), code);
      const args = ["vitest", "run", "--config", "tests/vitest.config.ts", "--maxWorkers=1", `${folder}/`];
      const { stdout } = spawnSync("npx", args, { cwd: ROOT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
      expect(stdout).toMatch(/other\.test\.ts \(2 tests \| 1 failed\)/);
      expect(stdout).toMatch(/Tests {2}1 failed \| 7 passed \(8\)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
