/** What the laboratory shows, in words. Pure. */

import type { CausalIndex } from "../../crdt/lab/causal-index.ts";
import type { SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { RunEvent } from "../../crdt/lab/time-machine.ts";
import { frameTitle } from "../_network/frame-words.ts";

const LETTERS = "ABCDEF";

export function laneName(lane: number, { replicas }: SandboxOptions): string {
  return lane < 0 ? "the network" : lane < replicas ? LETTERS.charAt(lane) : `S${lane - replicas + 1}`;
}

/** "A", "A and B", "A, B and C". */
export function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Who holds the same text as whom, in one sentence. */
export function agreementText(groups: readonly number[], options: SandboxOptions): string {
  const sides = new Map<number, string[]>();
  for (const [replica, group] of groups.entries()) sides.set(group, [...(sides.get(group) ?? []), laneName(replica, options)]);
  if (sides.size <= 1) return `All ${groups.length} agree.`;
  const several = [...sides.values()].filter((side) => side.length > 1).map((side) => `${listText(side)} agree`);
  const single = [...sides.values()].filter((side) => side.length === 1).flat();
  if (several.length === 0) return `Nobody agrees: ${groups.length} replicas, ${groups.length} texts.`;
  const alone = single.length === 0 ? [] : [`${listText(single)} ${single.length === 1 ? "differs" : "differ"}`];
  return `${[...several, ...alone].join("; ")}.`;
}

/** What happened, in one line. */
export function eventText(event: RunEvent, options: SandboxOptions): string {
  const { kind, lane, from, to, words, bytes } = event;
  const [own, sender, receiver] = [lane, from, to].map((each) => laneName(each, options));
  switch (kind) {
    case "edit":
      return `${eventName(event, options)} edits: ${words}`;
    case "refused":
      return `${own}'s edit is refused: ${words}`;
    case "applied":
      return words === "" ? `${own} takes work of others in, its text stays` : `${own} takes work of others in: ${words}`;
    case "sent":
      return `${sender} sends ${receiver} ${article(frameTitle(words))} (${bytes} B)`;
    case "delivered":
      return `${receiver} receives ${article(frameTitle(words))} from ${sender}`;
    case "dropped":
      return `${capital(article(frameTitle(words)))} from ${sender} to ${receiver} is lost`;
    case "saved":
      return `${own} has everything so far on disk`;
    case "state":
      return `${own} is ${words}`;
    case "control":
      return `${capital(own ?? "")}: ${words}`;
    case "loss":
      return `${own}: ${words}`;
  }
}

/** A short name: `A:7` for A's seventh edit, else `#123`. */
export function eventName({ n, edit, lane }: RunEvent, options: SandboxOptions): string {
  return edit > 0 ? `${laneName(lane, options)}:${edit}` : `#${n}`;
}

/** How an event stands to all others, with one that is concurrent to it as an example. Cost: none that grows with the run. */
export function causalText({ self, counts, nearest }: Pick<CausalIndex, "self" | "counts" | "nearest">, options: SandboxOptions): string {
  if (self.lane < 0) return `${eventText(self, options)}. It happened to nobody, so nothing came before or after it.`;
  const [name, own] = [eventName(self, options), eventText(self, options)];
  const numbers = `${counts.past} events came before it, ${counts.future} after it.`;
  if (nearest === null) return `${own}. ${numbers} Nothing was concurrent.`;
  return `${own}. ${numbers} ${counts.concurrent} were concurrent, such as ${eventName(nearest, options)}: ${name} and ${eventName(nearest, options)} are concurrent, neither had seen the other.`;
}

/** Virtual time: "12.4 s", "3:05.2". */
export function timeText(atMs: number): string {
  const tenths = Math.round(atMs / 100);
  const seconds = (tenths % 600) / 10;
  const minutes = Math.floor(tenths / 600);
  return minutes === 0 ? `${seconds.toFixed(1)} s` : `${minutes}:${seconds.toFixed(1).padStart(4, "0")}`;
}

function article(words: string): string {
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
