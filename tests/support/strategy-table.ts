/** The strategy table of the README, computed: one seeded session, its moves replayed through every strategy. */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Move, replay, type Script } from "./scripted-replay.ts";
import { STRATEGY_LINES } from "../../app/_ui/strategy-lines.ts";
import { STRATEGY_TITLES } from "../../app/_ui/strategy-titles.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";

export const README = fileURLToPath(new URL("../../README.md", import.meta.url));
const BEGIN = "<!-- strategy table: begin -->";
const END = "<!-- strategy table: end -->";

const ACTORS = ["Ana", "Bo", "Cy"];
const ROUNDS = 12;
const WORDS = "the sea has many a wave and no two of them ever agree on where to break".split(" ");

/** Three people write words into one note; in each round one of them is cut off for a while. */
export function tableScript(): Script {
  const prng = createPrng("README");
  const moves: Move[] = [];
  let atMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const cut = prng.int(0, ACTORS.length);
    moves.push({ kind: "cut", atMs, actor: cut });
    for (let n = 0; n < 6; n++) {
      atMs += prng.int(200, 900);
      const insert = `${WORDS[prng.int(0, WORDS.length)]!} `;
      moves.push({ kind: "edit", atMs, actor: prng.int(0, ACTORS.length), splices: [{ index: 0, remove: 0, insert }], textLength: 0 });
    }
    atMs += 500;
    moves.push({ kind: "heal", atMs, actor: cut });
    atMs += 3_000;
  }
  return { startText: "", actors: ACTORS, moves };
}

export async function strategyTable(): Promise<string> {
  const script = tableScript();
  const edits = script.moves.filter(({ kind }) => kind === "edit").length;
  const rows: string[] = [];
  for (const name of STRATEGY_NAMES) {
    const strategy = await loadStrategy(name);
    const outcome = await replay(script, strategy);
    if (!outcome.isAgreed) throw new Error(`${name} did not agree: a table of it would be misleading`);
    const { typed, kept, losses, refused, messages, bytes } = outcome;
    const { losesWrites, isAvailable, isStockCompatible } = strategy.traits;
    const [title, line] = [STRATEGY_TITLES[name], STRATEGY_LINES[name]];
    const cells = [
      `**${title}**`,
      line,
      isAvailable ? "both sides go on" : "one side waits",
      [losesWrites ? `${losses.length} of ${edits}` : "none", ...(refused > 0 ? [`${refused} not taken`] : [])].join(", "),
      `${kept} of ${typed}`,
      `${messages} / ${(bytes / 1_000).toFixed(1)} kB`,
      isStockCompatible ? "yes" : "no",
    ];
    rows.push(`| ${cells.join(" | ")} |`);
  }
  return [
    "| strategy | what it does | in a partition | writes lost | characters kept | messages / bytes | stock Yjs clients |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
    `One session through each: ${ACTORS.length} people, ${edits} words, a cut in each of ${ROUNDS} rounds. Computed by \`npm run readme\`, and checked by a test.`,
  ].join("\n");
}

/** What stands between the marks; null when a mark is missing. */
export function tableIn(readme: string): string | null {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  return from < 0 || to < from ? null : readme.slice(from + BEGIN.length, to).trim();
}

/** Puts the table of today into the README. */
export async function updateReadme(): Promise<void> {
  const readme = readFileSync(README, "utf8");
  const before = tableIn(readme);
  if (before === null) throw new Error(`README.md lacks ${BEGIN} or ${END}`);
  const table = await strategyTable();
  writeFileSync(README, `${readme.slice(0, readme.indexOf(BEGIN) + BEGIN.length)}\n${table}\n${readme.slice(readme.indexOf(END))}`);
}
