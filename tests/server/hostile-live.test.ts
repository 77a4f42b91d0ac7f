/** 50,000 hostile frames against the running server, while two honest clients type in one of the rooms that they are sent to. */

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { NoteSession } from "../../crdt/sync/note-session.ts";
import { type HostileReport, openRaw, RAW_FRAMES } from "../support/hostile-peer.ts";
import { COLLECTING, type HeldMemory, heldMemory } from "../support/held-memory.ts";
import { openTabNote, typeInto, until } from "../support/live-clients.ts";
import { startServer } from "../support/server-process.ts";

const MIB = 1024 * 1024;
const FRAMES = 50_000;
const PORTIONS = 5;
/** Beyond what one server can answer, clients wait for each other; that is overload.test.ts. */
const FRAMES_PER_S = 1_800;
/** Keystrokes of one look at the latency. */
const WINDOW = 150;
/** After so many updates a log is compacted, by a thread that starts then. */
const COMPACTED_WORDS = 2_100;
/** A busy machine may spoil a measurement: so many more may be made, each under as much of an attack. */
const MORE_PORTIONS = 5;
/** No keystroke takes less; two that wait at once may be subtracted twice. */
const LEAST_MS = 0.2;
const SEED = process.env.FUZZ_SEED ?? "0";

interface Attack {
  /** Resolves when the first frame goes out. */
  readonly begun: Promise<void>;
  readonly report: Promise<HostileReport>;
}

/** Sends that many hostile frames from a process of its own. */
function attack(host: string, seed: string, frames: number): Attack {
  const file = fileURLToPath(new URL("../support/hostile-peer.ts", import.meta.url));
  const notes = ["live", "live", "hostile-1", "hostile-2", "_catalog"];
  const child = spawn(process.execPath, ["--import", "tsx", file, host, seed, String(frames), String(FRAMES_PER_S), ...notes], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const begun = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const report = new Promise<HostileReport>((resolve, reject) => {
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(text.slice(text.indexOf("\n"))) as HostileReport);
      else reject(new Error(`The hostile peer ended with ${code}`));
    });
  });
  return { begun, report };
}

interface Window {
  readonly p99Ms: number;
  /** How much of the window somebody waited for a core: somebody else's work. */
  readonly waitedShare: number;
}

/** The median p99 of that half of the windows in which other people's work disturbed least. */
function leastDisturbedMs(windows: readonly Window[]): number {
  const sorted = [...windows].sort((a, b) => a.waitedShare - b.waitedShare);
  return percentile(
    sorted.slice(0, Math.ceil(sorted.length / 2)).map(({ p99Ms }) => p99Ms),
    0.5,
  );
}

/** How long the main threads of the server and of this process were ready and had no core; 0 where the system does not say. */
function waitedForCoreMs(pid: number): number {
  return [pid, process.pid].reduce((sum, each) => {
    const path = `/proc/${each}/schedstat`;
    return sum + (existsSync(path) ? Number(readFileSync(path, "utf8").split(" ")[1]) / 1e6 : 0);
  }, 0);
}

