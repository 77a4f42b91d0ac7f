/** What the two bots of a side-by-side run type, where the network is cut for them, and what became of their words. Pure. */

import { createPrng } from "../../crdt/base/prng.ts";
import { listed } from "../../crdt/base/listed.ts";
import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";

/** Of two: the bot's number. */
export type BotIndex = 0 | 1;
export const BOT_NAMES: readonly [string, string] = ["Ana", "Bo"];

/** Typed one after the other, while everybody hears everybody. */
export const TOGETHER: readonly [string, string] = ["Sunday lunch: ", "who brings what? "];
/** Typed at the same time, at the same place, while the two cannot hear each other. */
export const APART: readonly [string, string] = ["Ana brings bread and olives. ", "Bo brings cheese and grapes. "];

const KEY_MS = 55;
const KEY_JITTER_MS = 20;

/** How long each key waits after the one before it, in ms: the same for the same words. */
export function keyPausesMs(words: string): readonly number[] {
  const prng = createPrng(words);
  return Array.from(words, () => KEY_MS + (prng.float() * 2 - 1) * KEY_JITTER_MS);
}

export interface Sides {
  readonly majority: readonly string[];
  readonly minority: readonly string[];
  /** Every pair of nodes of which one is here and one there. */
  readonly links: readonly (readonly [string, string])[];
}

/**
 * Two sides, one bot's node on each. The side of `leader` is the larger one, so that what is ordered need not change hands first.
 * @throws RangeError when there are less than three nodes, or both bots are on one.
 */
export function sidesOf(nodes: readonly string[], homes: readonly [string, string], leader: string | null): Sides {
  if (nodes.length < 3) throw new RangeError(`${nodes.length} nodes: two sides of which one is larger need at least 3`);
  if (homes[0] === homes[1] || homes.some((home) => !nodes.includes(home)))
    throw new RangeError(`Bots on ${homes.join(" and ")}: expected two different ones of ${nodes.join(", ")}`);
  const [first, second] = leader === homes[1] ? [homes[1], homes[0]] : homes;
  const others = nodes.filter((node) => node !== first && node !== second);
  const more = Math.floor(nodes.length / 2);
  const byLeader = others.toSorted((a, b) => Number(b === leader) - Number(a === leader));
  const majority = [first, ...byLeader.slice(0, more)].toSorted();
  const minority = [second, ...byLeader.slice(more)].toSorted();
  return { majority, minority, links: majority.flatMap((a) => minority.map((b): readonly [string, string] => [a, b])) };
}

/** Whether every one of these links is cut, both ways; and whether none is, either way. */
export function cutState({ cuts }: Pick<NodesAnswer, "cuts">, links: Sides["links"]): "cut" | "whole" | "between" {
  const isCut = (from: string, to: string): boolean => cuts.some((cut) => cut.from === from && cut.to === to);
  const directions = links.flatMap(([a, b]) => [isCut(a, b), isCut(b, a)]);
  return directions.every(Boolean) ? "cut" : directions.some(Boolean) ? "between" : "whole";
}

/** The cuts between nodes: whoever else is cut off is not part of a run. */
export function nodeCuts({ nodes, cuts }: Pick<NodesAnswer, "nodes" | "cuts">): NodesAnswer["cuts"] {
  return cuts.filter(({ from, to }) => [from, to].every((end) => nodes.some(({ id }) => id === end)));
}

/** Why a run cannot begin on these nodes, in one sentence; null: it can. */
export function hindrance({ nodes, cuts }: Pick<NodesAnswer, "nodes" | "cuts">): string | null {
  if (nodes.length < 3) {
    const is = nodes.length === 1 ? "is one node" : `is ${nodes.length} nodes`;
    return `This server ${is}: two sides of which only one has a majority need three. Start it with --nodes 3.`;
  }
  const down = nodes.filter(({ state }) => state !== "up").map(({ id }) => id);
  if (down.length > 0) return `${listed(down)} ${down.length === 1 ? "is" : "are"} not up: restart what is down first.`;
  if (nodeCuts({ nodes, cuts }).length > 0)
    return "Links between nodes are cut already: heal them first, or the two sides would not be those of this run.";
  return null;
}

/** How many words of `typed` stand whole in `text`, each occurrence counted once. */
export function wordsKept(typed: string, text: string): { readonly kept: number; readonly total: number } {
  const words = typed.split(/\s+/).filter((word) => word !== "");
  const standing = new Map<string, number>();
  for (const word of text.split(/\s+/)) standing.set(word, (standing.get(word) ?? 0) + 1);
  let kept = 0;
  for (const word of words) {
    const left = standing.get(word) ?? 0;
    if (left === 0) continue;
    standing.set(word, left - 1);
    kept++;
  }
  return { kept, total: words.length };
}

/** What one bot's side had come to in the moment of the heal. */
export interface AtHeal {
  readonly name: string;
  /** Keys that its copy took during the cut, and keys that it had not taken by then. */
  readonly taken: number;
  readonly waiting: number;
  /** Edits that no node had saved or committed. */
  readonly unsaved: number;
  /** Why not, as its copy said; null: nothing stood against it. */
  readonly reason: string | null;
}

/** What one note did during the cut and after it, in one sentence for each thing that happened. */
export function outcomeSentences({
  atHeal,
  kept,
  lost,
  agreedAfterMs,
}: {
  readonly atHeal: readonly AtHeal[];
  readonly kept: readonly { readonly name: string; readonly kept: number; readonly total: number }[];
  readonly lost: number;
  readonly agreedAfterMs: number | null;
}): string[] {
  const stopped = atHeal.filter(({ unsaved, waiting }) => unsaved > 0 || waiting > 0);
  const during =
    stopped.length === 0
      ? "Both sides went on: every key was saved on the writer's own side of the cut."
      : `${listed(atHeal.filter((bot) => !stopped.includes(bot)).map(({ name }) => name)) || "Nobody"} went on. ${stopped
          .map(
            ({ name, unsaved, waiting, reason }) =>
              `${name} was refused, and ${[
                ...(unsaved > 0 ? [`${unsaved} ${unsaved === 1 ? "edit" : "edits"} waited as a draft`] : []),
                ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? "key" : "keys"} could not be typed`] : []),
              ].join(" and ")}${reason === null ? "" : ` (${reason.replace(/\.$/, "")})`}.`,
          )
          .join(" ")}`;
  const gone = kept.filter((bot) => bot.kept < bot.total);
  const after =
    gone.length === 0
      ? "All words of both stand in the note."
      : `${listed(gone.map(({ name, kept: stand, total }) => `${name}: ${stand} of ${total} words`))} stand whole.`;
  const ledger =
    lost === 0 ? "The ledger is empty: no write was thrown away." : `The ledger has ${lost} lost ${lost === 1 ? "write" : "writes"}.`;
  const agreed =
    agreedAfterMs === null ? [] : [`Both copies agreed, and all was saved, ${(agreedAfterMs / 1_000).toFixed(2)} s after the heal.`];
  return [during, after, ledger, ...agreed];
}
