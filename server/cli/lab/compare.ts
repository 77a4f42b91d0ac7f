/** `compare`: the same human actions under several strategies, one row each, or one object each. */

import { compareUnder, recordViews, REFERENCE, type Column } from "../../../crdt/lab/compare.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../../crdt/strategy/registry.ts";
import { argumentsFrom, knownStrategy, scriptsOf } from "./arguments.ts";

export const COMPARE_USAGE = "usage: npm run --silent lab -- compare FILE.json|ID [--strategy a,b|all] [--json]";

const HEADS = ["strategy", "agrees", "typed", "kept", "lost", "anomalies", "messages", "bytes", "state", "refused"] as const;
/** Where there are several. */
const NODE_HEADS = ["node messages", "node bytes"] as const;

/** @throws UsageError */
export async function compare(rest: readonly string[]): Promise<number> {
  const { file, strategies, options } = argumentsFrom(rest, { "--json": false }, COMPARE_USAGE);
  const isJson = options.has("--json");
  const all: object[] = [];
  let hasMismatch = false;
  for (const script of await scriptsOf(file)) {
    const names = strategies ?? (script.strategies.length > 0 ? script.strategies.map(knownStrategy) : STRATEGY_NAMES);
    const views = await recordViews(script, REFERENCE);
    const columns: Column[] = [];
    for (const name of names) columns.push(await compareUnder(script, views, await loadNodeStrategy(name)));
    hasMismatch ||= columns.some(({ isMatch }) => isMatch === false);
    if (isJson) all.push(...columns.map((column) => ({ scenario: script.id, ...column })));
    else process.stdout.write(`${script.id} ${script.title}\n${table(columns)}\n${sentences(columns)}\n`);
  }
  if (isJson) process.stdout.write(`${JSON.stringify(all, null, 1)}\n`);
  return hasMismatch ? 1 : 0;
}

function table(columns: readonly Column[]): string {
  const hasNodes = columns.some(({ traffic }) => traffic.between !== null);
  const heads = hasNodes ? [...HEADS, ...NODE_HEADS] : HEADS;
  const rows = columns.map(({ strategy, isConverged, agreedAfterMs, characters, anomalies, traffic, size, refusals }) => [
    strategy,
    isConverged ? `${Math.round(agreedAfterMs ?? 0)} ms` : "no",
    ...(["typed", "kept", "lost"] as const).map((what) => String(characters?.[what] ?? "?")),
    String(anomalies.length),
    String(traffic.messages),
    String(traffic.bytes),
    String(size.stateBytes),
    String(refusals.length),
    ...(hasNodes ? [String(traffic.between?.messages ?? 0), String(traffic.between?.bytes ?? 0)] : []),
  ]);
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => row[n]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)))
      .join("  ")
      .trimEnd();
  return [line(heads), ...rows.map(line)].map((row) => `  ${row}`).join("\n");
}

function sentences(columns: readonly Column[]): string {
  return columns
    .flatMap(({ strategy, serverText, sentence, isMatch, viewsDiffered, anomalies }) => [
      `  ${isMatch === null ? " " : isMatch ? "✓" : "✗"} ${strategy}: ${JSON.stringify(serverText)}`,
      `      ${sentence}`,
      ...anomalies.map(({ kind, text }) => `      ${kind}: ${JSON.stringify(text)}`),
      ...(viewsDiffered.length === 0 ? [] : [`      the text differed from the recorded one at steps ${viewsDiffered.join(", ")}`]),
    ])
    .join("\n");
}
