/**
 * A run of the sandbox as a script, so that the same gestures can go through other strategies: what people and bots typed, each
 * with the text that they had before them, and what was done to links and clocks. What a script has no words for is told.
 */

import { applySplices, type Splice } from "../base/splice.ts";
import { loadNodeStrategy } from "../strategy/registry.ts";
import { findAnomalies } from "./anomalies.ts";
import { type Anomaly, ANOMALY_KINDS, type AnomalyKind } from "./anomaly.ts";
import { replay } from "./replay.ts";
import { actionOf, nodeLatencyOf, type SandboxCommand, type SandboxOptions, type SandboxRecord } from "./sandbox-record.ts";
import { Sandbox } from "./sandbox.ts";
import { type Action, NODE_NAMES, type NodeName, REPLICA_NAMES, type ReplicaName, type Script, type TimedAction } from "./script.ts";

export interface RecordScript {
  readonly script: Script;
  /** What of the run is no part of it, in sentences. */
  readonly told: readonly string[];
}

/** Cost: one run of the record. */
export async function scriptOfRecord({ options, commands, untilMs }: SandboxRecord, title: string): Promise<RecordScript> {
  const { startText, replicas, latencyMs, seed, nodes = 1, setup = {} } = options;
  const names = REPLICA_NAMES.slice(0, replicas);
  const shown = names.map(() => startText);
  const between = nodePairs(nodes);
  const actions: TimedAction[] = [
    ...names.flatMap((by) =>
      (["up", "down"] as const).map((direction): TimedAction => ({ atMs: 0, action: { do: "link", by, direction, set: { latencyMs } } })),
    ),
    ...between.map((ends): TimedAction => ({
      atMs: 0,
      action: { do: "node-link", ...ends, set: { latencyMs: nodeLatencyOf(latencyMs) } },
    })),
  ];
  const left = new Map<string, number>();
  let nowMs = (): number => 0;
  const sandbox = await Sandbox.open(options, {
    onText: (replica, splices, origin) => {
      if (origin === "person" || origin === "bot") actions.push(...editsOf(names[replica]!, nowMs(), shown[replica]!, splices));
      shown[replica] = applySplices(shown[replica]!, splices);
    },
  });
  nowMs = () => sandbox.nowMs;
  try {
    for (const { atMs, ...command } of commands) {
      if (atMs > sandbox.nowMs) await sandbox.advance(atMs - sandbox.nowMs);
      const acted = await sandbox.act(command);
      if (command.do === "edit") {
        // Refused there, and perhaps not elsewhere.
        if (acted !== null) actions.push(...editsOf(names[command.by]!, atMs, shown[command.by]!, command.splices));
        continue;
      }
      const made = actionsOf(command, names, options);
      if (made === null) left.set(WORDS[command.do] ?? command.do, (left.get(WORDS[command.do] ?? command.do) ?? 0) + 1);
      else for (const action of made) actions.push({ atMs, action });
    }
    if (untilMs > sandbox.nowMs) await sandbox.advance(untilMs - sandbox.nowMs);
  } finally {
    sandbox.close();
  }
  const script: Script = {
    id: "compare",
    title,
    lesson: "",
    seed,
    startText,
    replicas: names.map((name, by) => ({
      name,
      clockOffsetMs: setup.clocks?.[by]?.offsetMs ?? 0,
      driftPpm: setup.clocks?.[by]?.driftPpm ?? 0,
      // In turn, where nothing is said of it: in a script that would be S1.
      ...(nodes === 1 ? {} : { at: setup.homes?.[by] ?? NODE_NAMES[by % nodes]! }),
    })),
    ...(setup.clock === undefined ? {} : { clock: setup.clock }),
    ...(setup.mode === undefined ? {} : { mode: setup.mode }),
    ...(setup.undo === undefined ? {} : { undo: setup.undo }),
    ...(setup.meta === undefined ? {} : { startMeta: setup.meta }),
    ...(setup.hasFencing === undefined ? {} : { hasFencing: setup.hasFencing }),
    ...(setup.startAt === undefined ? {} : { startAt: setup.startAt }),
    ...(setup.leaseMs === undefined ? {} : { leaseMs: setup.leaseMs }),
    ...(nodes === 1 ? {} : { nodes }),
    startsCut: false,
    actions,
    strategies: [],
    expected: new Map(),
  };
  const told = left.size === 0 ? [] : [`Left out: ${[...left].map(([words, count]) => `${words} (${count})`).join(", ")}.`];
  return { script, told };
}

/** What the checkers find in a run, played as a script under its own strategy. Cost: up to seven runs of the record. */
export async function lookForAnomalies(record: SandboxRecord): Promise<readonly Anomaly[]> {
  const { script } = await scriptOfRecord(record, "");
  const strategy = await loadNodeStrategy(record.options.strategy);
  return (await findAnomalies(script, strategy, await replay(script, strategy))).anomalies;
}

/** Their kinds, each once, in the order of their list. Cost: as `lookForAnomalies`. */
export async function anomaliesOfRecord(record: SandboxRecord): Promise<AnomalyKind[]> {
  const anomalies = await lookForAnomalies(record);
  return ANOMALY_KINDS.filter((kind) => anomalies.some((anomaly) => anomaly.kind === kind));
}

const WORDS: Readonly<Partial<Record<SandboxCommand["do"], string>>> = {
  hold: "holds of the network",
  message: "messages delivered, dropped or doubled by hand",
  stamps: "changes of what writes are stamped with",
  lock: "asking for the lock, which whoever writes is given here",
};

/** Splices mean one text: the last one first, so that each still finds its place; each with the text that it then meets. */
export function editsOf(by: ReplicaName, atMs: number, before: string, splices: readonly Splice[]): TimedAction[] {
  let view = before;
  return splices.toReversed().map(({ index, remove, insert }) => {
    const edit: TimedAction = { atMs, view, action: { do: "edit", by, pos: index, len: remove, text: insert, wallMs: null } };
    view = applySplices(view, [{ index, remove, insert }]);
    return edit;
  });
}

/** Every direction of every link between nodes. */
function nodePairs(count: number): { readonly from: NodeName; readonly to: NodeName }[] {
  const nodes = NODE_NAMES.slice(0, count);
  return nodes.flatMap((from) => nodes.flatMap((to) => (from === to ? [] : [{ from, to }])));
}

/** null: a script has no words for it. Carets and bots are in the edits. */
export function actionsOf(
  command: Exclude<SandboxCommand, { readonly do: "edit" }>,
  names: readonly ReplicaName[],
  options: SandboxOptions,
): Action[] | null {
  const both = ["up", "down"] as const;
  switch (command.do) {
    case "link":
    case "cut": {
      const set = command.do === "cut" ? ({ cut: "blackhole" } as const) : command.set;
      const directions = command.direction === "both" ? both : [command.direction];
      return directions.map((direction) => ({ do: "link", by: names[command.by]!, direction, set }));
    }
    case "heal":
      return both.map((direction) => ({ do: "link", by: names[command.by]!, direction, set: { cut: "open" } }));
    case "heal-all":
      return [
        ...names.flatMap((by) => both.map((direction): Action => ({ do: "link", by, direction, set: { cut: "open" } }))),
        ...nodePairs(options.nodes ?? 1).map((ends): Action => ({ do: "node-link", ...ends, set: { cut: "open" } })),
      ];
    case "clock":
      return [{ do: "clock", by: names[command.by]!, offsetMs: command.offsetMs, driftPpm: null, stepMs: null }];
    case "step":
      return [actionOf(command.step, "step", options)];
    case "caret":
    case "bot":
      return [];
    default:
      return null;
  }
}
