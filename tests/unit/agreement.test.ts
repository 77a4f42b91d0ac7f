import { describe, expect, it } from "vitest";
import { agreementOf, agreementParts, agreementSentence, cellOf } from "../../app/_convergence/agreement.ts";
import { cellText } from "../../app/_convergence/cell-text.ts";
import { NOTHING_CUT, watchHeal } from "../../app/_convergence/heal-watch.ts";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { hashText } from "../../crdt/base/hash.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { CLEAR, CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { Ordering } from "../support/ordering.ts";

const NOTE = parseNoteId("n1")!;
const CUT_BOTH = { up: { ...CLEAR, cut: "blackhole" }, down: { ...CLEAR, cut: "blackhole" } } as const;

function statusOf(n: number, name: string, strategy: Strategy, replica: Replica | null, more: Partial<ReplicaStatus> = {}): ReplicaStatus {
  const { content, structure } = replica?.hash() ?? { content: "", structure: "" };
  return {
    replicaId: replicaIdFrom(n),
    kind: "tab",
    name,
    colour: n,
    noteId: NOTE,
    strategy: strategy.name,
    isConnected: true,
    conditions: CLEAR_BOTH,
    cutSinceMs: null,
    digest:
      replica === null
        ? null
        : {
            contentHash: content,
            structureHash: structure,
            seen: toBase64(replica.seen()),
            unacknowledged: 0,
            buffered: 0,
            length: replica.length,
          },
    bucket: null,
    roundTripMs: null,
    ...more,
  };
}

/** Copies of one note, each with an id of its own, all holding `text`. */
function copies(strategy: Strategy, count: number, text: string): Replica[] {
  const clock = new VirtualClock(1_000);
  const first = strategy.open({ replica: replicaIdFrom(1), clock });
  const edited = first.edit([{ index: 0, remove: 0, insert: text }]);
  if (edited.isAccepted) new Ordering(strategy, clock).commit(first, edited.update);
  const rest = Array.from({ length: count - 1 }, (_, n) =>
    strategy.open({ replica: replicaIdFrom(n + 2), clock, state: first.since(EMPTY_BYTES) }),
  );
  return [first, ...rest];
}

describe.each(STRATEGY_NAMES)("cells under %s", async (name) => {
  const strategy = await loadStrategy(name);
  const { compare } = strategy;

  it("equal copies are the same", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    expect(cellOf(statusOf(1, "Ana", strategy, a), statusOf(2, "Bo", strategy, b), compare)).toEqual({ kind: "same" });
  });

  it("a corrupted text is CORRUPT", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    const sound = statusOf(1, "Ana", strategy, a);
    const broken = statusOf(2, "Bo", strategy, b);
    const cell = cellOf(sound, { ...broken, digest: { ...broken.digest!, contentHash: hashText("hellO") } }, compare);
    expect([cell, cellText(cell)]).toEqual([{ kind: "corrupt", differs: "content" }, "CORRUPT"]);
  });

  it("equal texts over different structure are not the same", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    const broken = statusOf(2, "Bo", strategy, b);
    const cell = cellOf(statusOf(1, "Ana", strategy, a), { ...broken, digest: { ...broken.digest!, structureHash: "0" } }, compare);
    expect(cell).toEqual({ kind: "corrupt", differs: "structure" });
  });

  it("an undelivered deletion reads behind, and ahead from the other side", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    a.edit([{ index: 1, remove: 3, insert: "" }]);
    const deleter = statusOf(1, "Ana", strategy, a);
    const other = statusOf(2, "Bo", strategy, b);
    expect([cellOf(other, deleter, compare).kind, cellOf(deleter, other, compare).kind]).toEqual(["behind", "ahead"]);
  });

  it("edits made apart are concurrent", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    a.edit([{ index: 0, remove: 0, insert: "A" }]);
    b.edit([{ index: 0, remove: 0, insert: "B" }]);
    expect(cellOf(statusOf(1, "Ana", strategy, a), statusOf(2, "Bo", strategy, b), compare).kind).toBe("concurrent");
  });

  it("a replica that does not report, or reports what does not parse, is not reported", () => {
    const [a, b] = copies(strategy, 2, "hello") as [Replica, Replica];
    const sound = statusOf(1, "Ana", strategy, a);
    const odd = statusOf(2, "Bo", strategy, b);
    expect(cellOf(sound, statusOf(3, "Stock", strategy, null, { kind: "stock" }), compare).kind).toBe("unreported");
    expect(cellOf(sound, { ...odd, digest: { ...odd.digest!, seen: "////" } }, compare).kind).toBe("unreported");
    expect(cellOf(sound, { ...odd, digest: { ...odd.digest!, seen: "not base64 §" } }, compare).kind).toBe("unreported");
  });
});

