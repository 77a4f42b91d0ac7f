import { describe, expect, it } from "vitest";
import { cutState, hindrance, keyPausesMs, outcomeSentences, sidesOf, wordsKept } from "../../app/_beside/pair-plan.ts";
import { between } from "../../crdt/network/cuts.ts";
import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";

type Cuts = NodesAnswer["cuts"];
const cut = (a: string, b: string): Cuts => between(a, b).map((each) => ({ ...each, kind: "blackhole" }));

describe("the two sides of a side-by-side run", () => {
  it("put the leader with the majority, whichever bot is there", () => {
    expect(sidesOf(["S1", "S2", "S3"], ["S1", "S3"], "S1")).toEqual({
      majority: ["S1", "S2"],
      minority: ["S3"],
      links: [
        ["S1", "S3"],
        ["S2", "S3"],
      ],
    });
    expect(sidesOf(["S1", "S2", "S3"], ["S1", "S3"], "S3")).toMatchObject({ majority: ["S2", "S3"], minority: ["S1"] });
    expect(sidesOf(["S1", "S2", "S3"], ["S1", "S3"], "S2")).toMatchObject({ majority: ["S1", "S2"], minority: ["S3"] });
  });

  it("of five nodes are three and two, with a leader that neither bot is on in the three", () => {
    const sides = sidesOf(["S1", "S2", "S3", "S4", "S5"], ["S1", "S5"], "S4");
    expect(sides.majority).toEqual(["S1", "S2", "S4"]);
    expect(sides.minority).toEqual(["S3", "S5"]);
    expect(sides.links).toHaveLength(6);
  });

  it("need three nodes, and the bots apart", () => {
    expect(() => sidesOf(["S1"], ["S1", "S1"], null)).toThrow("1 nodes");
    expect(() => sidesOf(["S1", "S2", "S3"], ["S2", "S2"], null)).toThrow("Bots on S2 and S2");
  });

  it("are cut when every direction between them is, and whole when none is", () => {
    const links = [
      ["S1", "S3"],
      ["S2", "S3"],
    ] as const;
    expect(cutState({ cuts: [] }, links)).toBe("whole");
    expect(cutState({ cuts: cut("S1", "S3") }, links)).toBe("between");
    expect(cutState({ cuts: [...cut("S1", "S3"), ...cut("S2", "S3")] }, links)).toBe("cut");
    expect(cutState({ cuts: cut("S1", "S2") }, links)).toBe("whole");
  });
});

describe("a side-by-side run cannot begin", () => {
  const node = (id: string, state = "up") => ({ id, state }) as NodesAnswer["nodes"][number];
  it("on one node, where a node is down, and where links are cut already", () => {
    expect(hindrance({ nodes: [node("S1")], cuts: [] })).toContain("This server is one node");
    const three = [node("S1"), node("S2"), node("S3")];
    expect(hindrance({ nodes: [node("S1", "down"), ...three.slice(1)], cuts: [] })).toContain("S1 is not up");
    expect(hindrance({ nodes: three, cuts: cut("S1", "S2") })).toContain("cut already");
    expect(hindrance({ nodes: three, cuts: [] })).toBeNull();
    // Somebody's tab that is cut off is no part of it.
    expect(hindrance({ nodes: three, cuts: cut("S1", "02xpy4p3e1k") })).toBeNull();
  });
});

describe("the words of a side-by-side run", () => {
  it("are pressed with the same pauses every time", () => {
    expect(keyPausesMs("bread")).toEqual(keyPausesMs("bread"));
    expect(keyPausesMs("bread").every((ms) => ms >= 35 && ms <= 75)).toBe(true);
  });

  it("count as kept where they stand whole, each as often as it was typed", () => {
    expect(wordsKept("a b a", "b a")).toEqual({ kept: 2, total: 3 });
    expect(wordsKept("Ana brings", "AnBo a brings")).toEqual({ kept: 1, total: 2 });
    expect(wordsKept("", "x")).toEqual({ kept: 0, total: 0 });
  });

  it("are told side by side: who went on, who was refused and why, what stands", () => {
    const quiet = { taken: 9, waiting: 0, unsaved: 0, reason: null };
    const kept = [
      { name: "Ana", kept: 3, total: 3 },
      { name: "Bo", kept: 3, total: 3 },
    ];
    expect(
      outcomeSentences({
        atHeal: [
          { name: "Ana", ...quiet },
          { name: "Bo", ...quiet },
        ],
        kept,
        lost: 0,
        agreedAfterMs: 840,
      }),
    ).toEqual([
      "Both sides went on: every key was saved on the writer's own side of the cut.",
      "All words of both stand in the note.",
      "The ledger is empty: no write was thrown away.",
      "Both copies agreed, and all was saved, 0.84 s after the heal.",
    ]);
    const refused = { name: "Bo", taken: 9, waiting: 2, unsaved: 9, reason: "This side has 1 of 3 servers." };
    const [during, after, ledger] = outcomeSentences({
      atHeal: [{ name: "Ana", ...quiet }, refused],
      kept: [kept[0]!, { name: "Bo", kept: 1, total: 3 }],
      lost: 1,
      agreedAfterMs: null,
    });
    expect(during).toBe(
      "Ana went on. Bo was refused, and 9 edits waited as a draft and 2 keys could not be typed (This side has 1 of 3 servers).",
    );
    expect(after).toBe("Bo: 1 of 3 words stand whole.");
    expect(ledger).toBe("The ledger has 1 lost write.");
  });
});
