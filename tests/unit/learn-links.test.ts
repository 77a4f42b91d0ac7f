/** What /learn links to is there, in F17's order, and every lesson ends in something to play with. */

import { expect, it } from "vitest";
import { CONCEPTS } from "../../app/_learn/concepts.tsx";
import { LESSONS, lessonOf } from "../../app/_learn/lessons.ts";
import { scriptOf } from "../../app/_lab/lab-script.ts";
import { addressOf } from "../../app/_lab/lab-source.ts";
import { PANELS } from "../../app/_ui/use-panel.ts";
import { findEntry } from "../../crdt/lab/catalogue.ts";

it("lessons come in the order of the plan: cliff, caret, lines, clocks, order, deletions, duplicates, moves, locks, identity", () =>
  expect(LESSONS.map(({ scenario }) => scenario)).toEqual([
    "latency-cliff",
    "same-caret",
    "different-lines",
    "split-vs-edit",
    "clock-skew",
    "backward-typing",
    "axb",
    "delete-vs-edit",
    "same-typo-fix",
    "format-on-save",
    "move-vs-edit",
    "stale-lease-unfenced",
    "duplicated-tab",
    "disk-lost",
  ]));

it.each(CONCEPTS.map((concept) => [concept.title, concept.href] as const))("%s: %s is a place", (_, href) => {
  const { pathname, searchParams } = new URL(href, "http://localhost");
  const scenario = searchParams.get("scenario");
  if (scenario !== null) expect(findEntry(scenario)).toBeDefined();
  const panel = searchParams.get("panel");
  if (panel !== null) expect(PANELS).toContain(panel);
  const [, page, lesson] = pathname.split("/");
  expect(["compare", "learn", "notes", "metrics", "lab"]).toContain(page);
  if (page === "learn") expect(lessonOf(lesson!)).not.toBeNull();
});

it.each(LESSONS.map((lesson) => [lesson.id, lesson] as const))("%s ends in free play", async (_, { scenario, strategy }) => {
  const address = addressOf({ search: `?scenario=${scenario}&strategy=${strategy}`, hash: "" });
  if (address?.kind !== "scenario") throw new TypeError("no scenario");
  const script = await findEntry(scenario)!.load();
  const { record, view } = await scriptOf(address, () => undefined);
  expect([record.options.strategy, record.options.startText]).toEqual([strategy, script.startText]);
  expect(record.commands.length).toBeGreaterThan(0);
  expect(view.lesson).toBe(script.lesson);
});
