/**
 * A scenario as a run of the sandbox, to be watched and touched. It comes out as the scenario does, but steps that the
 * sandbox does not have are no part of it: such scenarios are refused by the name of the step.
 */

import { hashText } from "../base/hash.ts";
import { mapPosition } from "../base/splice.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { type Driven, finish, rest, runTo, takeLock } from "./drive.ts";
import { ScenarioError } from "./json-shape.ts";
import { REPLICAS_MIN, type SandboxCommand } from "./sandbox-record.ts";
import { Sandbox, type SandboxHooks } from "./sandbox.ts";
import { type Action, hasLockSteps, hasMeta, type ReplicaName, type Script, writerAfter } from "./script.ts";

const CAN: readonly Action["do"][] = ["edit", "key", "sync", "link", "partition", "heal", "clock"];

/** What the sandbox lacks for this scenario, as a sentence; null: nothing. */
export function lackOf(script: Script): string | null {
  const step = script.actions.find(({ action }) => !CAN.includes(action.do));
  if (step !== undefined) return `it has a step "${step.action.do}", which the sandbox does not know`;
  if (hasMeta(script)) return "it is about metadata, and the sandbox holds text alone";
  if (hasLockSteps(script)) return "it is about steps of a lock, which the sandbox does not know";
  if (script.replicas.some(({ driftPpm }) => driftPpm !== 0)) return "a clock in it drifts, and clocks of the sandbox do not";
  if (script.clock !== undefined && script.clock !== "wall") return `it keeps ${script.clock} time, and the sandbox wall time`;
  return null;
}

/** Cost: that of the run. @throws ScenarioError where the sandbox lacks something for it. */
export async function runScenario(script: Script, strategy: StrategyName): Promise<Driven> {
  const lack = lackOf(script);
  if (lack !== null) throw new ScenarioError("", `This scenario cannot be played here: ${lack}`);
  const carets = new Map<number, { readonly by: number; index: number }>();
  const hooks: SandboxHooks = {
    onText: (replica, splices, origin) => {
      if (origin === "person") return;
      for (const caret of carets.values()) if (caret.by === replica) caret.index = mapPosition(caret.index, splices, -1);
    },
  };
  const sandbox = await Sandbox.open(
    {
      strategy,
      seed: seedOf(script.seed),
      replicas: Math.max(REPLICAS_MIN, script.replicas.length),
      startText: script.startText,
      latencyMs: 0,
    },
    hooks,
  );
  const indexOf = (name: ReplicaName): number => script.replicas.findIndex((replica) => replica.name === name);
  const act = async (...commands: readonly SandboxCommand[]): Promise<void> => {
    for (const command of commands) await sandbox.act(command);
  };
  for (const [by, { clockOffsetMs }] of script.replicas.entries())
    if (clockOffsetMs !== 0) await act({ do: "clock", by, offsetMs: clockOffsetMs });
  const first = writerAfter(script, -1);
  if (first !== null) await takeLock(sandbox, indexOf(first));
  if (script.startsCut) for (const by of script.replicas.keys()) await act({ do: "cut", by, direction: "both" });

  let refusals = 0;
  const edit = async (by: number, pos: number, len: number, text: string): Promise<number> => {
    const { length } = sandbox.textOf(by);
    const index = Math.min(pos, length);
    const remove = Math.min(len, length - index);
    const acted = await sandbox.act({ do: "edit", by, splices: [{ index, remove, insert: text }], caret: index + text.length });
    if (acted !== null) refusals++;
    return index;
  };
  const take = async (n: number, action: Action): Promise<void> => {
    switch (action.do) {
      case "edit": {
        const by = indexOf(action.by);
        if (action.wallMs !== null) {
          await runTo(sandbox, action.wallMs);
          const offsetMs = action.wallMs - sandbox.nowMs;
          if (sandbox.view(by).clockOffsetMs !== offsetMs) await act({ do: "clock", by, offsetMs });
        }
        await edit(by, action.pos, action.len, action.text);
        return;
      }
      case "key": {
        const by = indexOf(action.by);
        const caret = carets.get(action.typing) ?? { by, index: action.pos };
        const index = await edit(by, caret.index, 0, action.text);
        caret.index = action.isBackward ? index : index + action.text.length;
        carets.set(action.typing, caret);
        return;
      }
      case "sync": {
        for (const name of action.order) {
          await act({ do: "heal", by: indexOf(name) });
          await rest(sandbox);
        }
        const next = writerAfter(script, n);
        if (next !== null && action.order.includes(next)) await takeLock(sandbox, indexOf(next));
        for (const name of action.order) await act({ do: "cut", by: indexOf(name), direction: "both" });
        return;
      }
      case "link":
        await setLink(sandbox, indexOf(action.by), action);
        return;
      case "partition":
        for (const { name } of script.replicas)
          await act(action.cut.includes(name) ? { do: "cut", by: indexOf(name), direction: "both" } : { do: "heal", by: indexOf(name) });
        return;
      case "heal":
        await act({ do: "heal-all" });
        return;
      case "clock": {
        const by = indexOf(action.by);
        const offsetMs = (action.offsetMs ?? sandbox.view(by).clockOffsetMs) + (action.stepMs ?? 0);
        await act({ do: "clock", by, offsetMs });
        return;
      }
      default:
        throw new ScenarioError("", `No step "${action.do}" in the sandbox`);
    }
  };
  for (const [n, { atMs, action }] of script.actions.entries()) {
    if (atMs !== null) await runTo(sandbox, atMs);
    await take(n, action);
  }
  await rest(sandbox);
  return finish(sandbox, refusals === 0 ? [] : [`${refusals} edits were refused.`]);
}

async function setLink(sandbox: Sandbox, by: number, { direction, set }: Extract<Action, { readonly do: "link" }>): Promise<void> {
  const { latencyMs, jitterMs, bandwidthBitsPerS, cut } = set;
  const patch = {
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(bandwidthBitsPerS === undefined ? {} : { bandwidthBitsPerS }),
  };
  if (Object.keys(patch).length > 0) await sandbox.act({ do: "link", by, direction, set: patch });
  if (cut === undefined) return;
  const other = direction === "up" ? "down" : "up";
  const isOtherCut = sandbox.view(by)[other].cut !== "open";
  if (cut !== "open") await sandbox.act({ do: "cut", by, direction });
  else {
    await sandbox.act({ do: "heal", by });
    if (isOtherCut) await sandbox.act({ do: "cut", by, direction: other });
  }
}

/** Seeds of scenarios may be words; those of a sandbox are numbers. */
function seedOf(seed: number | string): number {
  return typeof seed === "number" ? seed : Number.parseInt(hashText(seed).slice(0, 8), 16);
}
