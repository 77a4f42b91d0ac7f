/**
 * A script as JSON of the full format, which `parseScenario` reads as the same script: for what was shrunk or recorded. A script
 * of the short format becomes one of the full format with the same runs. What was only for people is gone: names of replicas,
 * questions.
 */

import { unreachable } from "../base/assert.ts";
import type { ConditionsPatch } from "../network/fault-board.ts";
import type { Shape } from "./json-shape.ts";
import type { MetaWrite } from "./meta-replica.ts";
import { keyAtMs } from "./scenario-steps.ts";
import type { Action, Script, TimedAction } from "./script.ts";
import { TEXT_SEED } from "./text-scenario.ts";

/** What a replica's link is said to lead to: whichever node it is on. */
const NODE = "S1";
/** Of a text of one key, which has no speed. */
const ANY_WPM = 60;

type Key = Extract<Action, { readonly do: "key" }>;

/** One step of the format: one action, or all keys of a text. */
interface Piece {
  readonly atMs: number;
  readonly action: Action;
  readonly view?: string | undefined;
  readonly keys: { readonly atMs: number; readonly key: Key }[];
}

/** @throws RangeError where the format has no words for something in it. Cost: linear. */
export function writeScenario(script: Script): Shape {
  const { id, title, lesson, tags = [], seed, startText, startMeta, replicas, startsCut, mode, strategies, clock, engines, undo } = script;
  const { nodes = 1, hasFencing = true, startAt, leaseMs } = script;
  if (typeof seed === "string" && seed !== TEXT_SEED) throw new RangeError(`A scenario's seed is a number, got ${JSON.stringify(seed)}`);
  return {
    id,
    v: 1,
    title,
    lesson,
    tags,
    seed,
    text: startText,
    ...(startMeta === undefined ? {} : { meta: startMeta }),
    topology: {
      nodes,
      ...(hasFencing ? {} : { fencing: hasFencing }),
      ...(startAt === undefined ? {} : { startAt }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(mode === "datagram" ? { mode } : {}),
      ...(startsCut ? { startsCut } : {}),
      replicas: replicas.map(({ name, clockOffsetMs, driftPpm, at }) => ({
        id: name,
        ...(at === undefined ? {} : { at }),
        ...(clockOffsetMs === 0 ? {} : { clockOffsetMs }),
        ...(driftPpm === 0 ? {} : { driftPpm }),
      })),
    },
    ...(strategies.length === 0 ? {} : { strategy: strategies }),
    ...(clock === undefined || clock === "wall" ? {} : { clock }),
    ...(engines === undefined ? {} : { engines }),
    ...(undo === undefined || undo === "own" ? {} : { undo }),
    steps: inOrder(script.actions).map((piece) => stepOf(piece, nodes)),
    expect: Object.fromEntries(script.expected),
  };
}

/**
 * Steps in an order that gives the actions in theirs: a reader sorts by time and keeps the order of what comes at one moment, so
 * that a text's later keys come before what is written after it.
 */
function inOrder(actions: readonly TimedAction[]): Piece[] {
  const pieces: Piece[] = [];
  const texts = new Map<number, number>();
  /** Of each piece, those that come after it at some moment; and how many each has before it. */
  const after: Set<number>[] = [];
  const before: number[] = [];
  let last: { readonly atMs: number; readonly piece: number } | null = null;
  for (const { atMs: givenMs, action, view } of actions) {
    const atMs: number = givenMs ?? last?.atMs ?? 0;
    if (last !== null && atMs < last.atMs) throw new RangeError(`An action at ${atMs} ms comes after one at ${last.atMs} ms`);
    const known = action.do === "key" ? texts.get(action.typing) : undefined;
    const piece: number = known ?? pieces.push({ atMs, action, view, keys: [] }) - 1;
    if (known === undefined) {
      after.push(new Set());
      before.push(0);
    }
    if (action.do === "key") {
      texts.set(action.typing, piece);
      pieces[piece]!.keys.push({ atMs, key: action });
    }
    if (last !== null && last.atMs === atMs && last.piece !== piece && !after[last.piece]!.has(piece)) {
      after[last.piece]!.add(piece);
      before[piece]!++;
    }
    last = { atMs, piece };
  }
  const out: Piece[] = [];
  const free = pieces.flatMap((_, n) => (before[n] === 0 ? [n] : []));
  for (let n = free.shift(); n !== undefined; n = free.shift()) {
    out.push(pieces[n]!);
    const freed = [...after[n]!].filter((other) => --before[other]! === 0);
    free.push(...freed);
    free.sort((a, b) => a - b);
  }
  if (out.length < pieces.length) throw new RangeError("Two texts are typed in turns within one moment: the format has no words for that");
  return out;
}

/** One action as a step without its moment. @throws RangeError for a key: it is part of a text. */
export function writeStep(action: Action, nodes = 1): Shape {
  if (action.do === "key") throw new RangeError("A key is part of a text");
  const { at: _, ...step } = stepOf({ atMs: 0, action, keys: [] }, nodes);
  return step;
}

function stepOf({ atMs, action, view, keys }: Piece, nodes: number): Shape {
  const at = { at: atMs };
  switch (action.do) {
    case "edit": {
      const { by, pos, len, text, wallMs } = action;
      const more = { ...(wallMs === null ? {} : { wall: wallMs }), ...(view === undefined ? {} : { view }) };
      if (len === 0) return { ...at, do: "type", by, pos, text, ...more };
      return text === "" ? { ...at, do: "delete", by, pos, len, ...more } : { ...at, do: "replace", by, pos, len, text, ...more };
    }
    case "key":
      return { ...at, ...typing(keys) };
    case "link":
      return { ...at, do: "link", ...ends(action), set: conditions(action.set) };
    case "datagram":
      return { ...at, do: "link", ...ends(action), set: action.set };
    case "partition":
      return { ...at, do: "partition", groups: [...action.cut.map((name) => [name]), [NODE]] };
    case "crash":
    case "restart":
      return { ...at, do: "server", node: action.node, action: action.do };
    case "split":
      return { ...at, do: "partition", groups: action.groups };
    case "node-link":
      return { ...at, do: "link", from: action.from, to: action.to, set: conditions(action.set) };
    case "node-clock":
      return { ...at, do: "clock", by: action.node, stepMs: action.stepMs };
    case "move":
      return { ...at, do: "move", by: action.by, to: action.to };
    case "meta":
      return { ...at, do: "meta", by: action.by, ...metaFields(action.write) };
    case "lose-disk": {
      const { rebuilds, mintsEpoch } = action;
      const rebuild = rebuilds ? { rebuild: true } : {};
      const epoch = nodes > 1 ? {} : { epoch: mintsEpoch ? "new" : "same" };
      return { ...at, do: "server", node: action.node, action: "loseDisk", ...rebuild, ...epoch };
    }
    case "slow-disk":
      return { ...at, do: "server", node: action.node, action: "slowDisk", ms: action.fsyncMs ?? 0 };
    case "pause-node":
      return { ...at, do: "server", node: action.node, action: "pause", ms: action.durationMs };
    case "compact":
      return { ...at, do: "server", node: NODE, action: "compact", safe: action.isSafe };
    case "clock": {
      const { by, offsetMs, driftPpm, stepMs } = action;
      return { ...at, do: "clock", by, ...given({ offsetMs, driftPpm, stepMs }) };
    }
    case "identity":
      return { ...at, do: "identity", by: action.by, of: action.of, guard: action.isGuarded };
    case "ack": {
      const { by, isLost, isRetriedAnew } = action;
      return { ...at, do: "ack", by, set: isLost ? "lost" : "heard", ...(isRetriedAnew ? { again: true } : {}) };
    }
    case "lock":
      return { ...at, do: "lock", by: action.by, action: action.what };
    case "stall":
      return { ...at, do: "lock", by: action.by, action: action.isOver ? "go" : "stop" };
    case "rate":
      return { ...at, do: "rate", by: action.by, ...action.rate };
    case "sync":
    case "heal":
    case "close":
    case "open":
    case "undo":
    case "redo":
      return { ...at, ...action };
    default:
      return unreachable(action);
  }
}

function typing(keys: Piece["keys"]): Shape {
  const [first] = keys;
  const { by, pos, isBackward } = first!.key;
  const typed = keys.map(({ key }) => key.text);
  const text = (isBackward ? typed.toReversed() : typed).join("");
  const keysMs = keys.map(({ atMs }) => atMs - first!.atMs);
  const rtl = isBackward ? { rtl: true } : {};
  if (isBackward && keysMs.at(-1) === 0) return { do: "type", by, pos, text, ...rtl };
  const wpm = wpmOf(keysMs);
  return { do: "type", by, pos, text, ...rtl, ...(wpm === null ? { keysMs } : { wpm }) };
}

/** The whole number of words per minute at which keys come at these moments; null: none. */
function wpmOf(keysMs: readonly number[]): number | null {
  const last = keysMs.length - 1;
  if (last === 0) return ANY_WPM;
  const wpm = Math.round(keyAtMs(last, 1) / keysMs[last]!);
  return wpm > 0 && Number.isFinite(wpm) && keysMs.every((atMs, n) => atMs === keyAtMs(n, wpm)) ? wpm : null;
}

function ends({ by, direction }: { readonly by: string; readonly direction: "up" | "down" }): Shape {
  return direction === "up" ? { from: by, to: NODE } : { from: NODE, to: by };
}

function conditions({ cut, latencyMs, jitterMs, bandwidthBitsPerS }: ConditionsPatch): Shape {
  if (cut === "reset") throw new RangeError("A scenario cannot say that a link is reset");
  return {
    ...(cut === undefined ? {} : { cut: cut === "blackhole" }),
    ...(latencyMs === undefined ? {} : { latency: latencyMs }),
    ...(jitterMs === undefined ? {} : { jitter: jitterMs }),
    ...(bandwidthBitsPerS === undefined || bandwidthBitsPerS === null ? {} : { kbps: bandwidthBitsPerS / 1_000 }),
  };
}

function metaFields({ field, value, by, after }: MetaWrite): Shape {
  if (field === "view" || field === "vote") return { field, ...(by === 1 ? {} : { n: by }) };
  const goal = after === null ? {} : field === "folder" ? { into: after } : { after };
  return { field, ...(field === "delete" ? {} : { value }), ...goal };
}

function given(fields: Readonly<Record<string, number | null>>): Shape {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
