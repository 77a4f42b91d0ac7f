/**
 * Short histories of two or three people who write at once, with what each server-ordered strategy makes of them. A step is
 * an edit in its author's own view (a splice; `isBackward`: letter by letter from right to left), or a `sync` of
 * the replicas it names, in the order in which they reach the server.
 */

import type { Splice } from "../../crdt/base/splice.ts";

export type Actor = "A" | "B" | "C";

export type Step = { readonly by: Actor; readonly splice: Splice; readonly isBackward?: boolean } | { readonly sync: readonly Actor[] };

export interface OrderedScenario {
  readonly name: string;
  readonly startText: string;
  readonly steps: readonly Step[];
  readonly ot: string;
  readonly casIndex: string;
  readonly casDiff3: string;
}

const edit = (by: Actor, index: number, remove: number, insert: string): Step => ({ by, splice: { index, remove, insert } });
const backward = (by: Actor, index: number, insert: string): Step => ({ by, splice: { index, remove: 0, insert }, isBackward: true });
const sync = (...actors: readonly Actor[]): Step => ({ sync: actors });

export const ORDERED_SCENARIOS: readonly OrderedScenario[] = [
  {
    name: "T01 hello-insert",
    startText: "Helo",
    steps: [edit("A", 3, 0, "l"), edit("B", 4, 0, "!"), sync("A", "B")],
    ot: "Hello!",
    casIndex: "Hell!o",
    casDiff3: "‹Hello|CONFLICT|Helo!›",
  },
  {
    name: "T02 same-caret",
    startText: "Hello !",
    steps: [edit("A", 6, 0, "Alice"), edit("B", 6, 0, "Charlie"), sync("A", "B")],
    ot: "Hello AliceCharlie!",
    casIndex: "Hello CharlieAlice!",
    casDiff3: "‹Hello Alice!|CONFLICT|Hello Charlie!›",
  },
  {
    name: "T03 backward-typing",
    startText: "[]",
    steps: [backward("A", 1, "abc"), backward("B", 1, "XYZ"), sync("A", "B")],
    ot: "[abcXYZ]",
    casIndex: "[XYZabc]",
    casDiff3: "‹[abc]|CONFLICT|[XYZ]›",
  },
  {
    name: "T05 reader-dear-alice",
    startText: "Hello!",
    steps: [edit("A", 5, 0, " reader"), edit("A", 5, 0, " dear"), edit("B", 5, 0, " Alice"), sync("A", "B")],
    ot: "Hello dear reader Alice!",
    casIndex: "Hello Alice dear reader!",
    casDiff3: "‹Hello dear reader!|CONFLICT|Hello Alice!›",
  },
  {
    name: "T06 axb",
    startText: "",
    steps: [edit("C", 0, 0, "b"), sync("A", "C"), edit("A", 0, 0, "a"), edit("B", 0, 0, "x"), sync("A", "B", "C")],
    ot: "abx",
    casIndex: "xab",
    casDiff3: "‹ab|CONFLICT|x›",
  },
  {
    name: "T07 fugue-vs-fuguemax",
    startText: "",
    steps: [
      edit("A", 0, 0, "a"),
      edit("B", 0, 0, "b"),
      sync("A", "C"),
      edit("C", 1, 0, "c"),
      sync("A", "B"),
      edit("B", 1, 0, "d"),
      sync("A", "B", "C"),
    ],
    ot: "adbc",
    casIndex: "bcda",
    casDiff3: "‹‹da|CONFLICT|b›|CONFLICT|ac›",
  },
  {
    name: "T08 three-way",
    startText: "[]",
    steps: [edit("A", 1, 0, "aaa"), edit("B", 1, 0, "bbb"), edit("C", 1, 0, "ccc"), sync("A", "B", "C")],
    ot: "[aaabbbccc]",
    casIndex: "[cccbbbaaa]",
    casDiff3: "‹‹[aaa]|CONFLICT|[bbb]›|CONFLICT|[ccc]›",
  },
  {
    name: "T10 delete-vs-edit",
    startText: "Intro\nThe quick brown fox\nEnd",
    steps: [edit("A", 6, 20, ""), edit("B", 10, 0, "very "), sync("A", "B")],
    ot: "Intro\nvery End",
    casIndex: "Intro\nEndvery ",
    casDiff3: "Intro\n‹|CONFLICT|The very quick brown fox›\nEnd",
  },
  {
    name: "T12 same-typo-fix",
    startText: "teh cat",
    steps: [edit("A", 1, 2, "he"), edit("B", 1, 2, "he"), sync("A", "B")],
    ot: "thehe cat",
    casIndex: "the cat",
    casDiff3: "the cat",
  },
  {
    name: "T13 format-on-save",
    startText: "a=1",
    steps: [edit("A", 0, 3, "a = 1"), edit("B", 0, 3, "a = 1;"), sync("A", "B")],
    ot: "a = 1a = 1;",
    casIndex: "a = 1; 1",
    casDiff3: "‹a = 1|CONFLICT|a = 1;›",
  },
  {
    name: "T14 different-lines",
    startText: "Milk\nEggs\nBread",
    steps: [edit("A", 4, 0, " 2L"), edit("B", 10, 0, "Rye "), sync("A", "B")],
    ot: "Milk 2L\nEggs\nRye Bread",
    casIndex: "Milk 2L\nEgRye gs\nBread",
    casDiff3: "Milk 2L\nEggs\nRye Bread",
  },
  {
    name: "T15 same-line",
    startText: "the meeting is monday",
    steps: [edit("A", 0, 1, "T"), edit("B", 15, 6, "Tuesday"), sync("A", "B")],
    ot: "The meeting is Tuesday",
    casIndex: "The meeting is Tuesday",
    casDiff3: "‹The meeting is monday|CONFLICT|the meeting is Tuesday›",
  },
  {
    name: "T16 split-vs-edit",
    startText: "alpha beta",
    steps: [edit("A", 5, 1, "\n"), edit("B", 10, 0, "!"), sync("A", "B")],
    ot: "alpha\nbeta!",
    casIndex: "alpha\nbeta!",
    casDiff3: "‹alpha⏎beta|CONFLICT|alpha beta!›",
  },
  {
    name: "T18 append-list",
    startText: "- a\n- b",
    steps: [edit("A", 7, 0, "\n- c"), edit("B", 7, 0, "\n- d"), sync("A", "B")],
    ot: "- a\n- b\n- c\n- d",
    casIndex: "- a\n- b\n- d\n- c",
    casDiff3: "- a\n- b\n‹- c|CONFLICT|- d›",
  },
  {
    name: "T19 move-vs-move",
    startText: "A\nB\nC",
    steps: [edit("A", 0, 2, ""), edit("A", 3, 0, "\nA"), edit("B", 0, 2, ""), edit("B", 1, 0, "\nA"), sync("A", "B")],
    ot: "B\nA\nC\nA",
    casIndex: "C\nA\nA",
    casDiff3: "B\nA\nC\nA",
  },
  {
    name: "T20 move-vs-edit",
    startText: "fix bug\nship",
    steps: [edit("A", 0, 8, ""), edit("A", 4, 0, "\nfix bug"), edit("B", 7, 0, "!!"), sync("A", "B")],
    ot: "!!ship\nfix bug",
    casIndex: "ship\nfi!!x bug",
    casDiff3: "‹|CONFLICT|fix bug!!›\nship\nfix bug",
  },
  {
    name: "T21 number-edit",
    startText: "Total: 10",
    steps: [edit("A", 7, 2, "15"), edit("B", 7, 2, "20"), sync("A", "B")],
    ot: "Total: 1520",
    casIndex: "Total: 20",
    casDiff3: "‹Total: 15|CONFLICT|Total: 20›",
  },
  {
    name: "T22 checkbox",
    startText: "- [ ] pay",
    steps: [edit("A", 3, 1, "x"), edit("B", 3, 1, "x"), sync("A", "B")],
    ot: "- [xx] pay",
    casIndex: "- [x] pay",
    casDiff3: "- [x] pay",
  },
  {
    name: "T23 delete-all-vs-append",
    startText: "line1\nline2",
    steps: [edit("A", 0, 11, ""), edit("B", 11, 0, "\nline3"), sync("A", "B")],
    ot: "\nline3",
    casIndex: "\nline3",
    casDiff3: "‹|CONFLICT|line1⏎line2⏎line3›",
  },
  {
    name: "T25 markdown-bold",
    startText: "make this bold",
    steps: [edit("A", 9, 0, "**"), edit("A", 5, 0, "**"), edit("B", 14, 0, "**"), edit("B", 10, 0, "**"), sync("A", "B")],
    ot: "make **this** **bold**",
    casIndex: "make **thi**s** **bold",
    casDiff3: "‹make **this** bold|CONFLICT|make this **bold**›",
  },
  {
    name: "T27 both-enter",
    startText: "a\nb",
    steps: [edit("A", 1, 0, "\n"), edit("B", 1, 0, "\n"), sync("A", "B")],
    ot: "a\n\n\nb",
    casIndex: "a\n\n\nb",
    casDiff3: "a\n\nb",
  },
  {
    name: "T30 clock-skew",
    startText: "v0",
    steps: [edit("A", 0, 2, "A-old"), edit("B", 0, 2, "B-new"), sync("A", "B"), edit("B", 0, 0, "again "), sync("A", "B")],
    ot: "again A-oldB-new",
    casIndex: "again B-newold",
    casDiff3: "again ‹A-old|CONFLICT|B-new›",
  },
];
