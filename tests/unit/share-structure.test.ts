import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareStructure } from "../../app/_client/share-structure.ts";

describe("what is told again", () => {
  it("is the object of before where it equals it, and a new one on the way to what differs", () => {
    const before = {
      replicas: [
        { name: "Ana", links: { up: 1 } },
        { name: "Bo", links: { up: 2 } },
      ],
      cuts: [],
    };
    const next = shareStructure(before, {
      replicas: [
        { name: "Ana", links: { up: 1 } },
        { name: "Bo", links: { up: 3 } },
      ],
      cuts: [],
    });
    expect(next).toEqual({
      replicas: [
        { name: "Ana", links: { up: 1 } },
        { name: "Bo", links: { up: 3 } },
      ],
      cuts: [],
    });
    expect(next.replicas[0]).toBe(before.replicas[0]);
    expect(next.cuts).toBe(before.cuts);
    expect(next.replicas[1]).not.toBe(before.replicas[1]);
    expect(before.replicas[1]!.links.up).toBe(2);
  });

  it("differs where a key or an item is gone, or is there without a value", () => {
    expect(shareStructure({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(shareStructure([1, 2, 3], [1, 2])).toEqual([1, 2]);
    expect(Object.keys(shareStructure({ b: 1 }, { a: undefined }))).toEqual(["a"]);
    expect(shareStructure({ 0: "a" }, ["a"])).toEqual(["a"]);
  });

  it("takes instances of classes as they are", () => {
    const [before, next] = [new Map([[1, 1]]), new Map([[1, 1]])];
    expect(shareStructure({ map: before }, { map: next }).map).toBe(next);
  });

  it("always equals what was told, and is the old object exactly where the two are equal", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (before, next) => {
        expect(shareStructure(before, next)).toEqual(next);
        const copy: unknown = JSON.parse(JSON.stringify(before));
        // -0 is written as 0.
        fc.pre(Object.is(JSON.stringify(copy), JSON.stringify(before)) && !JSON.stringify(before).includes("-0"));
        expect(shareStructure(copy, JSON.parse(JSON.stringify(copy)))).toBe(copy);
      }),
      { seed: 20_261_127, numRuns: 300 },
    );
  });
});
