/** Orphaned edits as rows of the ledger: what is one, what nearly is, and under which strategies, through real rooms. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { findAnomalies } from "../../crdt/lab/anomalies.ts";
import { loadScenarios } from "../../crdt/lab/load.ts";
import { play, replicaNameOf } from "../../crdt/lab/play.ts";
import { replay } from "../../crdt/lab/replay.ts";
import type { Script } from "../../crdt/lab/script.ts";
import { parseTextScenario } from "../../crdt/lab/text-scenario.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";

const LINE = "Intro\nThe quick brown fox\nEnd";
/** Strategies that keep what is typed where its characters were. */
const BY_CHARACTER: readonly StrategyName[] = ["walker", "yjs", "fugue", "fuguemax", "rga", "ot"];
/** Where a text is one register, a conflict is asked about, or one writer writes at a time, nothing stands alone. */
const NEVER: readonly StrategyName[] = ["lww-note", "mv-note", "quorum", "lease", "cas-diff3"];

function text(init: string, steps: readonly unknown[]): Script {
  return parseTextScenario({ id: "orphans", init, steps });
}

/** What stands alone: its words, what was deleted before and after it, and by whom. */
async function orphans(script: Script, name: StrategyName): Promise<string[]> {
  const { orphans: found } = await play(script, await loadNodeStrategy(name));
  return found.map(({ splices, around, author, winningStamp }) => {
    const [words, { before, after }] = [splices.map(({ insert }) => insert).join(""), around!];
    return `${replicaNameOf(author)} ${JSON.stringify(words)}: ${replicaNameOf(winningStamp.replica)} ${JSON.stringify(before)} ${JSON.stringify(after)}`;
  });
}

const both = { sync: ["A", "B"] };

/** Those of strategies by character, and of lines as registers where it is another. */
const CASES: readonly [string, Script, string, string?][] = [
  [
    "a line is deleted while somebody writes in it",
    text(LINE, [{ r: "A", del: [6, 20] }, { r: "B", ins: [10, "very "] }, both]),
    `B "very ": A "The " "quick brown fox\\n"`,
    "",
  ],
  [
    "the other comes first",
    text(LINE, [{ r: "B", del: [6, 20] }, { r: "A", ins: [10, "very "] }, both]),
    `A "very ": B "The " "quick brown fox\\n"`,
    "",
  ],
  [
    "the nearest character on either side",
    text("abcdef", [{ r: "A", del: [2, 2] }, { r: "B", ins: [3, "x"] }, both]),
    `B "x": A "c" "d"`,
    "",
  ],
  ["at the end of its line", text("Intro\nabc\nEnd", [{ r: "A", del: [6, 3] }, { r: "B", ins: [9, "x"] }, both]), `B "x": A "abc" ""`, ""],
  [
    "at the beginning of its line",
    text("Intro\nabc\nEnd", [{ r: "A", del: [6, 3] }, { r: "B", ins: [6, "x"] }, both]),
    `B "x": A "" "abc"`,
    "",
  ],
  [
    "key by key, a slip mended, and the deletion key by key",
    text("one two", [
      { r: "A", del: [3, 1] },
      { r: "A", del: [2, 1] },
      { r: "A", del: [1, 1] },
      { r: "A", del: [1, 1] },
      { r: "B", ins: [3, "h"] },
      { r: "B", ins: [4, "y"] },
      { r: "B", del: [4, 1] },
      { r: "B", ins: [4, "i"] },
      both,
    ]),
    `B "hi": A "ne" " t"`,
    "",
  ],
  [
    "what it was typed into was replaced",
    text("one two three", [{ r: "A", rep: [0, 13, "1 2 3"] }, { r: "B", ins: [4, "and "] }, both]),
    `B "and ": A "one " "two three"`,
    "",
  ],
  [
    "it is a replacement itself",
    text(LINE, [{ r: "A", del: [6, 20] }, { r: "B", rep: [10, 5, "slow"] }, both]),
    `B "slow": A "The " " brown fox\\n"`,
    "",
  ],
  [
    "a new line after one that is deleted: of lines as registers too",
    text("Intro\nabc\nEnd", [{ r: "A", del: [6, 4] }, { r: "B", ins: [9, "\nx"] }, both]),
    `B "\\nx": A "abc" "\\n"`,
    `B "x": A "abc" "\\n"`,
  ],
];

describe("an edit whose surroundings somebody deleted who had not seen it stands alone", () => {
  it.each(CASES)("%s", async (_, script, expected, ofLines = expected) => {
    for (const name of BY_CHARACTER) expect([name, await orphans(script, name)]).toEqual([name, [expected]]);
    expect(await orphans(script, "lww-line")).toEqual(ofLines === "" ? [] : [ofLines]);
  });

  it.each(CASES)("of no text that is one register, asks, or has one writer: %s", async (_, script) => {
    for (const name of NEVER) expect([name, await orphans(script, name)]).toEqual([name, []]);
  });

  it("under a retry by index it stands elsewhere, and where its line went that is said too", async () => {
    expect(await orphans(text(LINE, [{ r: "A", del: [6, 20] }, { r: "B", ins: [10, "very "] }, both]), "cas-index")).toEqual([
      `B "very ": A "The " "quick brown fox\\n"`,
    ]);
    // Both lines are there: it only stands at the wrong place.
    expect(await orphans(text("Milk\nEggs", [{ r: "A", ins: [4, " 2L"] }, { r: "B", ins: [7, "x"] }, both]), "cas-index")).toEqual([]);
  });
});

