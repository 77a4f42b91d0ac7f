/**
 * `npm run bench -- server`: our sync server beside the peers, through one load generator, on loopback; `--help` tells the
 * options. Each run is a fresh server on one core and a fresh generator on another. Repetitions go round all servers, so that
 * what disturbs the machine for a while falls on each of them. Exits with 1 when a peer is missing (unless that is allowed) or a
 * case failed, with 2 for what it does not know.
 *
 * RIFTPAD_BENCH_SERVER names another build of ours to measure. To profile one case: node --import tsx tests/bench/server/child.ts ours fan-out-50 0 full --cpu-prof
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { CASES } from "./cases.ts";
import type { Outcome } from "./context.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { CPU_STEP_MS } from "./proc.ts";
import { installPeers, isInstalled, type ServerKind, type ServerName, SERVERS } from "./servers.ts";
import { summarise, type Summary } from "./summary.ts";
import { renderTable, TABLES } from "./tables.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const README = `${ROOT}server/README.md`;
const MARKS = ["<!-- bench: begin -->", "<!-- bench: end -->"] as const;
const CASE_MS_MAX = 240_000;

/** Interrupted once: what has been measured is shown. Twice: nothing more. */
let isStopping = false;

/** One case in a process of its own. Rejects with what it printed. */
function run(server: ServerName, caseId: string, { isQuick, cores }: Options): Promise<Outcome> {
  const args = [
    "-c",
    String(cores[1]),
    process.execPath,
    "--import",
    "tsx",
    CHILD,
    server,
    caseId,
    String(cores[0]),
    isQuick ? "quick" : "full",
  ];
  return new Promise((resolve, reject) => {
    const child = spawn("taskset", args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4_000)));
    const timer = setTimeout(() => child.kill("SIGTERM"), CASE_MS_MAX);
    const onExit = (): void => void child.kill("SIGTERM");
    process.once("exit", onExit);
    child.once("close", (code) => {
      clearTimeout(timer);
      process.off("exit", onExit);
      if (code === 0) resolve(JSON.parse(stdout) as Outcome);
      else reject(new Error(stderr.trim() || `Exit ${code}`));
    });
  });
}

async function measure(options: Options, servers: readonly ServerName[]): Promise<{ summaries: Summary[]; failed: string[] }> {
  const outcomes = new Map<string, Outcome[]>();
  const failed: string[] = [];
  const cases = CASES.filter(({ id }) => options.only.length === 0 || options.only.some((wanted) => id.startsWith(wanted)));
  for (let round = 1; round <= options.repeat; round++) {
    for (const wanted of cases) {
      const { id } = wanted;
      for (const server of servers) {
        if (isStopping || wanted.fits?.(SERVERS[server]) === false) continue;
        process.stderr.write(`${round}/${options.repeat} ${id} ${server} ...`);
        try {
          const outcome = await run(server, id, options);
          const key = `${server} ${id}`;
          outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
          const figures = Object.entries(outcome.figures).map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`);
          const disturbance = `waited ${Math.round(outcome.waitShare * 100)} %, others had its core ${Math.round(outcome.othersShare * 100)} %`;
          process.stderr.write(` ${figures.join(", ")} (${disturbance})\n`);
        } catch (error) {
          if (!isStopping) failed.push(`${id} with ${server}: ${(error as Error).message.split("\n", 1)[0] ?? ""}`);
          process.stderr.write(` FAILED: ${(error as Error).message}\n`);
        }
      }
    }
  }
  const summaries = [...outcomes].map(([key, runs]) => {
    const [server = "", id = ""] = key.split(" ");
    return summarise(server, id, runs);
  });
  return { summaries, failed };
}

function report(options: Options, servers: readonly ServerName[], summaries: readonly Summary[]): string {
  const columns = servers.map((name) => ({ name, title: columnTitle(SERVERS[name]) }));
  const tables = TABLES.map((table) => renderTable(table, columns, summaries)).filter((text) => text !== null);
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
  const legend = [
    `${machine}. Server and generator on a core each; CPU from /proc in steps of ${CPU_STEP_MS} ms, all threads. Each figure is the`,
    `median of the less disturbed half of ${options.repeat} run${options.repeat === 1 ? "" : "s"}${options.isQuick ? ", quick ones (fewer connections, 4,000 rooms left)" : ""}. In brackets: how many times ours a peer's figure is.`,
    "`w`: of the time that the server wanted a core, the per cent that it waited for one; a server with several threads also waits",
    "for itself. Memory is what is held after a full collection of garbage, but for the RSS of many rooms.",
  ].join(" ");
  return [...tables, legend].join("\n\n");
}

/** + LevelDB alone would not say to what. */
const columnTitle = ({ title }: ServerKind): string =>
  title === "+ LevelDB" ? "y-websocket 2 + LevelDB" : title === "+ SQLite" ? "Hocuspocus + SQLite" : title;

function writeReadme(text: string): void {
  const [begin, end] = MARKS;
  const before = existsSync(README)
    ? readFileSync(README, "utf8")
    : `# The sync server\n\nHow it stands beside others, measured by \`npm run bench -- server\`.\n\n${begin}\n${end}\n`;
  if (!before.includes(begin) || !before.includes(end)) throw new Error(`server/README.md has no ${begin} ... ${end}`);
  writeFileSync(README, `${before.slice(0, before.indexOf(begin) + begin.length)}\n\n${text}\n\n${before.slice(before.indexOf(end))}`);
  spawnSync(`${ROOT}node_modules/.bin/oxfmt`, [README]);
}

async function main(flags: readonly string[]): Promise<number> {
  const options = readOptions(flags);
  if (options.isHelp) {
    console.log(USAGE);
    return 0;
  }
  if (process.platform !== "linux" || cpus().length < 2) throw new Error("This benchmark needs Linux (/proc, taskset) and two cores");
  if (options.servers.includes("ours")) {
    const { status } = spawnSync(process.execPath, ["server/cli/scripts/run.mjs", "build"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error("Ours could not be built");
  }
  const problem = options.servers.every((name) => name === "ours") ? null : installPeers();
  if (problem !== null) process.stderr.write(`npm ci of the peers failed:\n${problem}\n`);
  const servers = options.servers.filter((name) => isInstalled(SERVERS[name]));
  const missing = options.servers.filter((name) => !servers.includes(name));
  const { summaries, failed } = await measure(options, servers);
  const text = report(options, servers, summaries);
  console.log(text);
  for (const name of missing) console.log(`\nMISSING ${name}: could not be installed`);
  for (const what of failed) console.log(`\nFAILED ${what}`);
  const cache = `${ROOT}node_modules/.cache/riftpad/`;
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${cache}bench-server.json`, JSON.stringify({ options, node: process.versions.node, summaries, missing, failed }, null, 2));
  if (options.isMarkdown) writeReadme(text);
  return failed.length > 0 || (missing.length > 0 && !options.allowsMissing) ? 1 : 0;
}

process.once("SIGTERM", () => process.exit(1));
process.once("SIGINT", () => {
  isStopping = true;
  process.once("SIGINT", () => process.exit(1));
});
const at = process.argv.indexOf("server");
try {
  process.exitCode = await main(process.argv.slice(at < 0 ? 2 : at + 1));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
