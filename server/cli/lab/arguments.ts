/** What the laboratory's subcommands are asked: files or ids of the catalogue, strategies, options. */

import { readFileSync } from "node:fs";
import { findEntry } from "../../../crdt/lab/catalogue.ts";
import { ScenarioError } from "../../../crdt/lab/json-shape.ts";
import { loadScenarios } from "../../../crdt/lab/load.ts";
import { scriptOfRecord } from "../../../crdt/lab/record-script.ts";
import { recordFromJson, type SandboxRecord } from "../../../crdt/lab/sandbox-record.ts";
import type { Script } from "../../../crdt/lab/script.ts";
import { isStrategyName, STRATEGY_NAMES } from "../../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../../crdt/strategy/strategy.ts";

/** What was asked for cannot be done. The message is for whoever asked. */
export class UsageError extends Error {}

export interface Arguments {
  /** A path, or where the subcommand takes them, an id of the catalogue. */
  readonly file: string;
  /** null: not given. */
  readonly strategies: readonly StrategyName[] | null;
  /** By name with its dashes: the value of an option that has one, `true` of a flag. */
  readonly options: ReadonlyMap<string, string | true>;
}

/** Which options a subcommand knows besides `--strategy`: with a value (true), or without. */
export type KnownOptions = Readonly<Record<string, boolean>>;

/** @throws UsageError that ends with `usage`. */
export function argumentsFrom(rest: readonly string[], known: KnownOptions, usage: string): Arguments {
  let [file, strategies]: [string | null, readonly StrategyName[] | null] = [null, null];
  const options = new Map<string, string | true>();
  for (let n = 0; n < rest.length; n++) {
    const given = rest[n]!;
    const equals = given.startsWith("--") ? given.indexOf("=") : -1;
    const name = equals < 0 ? given : given.slice(0, equals);
    const hasValue = name === "--strategy" || known[name] === true;
    if (equals >= 0 && !hasValue) throw new UsageError(`unknown option "${given}"\n${usage}`);
    const value = !hasValue ? undefined : equals < 0 ? rest[++n] : given.slice(equals + 1);
    if (name === "--strategy") strategies = strategiesFrom(value, usage);
    else if (hasValue) {
      if (value === undefined || value === "") throw new UsageError(`${name} wants a value\n${usage}`);
      options.set(name, value);
    } else if (Object.hasOwn(known, name)) options.set(name, true);
    else if (name.startsWith("-")) throw new UsageError(`unknown option "${name}"\n${usage}`);
    else if (file !== null) throw new UsageError(`one file at a time: "${file}" and "${given}"\n${usage}`);
    else file = given;
  }
  if (file === null) throw new UsageError(`which file?\n${usage}`);
  return { file, strategies, options };
}

/** The one strategy that was asked for. @throws UsageError where it is none, or several. */
export function oneStrategy({ strategies }: Arguments, usage: string): StrategyName {
  const [name, ...others] = strategies ?? [];
  if (name === undefined || others.length > 0) throw new UsageError(`--strategy wants one name here\n${usage}`);
  return name;
}

/** The scenarios of a file. @throws UsageError where it cannot be read, or is none. */
export function scriptsIn(file: string): Script[] {
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

/** What a file holds: scenarios, or a session of the sandbox, such as a fork of a live note. */
export interface Loaded {
  readonly scripts: readonly Script[];
  /** What a session was played under; null: the file has scenarios. Its edits carry the texts that they were made in. */
  readonly recordedUnder: StrategyName | null;
}

/** The same, or the one scenario of the catalogue that has this id. Cost, of a session: one run of it. @throws UsageError */
export async function load(fileOrId: string): Promise<Loaded> {
  const entry = findEntry(fileOrId);
  if (entry !== undefined) return { scripts: [await entry.load()], recordedUnder: null };
  const record = sessionIn(fileOrId);
  if (record === null) return { scripts: scriptsIn(fileOrId), recordedUnder: null };
  const { script, told } = await scriptOfRecord(record, "A recorded session");
  for (const sentence of told) process.stderr.write(`lab: ${fileOrId}: ${sentence}\n`);
  return { scripts: [{ ...script, id: "session" }], recordedUnder: record.options.strategy };
}

export async function scriptsOf(fileOrId: string): Promise<readonly Script[]> {
  return (await load(fileOrId)).scripts;
}

/** null: it is something else, or cannot be read. @throws UsageError for a session that is broken. */
function sessionIn(file: string): SandboxRecord | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
    const { kind } = Object(JSON.parse(text)) as { readonly kind?: unknown };
    if (kind !== "sandbox") return null;
  } catch {
    return null;
  }
  try {
    return recordFromJson(text);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

/** @throws UsageError where a scenario names a strategy that there is not. */
export function knownStrategy(name: string): StrategyName {
  if (!isStrategyName(name)) throw new UsageError(`unknown strategy "${name}": there are ${STRATEGY_NAMES.join(", ")}`);
  return name;
}

function strategiesFrom(list: string | undefined, usage: string): readonly StrategyName[] {
  if (list === undefined || list === "") throw new UsageError(`--strategy wants names\n${usage}`);
  if (list === "all") return STRATEGY_NAMES;
  return [...new Set(list.split(",").map((name) => knownStrategy(name.trim())))];
}
