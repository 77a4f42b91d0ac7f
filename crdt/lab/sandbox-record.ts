/** What makes a run of the sandbox: its options, and what was done when. As JSON it is shared, kept, and run again. */

import { unreachable } from "../base/assert.ts";
import type { Splice } from "../base/splice.ts";
import { CLOCK_KINDS, type ClockKind } from "../causal/stamp-clock.ts";
import { BANDWIDTH_BITS_PER_S_MIN, JITTER_MS_MAX, LATENCY_MS_MAX } from "../network/conditions.ts";
import { isStrategyName } from "../strategy/registry.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import {
  choiceAt,
  countAt,
  flagAt,
  listAt,
  numberAt,
  objectAt,
  optionalAt,
  parseJson,
  ScenarioError,
  type Shape,
  textAt,
} from "./json-shape.ts";

import type { NodeCount } from "./fabric-world.ts";
import { type SandboxSetup, setupAt } from "./sandbox-setup.ts";
import { StepReader } from "./scenario-steps.ts";
import { NODE_NAMES, REPLICA_NAMES } from "./script.ts";
import type { StageAction } from "./stagehand.ts";

export const REPLICAS_MIN = 2;
export const REPLICAS_MAX = 6;
const COMMANDS_MAX = 200_000;
const TEXT_LENGTH_MAX = 200_000;
const DELAY_MS_MAX = 600_000;
const CLOCK_OFFSET_MS_MAX = 24 * 3_600_000;
const NODE_LATENCY_MS_MAX = 40;

export interface SandboxOptions {
  readonly strategy: StrategyName;
  readonly seed: number;
  /** 2 to 6. */
  readonly replicas: number;
  /** What everybody holds at the beginning. */
  readonly startText: string;
  /** One way, of every link at the beginning: what passes in no time cannot be touched. */
  readonly latencyMs: number;
  /** Left out: one. */
  readonly nodes?: NodeCount;
  /** Left out: nothing special. */
  readonly setup?: SandboxSetup;
}

/** One way, of links between nodes at the beginning: those are closer to each other than people are to them. */
export function nodeLatencyOf(latencyMs: number): number {
  return Math.min(latencyMs, NODE_LATENCY_MS_MAX);
}

/** What a person sets of links by hand. */
export interface LinkPatch {
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** null: unlimited. */
  readonly bandwidthBitsPerS?: number | null;
}

/** What somebody does to the world. `by` counts replicas from 0. */
export type SandboxCommand =
  /** In the replica's own view; with the caret as it is afterwards. A bot on this replica lets go. */
  | { readonly do: "edit"; readonly by: number; readonly splices: readonly Splice[]; readonly caret: number }
  | { readonly do: "caret"; readonly by: number; readonly anchor: number; readonly head: number }
  | { readonly do: "link"; readonly by: number; readonly direction: "up" | "down" | "both"; readonly set: LinkPatch }
  | { readonly do: "cut"; readonly by: number; readonly direction: "up" | "down" | "both" }
  | { readonly do: "heal"; readonly by: number }
  | { readonly do: "heal-all" }
  /** Holds every message where it is, or lets all go on. */
  | { readonly do: "hold"; readonly isHeld: boolean }
  /** One message on its way, by its number in the run. */
  | { readonly do: "message"; readonly message: number; readonly act: "deliver" | "drop" | "duplicate" }
  /** It arrives later than it would; or right before or after another on the same wire. */
  | { readonly do: "delay"; readonly message: number; readonly ms: number }
  | { readonly do: "move"; readonly message: number; readonly side: "before" | "after"; readonly other: number }
  | { readonly do: "bot"; readonly by: number; readonly isOn: boolean }
  | { readonly do: "clock"; readonly by: number; readonly offsetMs: number }
  /** What last-writer-wins strategies stamp with from now on. */
  | { readonly do: "stamps"; readonly kind: ClockKind }
  /** Where a writer must hold a lock. */
  | { readonly do: "lock"; readonly by: number; readonly act: "ask" | "release" }
  /** Its connections break, and are made again. */
  | { readonly do: "reset"; readonly by: number }
  /** A step of a scenario, in its format (scenario-steps.ts) and without its moment, that comes down to one action. */
  | { readonly do: "step"; readonly step: Shape };

export type TimedCommand = SandboxCommand & {
  /** Virtual time since the beginning, in whole ms. */
  readonly atMs: number;
};

