/**
 * Builds the fuzzer with one planted bug in it, beside the sources, which stay as they are; and runs it in a process of its
 * own, so that a bug that hangs or eats memory is caught as well.
 */

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { type Mutant, MUTANTS } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CHILD = fileURLToPath(new URL("mutant-child.ts", import.meta.url));
const OUT = `${ROOT}node_modules/.cache/riftpad/mutants`;
/** A world takes a second at most; beyond this a mutant hangs. */
const SEED_MS_MAX = 60_000;

export interface Verdict {
  readonly mutant: string;
  /** How many seeds it took; null: it survived. */
  readonly seeds: number | null;
  readonly message: string;
}

/** The text of `mutant.file` with the bug in it. @throws RangeError when `find` does not stand in it exactly once. */
export function planted(source: string, { name, file, find, replace }: Mutant): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new RangeError(`Mutant "${name}": its place stands ${parts.length - 1} times in ${file}: expected once`);
  return parts.join(replace);
}

/** null: the sources as they are. Returns the path of a module that runs seeds. */
export async function buildMutant(mutant: Mutant | null): Promise<string> {
  const outfile = `${OUT}/${mutant === null ? "none" : MUTANTS.indexOf(mutant)}-${process.pid}.mjs`;
  const plant: Plugin = {
    name: "plant",
    setup(bundle) {
      if (mutant === null) return;
      const filter = new RegExp(`/${mutant.file.replaceAll(/[./]/g, "\\$&")}$`);
      bundle.onLoad({ filter }, async ({ path }) => ({ contents: planted(await readFile(path, "utf8"), mutant), loader: "ts" }));
    },
  };
  await build({
    entryPoints: [CHILD],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [plant],
    logLevel: "error",
  });
  return outfile;
}

/** Runs seeds from 0 until one fails. */
export async function tryMutant(mutant: Mutant | null, seedsMax: number): Promise<Verdict> {
  const path = await buildMutant(mutant);
  const name = mutant?.name ?? "none";
  return await new Promise((resolve) => {
    let said = "";
    let seeds = 0;
    const child = spawn(process.execPath, ["--max-old-space-size=1024", path, String(seedsMax)], { stdio: ["ignore", "pipe", "ignore"] });
    const kill = (): void => void child.kill("SIGKILL");
    let timer = setTimeout(kill, SEED_MS_MAX);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      // A line for each seed that held.
      seeds = said.split("\n").filter((line) => line === "held").length;
      clearTimeout(timer);
      timer = setTimeout(kill, SEED_MS_MAX);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve({ mutant: name, seeds: null, message: `survived ${seeds} seeds` });
      const message = said.split("\n").find((line) => line.startsWith("failed: ")) ?? "hung or died";
      resolve({ mutant: name, seeds: seeds + 1, message });
    });
  });
}

/** All mutants, a few side by side; told as they are decided. */
export async function tryAll(seedsMax: number, onVerdict: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const rest = [...MUTANTS];
  const work = async (): Promise<void> => {
    for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) {
      const verdict = await tryMutant(mutant, seedsMax);
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, work));
  return verdicts;
}