const NEAR: readonly [string, Script][] = [
  ["the writer had seen the deletion", text(LINE, [{ r: "A", del: [6, 19] }, both, { r: "B", ins: [6, "very "] }, both])],
  [
    "and another deletion of the same passage comes after it",
    text("ab ab", [{ r: "A", del: [0, 3] }, both, { r: "B", ins: [1, "x"] }, both, { r: "A", del: [0, 1] }, { r: "A", del: [1, 1] }, both]),
  ],
  [
    "the deleter had seen the text",
    text(LINE, [{ r: "B", ins: [10, "very "] }, both, { r: "A", del: [6, 4] }, { r: "A", del: [11, 15] }, both]),
  ],
  ["a caret at the edge of the deletion", text("abcdef", [{ r: "A", del: [1, 3] }, { r: "B", ins: [4, "x"] }, both])],
  ["at its other edge", text("abcdef", [{ r: "A", del: [1, 3] }, { r: "B", ins: [1, "x"] }, both])],
  ["one side alone is deleted", text("abcdef", [{ r: "A", del: [3, 3] }, { r: "B", ins: [3, "x"] }, both])],
  ["the lines around its own", text("a\n\nb", [{ r: "A", del: [0, 4] }, { r: "B", ins: [2, "x"] }, both])],
  ["half of the line that it was added to", text("abcd", [{ r: "A", del: [0, 2] }, { r: "B", ins: [4, "x"] }, both])],
  ["the writer deleted the other half", text("abcd", [{ r: "A", del: [0, 2] }, { r: "B", ins: [2, "x"] }, { r: "B", del: [3, 2] }, both])],
  [
    "somebody else deletes the text as well",
    text(LINE, [{ r: "A", del: [6, 20] }, { r: "B", ins: [10, "x"] }, { r: "B", del: [10, 1] }, both]),
  ],
  ["both only delete", text(LINE, [{ r: "A", del: [6, 20] }, { r: "B", del: [10, 5] }, both])],
];

describe("nothing stands alone where", () => {
  it.each(NEAR)("%s", async (_, script) => {
    for (const name of STRATEGY_NAMES) expect([name, await orphans(script, name)]).toEqual([name, []]);
  });
});

/** Three people, some of whom hear of each other now and then. Each insert is a character of its own. */
function story(seed: number): Script {
  const prng = createPrng(`orphans ${seed}`);
  const steps: unknown[] = [];
  let typed = 0;
  for (let round = 0; round < 3; round++) {
    for (let edits = prng.int(1, 4); edits > 0; edits--) {
      const r = ["A", "B", "C"][prng.int(0, 3)]!;
      const at = prng.int(0, 12);
      if (prng.float() < 0.5) steps.push({ r, ins: [at, String.fromCodePoint(0x4e00 + typed++)] });
      else steps.push({ r, del: [at, prng.int(1, 7)] });
    }
    steps.push({
      sync: [
        ["A", "B", "C"],
        ["C", "B", "A"],
        ["A", "C"],
        ["B", "C"],
        ["B", "A"],
      ][prng.int(0, 5)]!,
    });
  }
  return text("ab cd\nef gh\nij", [...steps, { sync: ["A", "B", "C"] }]);
}

describe("against the laboratory's checker, which follows every character", () => {
  const FOLDER = new URL("../../crdt/lab/scenarios/", import.meta.url);
  const SCENARIOS = ["delete-vs-edit", "move-vs-edit", "delete-all-vs-append", "paste-over", "accent"];
  async function bothOf(script: Script, name: StrategyName): Promise<{ readonly ledger: string[]; readonly checker: string[] }> {
    const strategy = await loadNodeStrategy(name);
    const run = await replay(script, strategy);
    const { anomalies } = await findAnomalies(script, strategy, run);
    const { serverText, orphans: rows } = run.played;
    // The ledger keeps what was deleted for good later on; the checker looks at the end alone.
    const standing = rows
      .map(({ splices }) => splices[0]!.insert)
      .filter((words) => words.split("").every((unit) => serverText.includes(unit)));
    const flagged = anomalies.flatMap((anomaly) => (anomaly.kind === "orphaned edit" ? [anomaly.text] : []));
    return { ledger: standing.map(sorted).toSorted(), checker: flagged.map(sorted).toSorted() };
  }

  it.each(SCENARIOS)("%s", async (id) => {
    const [script] = loadScenarios(readFileSync(new URL(`${id}.json`, FOLDER), "utf8"));
    for (const name of BY_CHARACTER) {
      const { ledger, checker } = await bothOf(script!, name);
      expect([name, ledger]).toEqual([name, checker]);
      expect(ledger).toHaveLength(1);
    }
  });

  it.each(["walker", "yjs", "ot"] as const)("20 stories of three people: %s", async (name) => {
    let found = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { ledger, checker } = await bothOf(story(seed), name);
      found += ledger.length;
      expect([seed, ledger]).toEqual([seed, checker]);
    }
    expect(found).toBeGreaterThan(0);
  });
});

function sorted(words: string): string {
  return words.split("").toSorted().join("");
}
