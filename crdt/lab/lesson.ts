/**
 * A scenario as a lesson: what everybody has at each moment until the cut is healed, then the question what all will see,
 * with answers that are what the strategies really make of it. Nothing here knows an outcome beforehand.
 */

import type { Strategy, StrategyName } from "../strategy/strategy.ts";
import { isMeeting, sentenceOf } from "./act-words.ts";
import type { ReplicaId } from "../base/ids.ts";
import { replicaNameOf } from "./play.ts";
import type { Played } from "./played.ts";
import { Player } from "./player.ts";
import { type ReplicaName, type Script, writerAfter } from "./script.ts";
import { whyCharacter } from "./why.ts";

export interface Moment {
  /** What has just happened. */
  readonly sentence: string;
  /** Who did it, where it was somebody. */
  readonly by: ReplicaName | null;
  /** What everybody then has. */
  readonly texts: Readonly<Partial<Record<ReplicaName, string>>>;
}

export interface LessonRun {
  readonly strategy: StrategyName;
  /** Up to the moment before the question, the beginning first. */
  readonly before: readonly Moment[];
  /** From the heal on. */
  readonly after: readonly Moment[];
  readonly played: Played;
  /** Where characters have ids: the comparisons that put what two wrote in order, one sentence each. */
  readonly comparisons: readonly string[];
}

/** What several strategies end in alike. */
export interface Ending {
  /** What each replica that was in the last sync then has; one text where all have the same. */
  readonly texts: readonly { readonly replicas: readonly ReplicaName[]; readonly text: string }[];
  readonly strategies: readonly StrategyName[];
}

/** Before which step the question is asked: where what was written apart meets, or before the first or the last edit. */
export type AskBefore = "meeting" | "first-edit" | "last-edit";

/** Plays `script` and looks at everybody after each step. Keys of one text count as one step. */
export async function runLesson(script: Script, strategy: Strategy, askBefore: AskBefore = "meeting"): Promise<LessonRun> {
  const askAt = questionAt(script, askBefore);
  const player = new Player(script, strategy);
  const moments: Moment[] = [];
  let meetsAt = -1;
  try {
    await player.begin();
    const look = (sentence: string, by: ReplicaName | null): void => {
      const texts = Object.fromEntries(Array.from(player.members, ([name, { note }]) => [name, note.text()]));
      moments.push({ sentence, by, texts });
    };
    look(
      [script.startText === "" ? "Everybody has an empty note." : "Everybody has the same text.", ...clockSentences(script)].join(" "),
      null,
    );
    for (const [n, { atMs, action, view }] of script.actions.entries()) {
      if (n === askAt) meetsAt = moments.length;
      await player.act(atMs, action, writerAfter(script, n), view);
      const goesOn =
        action.do === "key" && script.actions.slice(n + 1).some(({ action: next }) => next.do === "key" && next.typing === action.typing);
      if (!goesOn) look(sentenceOf(wholeText(script, n), String, script.nodes), "by" in action ? action.by : null);
    }
    const played = await player.end();
    look("Everything has arrived.", null);
    if (meetsAt < 0) meetsAt = moments.length - 1;
    const comparisons = comparisonsOf(player, played);
    return { strategy: strategy.name, before: moments.slice(0, meetsAt), after: moments.slice(meetsAt), played, comparisons };
  } finally {
    player.close();
  }
}

/** The action before which is asked; -1: at the end. */
function questionAt({ actions }: Script, before: AskBefore): number {
  const isEdit = ({ action }: Script["actions"][number]): boolean => action.do === "edit" || action.do === "key";
  const first = actions.findIndex(isEdit);
  if (before === "first-edit") return first;
  if (before === "last-edit") return actions.findLastIndex(isEdit);
  return actions.findIndex(({ action }, n) => n > first && first >= 0 && isMeeting(action));
}

/** More would be a list, not a reason. */
const COMPARISONS_MAX = 4;

/** Of what replicas of the script wrote, each pair once, from the side that stands first. */
function comparisonsOf({ members }: Player, { lastSynced }: Played): string[] {
  const replica = members.get(lastSynced[0] ?? "A")?.note.replica;
  const inspection = replica?.inspect();
  if (replica === undefined || inspection?.order === undefined) return [];
  const nameOf = (id: ReplicaId): string => replicaNameOf(id) ?? "start";
  const question = { inspection, text: replica.text(), nameOf, facts: null };
  const out = new Set<string>();
  for (const { id, author } of inspection.items) {
    if (out.size >= COMPARISONS_MAX) break;
    if (replicaNameOf(author) === null) continue;
    for (const rival of whyCharacter(question, { item: id })?.rivals ?? [])
      if (rival.isBefore && rival.key !== null && rival.key !== "side" && replicaNameOf(rival.author) !== null) out.add(rival.sentence);
  }
  return [...out].slice(0, COMPARISONS_MAX);
}

/** The endings of several runs, those of the first run first. */
export function endingsOf(runs: readonly LessonRun[]): Ending[] {
  const out = new Map<string, { texts: Ending["texts"]; strategies: StrategyName[] }>();
  for (const { strategy, played } of runs) {
    const texts = textsOf(played);
    const key = JSON.stringify(texts.map(({ replicas, text }) => [texts.length === 1 ? "" : replicas, text]));
    const held = out.get(key);
    if (held === undefined) out.set(key, { texts, strategies: [strategy] });
    else held.strategies.push(strategy);
  }
  return [...out.values()];
}

/** Who ends with what, alike together. */
export function textsOf({ lastSynced, texts }: Played): Ending["texts"] {
  const byText = new Map<string, ReplicaName[]>();
  for (const name of lastSynced) {
    const text = texts[name] ?? "";
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  return Array.from(byText, ([text, replicas]) => ({ replicas, text }));
}

function clockSentences({ replicas }: Script): string[] {
  return replicas.flatMap(({ name, clockOffsetMs, driftPpm }) => [
    ...(clockOffsetMs === 0
      ? []
      : [`${name}'s clock is ${durationWords(Math.abs(clockOffsetMs))} ${clockOffsetMs > 0 ? "ahead" : "behind"}.`]),
    ...(driftPpm === 0 ? [] : [`${name}'s clock goes ${driftPpm > 0 ? "fast" : "slow"} by ${Math.abs(driftPpm)} millionths.`]),
  ]);
}

function durationWords(ms: number): string {
  const [amount, unit] = ms % 3_600_000 === 0 ? [ms / 3_600_000, "h"] : ms % 1_000 === 0 ? [ms / 1_000, "s"] : [ms, "ms"];
  return `${amount} ${unit}`;
}

/** The action, or for the last key of a text the whole of it. */
function wholeText({ actions }: Script, n: number): Script["actions"][number]["action"] {
  const { action } = actions[n]!;
  if (action.do !== "key") return action;
  const keys = actions.slice(0, n + 1).flatMap(({ action: one }) => (one.do === "key" && one.typing === action.typing ? [one] : []));
  const typed = keys.map(({ text }) => text);
  return { ...action, pos: keys[0]!.pos, text: (action.isBackward ? typed.reverse() : typed).join("") };
}
