/** Runs cases in child processes: bundled once, as the product is, so that no loader is measured. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Case, Material, Sample } from "./cases/case.ts";
import { openPeer } from "./drivers/open.ts";
import type { Answer, Job } from "./job.ts";
import type { Options } from "./options.ts";
import type { EncodeKind, PeerName } from "./peer.ts";
import type { Outcome } from "./report.ts";

/** Ours and Yjs decide whether a figure is reached: they get more time. */
const REFERENCE_SHARE = 3;
/** Fresh processes are begun while so many budgets of wall time last: their start and preparation are not measured. */
const FRESH_SHARE = 4;
/** The limit is CPU time where a shell can set one; a child that waits is stopped after so many limits of wall time. */
const WALL_SHARE = 6;
const HEAP = "--max-old-space-size=3000";

export interface Places {
  readonly root: string;
  readonly peersFolder: string;
  readonly cache: string;
}

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isTimedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

interface Ran {
  readonly answer: Answer | null;
  readonly outcome: Exclude<Outcome, { readonly state: "done" | "cannot" }> | null;
}

export class Runner {
  readonly #places: Places;
  readonly #options: Options;
  readonly #child: string;
  readonly #materials = mkdtempSync(join(tmpdir(), "riftpad-bench-"));
  /** What came of making each material. */
  readonly #made = new Map<string, Ran>();
  #running: ChildProcess | null = null;
  clock = "";
  /** Peers whose merged text is the recorded one, or is not, by history. */
  readonly recorded: { readonly peer: PeerName; readonly material: Material; readonly isRecorded: boolean }[] = [];

  private constructor(places: Places, options: Options, child: string) {
    this.#places = places;
    this.#options = options;
    this.#child = child;
  }

  static async start(places: Places, options: Options): Promise<Runner> {
    const folder = join(places.cache, "bench");
    mkdirSync(folder, { recursive: true });
    const child = join(folder, `child-${process.pid}.mjs`);
    await build({
      entryPoints: [fileURLToPath(new URL("child.ts", import.meta.url))],
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      outfile: child,
      logLevel: "error",
    });
    return new Runner(places, options, child);
  }

  /** Ends what runs. */
  close(): void {
    this.#running?.kill("SIGKILL");
    rmSync(this.#materials, { recursive: true, force: true });
    rmSync(this.#child, { force: true });
  }

  /** Why the peer cannot be used; null when it can. */
  async problemWith(peer: PeerName): Promise<string | null> {
    const { outcome } = await this.#run(peer, "open", {});
    if (outcome === null) return null;
    return outcome.state === "over" ? "it does not start in time" : outcome.reason;
  }

  async kindsOf(peer: PeerName): Promise<readonly EncodeKind[]> {
    return (await openPeer(peer, this.#places.peersFolder)).kinds;
  }

  async measure(peer: PeerName, wanted: Case): Promise<Outcome> {
    for (const name of wanted.needs ?? []) {
      const { outcome } = await this.#material(peer, name);
      if (outcome !== null) return outcome;
    }
    const samples: Sample[] = [];
    const rounds = wanted.isFresh === true ? this.#options.repetitions : 1;
    const from = performance.now();
    for (let n = 0; n < rounds; n++) {
      const { answer, outcome } = await this.#run(peer, wanted.id, wanted);
      if (outcome !== null) return outcome;
      samples.push(...(answer?.samples ?? []));
      if (wanted.isFresh === true && performance.now() - from > FRESH_SHARE * this.#budgetMs(peer)) break;
    }
    return { state: "done", samples };
  }

  async #material(peer: PeerName, name: Material): Promise<Ran> {
    const key = `${peer} ${name}`;
    const held = this.#made.get(key);
    if (held !== undefined) return held;
    const ran = await this.#run(peer, `material:${name}`, {});
    this.#made.set(key, ran);
    const isRecorded = ran.answer?.isRecorded ?? null;
    if (isRecorded !== null) this.recorded.push({ peer, material: name, isRecorded });
    return ran;
  }

  #budgetMs(peer: PeerName): number {
    return 1_000 * this.#options.budgetS * (isReference(peer) ? REFERENCE_SHARE : 1);
  }

  async #run(peer: PeerName, task: string, { collectsGarbage = false }: { readonly collectsGarbage?: boolean }): Promise<Ran> {
    const { traceName, repetitions, isQuick, limitS } = this.#options;
    const { peersFolder } = this.#places;
    const job: Job = {
      peer,
      task,
      traceName,
      repetitions,
      isQuick,
      peersFolder,
      materialsFolder: this.#materials,
      budgetMs: this.#budgetMs(peer),
    };
    const limitMs = 1_000 * limitS * (isReference(peer) ? REFERENCE_SHARE : 1);
    const node = [process.execPath, ...(collectsGarbage ? ["--expose-gc"] : []), HEAP, this.#child, JSON.stringify(job)];
    const isPosix = process.platform !== "win32";
    const [command = "", ...args] = isPosix ? ["/bin/sh", "-c", 'ulimit -S -t "$0"; exec "$@"', String(limitMs / 1_000), ...node] : node;
    const { status, signal, stdout, stderr, isTimedOut } = await this.#spawn(command, args, isPosix ? WALL_SHARE * limitMs : limitMs);
    if (isTimedOut || signal === "SIGXCPU") return { answer: null, outcome: { state: "over", limitMs } };
    if (status !== 0) return { answer: null, outcome: { state: "failed", reason: signal ?? reasonIn(stderr) } };
    const answer = JSON.parse(stdout) as Answer;
    this.clock = answer.clock;
    return { answer, outcome: null };
  }

  #spawn(command: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
      this.#running = child;
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let isTimedOut = false;
      const timer = setTimeout(() => {
        isTimedOut = true;
        child.kill("SIGKILL");
      }, timeoutMs);
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
      child.on("error", reject);
      child.on("close", (status, signal) => {
        clearTimeout(timer);
        this.#running = null;
        resolve({ status, signal, isTimedOut, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
      });
    });
  }
}

function isReference(peer: PeerName): boolean {
  return peer === "ours" || peer === "yjs";
}

/** The line with the error in what Node prints of an uncaught one. */
function reasonIn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^\w*(Error|Exception|panicked)/.test(line)) ?? lines.at(-1) ?? "no message";
}
