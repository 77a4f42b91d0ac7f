/**
 * `npm run bench -- text [--allow-missing] [--markdown] [--repeat N] [--trace NAME]`: ours beside the peers, each case
 * in a process of its own. CPU time of the process, so that a busy machine does not decide; median and spread of the
 * repetitions. Exits with 1 when a peer is missing, unless that is allowed.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { CASES, loadTrace, type Sample } from "./text/cases.ts";
import { openPeer, PEER_NAMES } from "./text/peers.ts";

const [what, ...flags] = process.argv.slice(2);
if (what !== "text") {
  console.error(`Unknown benchmark "${what ?? ""}". Known: text`);
  process.exit(2);
}
const option = (name: string, fallback: string): string => flags[flags.indexOf(name) + 1 || flags.length] ?? fallback;
const repeat = Number(option("--repeat", "5"));
const trace = loadTrace(option("--trace", "automerge-paper"));
const child = fileURLToPath(new URL("text/child.ts", import.meta.url));

interface Result {
  readonly peer: string;
  readonly case: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

const missing: string[] = [];
const results: Result[] = [];
for (const name of PEER_NAMES) {
  if ((await openPeer(name)) === null) {
    missing.push(name);
    continue;
  }
  for (const { id, unit, title } of CASES) {
    process.stderr.write(`${name}: ${title} ...`);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", child, name, id, option("--trace", "automerge-paper"), String(repeat)],
      {
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (status !== 0) throw new Error(`${name}, ${title}: ${stderr}`);
    const samples = JSON.parse(stdout) as Sample[];
    const values = samples.map(({ cpuMs, figure }) => (unit === "ms" ? cpuMs : (figure ?? 0))).sort((a, b) => a - b);
    const result = { peer: name, case: id, median: values[values.length >> 1]!, min: values[0]!, max: values.at(-1)! };
    results.push(result);
    process.stderr.write(` ${text(result)} ${unit}\n`);
  }
}

function text({ median, min, max }: Result): string {
  const round = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en"));
  return min === max ? round(median) : `${round(median)} (${round(min)}-${round(max)})`;
}

const peers = [...new Set(results.map(({ peer }) => peer))];
const found = (peer: string, id: string): Result => results.find((result) => result.peer === peer && result.case === id)!;
const rows = CASES.map(({ id, title, unit }) => {
  const [own, base] = [found("ours", id), found("yjs", id)];
  const ratio = base.median / own.median;
  return `| ${title}, ${unit} | ${peers.map((peer) => text(found(peer, id))).join(" | ")} | ${ratio >= 1 ? `${ratio.toFixed(1)} times less` : `${(1 / ratio).toFixed(1)} times more`} |`;
});
const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;
const table = [
  `| ${trace.name}, ${trace.patches.length.toLocaleString("en")} edits | ${peers.join(" | ")} | ours against yjs |`,
  `|---|${peers.map(() => "---|").join("")}---|`,
  ...rows,
  "",
  `CPU time, median (least to most) of ${repeat}. ${machine}. Not compared: ${missing.join(", ")}.`,
].join("\n");
console.log(table);

const cache = fileURLToPath(new URL("../../node_modules/.cache/riftpad/", import.meta.url));
mkdirSync(cache, { recursive: true });
writeFileSync(`${cache}bench-text.json`, JSON.stringify({ machine, trace: trace.name, repeat, results, missing }, null, 2));
if (flags.includes("--markdown")) {
  const readme = fileURLToPath(new URL("../../crdt/text/README.md", import.meta.url));
  const before = readFileSync(readme, "utf8");
  const [begin, end] = ["<!-- bench: begin -->", "<!-- bench: end -->"];
  writeFileSync(readme, `${before.slice(0, before.indexOf(begin) + begin.length)}\n${table}\n${before.slice(before.indexOf(end))}`);
  spawnSync(fileURLToPath(new URL("../../node_modules/.bin/oxfmt", import.meta.url)), [readme]);
}
for (const name of missing) console.log(`MISSING ${name}: nothing here drives it yet`);
if (missing.length > 0 && !flags.includes("--allow-missing")) process.exit(1);
