/** The words of the glossary, found in sentences. */

import { describe, expect, it } from "vitest";
import { LESSONS } from "../../app/_learn/lessons.ts";
import { partsOf, TERMS, termId } from "../../app/_learn/terms.ts";

function termsIn(text: string): string[] {
  return partsOf(text).flatMap(({ term }) => (term === null ? [] : [term]));
}

describe("the words of the glossary", () => {
  it("are found as whole words, in any case, in the plural, by their other names, each once", () => {
    expect(termsIn("Two Replicas; another replica.")).toEqual(["Replica"]);
    expect(termsIn("A version vector is no CRDT, and a majority is a quorum.")).toEqual(["Version vector", "CRDT", "Quorum"]);
    expect(termsIn("OT moves edits; OR-Sets and PN-Counters do not.")).toEqual([
      "Operational transformation",
      "OR-Set",
      "G-Counter, PN-Counter",
    ]);
    expect(termsIn("original, releases, nots, epochal, LWW-Registers")).toEqual(["LWW-Register"]);
  });

  it("leave a text as it was", () => {
    for (const { intro, rule } of LESSONS)
      for (const text of [intro, rule, ""])
        expect(
          partsOf(text)
            .map((part) => part.text)
            .join(""),
        ).toBe(text);
    expect(LESSONS.some(({ rule }) => termsIn(rule).length > 0)).toBe(true);
  });

  it("have an address each", () => {
    expect(new Set(TERMS.map(({ term }) => termId(term))).size).toBe(TERMS.length);
  });
});
