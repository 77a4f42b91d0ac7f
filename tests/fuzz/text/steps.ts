/**
 * What may happen in a fuzzed world, as plain data: a step means something in any world, since places and choices are
 * taken modulo what there is. So a failing list can be shortened at will and what is left still runs.
 */

import { createPrng, pick, type Prng } from "../../../crdt/base/prng.ts";

/** A place in the text: CARET, END, or a number taken modulo what there is. */
export type Where = number;
export const CARET = -1;
export const END = -2;

export const DELIVERIES = ["next", "early", "twice", "shuffled", "merged", "batch", "sync", "split"] as const;
export type Delivery = (typeof DELIVERIES)[number];
export const HISTORIES = ["full", "without-deleted-text", "cut"] as const;
export type History = (typeof HISTORIES)[number];

export type Step =
  /** `isBackward`: each code point before the last, as an edit of its own. */
  | { readonly do: "type"; readonly by: number; readonly where: Where; readonly text: string; readonly isBackward?: boolean }
  /** `isBackward`: unit by unit, as Backspace does. */
  | { readonly do: "erase"; readonly by: number; readonly where: Where; readonly count: number; readonly isBackward?: boolean }
  | { readonly do: "deliver"; readonly to: number; readonly from: number; readonly how: Delivery; readonly pick: number }
  /** Written, read, and gone on with. */
  | { readonly do: "reload"; readonly by: number }
  /** A cold copy, which from then on gets everything that the hot one gets. */
  | { readonly do: "twin"; readonly by: number; readonly history: History }
  /** Remembers a version and its text; goes back to one. */
  | { readonly do: "remember"; readonly by: number }
  | { readonly do: "checkout"; readonly by: number; readonly pick: number }
  | { readonly do: "anchor"; readonly by: number; readonly where: Where; readonly side: -1 | 1 }
  | { readonly do: "resolve"; readonly by: number }
  | { readonly do: "undo" | "redo"; readonly by: number }
  /** Everything again from the events, from `since`, and every invariant. */
  | { readonly do: "replay"; readonly by: number }
  | { readonly do: "invariants"; readonly by: number; readonly pick: number }
  /** Somebody else under the same id; must be refused. */
  | { readonly do: "impostor"; readonly to: number; readonly as: number }
  /** Broken bytes of an honest update; may be refused or mean something harmless, in a copy. */
  | { readonly do: "damage"; readonly to: number; readonly pick: number };

export interface World {
  readonly replicas: number;
  readonly steps: readonly Step[];
}

const ALPHABETS: readonly (readonly string[])[] = [
  ["a", "b", "c", "x", " ", "\n", "word ", "the quick ", "milk", "\r\n"],
  ["😀", "👍", "a", "𝒳", "😀😀", "x😀", "\u{10ffff}", "é", "\ud83d", "\udc4d"],
  ["👩‍👩‍👧", "🇩🇪", "e\u0301", "ก็", "👍🏽", "a", "क्षि", "\u200d", "z"],
];

/** Weights of what happens, drawn once a world: some worlds chat, others have long branches. */
interface Temper {
  readonly chatter: number;
  readonly erasing: number;
  readonly backward: number;
  readonly odd: number;
  readonly alphabet: readonly string[];
  readonly crowd: number;
}

/** A world, wholly from its seed. `perReplica`: steps for each replica. */
export function worldFrom(seed: number | string, perReplica: number): World {
  const prng = createPrng(`text/${seed}`);
  const replicas = prng.int(3, 6);
  const temper: Temper = {
    chatter: pick(prng, [0.1, 0.3, 0.5, 0.7]),
    erasing: pick(prng, [0.1, 0.3, 0.45]),
    backward: pick(prng, [0.1, 0.5]),
    odd: 0.08,
    alphabet: pick(prng, ALPHABETS),
    crowd: pick(prng, [0, 0.3, 0.8]),
  };
  return { replicas, steps: Array.from({ length: perReplica * replicas }, () => stepFrom(prng, replicas, temper)) };
}

function stepFrom(prng: Prng, replicas: number, temper: Temper): Step {
  const by = prng.int(0, replicas);
  const dice = prng.float();
  if (dice < temper.odd) return oddStep(prng, replicas, by);
  if (dice < temper.odd + temper.chatter)
    return { do: "deliver", to: by, from: prng.int(0, replicas), how: pick(prng, DELIVERIES), pick: prng.int(0, 2 ** 16) };
  const isBackward = prng.float() < temper.backward ? { isBackward: true } : {};
  if (prng.float() < temper.erasing) return { do: "erase", by, where: whereFrom(prng, temper), count: prng.int(1, 9), ...isBackward };
  let text = pick(prng, temper.alphabet);
  while (prng.float() < 0.3) text += pick(prng, temper.alphabet);
  return { do: "type", by, where: whereFrom(prng, temper), text, ...isBackward };
}

function whereFrom(prng: Prng, { crowd }: Temper): Where {
  if (prng.float() < crowd) return prng.int(0, 4);
  const dice = prng.float();
  return dice < 0.5 ? CARET : dice < 0.6 ? END : prng.int(0, 2 ** 16);
}

function oddStep(prng: Prng, replicas: number, by: number): Step {
  const choice = prng.int(0, 2 ** 16);
  const dice = prng.float();
  if (dice < 0.12) return { do: "reload", by };
  if (dice < 0.22) return { do: "twin", by, history: pick(prng, HISTORIES) };
  if (dice < 0.34) return { do: "remember", by };
  if (dice < 0.44) return { do: "checkout", by, pick: choice };
  if (dice < 0.56) return { do: "anchor", by, where: choice, side: prng.float() < 0.5 ? -1 : 1 };
  if (dice < 0.66) return { do: "resolve", by };
  if (dice < 0.8) return { do: prng.float() < 0.65 ? "undo" : "redo", by };
  if (dice < 0.83) return { do: "replay", by };
  if (dice < 0.88) return { do: "invariants", by, pick: choice };
  if (dice < 0.93) return { do: "impostor", to: by, as: prng.int(0, replicas) };
  if (dice < 0.97) return { do: "resolve", by };
  return { do: "damage", to: by, pick: choice };
}