describe("the sentence", async () => {
  const strategy = await loadStrategy("fugue");
  const options = { nowMs: 50_000, self: null, agreedAfterMs: null };
  const sentence = (replicas: readonly ReplicaStatus[], more = {}): string =>
    agreementSentence(agreementOf(replicas, strategy.compare), { ...options, ...more });

  it("all agree", () => {
    const [a, b, c] = copies(strategy, 3, "x") as [Replica, Replica, Replica];
    const all = [statusOf(1, "Ana", strategy, a), statusOf(2, "Bo", strategy, b), statusOf(9, "", strategy, c, { kind: "node" })];
    expect(sentence(all)).toBe("All 3 agree");
    expect(sentence(all, { agreedAfterMs: 840 })).toBe("All agree again (0.84 s)");
    const stock = statusOf(4, "Guest", strategy, null, { kind: "stock" });
    expect(sentence([...all, stock])).toBe("All 3 agree (1 replica does not report)");
  });

  it("one is behind and cut, and the coarse form leaves the numbers out", () => {
    const [a, b, c, d] = copies(strategy, 4, "x") as [Replica, Replica, Replica, Replica];
    const { update } = a.edit([{ index: 1, remove: 0, insert: "twelve chars" }]) as { update: Uint8Array };
    b.receive(update);
    d.receive(update);
    const all = [
      statusOf(1, "Ana", strategy, a),
      statusOf(2, "Bo", strategy, b),
      statusOf(3, "Cy", strategy, c, { cutSinceMs: 9_000, conditions: CUT_BOTH }),
      statusOf(9, "", strategy, d, { kind: "node" }),
    ];
    expect(sentence(all)).toBe("3 of 4 agree; Cy is 12 edits behind, cut for 41 s");
    expect(sentence(all, { isCoarse: true })).toBe("3 of 4 agree; Cy is behind, cut");
    expect(sentence(all, { self: replicaIdFrom(3) })).toBe("3 of 4 agree; Cy (this tab) is 12 edits behind, cut for 41 s");
  });

  it("of many who are apart the corrupt come first, then this tab; beyond some they are a number", () => {
    const [server, keeper, ...others] = copies(strategy, 7, "x") as [Replica, Replica, ...Replica[]];
    const { update } = server.edit([{ index: 1, remove: 0, insert: "y" }]) as { update: Uint8Array };
    keeper.receive(update);
    others[4]!.receive(update);
    const rows = others.map((copy, n) => statusOf(n + 2, `R${n}`, strategy, copy));
    const broken = { ...rows[4]!, digest: { ...rows[4]!.digest!, contentHash: hashText("z") } };
    const all = [
      statusOf(9, "", strategy, server, { kind: "node" }),
      statusOf(1, "Ana", strategy, keeper),
      statusOf(20, "Bo", strategy, keeper),
      statusOf(21, "Cy", strategy, keeper),
      statusOf(22, "Di", strategy, keeper),
      ...rows.slice(0, 4),
      broken,
    ];
    const agreement = agreementOf(all, strategy.compare);
    const self = rows[2]!.replicaId;
    expect(agreementSentence(agreement, { ...options, self }, 2)).toBe(
      "5 of 10 agree; R4 has seen the same and holds other text: CORRUPT; R2 (this tab) is 1 edit behind; and 3 more",
    );
    expect(agreementParts(agreement, { ...options, self })).toHaveLength(6);
    expect(agreementSentence(agreement, { ...options, self }, 5)).not.toContain("more");
  });

  it("somebody who is cut and has missed nothing is still said to be cut", () => {
    const [a, b] = copies(strategy, 2, "x") as [Replica, Replica];
    const all = [statusOf(1, "Ana", strategy, a, { cutSinceMs: 48_000 }), statusOf(9, "", strategy, b, { kind: "node" })];
    expect(sentence(all)).toBe("All 2 agree; Ana is cut for 2 s");
  });

  it("nobody agrees; the server is the yardstick", () => {
    const [a, b] = copies(strategy, 2, "x") as [Replica, Replica];
    a.edit([{ index: 0, remove: 0, insert: "y" }]);
    expect(sentence([statusOf(1, "Ana", strategy, a), statusOf(9, "", strategy, b, { kind: "node" })])).toBe(
      "No two of 2 agree; Ana is 1 edit ahead",
    );
  });

  it("corruption is said in capitals", () => {
    const [a, b, c] = copies(strategy, 3, "x") as [Replica, Replica, Replica];
    const broken = statusOf(3, "Cy", strategy, c);
    const all = [
      statusOf(1, "Ana", strategy, a),
      statusOf(2, "Bo", strategy, b),
      { ...broken, digest: { ...broken.digest!, contentHash: hashText("z") } },
    ];
    expect(sentence(all)).toBe("2 of 3 agree; Cy has seen the same and holds other text: CORRUPT");
  });
});

describe("the time from heal to agreement", async () => {
  const strategy = await loadStrategy("fugue");
  const [a] = copies(strategy, 1, "x") as [Replica];
  const cut = statusOf(1, "Ana", strategy, a, { cutSinceMs: 1, conditions: CUT_BOTH });
  const healed = statusOf(1, "Ana", strategy, a);

  it("runs from the heal of the last cut to the first agreement", () => {
    let watch = watchHeal(NOTHING_CUT, [cut], true, 1_000);
    watch = watchHeal(watch, [cut], false, 2_000);
    watch = watchHeal(watch, [healed], false, 3_000);
    watch = watchHeal(watch, [healed], true, 3_840);
    expect(watch.agreedAfterMs).toBe(840);
    expect(watch.last).toEqual({ healedAtMs: 3_000, agreedAfterMs: 840 });
    // A later cut is another heal; this one stays what it was.
    expect(watchHeal(watch, [cut], false, 9_500)).toMatchObject({ agreedAfterMs: null, last: watch.last });
    expect(watchHeal(watch, [healed], true, 9_000)).toBe(watch);
    expect(watchHeal(watch, [healed], false, 9_000).agreedAfterMs).toBeNull();
  });

  it("is no news when nobody differed, or when the one who was cut left", () => {
    const quiet = watchHeal(watchHeal(NOTHING_CUT, [cut], true, 1), [healed], true, 2);
    expect(quiet.agreedAfterMs).toBeNull();
    const left = watchHeal(watchHeal(NOTHING_CUT, [cut], false, 1), [], true, 2);
    expect([left.agreedAfterMs, left.last]).toEqual([null, null]);
  });
});
