/** The compare page's figures of characters and refusals against a count of letters, each of which is typed once in its run. */

import { expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { compareUnder, recordViews } from "../../crdt/lab/compare.ts";
import { Player } from "../../crdt/lab/player.ts";
import { type Script, type TimedAction, writerAfter } from "../../crdt/lab/script.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";

const FIRST_LETTER = 0x4e00;
const SEEDS = 6;

/** Two people who type and delete, apart and together; every letter is another one. */
function scriptOf(seed: number): Script {
  const prng = createPrng(`figures ${seed}`);
  let letters = 0;
  const actions: TimedAction[] = [];
  for (let n = 0; n < 14; n++) {
    const by = prng.float() < 0.5 ? "A" : "B";
    const text = Array.from({ length: prng.int(0, 4) }, () => String.fromCharCode(FIRST_LETTER + letters++)).join("");
    const len = text === "" || prng.float() < 0.3 ? prng.int(1, 3) : 0;
    actions.push({ atMs: n * 1_000, action: { do: "edit", by, pos: prng.int(0, 12), len, text, wallMs: null } });
    if (prng.float() < 0.25) actions.push({ atMs: n * 1_000, action: { do: "partition", cut: prng.float() < 0.5 ? ["A"] : ["A", "B"] } });
    if (prng.float() < 0.2) actions.push({ atMs: n * 1_000 + 500, action: { do: "heal" } });
  }
  actions.push({ atMs: 15_000, action: { do: "heal" } });
  return {
    id: `figures-${seed}`,
    title: "",
    lesson: "",
    seed,
    startText: "",
    replicas: [
      { name: "A", clockOffsetMs: 0, driftPpm: 0 },
      { name: "B", clockOffsetMs: 0, driftPpm: 0 },
    ],
    startsCut: false,
    actions,
    strategies: [],
    expected: new Map(),
  };
}

/** By what editors were told and what stands in the end, and by nothing else. */
async function countLetters(script: Script, strategy: Strategy) {
  const typed: string[] = [];
  const removed = new Set<string>();
  let refused = 0;
  const player = new Player(script, strategy, null, {
    onEdit: ({ splice: { index, remove, insert }, before, edited }) => {
      if (!edited.isAccepted) {
        refused++;
        return;
      }
      typed.push(...Array.from(insert));
      for (const letter of before.slice(index, index + remove)) removed.add(letter);
    },
  });
  try {
    await player.begin();
    for (const [n, { atMs, action }] of script.actions.entries()) await player.act(atMs, action, writerAfter(script, n));
    const { serverText, siblings } = await player.end();
    const there = new Set(Array.from([serverText, ...siblings].join("")));
    const kept = typed.filter((letter) => there.has(letter));
    const deleted = typed.filter((letter) => !there.has(letter) && removed.has(letter));
    return { typed: typed.length, kept: kept.length, deleted: deleted.length, lost: typed.length - kept.length - deleted.length, refused };
  } finally {
    player.close();
  }
}

it.each(STRATEGY_NAMES)("%s", async (name) => {
  const strategy = await loadNodeStrategy(name);
  let [typed, lost, refused] = [0, 0, 0];
  for (let seed = 0; seed < SEEDS; seed++) {
    const script = scriptOf(seed);
    const { characters, refusals } = await compareUnder(script, await recordViews(script, name), strategy);
    const counted = await countLetters(script, strategy);
    expect({ ...characters, refused: refusals.length }, `seed ${seed}`).toEqual({ ...counted, unsent: 0 });
    typed += counted.typed;
    lost += counted.lost;
    refused += counted.refused;
  }
  expect(typed).toBeGreaterThan(SEEDS * 5);
  // What has nothing to count proves nothing.
  if (strategy.traits.losesWrites && refused === 0) expect(lost).toBeGreaterThan(0);
});