export interface SandboxRecord {
  readonly options: SandboxOptions;
  /** In order of time. */
  readonly commands: readonly TimedCommand[];
  /** How far the run has got. */
  readonly untilMs: number;
  /** What came of it: whoever runs it again can tell whether it was the same. */
  readonly hash: string;
}

export function recordToJson(record: SandboxRecord): string {
  return JSON.stringify({ v: 1, kind: "sandbox", ...record });
}

/** @throws ScenarioError that names the line of what is no JSON, or the path of what is no record. */
export function recordFromJson(json: string): SandboxRecord {
  const shape = objectAt(parseJson(json), "");
  if (shape.v !== 1 || shape.kind !== "sandbox") throw new ScenarioError("v", 'expected a run of the sandbox: "v": 1, "kind": "sandbox"');
  const options = optionsAt(shape.options, "options");
  const list = listAt(shape.commands, "commands");
  if (list.length > COMMANDS_MAX) throw new ScenarioError("commands", `more than ${COMMANDS_MAX}`);
  const untilMs = countAt(shape.untilMs, "untilMs");
  let atMs = 0;
  const commands = list.map((entry, n) => {
    const command = commandAt(entry, `commands[${n}]`, options);
    if (command.atMs < atMs || command.atMs > untilMs)
      throw new ScenarioError(`commands[${n}].atMs`, `${command.atMs} is not between ${atMs} and ${untilMs}`);
    ({ atMs } = command);
    return command;
  });
  return { options, commands, untilMs, hash: textAt(shape.hash, "hash") };
}

/** @throws ScenarioError */
export function optionsAt(value: unknown, path: string): SandboxOptions {
  const shape = objectAt(value, path);
  const strategy = textAt(shape.strategy, `${path}.strategy`);
  if (!isStrategyName(strategy)) throw new ScenarioError(`${path}.strategy`, `unknown strategy ${JSON.stringify(strategy)}`);
  const startText = textAt(shape.startText, `${path}.startText`);
  if (startText.length > TEXT_LENGTH_MAX) throw new ScenarioError(`${path}.startText`, `longer than ${TEXT_LENGTH_MAX}`);
  const replicas = inRange(shape.replicas, REPLICAS_MIN, REPLICAS_MAX, `${path}.replicas`);
  const nodes = optionalAt(shape.nodes, `${path}.nodes`, nodesAt, null);
  const setup = optionalAt(shape.setup, `${path}.setup`, (value, at) => setupAt(value, at, replicas, nodes ?? 1), null);
  return {
    strategy,
    seed: countAt(shape.seed, `${path}.seed`),
    replicas,
    startText,
    latencyMs: inRange(shape.latencyMs, 0, LATENCY_MS_MAX, `${path}.latencyMs`),
    ...(nodes === null ? {} : { nodes }),
    ...(setup === null ? {} : { setup }),
  };
}

function nodesAt(value: unknown, path: string): NodeCount {
  if (value !== 1 && value !== 3 && value !== 5) throw new ScenarioError(path, `expected 1, 3 or 5, got ${JSON.stringify(value)}`);
  return value;
}

/**
 * What a step comes down to.
 * @throws ScenarioError when it is no step of these options, or one of several moments, or an edit: those are commands of their own.
 */
export function actionOf(step: unknown, path: string, { replicas, nodes = 1, setup = {} }: SandboxOptions): StageAction {
  const reader = new StepReader(REPLICA_NAMES.slice(0, replicas), setup.mode ?? "stream", NODE_NAMES.slice(0, nodes));
  reader.take({ ...objectAt(step, path), at: 0 }, path);
  const [first, ...others] = reader.actions();
  if (first === undefined || others.length > 0) throw new ScenarioError(path, "expected a step that is one action");
  const { action } = first;
  if (action.do === "edit" || action.do === "key" || action.do === "sync")
    throw new ScenarioError(`${path}.do`, `${JSON.stringify(action.do)} is no step of its own in a sandbox`);
  return action;
}

