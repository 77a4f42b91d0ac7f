import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import type { RecordedEvent } from "../../crdt/text/event-records.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { Oracle, type Range } from "../fuzz/text/oracle.ts";

/** Everybody types and deletes in each round, and is given in each what the others did `latency` rounds before. */
function rounds(seed: number, { writers, count, latency }: { writers: number; count: number; latency: number }): void {
  const prng = createPrng(`branches/${seed}`);
  const oracle = new Oracle(writers);
  const documents = Array.from({ length: writers }, (_, n) => TextDocument.create({ agent: replicaIdFrom(n + 1) }));
  const made: { readonly update: Uint8Array; readonly range: Range; readonly by: number }[][] = [];
  const give = (to: number, round: number): void => {
    for (const { update, range, by } of made[round] ?? []) {
      if (by === to) continue;
      documents[to]!.applyUpdate(update);
      oracle.receive(to, [range]);
    }
  };
  documents.forEach((document, by) =>
    document.onUpdate((update) => {
      const { from, to } = pending;
      made.at(-1)!.push({ update: update.slice(), range: { agent: by, from, to }, by });
    }),
  );
  let pending: Range = { agent: 0, from: 0, to: 0 };
  for (let round = 0; round < count; round++) {
    made.push([]);
    for (const [by, document] of documents.entries()) {
      give(by, round - latency);
      const index = prng.int(0, Math.min(6, document.length) + 1);
      if (prng.float() < 0.3 && index < document.length) {
        pending = oracle.remove(by, index, 1);
        document.delete(index, 1);
      } else {
        const text = prng.float() < 0.5 ? "x" : `(${by})`;
        pending = oracle.insert(by, index, text);
        document.insert(index, text);
      }
    }
  }
  for (const [to, document] of documents.entries()) {
    for (let round = Math.max(0, count - latency); round < count; round++) give(to, round);
    expect(document.toString(), `replica ${to}`).toBe(oracle.text(to));
    if (to < 5) document.checkInvariants();
  }
  const batch = TextDocument.create({ agent: replicaIdFrom(900) });
  batch.applyUpdates(made.flat().map(({ update }) => update));
  expect(batch.toString()).toBe(oracle.text(0));
}

describe("a branch for each author", () => {
  it.each([
    { writers: 5, count: 12, latency: 3 },
    { writers: 3, count: 40, latency: 1 },
  ])("orders like FugueMax, $writers writers, $count rounds", (options) => {
    for (let seed = 0; seed < 4; seed++) rounds(seed, options);
  });

  it("orders like FugueMax with more writers than there may be branches", () => rounds(9, { writers: 70, count: 3, latency: 1 }));

  it("serves an author who has not always seen what is under the same name", () => {
    const [a, b] = [replicaIdFrom(1), replicaIdFrom(2)];
    const events: RecordedEvent[] = [{ agent: b, seq: 0, parents: [], ops: [{ index: 0, remove: 0, insert: "[][]" }] }];
    // One name, two lines of events: one types between the first pair of brackets, one between the second.
    const tips: [typeof a, number][] = [
      [b, 3],
      [b, 3],
    ];
    const prng = createPrng("one name");
    const typed = ["", ""];
    for (let seq = 0; seq < 60; seq++) {
      const line = prng.int(0, 2);
      const letter = String.fromCharCode(97 + (seq % 26));
      events.push({
        agent: a,
        seq,
        parents: [tips[line]!],
        ops: [{ index: (line === 0 ? 1 : 3) + typed[line]!.length, remove: 0, insert: letter }],
      });
      typed[line]! += letter;
      tips[line] = [a, seq];
    }
    const document = TextDocument.fromEvents(events, { agent: replicaIdFrom(3) });
    expect(document.toString()).toBe(`[${typed[0]}][${typed[1]}]`);
    document.checkInvariants();
  });
});
