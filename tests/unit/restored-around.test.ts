/** An orphan comes back into what it was typed into. */

import { expect, it } from "vitest";
import { applySplices } from "../../crdt/base/splice.ts";
import { restoredAround } from "../../crdt/sync/restored-around.ts";

const orphan = { splices: [{ index: 6, remove: 0, insert: "very " }], around: { before: "The ", after: "quick fox\n" } };

it.each([
  ["around the words", "Intro\nvery End", "Intro\nThe very quick fox\nEnd"],
  ["where they stand by now", "Intro, longer\nvery End", "Intro, longer\nThe very quick fox\nEnd"],
  ["of two places the one that is nearer", "very, very End", "very, The very quick fox\nEnd"],
  ["at their place where the words are gone", "Intro\nEnd", "Intro\nThe quick fox\nEnd"],
  ["at the end of what is shorter by now", "In", "InThe quick fox\n"],
])("the passage comes back %s", (_, text, expected) => {
  expect(applySplices(text, restoredAround(text, orphan))).toBe(expected);
});

it("what is no orphan has nothing around it", () => {
  expect(restoredAround("text", { splices: orphan.splices })).toEqual([]);
});
