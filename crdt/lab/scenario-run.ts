/**
 * A scenario as a run of the sandbox, to be watched and touched. Every scenario is one: edits and waits are commands, and all else are
 * steps that the sandbox takes as a player does. So it comes out as the scenario does.
 */

import { hashText } from "../base/hash.ts";
import { mapPosition } from "../base/splice.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { type Driven, finish, runTo } from "./drive.ts";
import { expectationsOf } from "./judge.ts";
import type { EngineName } from "./meta-engines.ts";
import { placeIn } from "./placing.ts";
import { REPLICAS_MIN, type SandboxCommand, type SandboxOptions } from "./sandbox-record.ts";
import type { SandboxSetup } from "./sandbox-setup.ts";
import { Sandbox, type SandboxHooks } from "./sandbox.ts";
import { hasLockSteps, hasMeta, REPLICA_NAMES, type ReplicaName, type Script, type TimedAction, writerAfter } from "./script.ts";
import { writeStep } from "./script-writer.ts";

/** How often copies that single messages were lost of are brought together again. */
const REPAIRS_MAX = 5;
/** Longer than a lease lasts: by then everybody knows how they stand. */
const RESTLESS_MS = 15_000;

/** Cost: that of the run. `engine`: what holds the metadata, where the script lets that be chosen. */
export async function runScenario(script: Script, strategy: StrategyName, engine: EngineName | null = null): Promise<Driven> {
  const carets = new Map<number, { readonly by: number; index: number }>();
  const hooks: SandboxHooks = {
    onText: (replica, splices, origin) => {
      if (origin === "person") return;
      for (const caret of carets.values()) if (caret.by === replica) caret.index = mapPosition(caret.index, splices, -1);
    },
  };
  const sandbox = await Sandbox.open(optionsOf(script, strategy, engine), hooks);
  const indexOf = (name: ReplicaName): number => REPLICA_NAMES.indexOf(name);
  const act = async (...commands: readonly SandboxCommand[]): Promise<void> => {
    for (const command of commands) await sandbox.act(command);
  };
  /** Of single messages that were lost, copies learn when they connect anew. */
  const rest = async (): Promise<void> => {
    let isAtRest = await sandbox.rest();
    for (let n = 0; n < REPAIRS_MAX && !isAtRest && script.mode === "datagram"; n++) {
      for (const { name } of script.replicas) await act({ do: "reset", by: indexOf(name) });
      isAtRest = await sandbox.rest();
    }
  };
  /** Where a writer must hold a lock: `to` has it, and all others write drafts, however late they hear of it. */
  const giveLock = async (to: ReplicaName): Promise<void> => {
    const by = indexOf(to);
    if (hasLockSteps(script) || sandbox.view(by).lock === null) return;
    for (const { name } of script.replicas) if (name !== to) await act({ do: "lock", by: indexOf(name), act: "release" });
    await rest();
    await act({ do: "lock", by, act: "ask" });
    await rest();
    const { holder, ttlMs } = sandbox.view(by).lock!;
    // Of a holder that is cut off it runs out.
    if (holder !== sandbox.idOf(by)) await sandbox.advance(2 * ttlMs);
    await rest();
  };
  const first = writerAfter(script, -1);
  if (first !== null) await giveLock(first);
  if (script.startsCut) for (const { name } of script.replicas) await act({ do: "cut", by: indexOf(name), direction: "both" });
  const beganAtMs = sandbox.nowMs;

  let refusals = 0;
  let misplaced = 0;
  const edit = async (by: number, given: number, len: number, text: string, view?: string): Promise<number> => {
    const { length } = sandbox.textOf(by);
    const pos = view === undefined ? given : placeIn(sandbox.textOf(by), view, given);
    const index = Math.min(pos, length);
    const remove = Math.min(len, length - index);
    if (index !== pos || remove !== len) misplaced++;
    if (remove === 0 && text === "") return index;
    const acted = await sandbox.act({ do: "edit", by, splices: [{ index, remove, insert: text }], caret: index + text.length });
    if (acted !== null) refusals++;
    return index;
  };
  const take = async (n: number, { action, view }: TimedAction): Promise<void> => {
    switch (action.do) {
      case "edit": {
        const by = indexOf(action.by);
        if (action.wallMs !== null) {
          const offsetMs = beganAtMs + action.wallMs - sandbox.nowMs;
          if (sandbox.view(by).clockOffsetMs !== offsetMs) await act({ do: "step", step: { do: "clock", by: action.by, offsetMs } });
        }
        await edit(by, action.pos, action.len, action.text, view);
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
          await rest();
        }
        const next = writerAfter(script, n);
        if (next !== null && action.order.includes(next)) await giveLock(next);
        for (const name of action.order) await act({ do: "cut", by: indexOf(name), direction: "both" });
        return;
      }
      default: {
        const acted = await sandbox.act({ do: "step", step: writeStep(action, script.nodes) });
        if (acted !== null) refusals++;
      }
    }
  };
  for (const [n, timed] of script.actions.entries()) {
    if (timed.atMs !== null) await runTo(sandbox, beganAtMs + timed.atMs);
    await take(n, timed);
  }
  // What never comes to rest is not waited for until patience ends.
  if (expectationsOf(script, engine ?? strategy).some(({ rests }) => rests === false)) await sandbox.advance(RESTLESS_MS);
  else await rest();
  const told = [
    ...(refusals === 0 ? [] : [`${refusals} ${refusals === 1 ? "edit was" : "edits were"} refused.`]),
    ...(misplaced === 0 ? [] : [`${misplaced} ${misplaced === 1 ? "edit" : "edits"} fell to the end of a text that was too short.`]),
  ];
  return finish(sandbox, told);
}

