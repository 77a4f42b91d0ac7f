/**
 * The smallest script that still does something: delta debugging (ddmin; Zeller and Hildebrandt, IEEE TSE 2002) over its
 * actions, then over the texts of its edits. The same script and question give the same answer.
 */

import type { Strategy } from "../strategy/strategy.ts";
import { findAnomalies } from "./anomalies.ts";
import type { AnomalyKind } from "./anomaly.ts";
import { judge } from "./judge.ts";
import { placedScript } from "./placed-script.ts";
import { replay } from "./replay.ts";
import type { Script, TimedAction } from "./script.ts";

const TRIALS_MAX = 600;

export interface Shrunk {
  readonly script: Script;
  /** Runs that it took. */
  readonly trials: number;
  /** Whether it stopped because these were too many: a smaller one may exist. */
  readonly isBounded: boolean;
}

/** Whether a script still does what is looked for. */
export type Question = (script: Script) => Promise<boolean>;

/** Whether `strategy` shows that anomaly, or any; without a kind also where what the script expects does not come out. */
export function showsUnder(strategy: Strategy, kind: AnomalyKind | "any" | "mismatch"): Question {
  return async (script) => {
    const run = await replay(script, strategy);
    if (kind === "mismatch") return !run.played.isConverged || judge(script, run.played).isMatch === false;
    const { anomalies } = await findAnomalies(script, strategy, run);
    return kind === "any" ? anomalies.length > 0 : anomalies.some((anomaly) => anomaly.kind === kind);
  };
}

/** null: not even the whole script does. */
export async function shrink(script: Script, question: Question, trialsMax = TRIALS_MAX): Promise<Shrunk | null> {
  let trials = 0;
  const holds = async (candidate: Script): Promise<boolean> => {
    if (trials >= trialsMax) return false;
    trials++;
    try {
      return await question(candidate);
    } catch {
      // What cannot be played, such as a key without its first one, is no smaller case.
      return false;
    }
  };
  if (!(await holds(script))) return null;
  let best = { ...script, actions: await fewest(script.actions, (actions) => holds({ ...script, actions })) };
  for (let n = 0; n < best.actions.length; n++) best = await shorterText(best, n, holds);
  best = await shorterStart(best, holds);
  const names = new Set(best.actions.flatMap(({ action }) => namesIn(action)));
  const replicas = best.replicas.filter(({ name }) => names.has(name));
  if (replicas.length > 0 && replicas.length < best.replicas.length && (await holds({ ...best, replicas }))) best = { ...best, replicas };
  return { script: best, trials, isBounded: trials >= trialsMax };
}

/** A part of `items`, in their order, of which none can be left out alone. All of them must hold. */
export async function fewest<T>(items: readonly T[], holds: (items: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let best = items;
  for (let parts = 2; best.length > 1;) {
    const size = Math.ceil(best.length / parts);
    let smaller: readonly T[] | null = null;
    for (let at = 0; at < best.length && smaller === null; at += size) {
      const rest = [...best.slice(0, at), ...best.slice(at + size)];
      if (await holds(rest)) smaller = rest;
    }
    if (smaller !== null) {
      best = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(best.length, parts * 2);
  }
  return best;
}

/**
 * The smallest steps that show an anomaly under one strategy, as a script that stands alone: while it shrinks, edits are placed by the
 * texts that they were recorded in, where it carries them; then each is where it went. Where that does not show it, they keep those
 * texts. null: not even the whole script shows it.
 */
export async function smallestSteps(script: Script, strategy: Strategy, kind: AnomalyKind | "any" | "mismatch"): Promise<Shrunk | null> {
  const question = showsUnder(strategy, kind);
  const shrunk = await shrink(script, question);
  if (shrunk === null) return null;
  const alone = placedScript(shrunk.script, await replay(shrunk.script, strategy));
  return (await question(alone)) ? { ...shrunk, script: alone } : shrunk;
}

async function shorterText(script: Script, n: number, holds: Question): Promise<Script> {
  const timed = script.actions[n]!;
  const { action } = timed;
  if (action.do !== "edit") return script;
  const withText = (text: string): Script => ({
    ...script,
    actions: script.actions.map((old, k) => (k === n ? { ...timed, action: { ...action, text } } : old)),
  });
  const text = await shorter(action.text, async (candidate) => candidate !== "" && holds(withText(candidate)));
  return text === action.text ? script : withText(text);
}

/** The start text is cut at its end alone, so that positions keep their meaning. */
async function shorterStart(script: Script, holds: Question): Promise<Script> {
  let { startText } = script;
  for (let size = Math.ceil(startText.length / 2); size >= 1 && startText !== "";) {
    const candidate = Array.from(startText).slice(0, -size).join("");
    if (await holds({ ...script, startText: candidate })) startText = candidate;
    else if (size === 1) break;
    else size = Math.floor(size / 2);
  }
  return { ...script, startText };
}

async function shorter(text: string, holds: (text: string) => Promise<boolean>): Promise<string> {
  let units = Array.from(text);
  for (let size = Math.ceil(units.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < units.length && units.length > 1;) {
      const rest = [...units.slice(0, at), ...units.slice(at + size)];
      if (await holds(rest.join(""))) units = rest;
      else at += size;
    }
  }
  return units.join("");
}

function namesIn(action: TimedAction["action"]): readonly string[] {
  if ("by" in action) return [action.by];
  if ("order" in action) return action.order;
  if ("groups" in action) return action.groups.flat();
  return "cut" in action ? action.cut : [];
}
