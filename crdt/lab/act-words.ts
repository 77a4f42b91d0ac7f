/** What an action of a script does, in one sentence. Pure. */

import { unreachable } from "../base/assert.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import type { DatagramPatch } from "./datagrams.ts";
import type { MetaWrite } from "./meta-replica.ts";
import type { Action, LockStep, ReplicaName } from "./script.ts";

const LOCK_WORDS: Readonly<Record<LockStep, string>> = {
  ask: "asks for the lock",
  release: "gives the lock up",
  "fencing-on": "switches fencing on",
  "fencing-off": "switches fencing off",
};

/** Longer texts are shown by their beginning. */
const TEXT_SHOWN_MAX = 40;

/** `nameOf` gives what a replica is called; `nodes`: how many there are, since one is just the server. */
export function sentenceOf(action: Action, nameOf: (replica: ReplicaName) => string, nodes = 1): string {
  const server = nodes > 1 && "node" in action ? action.node : "The server";
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
    case "split":
      return `The network falls apart: ${action.groups.map((group) => list(group)).join("; ")}.`;
    case "node-link":
      return `The link from ${action.from} to ${action.to}: ${conditionWords(action.set)}.`;
    case "node-clock":
      return `${server}'s clock is set ${action.stepMs < 0 ? "back" : "on"} by ${Math.abs(action.stepMs) / 1_000} s.`;
    case "move":
      return `${nameOf(action.by)} goes over to ${action.to}.`;
    case "crash":
      return `${server} crashes: what it had only in memory is gone.`;
    case "restart":
      return `${server} comes back with what its disk has.`;
    case "close":
      return `${nameOf(action.by)} closes the tab.`;
    case "open":
      return `${nameOf(action.by)} opens the tab again.`;
    case "undo":
    case "redo":
      return `${nameOf(action.by)} presses ${action.do === "undo" ? "Undo" : "Redo"}.`;
    case "meta":
      return metaSentence(nameOf(action.by), action.write);
    case "datagram":
      return `${nameOf(action.by)}'s link ${action.direction === "up" ? "to" : "from"} the server is of datagrams: ${shares(action.set)}.`;
    case "lose-disk":
      if (nodes > 1) return `${server} loses its disk, and comes back with an empty one.`;
      return `The server loses its disk${action.rebuilds ? " and makes the note again from its plain text" : ""}, ${
        action.mintsEpoch ? "under a new epoch" : "under the old epoch"
      }.`;
    case "slow-disk":
      return action.fsyncMs === null
        ? `${server}'s disk is as fast as before.`
        : `Each write to ${server === "The server" ? "the server" : server}'s disk takes ${action.fsyncMs} ms.`;
    case "pause-node":
      return `${server} stands still for ${action.durationMs / 1_000} s.`;
    case "compact":
      return `The server lets history go that ${action.isSafe ? "everybody" : "everybody who is not cut off"} has seen.`;
    case "clock":
      return clockSentence(nameOf(action.by), action);
    case "identity":
      return action.isGuarded
        ? `${nameOf(action.by)} is a duplicate of ${nameOf(action.of)}'s tab, finds the replica id taken, and takes another.`
        : `${nameOf(action.by)} is a duplicate of ${nameOf(action.of)}'s tab, with the same replica id.`;
    case "ack":
      if (action.isLost) return `From now on what the server answers does not reach ${nameOf(action.by)}.`;
      return `${nameOf(action.by)} connects again and sends what was not answered${action.isRetriedAnew ? ", as new edits" : ""}.`;
    case "lock":
      return `${nameOf(action.by)} ${LOCK_WORDS[action.what]}.`;
    case "stall":
      return action.isOver ? `${nameOf(action.by)} goes on.` : `${nameOf(action.by)} stands still: nothing leaves and nothing is heard.`;
    case "rate":
      return action.rate === null
        ? `${nameOf(action.by)} may send as fast as everybody.`
        : `${nameOf(action.by)} may send ${action.rate.perS} messages a second, ${action.rate.burst} at once.`;
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

function metaSentence(who: string, { field, value, by, after }: MetaWrite): string {
  switch (field) {
    case "title":
      return `${who} sets the title to ${quoted(value)}.`;
    case "tag+":
      return `${who} adds the tag ${quoted(value)}.`;
    case "tag-":
      return `${who} removes the tag ${quoted(value)}.`;
    case "view":
      return `${who} adds ${by} ${by === 1 ? "view" : "views"}.`;
    case "vote":
      return `${who} votes ${by > 0 ? `+${by}` : by}.`;
    case "pin":
      return `${who} pins ${quoted(value)} ${after === null ? "at the end" : `behind ${quoted(after)}`}.`;
    case "folder":
      return `${who} moves the folder ${quoted(value)} ${after === null ? "to the top" : `into ${quoted(after)}`}.`;
    case "delete":
      return `${who} ${value === "restore" ? "restores" : "deletes"} the note.`;
  }
}

function shares({ loss, dup, reorder }: DatagramPatch): string {
  const parts = [
    [loss, "lost"],
    [dup, "doubled"],
    [reorder, "out of turn"],
  ] as const;
  return parts.flatMap(([share, what]) => (share === undefined ? [] : [`${share} % ${what}`])).join(", ");
}

function clockSentence(who: string, { offsetMs, driftPpm, stepMs }: Extract<Action, { do: "clock" }>): string {
  const parts = [
    offsetMs === null ? null : `is ${offsetMs / 1_000} s off`,
    driftPpm === null ? null : `drifts by ${driftPpm} millionths`,
    stepMs === null ? null : `is set ${stepMs < 0 ? "back" : "on"} by ${Math.abs(stepMs) / 1_000} s`,
  ];
  return `${who}'s clock ${parts.filter((part) => part !== null).join(", and ")}.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