function commandAt(value: unknown, path: string, options: SandboxOptions): TimedCommand {
  const { replicas } = options;
  const shape = objectAt(value, path);
  const atMs = countAt(shape.atMs, `${path}.atMs`);
  const by = (): number => inRange(shape.by, 0, replicas - 1, `${path}.by`);
  const direction = (): "up" | "down" | "both" => choiceAt(shape.direction, ["up", "down", "both"], `${path}.direction`);
  const kinds = "edit caret link cut heal heal-all hold message delay move bot clock stamps lock reset step".split(
    " ",
  ) as SandboxCommand["do"][];
  const kind = choiceAt(shape.do, kinds, `${path}.do`);
  switch (kind) {
    case "edit":
      return {
        atMs,
        do: kind,
        by: by(),
        splices: splicesAt(shape.splices, `${path}.splices`),
        caret: countAt(shape.caret, `${path}.caret`),
      };
    case "caret":
      return { atMs, do: kind, by: by(), anchor: countAt(shape.anchor, `${path}.anchor`), head: countAt(shape.head, `${path}.head`) };
    case "link":
      return { atMs, do: kind, by: by(), direction: direction(), set: patchAt(objectAt(shape.set, `${path}.set`), `${path}.set`) };
    case "cut":
      return { atMs, do: kind, by: by(), direction: direction() };
    case "heal":
    case "reset":
      return { atMs, do: kind, by: by() };
    case "step":
      actionOf(shape.step, `${path}.step`, options);
      return { atMs, do: kind, step: objectAt(shape.step, `${path}.step`) };
    case "heal-all":
      return { atMs, do: kind };
    case "hold":
      return { atMs, do: kind, isHeld: flagAt(shape.isHeld, `${path}.isHeld`) };
    case "message": {
      const act = choiceAt(shape.act, ["deliver", "drop", "duplicate"], `${path}.act`);
      return { atMs, do: kind, message: countAt(shape.message, `${path}.message`), act };
    }
    case "delay":
      return {
        atMs,
        do: kind,
        message: countAt(shape.message, `${path}.message`),
        ms: inRange(shape.ms, 1, DELAY_MS_MAX, `${path}.ms`),
      };
    case "move": {
      const side = choiceAt(shape.side, ["before", "after"], `${path}.side`);
      return { atMs, do: kind, message: countAt(shape.message, `${path}.message`), side, other: countAt(shape.other, `${path}.other`) };
    }
    case "bot":
      return { atMs, do: kind, by: by(), isOn: flagAt(shape.isOn, `${path}.isOn`) };
    case "clock": {
      const offsetMs = inRange(shape.offsetMs, -CLOCK_OFFSET_MS_MAX, CLOCK_OFFSET_MS_MAX, `${path}.offsetMs`);
      return { atMs, do: kind, by: by(), offsetMs };
    }
    case "stamps":
      return { atMs, do: kind, kind: choiceAt(shape.kind, CLOCK_KINDS, `${path}.kind`) };
    case "lock":
      return { atMs, do: kind, by: by(), act: choiceAt(shape.act, ["ask", "release"], `${path}.act`) };
    default:
      return unreachable(kind);
  }
}

function splicesAt(value: unknown, path: string): Splice[] {
  return listAt(value, path).map((entry, n) => {
    const shape = objectAt(entry, `${path}[${n}]`);
    const [index, remove] = [countAt(shape.index, `${path}[${n}].index`), countAt(shape.remove, `${path}[${n}].remove`)];
    return { index, remove, insert: textAt(shape.insert, `${path}[${n}].insert`) };
  });
}

function patchAt(shape: Shape, path: string): LinkPatch {
  const latencyMs = optionalAt(shape.latencyMs, path, (value) => inRange(value, 0, LATENCY_MS_MAX, `${path}.latencyMs`), null);
  const jitterMs = optionalAt(shape.jitterMs, path, (value) => inRange(value, 0, JITTER_MS_MAX, `${path}.jitterMs`), null);
  const bits = shape.bandwidthBitsPerS;
  return {
    ...(latencyMs === null ? {} : { latencyMs }),
    ...(jitterMs === null ? {} : { jitterMs }),
    ...(bits === undefined
      ? {}
      : {
          bandwidthBitsPerS:
            bits === null ? null : inRange(bits, BANDWIDTH_BITS_PER_S_MIN, Number.MAX_SAFE_INTEGER, `${path}.bandwidthBitsPerS`),
        }),
  };
}

function inRange(value: unknown, min: number, max: number, path: string): number {
  const number = numberAt(value, path);
  if (!Number.isSafeInteger(number) || number < min || number > max)
    throw new ScenarioError(path, `${number} is not a whole number from ${min} to ${max}`);
  return number;
}
