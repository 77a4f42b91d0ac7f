/**
 * `shrink`: the smallest scenario that still does it, as a file of the full format. Of a session (a run of the sandbox, a fork of a live
 * note) too, under its own strategy where none is named.
 */

import { writeFileSync } from "node:fs";
import { ANOMALY_KINDS, type AnomalyKind } from "../../../crdt/lab/anomaly.ts";
import { writeScenario } from "../../../crdt/lab/script-writer.ts";
import { showsUnder, shrink as shrinkScript, smallestSteps } from "../../../crdt/lab/shrink.ts";
import type { Script } from "../../../crdt/lab/script.ts";
import { viewsIn } from "../../../crdt/lab/placed-script.ts";
import { loadNodeStrategy } from "../../../crdt/strategy/registry.ts";
import { argumentsFrom, load, oneStrategy, UsageError } from "./arguments.ts";
import { linkLine } from "./lab-link.ts";

export const SHRINK_USAGE =
  'usage: npm run --silent lab -- shrink FILE.json|ID [--strategy S] [--anomaly "NAME"|any|mismatch] [--out FILE]';

/** @throws UsageError */
export async function shrink(rest: readonly string[]): Promise<number> {
  const given = argumentsFrom(rest, { "--anomaly": true, "--out": true }, SHRINK_USAGE);
  const kind = kindFrom(String(given.options.get("--anomaly") ?? "any"));
  const { scripts, recordedUnder } = await load(given.file);
  const name = given.strategies === null && recordedUnder !== null ? recordedUnder : oneStrategy(given, SHRINK_USAGE);
  const strategy = await loadNodeStrategy(name);
  const found: Script[] = [];
  for (const script of scripts) {
    // Recorded edits stay where they were meant, whatever steps before them are left out.
    const isRecorded = viewsIn(script).size > 0;
    const shrunk = isRecorded ? await smallestSteps(script, strategy, kind) : await shrinkScript(script, showsUnder(strategy, kind));
    if (shrunk === null) {
      process.stderr.write(`lab: ${script.id} does not show ${wordsFor(kind)} under ${name}\n`);
      continue;
    }
    // What was expected is expected of the whole script: of this one only where that is what it fails.
    const expected: Script["expected"] = kind === "mismatch" ? shrunk.script.expected : new Map();
    found.push({ ...shrunk.script, id: `${script.id}-shrunk`, strategies: [name], expected });
    const [from, to] = [script.actions.length, shrunk.script.actions.length];
    const bound = shrunk.isBounded ? "; stopped there: a smaller one may exist" : "";
    process.stderr.write(`lab: ${script.id}: ${from} actions became ${to} in ${shrunk.trials} runs${bound}\n`);
  }
  if (found.length === 0) return 1;
  const shapes = found.map(writeScenario);
  const text = `${JSON.stringify(shapes.length === 1 ? shapes[0] : { scenarios: shapes }, null, 2)}\n`;
  const out = given.options.get("--out");
  if (typeof out !== "string") {
    process.stdout.write(text);
    return 0;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw new UsageError(`cannot write ${out}: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.stderr.write(`lab: replay: npm run --silent lab -- replay ${out} --strategy ${name}\n`);
  for (const script of found) process.stderr.write(`lab: ${linkLine(script)}\n`);
  return 0;
}

function kindFrom(text: string): AnomalyKind | "any" | "mismatch" {
  if (text === "any" || text === "mismatch") return text;
  // As a shell likes it: lost-insert.
  const known = ANOMALY_KINDS.find((kind) => kind === text || kind.toLowerCase().replaceAll(" ", "-") === text.toLowerCase());
  if (known === undefined)
    throw new UsageError(`unknown anomaly "${text}": there are any, mismatch, ${ANOMALY_KINDS.join(", ")}\n${SHRINK_USAGE}`);
  return known;
}

function wordsFor(kind: AnomalyKind | "any" | "mismatch"): string {
  if (kind === "any") return "any anomaly";
  return kind === "mismatch" ? "anything but what it expects" : `"${kind}"`;
}
