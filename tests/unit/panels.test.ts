import { describe, expect, it } from "vitest";
import { ruleSentence } from "../../app/_ledger/loss-text.ts";
import { lostRuns, wordsOf } from "../../app/_ledger/lost-runs.ts";
import { clockText, conditionsText, latencyAt, parseMs, positionOf, SLIDER_MAX } from "../../app/_network/link-state.ts";
import { linkWord } from "../../app/_network/link-word.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { CLEAR, CLEAR_BOTH, type LinkConditions } from "../../crdt/network/conditions.ts";
import type { Loss, LossRule } from "../../crdt/strategy/strategy.ts";
import type { LedgerEntry, ReplicaStatus } from "../../crdt/sync/control-messages.ts";

const ANA = replicaIdFrom(1);
const BO = replicaIdFrom(2);

function row(up: Partial<LinkConditions>, down: Partial<LinkConditions>, more: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    replicaId: ANA,
    kind: "tab",
    name: "Ana",
    colour: 0,
    noteId: parseNoteId("n")!,
    strategy: "fugue",
    isConnected: true,
    conditions: { up: { ...CLEAR, ...up }, down: { ...CLEAR, ...down } },
    cutSinceMs: null,
    digest: null,
    roundTripMs: null,
    bucket: null,
    ...more,
  };
}

function lost(seq: number, index: number, insert: string, more: Partial<Loss> = {}): LedgerEntry {
  const losingStamp = { wallMs: 1_000 + seq, replica: ANA, seq };
  const winningStamp = { wallMs: 5_000, replica: BO, seq: 1 };
  const loss: Loss = {
    id: `${seq}`,
    noteId: null,
    field: "text",
    author: ANA,
    atMs: losingStamp.wallMs,
    splices: [{ index, remove: 0, insert }],
    removedText: "",
    losingStamp,
    winningStamp,
    rule: "lww-older-stamp",
    ...more,
  };
  return { loss, authorName: "Ana", winnerName: "Bo", foundAtMs: 6_000 };
}

describe("a link in one word", () => {
  it.each([
    ["Online", row({}, {})],
    ["Slow", row({ latencyMs: 5 }, {})],
    ["Slow", row({}, { bandwidthBitsPerS: 9_600 })],
    ["Lossy", row({ latencyMs: 5 }, { datagrams: { loss: 0.1, dup: 0, reorder: 0 } })],
    ["One-way", row({ cut: "blackhole" }, {})],
    ["Cut", row({ cut: "blackhole" }, { cut: "blackhole" })],
    ["Cut", row({ cut: "reset" }, {})],
    ["Cut", row({ flap: { onMs: 1, offMs: 1 } }, {}, { cutSinceMs: 7 })],
    ["Offline", row({}, {}, { isConnected: false })],
    ["Online", row({}, {}, { kind: "node", conditions: CLEAR_BOTH, isConnected: false })],
  ])("%s", (word, status) => expect(linkWord(status)).toBe(word));

  it("says what is set", () => {
    expect(conditionsText({ ...CLEAR, latencyMs: 800, jitterMs: 50, bandwidthBitsPerS: 750_000 })).toBe("800 ms ± 50 ms, 750 kbit/s");
    expect(conditionsText({ ...CLEAR, bandwidthBitsPerS: 9_600 })).toBe("9.6 kbit/s");
    expect(conditionsText({ ...CLEAR, datagrams: { loss: 0.1, dup: 0, reorder: 0.05 } })).toBe("datagrams: 10 % lost, 5 % overtaken");
    expect([conditionsText(CLEAR), clockText(580_400)]).toEqual(["clear", "9:41"]);
  });
});

describe("the latency slider", () => {
  it("goes from 0 to 5,000 ms and finds its way back from each position", () => {
    expect([latencyAt(0), latencyAt(1), latencyAt(SLIDER_MAX)]).toEqual([0, 5, 5_000]);
    for (let position = 1; position <= SLIDER_MAX; position++) {
      expect(latencyAt(position)).toBeGreaterThanOrEqual(latencyAt(position - 1));
      expect(Math.abs(positionOf(latencyAt(position)) - position)).toBeLessThanOrEqual(2);
    }
  });

  it("takes typed numbers within the range only", () => {
    expect([parseMs("800", 5_000), parseMs("9999", 5_000), parseMs("-3", 5_000), parseMs("", 5_000), parseMs("x", 5_000)]).toEqual([
      800,
      5_000,
      0,
      null,
      null,
    ]);
  });
});

describe("lost runs", () => {
  it("join letters typed in one go, corrections included", () => {
    const correction = lost(4, 6, "", { splices: [{ index: 6, remove: 1, insert: "p" }], removedText: "b" });
    const runs = lostRuns([lost(1, 4, "h"), lost(2, 5, "e"), lost(3, 6, "b"), correction]);
    expect(runs.map((run) => [wordsOf(run), run.entries.length, run.removedText])).toEqual([["hep", 4, ""]]);
  });

  it.each([
    ["elsewhere", lost(2, 0, "x")],
    ["by somebody else", lost(2, 5, "x", { author: BO })],
    ["of another field", lost(2, 5, "x", { field: "title" })],
    ["lost to another write", lost(2, 5, "x", { winningStamp: { wallMs: 9, replica: BO, seq: 2 } })],
    ["not the next write", lost(3, 5, "x")],
    ["that deletes older text", lost(2, 4, "x", { splices: [{ index: 3, remove: 1, insert: "x" }], removedText: "o" })],
  ])("do not join a write %s", (_, next) => expect(lostRuns([lost(1, 4, "h"), next])).toHaveLength(2));
});

describe("the rule in words", () => {
  it.each<[LossRule, string]>([
    ["lww-older-stamp", "Bo's whole note stayed"],
    ["lww-overwritten-unseen", "without having seen Ana's"],
    ["lww-line-older-stamp", "Bo's line stayed"],
    ["lww-line-overwritten-unseen", "Bo wrote the line"],
    ["mv-superseded", "which replaced Ana's"],
  ])("%s", (rule, words) => expect(ruleSentence(lost(1, 0, "x", { rule }))).toContain(words));

  it("calls a tie arbitrary", () => {
    const winningStamp = { wallMs: 1_001, replica: BO, seq: 1 };
    expect(ruleSentence(lost(1, 0, "x", { winningStamp }))).toContain("arbitrary");
  });
});