describe("under attack", () => {
  it(
    `two honest clients converge, their p99 at most doubles, memory stays, and nothing is thrown (${FRAMES} frames)`,
    { timeout: 240_000 },
    async () => {
      const server = await startServer({ env: { ...COLLECTING } });
      const [ana, ben] = (await Promise.all(["ana", "ben"].map((seed) => openTabNote(server.url, "live", { strategy: "yjs", seed })))) as [
        NoteSession,
        NoteSession,
      ];
      for (const note of [ana, ben]) await until(note, ({ connection }) => connection === "synced");
      let typed = 0;
      /**
       * From a keystroke in one tab until it is in the other, in turns: the 99th percentile of a window. Without the time in
       * which the server or this process waited for a core: on a busy machine that is most of it, and no attacker's doing.
       */
      const look = async (): Promise<Window> => {
        const latencies: number[] = [];
        const [fromMs, fromWaitedMs] = [performance.now(), waitedForCoreMs(server.child.pid!)];
        for (let n = 0; n < WINDOW; n++) {
          const [from, to] = typed % 2 === 0 ? [ana, ben] : [ben, ana];
          const word = `<${++typed}>`;
          const waitedMs = waitedForCoreMs(server.child.pid!);
          const atMs = performance.now();
          const heard = until(to, (_, text) => text.includes(word));
          typeInto(from, word);
          await heard;
          const tookMs = performance.now() - atMs;
          latencies.push(Math.max(LEAST_MS, tookMs - (waitedForCoreMs(server.child.pid!) - waitedMs)));
        }
        const waitedMs = waitedForCoreMs(server.child.pid!) - fromWaitedMs;
        return { p99Ms: percentile(latencies, 0.99), waitedShare: waitedMs / (performance.now() - fromMs) };
      };

      const reports: HostileReport[] = [];
      const before: Window[] = [];
      const during: Window[] = [];
      const ratio = (): number => leastDisturbedMs(during) / leastDisturbedMs(before);
      const measure = async (portion: number): Promise<void> => {
        for (let n = 0; n < 4; n++) before.push(await look());
        let isOver = false;
        const { begun, report } = attack(server.url, `${SEED}/${portion}`, FRAMES / PORTIONS);
        void report.finally(() => (isOver = true));
        await begun;
        while (!isOver) during.push(await look());
        reports.push(await report);
      };
      // What the first frames of every kind compile, and the compactor's thread, is no growth.
      while (typed < COMPACTED_WORDS) await look();
      await attack(server.url, `${SEED}/warm`, FRAMES / PORTIONS).report;
      const calm = await heldMemory(server);
      let most = calm;
      for (let portion = 0; portion < PORTIONS; portion++) {
        await measure(portion);
        const { heldBytes, residentBytes } = await heldMemory(server);
        most = { heldBytes: Math.max(most.heldBytes, heldBytes), residentBytes: Math.max(most.residentBytes, residentBytes) };
      }
      for (let more = 0; more < MORE_PORTIONS && ratio() > 2; more++) await measure(PORTIONS + more);

      const total = reports.reduce((sum, { frames }) => sum + frames, 0);
      expect(total).toBeGreaterThanOrEqual(FRAMES);
      const show = (windows: readonly Window[]): string =>
        windows.map((each) => `${each.p99Ms.toFixed(1)} (${each.waitedShare.toFixed(2)})`).join(" ");
      expect(ratio(), `p99 in ms (share of waiting for a core) before: ${show(before)}, under attack: ${show(during)}`).toBeLessThanOrEqual(
        2,
      );
      const mib = (of: HeldMemory): string =>
        `${(of.heldBytes / MIB).toFixed(1)} MiB held, ${(of.residentBytes / MIB).toFixed(1)} MiB resident`;
      console.log(`before: ${mib(calm)}; at most after 50,000 frames: ${mib(most)}`);
      expect(most.heldBytes - calm.heldBytes).toBeLessThan(32 * MIB);
      expect(most.residentBytes - calm.residentBytes).toBeLessThan(32 * MIB);
      for (const note of [ana, ben]) await until(note, ({ unsaved }) => unsaved === 0);
      await until(ben, (_, text) => text === ana.text());
      for (let n = 1; n <= typed; n++) expect(ana.text().split(`<${n}>`).length, `<${n}>`).toBe(2);
      expect(server.output()).not.toMatch(/"level":(50|60)|Error|uncaught/i);
      for (const note of [ana, ben]) note.close();
      expect(await server.stop("SIGTERM")).toBe(0);
    },
  );

  it.each(RAW_FRAMES)("%s: closed with %i, and that connection alone", async (_, code, bytes) => {
    const server = await shared;
    const [bad, good] = [await openRaw(server.url, "/sync/raw"), await openRaw(server.url, "/sync/raw")];
    bad.socket.write(bytes);
    expect(await bad.closed).toBe(code);
    expect(good.socket.destroyed).toBe(false);
    good.socket.destroy();
  });
});

const shared = startServer();

function percentile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}
