/**
 * `npm run bench -- text`: ours beside the peers, axis by axis. `--help` tells the options. Progress goes to stderr, the
 * table to stdout, everything to node_modules/.cache/riftpad/bench-text.json. Exits with 1 when a peer is missing, unless
 * that is allowed, and when a text came out wrong.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleBytes } from "./bundle-size.ts";
import { DEFAULT_CASES, GROWTH_CASES } from "./cases/all.ts";
import { ensurePeers, versionOf } from "./install.ts";
import { writeTables } from "./markdown.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import type { PeerName } from "./peer.ts";
import { aheadText, cellOf, number, type Outcome, peersAhead, type ReportRow, tableOf } from "./report.ts";
import { DISPLAY_NAMES, GROWTH_ROWS, ROWS, type Row } from "./rows.ts";
import { Runner } from "./runner.ts";
import { loadTrace } from "./traces.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const places = { root, peersFolder: join(root, "tests/bench/text/peers"), cache: join(root, "node_modules/.cache/riftpad") };
const args = process.argv.slice(3);
if (args.includes("--help")) {
  console.log(USAGE);
  process.exit(0);
}
const options = readOptions();
const trace = loadTrace(options.traceName);
const rows = rowsFor(options);
const startedMs = performance.now();
ensurePeers(places.peersFolder);
const runner = await Runner.start(places, options);
process.on("exit", () => runner.close());
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

const missing: string[] = [];
const peers: PeerName[] = [];
for (const peer of options.peers) {
  const problem = await runner.problemWith(peer);
  if (problem === null) peers.push(peer);
  else missing.push(`MISSING ${peer}: ${problem}`);
}

const outcomes = new Map<string, Map<PeerName, Outcome>>();
const wantedCases = new Set(rows.flatMap(({ cases }) => cases));
const kinds = new Map(await Promise.all(peers.map(async (peer) => [peer, await runner.kindsOf(peer)] as const)));
const cases = [...DEFAULT_CASES, ...GROWTH_CASES].filter(({ id }) => wantedCases.has(id));
for (const [n, wanted] of cases.entries()) {
  const found = new Map<PeerName, Outcome>();
  outcomes.set(wanted.id, found);
  for (const peer of peers) {
    if (wanted.kind !== undefined && kinds.get(peer)?.includes(wanted.kind) !== true) continue;
    process.stderr.write(`${n + 1}/${cases.length} ${wanted.id}, ${DISPLAY_NAMES[peer]} ...`);
    const outcome = await runner.measure(peer, wanted);
    found.set(peer, outcome);
    process.stderr.write(` ${progressText(wanted.id, outcome)}\n`);
  }
}
if (wantedCases.has("bundle")) {
  const found = new Map<PeerName, Outcome>();
  outcomes.set("bundle", found);
  for (const peer of peers) found.set(peer, await bundleOutcome(peer));
}

const report: ReportRow[] = rows.map((row) => ({
  row,
  cells: new Map(
    peers.map((peer) => [
      peer,
      cellOf(
        row,
        row.cases.map((id) => outcomes.get(id)?.get(peer)),
      ),
    ]),
  ),
}));
const failures = [...outcomes].flatMap(([id, found]) =>
  [...found].flatMap(([peer, outcome]) => (outcome.state === "failed" ? [`FAILED ${id}, ${DISPLAY_NAMES[peer]}: ${outcome.reason}`] : [])),
);
const title = options.isGrowth ? "how the cost grows" : `${trace.name}, ${trace.patches.length.toLocaleString("en")} edits`;
const versions = Object.fromEntries(peers.map((peer) => [peer, versionOf(peer, [places.peersFolder, root])]));
const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
const ahead = peersAhead(report);
const notes = notesOf();
console.log(tableOf(title, report, peers, { hasSpread: true }));
console.log(`\n${notes.join("\n")}\n`);
for (const line of ahead.map(aheadText)) console.log(line);
if (ahead.length === 0 && peers.length > 1) console.log("Ours is first on every axis.");
for (const line of [...failures, ...missing]) console.log(line);

mkdirSync(places.cache, { recursive: true });
const json = {
  title,
  machine,
  versions,
  clock: runner.clock,
  options,
  missing,
  failures,
  ahead,
  recorded: runner.recorded,
  load: loadavg(),
  seconds: Math.round((performance.now() - startedMs) / 1_000),
  rows: report.map(({ row, cells }) => ({ ...row, cells: Object.fromEntries(cells) })),
  cases: Object.fromEntries([...outcomes].map(([id, found]) => [id, Object.fromEntries(found)])),
};
writeFileSync(join(places.cache, options.isGrowth ? "bench-text-growth.json" : "bench-text.json"), JSON.stringify(json, null, 2));
if (options.writesMarkdown) writeTables({ root, title, report, peers, notes, ahead, isGrowth: options.isGrowth });
process.exit((missing.length > 0 && !options.mayMiss) || failures.length > 0 ? 1 : 0);

function readOptions(): Options {
  try {
    return parseOptions(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function rowsFor({ isGrowth, only, traceName }: Options): Row[] {
  const all = isGrowth ? GROWTH_ROWS : ROWS;
  const known = new Set(all.flatMap(({ id, cases: ids }) => [id, ...ids]));
  for (const id of only ?? []) {
    if (known.has(id)) continue;
    console.error(`Unknown case "${id}". Known: ${[...known].join(", ")}`);
    process.exit(2);
  }
  return all
    .filter(({ id, cases: ids }) => only === null || only.includes(id) || ids.some((each) => only.includes(each)))
    .map((row) => {
      const { wanted: _wanted, ...rest } = row;
      const chosen = row.cases.filter((id) => only === null || only.includes(row.id) || only.includes(id));
      // What is wanted was measured on that trace.
      const narrowed = { ...(traceName === "automerge-paper" ? row : rest), cases: chosen };
      return chosen.length === row.cases.length ? narrowed : { ...narrowed, title: `${row.title} (${chosen.join(", ")} only)` };
    });
}

async function bundleOutcome(peer: PeerName): Promise<Outcome> {
  try {
    return { state: "done", samples: [{ kb: (await bundleBytes(peer, root, places.peersFolder)) / 1_000 }] };
  } catch (error) {
    return { state: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function progressText(id: string, outcome: Outcome): string {
  if (outcome.state !== "done") return outcome.state === "failed" ? `failed: ${outcome.reason}` : outcome.state;
  const metric = Object.keys(outcome.samples[0] ?? {})[0] ?? "";
  const cell = cellOf({ id, title: "", unit: "ms", cases: [id], metric }, [outcome]);
  return cell.state === "done" ? `${number(cell.figure.median)} ${metric} (${cell.figure.repetitions})` : cell.state;
}

function notesOf(): string[] {
  const few = new Map<string, string[]>();
  for (const [id, found] of outcomes)
    for (const [peer, outcome] of found)
      if (outcome.state === "done" && outcome.samples.length < options.repetitions && id !== "bundle")
        few.set(DISPLAY_NAMES[peer], [...(few.get(DISPLAY_NAMES[peer]) ?? []), `${id} ${outcome.samples.length}`]);
  const other = runner.recorded.filter(({ isRecorded }) => !isRecorded).map(({ peer }) => DISPLAY_NAMES[peer]);
  return [
    `${runner.clock}: median${options.writesMarkdown ? "" : " (least-most)"} of at least ${options.repetitions}; 2x: ours takes or is half as much. ${machine}, load ${number(loadavg()[0] ?? 0)}.`,
    ...(few.size > 0 ? [`Fewer repetitions: ${[...few].map(([peer, ids]) => `${peer} ${ids.join(", ")}`).join("; ")}.`] : []),
    ...(other.length > 0
      ? [`Another order of what was typed at once than the recording, agreed on by all its replicas: ${other.join(", ")}.`]
      : []),
    `Versions: ${peers.flatMap((peer) => (peer === "ours" ? [] : [`${DISPLAY_NAMES[peer]} ${versions[peer] ?? "?"}`])).join(", ")}.`,
  ];
}
