/** `run`: plays the scenarios of a file through strategies, or types of metadata, and compares with what they expect. */

import { judge } from "../../../crdt/lab/judge.ts";
import type { EngineName } from "../../../crdt/lab/meta-engines.ts";
import { replicaNameOf } from "../../../crdt/lab/play.ts";
import type { Fields, Played } from "../../../crdt/lab/played.ts";
import type { ReplicaName, Script } from "../../../crdt/lab/script.ts";
import { playSubject, type Subject, subjectsOf } from "../../../crdt/lab/subjects.ts";
import type { LossRule, StrategyName } from "../../../crdt/strategy/strategy.ts";
import { argumentsFrom, scriptsOf } from "./arguments.ts";

export const RUN_USAGE = "usage: npm run --silent lab -- run FILE.json [--strategy a,b|all] [--json]";

/** One scenario under one strategy, as `--json` prints it. */
export interface LabResult {
  readonly scenario: string;
  readonly strategy: StrategyName;
  /** What held the metadata, and what each reader has of it; left out where a scenario is about text. */
  readonly engine?: EngineName;
  readonly fields?: Readonly<Partial<Record<ReplicaName | "S1", Fields>>>;
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

/** @throws UsageError */
export async function run(rest: readonly string[]): Promise<number> {
  const { file, strategies, options } = argumentsFrom(rest, { "--json": false }, RUN_USAGE);
  const isJson = options.has("--json");
  const results: LabResult[] = [];
  for (const script of await scriptsOf(file)) {
    for (const subject of subjectsAmong(script, strategies)) {
      const played = await playSubject(script, subject);
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

/** What a script says that it is about; text under the strategies that were asked for. */
function subjectsAmong(script: Script, strategies: readonly StrategyName[] | null): readonly Subject[] {
  const isMeta = (script.engines?.length ?? 0) > 0;
  return subjectsOf(strategies === null ? script : isMeta ? { ...script, strategies: strategies.slice(0, 1) } : { ...script, strategies });
}

function resultOf(script: Script, played: Played): LabResult {
  const { texts, isMatch } = judge(script, played);
  return {
    scenario: script.id,
    strategy: played.strategy,
    ...(played.engine === null ? {} : { engine: played.engine, fields: played.fields }),
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
  const { strategy, engine, texts, converged, losses, hash, expected, matches } = result;
  const mark = matches === null ? " " : matches ? "✓" : "✗";
  const lines = [`${mark} ${script.id} ${script.title} · ${engine ?? strategy} · ${converged ? "converged" : "NOT converged"} · ${hash}`];
  if (engine === undefined) lines.push(...alike(texts).map(([text, names]) => `    ${names}: ${text}`));
  else lines.push(...alike(played.fields).map(([fields, names]) => `    ${names}: ${fields}`));
  if (matches === false) lines.push(`    expected: ${JSON.stringify(engine === undefined ? expected : script.expected.get(engine))}`);
  for (const { author, inserted, removed, rule } of losses)
    lines.push(`    lost: ${author}'s ${JSON.stringify(inserted)}${removed === "" ? "" : ` for ${JSON.stringify(removed)}`} (${rule})`);
  for (const text of played.siblings.slice(1)) lines.push(`    beside it: ${JSON.stringify(text)}`);
  for (const { by, reason } of played.refusals) lines.push(`    refused: ${by}: ${reason}`);
  if (engine !== undefined)
    for (const { step, by, reason } of played.skipped) lines.push(`    skipped: ${by === null ? "" : `${by}'s `}${step}: ${reason}`);
  if (played.misplaced > 0) lines.push(`    ${played.misplaced} edits had no such place in the text and fell to its end`);
  if (!played.isAtRest) lines.push("    something was still open when nothing happened any more");
  return lines.join("\n");
}

/** Who has the same, together: what they have, as JSON, and their names. */
export function alike(held: Readonly<Record<string, unknown>>): [string, string][] {
  const shown = new Map<string, string[]>();
  for (const [name, value] of Object.entries(held)) {
    const text = JSON.stringify(value);
    shown.set(text, [...(shown.get(text) ?? []), name]);
  }
  return Array.from(shown, ([text, names]) => [text, names.join(" ")]);
}

function summary(results: readonly LabResult[]): string {
  const count = (wanted: boolean | null): number => results.filter(({ matches }) => matches === wanted).length;
  return `\n${count(true)} as expected, ${count(false)} not, ${count(null)} with nothing to compare`;
}
