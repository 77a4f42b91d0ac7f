/** The scenarios that the bench page offers, in one list: what is shown of each, and how it is loaded when it is wanted. */

import { loadScenarios } from "../load.ts";
import type { Script } from "../script.ts";

export interface BenchScenario {
  readonly id: string;
  readonly title: string;
  load(): Promise<Script>;
}

export const BENCH_SCENARIOS: readonly BenchScenario[] = [
  entry("append-list", "Two items at the end of a list", () => import("../scenarios/append-list.json", { with: { type: "json" } })),
  entry("axb", "A word in two sessions, and a stranger", () => import("../scenarios/axb.json", { with: { type: "json" } })),
  entry(
    "backward-typing",
    "Two words built from right to left",
    () => import("../scenarios/backward-typing.json", { with: { type: "json" } }),
  ),
  entry("both-enter", "Two people press Enter", () => import("../scenarios/both-enter.json", { with: { type: "json" } })),
  entry("checkbox", "Two people tick one box", () => import("../scenarios/checkbox.json", { with: { type: "json" } })),
  entry("clock-skew", "A clock that is an hour ahead", () => import("../scenarios/clock-skew.json", { with: { type: "json" } })),
  entry(
    "delete-all-vs-append",
    "Cleared against appended",
    () => import("../scenarios/delete-all-vs-append.json", { with: { type: "json" } }),
  ),
  entry(
    "delete-vs-edit",
    "A line is deleted while somebody writes in it",
    () => import("../scenarios/delete-vs-edit.json", { with: { type: "json" } }),
  ),
  entry("different-lines", "Edits to different lines", () => import("../scenarios/different-lines.json", { with: { type: "json" } })),
  entry(
    "format-on-save",
    "Two formatters replace everything",
    () => import("../scenarios/format-on-save.json", { with: { type: "json" } }),
  ),
  entry(
    "fugue-vs-fuguemax",
    "Where Fugue and FugueMax part",
    () => import("../scenarios/fugue-vs-fuguemax.json", { with: { type: "json" } }),
  ),
  entry("hello-insert", "Two inserts in different places", () => import("../scenarios/hello-insert.json", { with: { type: "json" } })),
  entry("markdown-bold", "Bold around different words", () => import("../scenarios/markdown-bold.json", { with: { type: "json" } })),
  entry("move-vs-edit", "A moved line is edited", () => import("../scenarios/move-vs-edit.json", { with: { type: "json" } })),
  entry("move-vs-move", "One line, moved to two places", () => import("../scenarios/move-vs-move.json", { with: { type: "json" } })),
  entry("number-edit", "Two new numbers", () => import("../scenarios/number-edit.json", { with: { type: "json" } })),
  entry(
    "reader-dear-alice",
    "Going back inside of one's own words",
    () => import("../scenarios/reader-dear-alice.json", { with: { type: "json" } }),
  ),
  entry("same-caret", "Two words at one caret", () => import("../scenarios/same-caret.json", { with: { type: "json" } })),
  entry("same-line", "Edits at both ends of one line", () => import("../scenarios/same-line.json", { with: { type: "json" } })),
  entry("same-typo-fix", "Two people correct one typo", () => import("../scenarios/same-typo-fix.json", { with: { type: "json" } })),
  entry("split-vs-edit", "A split against an edit", () => import("../scenarios/split-vs-edit.json", { with: { type: "json" } })),
  entry("three-way", "Three islands at one caret", () => import("../scenarios/three-way.json", { with: { type: "json" } })),
];

function entry(id: string, title: string, json: () => Promise<{ readonly default: unknown }>): BenchScenario {
  return { id, title, load: async () => loadScenarios(JSON.stringify((await json()).default))[0]! };
}
