/** What an action of a script does, in one sentence. Pure. */

import { unreachable } from "../base/assert.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import type { Action, ReplicaName } from "./script.ts";

/** Longer texts are shown by their beginning. */
const TEXT_SHOWN_MAX = 40;

/** `nameOf` gives what a replica is called. */
export function sentenceOf(action: Action, nameOf: (replica: ReplicaName) => string): string {
  switch (action.do) {
    case "edit": {
      const who = nameOf(action.by);
      if (action.len === 0) return `${who} types ${quoted(action.text)} at ${action.pos}.`;
      const what = `${action.len} ${action.len === 1 ? "character" : "characters"} at ${action.pos}`;
      return action.text === "" ? `${who} deletes ${what}.` : `${who} replaces ${what} with ${quoted(action.text)}.`;
    }
    case "key":
      return `${nameOf(action.by)} types ${quoted(action.text)}${action.isBackward ? ", going backwards" : ""}.`;
    case "sync":
      return `The cut is healed, ${action.order.map(nameOf).join(" first, then ")}, until all have everything.`;
    case "link":
      return `${nameOf(action.by)}'s link ${action.direction === "up" ? "to" : "from"} the server: ${conditionWords(action.set)}.`;
    case "partition":
      return action.cut.length === 0
        ? "Nobody is cut off any more."
        : `${list(action.cut.map(nameOf))} ${action.cut.length === 1 ? "is" : "are"} cut off from the server.`;
    case "heal":
      return "The cut is healed.";
    case "crash":
      return "The server crashes: what it had only in memory is gone.";
    case "restart":
      return "The server comes back with what its disk has.";
    case "close":
      return `${nameOf(action.by)} closes the tab.`;
    case "open":
      return `${nameOf(action.by)} opens the tab again.`;
    default:
      return unreachable(action);
  }
}

/** Whether what was typed apart may meet from here on. */
export function isMeeting({ do: what }: Action): boolean {
  return what === "sync" || what === "heal";
}

function quoted(text: string): string {
  const shown = text.length > TEXT_SHOWN_MAX ? `${text.slice(0, TEXT_SHOWN_MAX)}…` : text;
  return `“${shown.replaceAll("\n", "⏎")}”`;
}

function conditionWords({ cut, latencyMs, jitterMs, bandwidthBitsPerS }: ConditionsPatch): string {
  const parts = [
    cut === undefined ? null : cut === "open" ? "open" : "cut",
    latencyMs === undefined ? null : `${latencyMs} ms each way`,
    jitterMs === undefined ? null : `± ${jitterMs} ms`,
    bandwidthBitsPerS == null ? null : `${bandwidthBitsPerS / 1_000} kbit/s`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
