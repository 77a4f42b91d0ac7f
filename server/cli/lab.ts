/**
 * The laboratory's command line: plays the scenarios of a file through strategies, and compares.
 *
 *     npm run --silent lab -- run FILE.json [--strategy a,b|all] [--json]
 *
 * Exit codes: 0 all that was expected came out; 1 something else did; 2 bad arguments, or a file that cannot be played.
 */

import { readFileSync } from "node:fs";
import { ScenarioError } from "../../crdt/lab/json-shape.ts";
import { judge } from "../../crdt/lab/judge.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play, replicaNameOf } from "../../crdt/lab/play.ts";
import type { Played } from "../../crdt/lab/player.ts";
import type { ReplicaName, Script } from "../../crdt/lab/script.ts";
import { isStrategyName, loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { LossRule, StrategyName } from "../../crdt/strategy/strategy.ts";

const USAGE = "usage: npm run --silent lab -- run FILE.json [--strategy a,b|all] [--json]";

/** One scenario under one strategy, as `--json` prints it. */
export interface LabResult {
  readonly scenario: string;
  readonly strategy: StrategyName;
  readonly texts: Readonly<Partial<Record<ReplicaName, string>>>;
  /** Whether all replicas and the node are equal, in content and in structure. */
  readonly converged: boolean;
  /** Writes that a rule threw away. */
  readonly losses: readonly { readonly author: string; readonly inserted: string; readonly removed: string; readonly rule: LossRule }[];
  readonly hash: string;
  /** The text, or the texts where several oracles disagree; null: nothing is expected of this strategy. */
  readonly expected: string | readonly string[] | null;
  readonly matches: boolean | null;
}

/** What was asked for cannot be done. The message is for whoever asked. */
class UsageError extends Error {}

interface Request {
  readonly file: string;
  /** null: those that the scenario names, or all. */
  readonly strategies: readonly StrategyName[] | null;
  readonly isJson: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const { file, strategies, isJson } = requestFrom(args);
  const scripts = scriptsIn(file);
  const results: LabResult[] = [];
  for (const script of scripts) {
    for (const name of strategies ?? strategiesOf(script)) {
      const played = await play(script, await loadNodeStrategy(name));
      const result = resultOf(script, played);
      results.push(result);
      if (!isJson) process.stdout.write(`${report(script, result, played)}\n`);
    }
  }
  const failed = results.filter(({ matches }) => matches === false);
  if (isJson) process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
  else process.stdout.write(`${summary(results)}\n`);
  return failed.length === 0 ? 0 : 1;
}

function requestFrom([command, ...rest]: readonly string[]): Request {
  if (command !== "run") throw new UsageError(command === undefined ? USAGE : `unknown command "${command}"\n${USAGE}`);
  let [file, strategies, isJson]: [string | null, readonly StrategyName[] | null, boolean] = [null, null, false];
  for (let n = 0; n < rest.length; n++) {
    const [argument = "", value] = rest[n]!.startsWith("--strategy=") ? ["--strategy", rest[n]!.slice(11)] : [rest[n]!];
    if (argument === "--json") isJson = true;
    else if (argument === "--strategy") strategies = strategiesFrom(value ?? rest[++n]);
    else if (argument.startsWith("-")) throw new UsageError(`unknown option "${argument}"\n${USAGE}`);
    else if (file !== null) throw new UsageError(`one file at a time: "${file}" and "${argument}"\n${USAGE}`);
    else file = argument;
  }
  if (file === null) throw new UsageError(`which file?\n${USAGE}`);
  return { file, strategies, isJson };
}

function strategiesFrom(list: string | undefined): readonly StrategyName[] {
  if (list === undefined || list === "") throw new UsageError(`--strategy wants names\n${USAGE}`);
  if (list === "all") return STRATEGY_NAMES;
  return [...new Set(list.split(",").map((name) => knownStrategy(name.trim())))];
}

function knownStrategy(name: string): StrategyName {
  if (!isStrategyName(name)) throw new UsageError(`unknown strategy "${name}": there are ${STRATEGY_NAMES.join(", ")}`);
  return name;
}

function strategiesOf(script: Script): readonly StrategyName[] {
  return script.strategies.length === 0 ? STRATEGY_NAMES : script.strategies.map(knownStrategy);
}

function scriptsIn(file: string): Script[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return loadScenarios(text);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function resultOf(script: Script, played: Played): LabResult {
  const { texts, isMatch } = judge(script, played);
  return {
    scenario: script.id,
    strategy: played.strategy,
    texts: played.texts,
    converged: played.isConverged,
    losses: played.losses.map(({ author, splices, removedText, rule }) => ({
      author: replicaNameOf(author) ?? author,
      inserted: splices.map(({ insert }) => insert).join(""),
      removed: removedText,
      rule,
    })),
    hash: played.hash,
    expected: texts.length > 1 ? texts : (texts[0] ?? null),
    matches: isMatch,
  };
}

function report(script: Script, result: LabResult, played: Played): string {
  const { strategy, texts, converged, losses, hash, expected, matches } = result;
  const mark = matches === null ? " " : matches ? "✓" : "✗";
  const lines = [`${mark} ${script.id} ${script.title} · ${strategy} · ${converged ? "converged" : "NOT converged"} · ${hash}`];
  const shown = new Map<string, string[]>();
  for (const [name, text] of Object.entries(texts)) shown.set(text, [...(shown.get(text) ?? []), name]);
  for (const [text, names] of shown) lines.push(`    ${names.join(" ")}: ${JSON.stringify(text)}`);
  if (matches === false) lines.push(`    expected: ${JSON.stringify(expected)}`);
  for (const { author, inserted, removed, rule } of losses)
    lines.push(`    lost: ${author}'s ${JSON.stringify(inserted)}${removed === "" ? "" : ` for ${JSON.stringify(removed)}`} (${rule})`);
  for (const text of played.siblings.slice(1)) lines.push(`    beside it: ${JSON.stringify(text)}`);
  for (const { by, reason } of played.refusals) lines.push(`    refused: ${by}: ${reason}`);
  if (played.misplaced > 0) lines.push(`    ${played.misplaced} edits had no such place in the text and fell to its end`);
  if (!played.isAtRest) lines.push("    something was still open when nothing happened any more");
  return lines.join("\n");
}

function summary(results: readonly LabResult[]): string {
  const count = (wanted: boolean | null): number => results.filter(({ matches }) => matches === wanted).length;
  return `\n${count(true)} as expected, ${count(false)} not, ${count(null)} with nothing to compare`;
}

// A reader that has seen enough, such as head, hangs up.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 2;
}
