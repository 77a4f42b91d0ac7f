/** The workloads that need no file: writers made from a seed, and the shapes B1 to B3. The same count, the same history. */

import { createPrng } from "../../base/prng.ts";
import { type History, letter, type Patch, sentence, type Step, syntheticTrace, typingTogether } from "./history.ts";
import { B1_SHAPES, B2_SHAPES, WRITERS_BY_SHAPE, writersOfB3 } from "./shapes.ts";

export const WORKLOAD_GROUPS = ["writers", "shapes", "recorded", "scenarios"] as const;
export type WorkloadGroup = (typeof WORKLOAD_GROUPS)[number];

/** What a list of workloads shows. */
export interface WorkloadInfo {
  readonly id: string;
  readonly title: string;
  /** What is done, in a sentence. */
  readonly about: string;
  readonly group: WorkloadGroup;
}

export interface Workload extends WorkloadInfo {
  /** @throws RangeError where `count` is no whole number of at least 1. */
  readonly history: (count: number) => History;
}

/** Keys that two who type right to left type before each hears of the other's. */
const BURST = 10;
/** How many rounds late others' keys come. */
const LATENCY_ROUNDS = 8;
/** What the writers of B2 begin with, and each writer of B3 types, in UTF-16 units. */
const B2_START = 100;
const B3_WORD = 8;

const B1_ABOUT: Readonly<Record<(typeof B1_SHAPES)[number], string>> = {
  append: "One writer appends N characters.",
  string: "One writer pastes N characters at once.",
  prepend: "One writer puts N characters, each before the last.",
  scattered: "One writer inserts N characters at random places.",
  words: "One writer inserts N words at random places.",
  removed: "One writer pastes N characters and deletes them all.",
  mixed: "One writer inserts and deletes words at random, N times.",
};
const B2_ABOUT: Readonly<Record<(typeof B2_SHAPES)[number], string>> = {
  string: "Two writers, apart, each paste N characters into one text of 100.",
  scattered: "Two writers, apart, each insert N characters at random places.",
  words: "Two writers, apart, each insert N words at random places.",
  mixed: "Two writers, apart, each insert and delete words at random, N times.",
};

export const WORKLOADS: readonly Workload[] = [
  workload("sequential", "Typing on", "One writer types N keys: goes on, corrects, jumps now and then.", "writers", (count) => {
    const { patches, endContent } = syntheticTrace(count);
    return oneWriter(patches, endContent);
  }),
  workload("two-writers", "Two at once", "Two writers, N keys in all, each hears of the other's 8 keys late.", "writers", (count) =>
    typingTogether({ agents: 2, events: count, latency: LATENCY_ROUNDS }),
  ),
  workload("three-writers", "Three at once", "Three writers, N keys in all, each hears of the others' 8 keys late.", "writers", (count) =>
    typingTogether({ agents: 3, events: count, latency: LATENCY_ROUNDS }),
  ),
  workload("prepend", "Prepending", "One writer puts each of N words before everything.", "writers", (count) =>
    writing(Array.from({ length: count }, (_, n) => [0, 0, `${sentence(n, 5)} `])),
  ),
  workload("random", "Random places", "One writer, N keys at random places; a third of them delete.", "writers", (count) => {
    const prng = createPrng("random places");
    let length = 0;
    return writing(
      Array.from({ length: count }, (_, n): Patch => {
        if (length > 0 && prng.float() < 1 / 3) return [prng.int(0, length--), 1, ""];
        return [prng.int(0, ++length), 0, letter(n % 27)];
      }),
    );
  }),
  workload(
    "right-to-left",
    "Right to left",
    "Two writers at one place, N keys in all, each key before the last; they meet every 10 keys.",
    "writers",
    rightToLeft,
  ),
  ...B1_SHAPES.map((shape, n) =>
    workload(`b1-${n + 1}`, `B1.${n + 1} ${shape}`, B1_ABOUT[shape], "shapes", (count) =>
      writing(WRITERS_BY_SHAPE[shape](createPrng(`B1 ${shape}`), 0, count)),
    ),
  ),
  ...B2_SHAPES.map((shape, n) =>
    workload(`b2-${n + 1}`, `B2.${n + 1} ${shape}`, B2_ABOUT[shape], "shapes", (count) => {
      const steps: Step[] = [{ agent: 0, pulls: [], patches: [[0, 0, sentence(3, B2_START)]] }];
      for (const agent of [1, 2])
        for (const [at, patch] of WRITERS_BY_SHAPE[shape](createPrng(`B2 ${shape} ${agent + 1}`), B2_START, count).entries())
          steps.push({ agent, pulls: at === 0 ? [0] : [], patches: [patch] });
      return { name: `B2 ${shape}`, agents: 3, steps, isRelative: false, endContent: null };
    }),
  ),
  workload(
    "b3",
    "B3 many writers",
    "20 times the square root of N writers, none of whom has seen another, each with one word.",
    "shapes",
    (count) => {
      const agents = writersOfB3(count);
      const steps = Array.from({ length: agents }, (_, agent): Step => ({ agent, pulls: [], patches: [[0, 0, sentence(agent, B3_WORD)]] }));
      return { name: "B3", agents, steps, isRelative: false, endContent: null };
    },
  ),
];

/** The workload of that id. @throws RangeError when there is none. */
export function workloadOf(id: string): Workload {
  const found = WORKLOADS.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`No workload "${id}". Known: ${WORKLOADS.map((each) => each.id).join(", ")}`);
  return found;
}

/** One writer as a history; each patch is a step. */
export function oneWriter(patches: readonly Patch[], endContent: string | null): History {
  const steps = patches.map((patch): Step => ({ agent: 0, pulls: [], patches: [patch] }));
  return { name: "one writer", agents: 1, steps, isRelative: false, endContent };
}

/** The text that patches leave, on a plain string. Cost: linear in the text for each. */
export function textAfter(patches: readonly Patch[]): string {
  let text = "";
  for (const [index, remove, insert] of patches) text = text.slice(0, index) + insert + text.slice(index + remove);
  return text;
}

function writing(patches: readonly Patch[]): History {
  return oneWriter(patches, textAfter(patches));
}

function rightToLeft(count: number): History {
  const steps: Step[] = [{ agent: 0, pulls: [], patches: [[0, 0, "[]"]] }];
  const unheard: number[][] = [[], [0]];
  for (let burst = 0; steps.length <= count; burst++) {
    const made: number[][] = [[], []];
    for (const agent of [0, 1]) {
      const pulls = unheard[agent] ?? [];
      for (let key = 0; key < BURST && steps.length <= count; key++) {
        made[1 - agent]!.push(steps.length);
        steps.push({ agent, pulls: key === 0 ? pulls : [], patches: [[1, 0, letter((burst * BURST + key) % 27)]] });
        if (key === 0) unheard[agent] = [];
      }
    }
    for (const agent of [0, 1]) unheard[agent]!.push(...made[agent]!);
  }
  return { name: "right to left", agents: 2, steps, isRelative: false, endContent: null };
}

function workload(id: string, title: string, about: string, group: WorkloadGroup, make: (count: number) => History): Workload {
  const history = (count: number): History => {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`Invalid count ${count} for ${id}: expected a whole number from 1`);
    return make(count);
  };
  return { id, title, about, group, history };
}