function optionsOf(script: Script, strategy: StrategyName, engine: EngineName | null): SandboxOptions {
  const { replicas, nodes, clock = "wall", mode, undo = "own", startMeta, hasFencing, actions } = script;
  const count = Math.max(REPLICAS_MIN, ...replicas.map(({ name }) => REPLICA_NAMES.indexOf(name) + 1));
  const each = REPLICA_NAMES.slice(0, count).map((name) => replicas.find((replica) => replica.name === name));
  const setup: SandboxSetup = {
    ...(clock === "wall" ? {} : { clock }),
    ...(mode === "datagram" ? { mode } : {}),
    ...(actions.some(({ action }) => action.do === "undo" || action.do === "redo") ? { undo } : {}),
    ...(hasMeta(script) ? { meta: startMeta ?? {} } : {}),
    ...(engine === null ? {} : { engine }),
    ...(hasFencing === undefined ? {} : { hasFencing }),
    ...(script.startAt === undefined ? {} : { startAt: script.startAt }),
    ...(script.leaseMs === undefined ? {} : { leaseMs: script.leaseMs }),
    ...(nodes === undefined ? {} : { homes: each.map((replica) => replica?.at ?? "S1") }),
    ...(replicas.some(({ clockOffsetMs, driftPpm }) => clockOffsetMs !== 0 || driftPpm !== 0)
      ? { clocks: each.map((replica) => ({ offsetMs: replica?.clockOffsetMs ?? 0, driftPpm: replica?.driftPpm ?? 0 })) }
      : {}),
  };
  return {
    strategy,
    seed: seedOf(script.seed),
    replicas: count,
    startText: script.startText,
    latencyMs: 0,
    ...(nodes === undefined ? {} : { nodes }),
    ...(Object.keys(setup).length === 0 ? {} : { setup }),
  };
}

/** Seeds of scenarios may be words; those of a sandbox are numbers. */
function seedOf(seed: number | string): number {
  return typeof seed === "number" ? seed : Number.parseInt(hashText(seed).slice(0, 8), 16);
}
