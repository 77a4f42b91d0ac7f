/** The tables in crdt/text/README.md and, shorter, in README.md, between markers. */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerName } from "./peer.ts";
import { type Ahead, aheadText, type ReportRow, tableOf } from "./report.ts";
import { DETAIL_ROWS, SHORT_ROWS } from "./rows.ts";

interface Tables {
  readonly root: string;
  readonly title: string;
  readonly report: readonly ReportRow[];
  readonly peers: readonly PeerName[];
  readonly notes: readonly string[];
  readonly ahead: readonly Ahead[];
  readonly isGrowth: boolean;
}

export function writeTables({ root, title, report, peers, notes, ahead, isGrowth }: Tables): void {
  const rows = report.filter(({ row }) => !DETAIL_ROWS.includes(row.id));
  const behind = ahead.map(aheadText).join("; ");
  const long = [
    tableOf(title, rows, peers, { hasSpread: false }),
    notes.join(" "),
    ahead.length === 0 ? "Ours is first on every axis." : `${behind}.`,
  ].join("\n\n");
  const textReadme = join(root, "crdt/text/README.md");
  rewrite(textReadme, isGrowth ? "growth" : "bench", long);
  // What is wanted of a row is the maker's business, not a reader's.
  const short = report
    .filter(({ row }) => SHORT_ROWS.includes(row.id))
    .map(({ row: { wanted: _wanted, ...row }, cells }): ReportRow => ({ row, cells }));
  if (!isGrowth && short.length === SHORT_ROWS.length)
    rewrite(join(root, "README.md"), "bench", tableOf(title, short, peers, { hasSpread: false }));
  spawnSync(join(root, "node_modules/.bin/oxfmt"), [textReadme], { cwd: root });
}

/** Replaces what stands between the markers of that name; a file without them stays as it is, which is said. */
export function rewrite(path: string, name: string, content: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const before = readFileSync(path, "utf8");
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) {
    process.stderr.write(`${path} has no place between "${begin}" and "${end}"\n`);
    return;
  }
  writeFileSync(path, `${before.slice(0, from + begin.length)}\n\n${content}\n\n${before.slice(to)}`);
}
