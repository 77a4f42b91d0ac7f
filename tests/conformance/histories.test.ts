/** Recorded and random histories with concurrency, through the event graph: the text must be what Fugue's order makes of them. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, shuffle } from "../../crdt/base/prng.ts";
import type { RecordedEvent } from "../../crdt/text/event-records.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { textOf } from "../support/event-tree.ts";

type Patch = readonly [position: number, remove: number, insert: string];

/** One history: transactions in order of dependency; `span` counts events of the whole history. */
interface History {
  readonly txns: readonly {
    readonly span: readonly [number, number];
    readonly parents: readonly number[];
    readonly agent: string;
    readonly seqStart: number;
    readonly ops: readonly Patch[];
  }[];
  readonly endContent: string;
}

interface Concurrent {
  readonly endContent: string;
  readonly numAgents: number;
  readonly txns: readonly { readonly parents: readonly number[]; readonly agent: number; readonly patches: readonly Patch[] }[];
}

const folder = process.env["RIFTPAD_TRACES"];
const READER = replicaIdFrom(999);

function load(name: string): unknown {
  const file = join(folder!, `${name}.json.gz`);
  if (!existsSync(file)) throw new Error(`RIFTPAD_TRACES has no ${name}.json.gz`);
  return JSON.parse(gunzipSync(readFileSync(file)).toString());
}

function agentOf(name: string): ReplicaId {
  return replicaIdFrom(name.charCodeAt(0));
}

/** Each operation as an event run of its own; a patch that replaces is a deletion and an insertion. */
function* eventsOf({ txns }: History): Generator<RecordedEvent & { readonly lv: number }> {
  const ids: (readonly [ReplicaId, number])[] = [];
  for (const { span, parents, agent, seqStart, ops } of txns) {
    const id = agentOf(agent);
    let lv = span[0];
    let seq = seqStart;
    for (let n = span[0]; n < span[1]; n++) ids[n] = [id, seqStart + n - span[0]];
    for (const [index, remove, insert] of ops) {
      for (const op of [
        { index, remove, insert: "" },
        { index, remove: 0, insert },
      ]) {
        const length = op.remove + op.insert.length;
        if (length === 0) continue;
        yield { agent: id, seq, ops: [op], lv, parents: lv === span[0] ? parents.map((parent) => ids[parent]!) : [[id, seq - 1]] };
        lv += length;
        seq += length;
      }
    }
  }
}

/** Without recorded ones: two documents that typed apart and met. */
function* syntheticEvents(seed: number): Generator<RecordedEvent, string> {
  const prng = createPrng(seed);
  const documents = [1, 2].map((n) => TextDocument.create({ agent: replicaIdFrom(n) }));
  for (let step = 0; step < 200; step++) {
    const [author, other] = shuffle(prng, [...documents]) as [TextDocument, TextDocument];
    if (prng.float() < 0.2) author.applyUpdate(other.since(author.version()));
    else if (author.length > 4 && prng.float() < 0.3) author.delete(prng.int(0, author.length - 3), 2);
    else author.insert(prng.int(0, author.length + 1), "ab");
  }
  const [first, second] = documents as [TextDocument, TextDocument];
  first.applyUpdate(second.encode());
  for (const { agent, seq, parents, kind, position, length, text } of first.events()) {
    // One event at a time, so that deletions to the left need no word of their own.
    for (let k = 0; k < length; k++) {
      const index = kind === "insert" ? position + k : kind === "delete" ? position : position - k;
      const op = { index, remove: kind === "insert" ? 0 : 1, insert: text.charAt(k) };
      yield { agent, seq: seq + k, parents: k === 0 ? parents : [[agent, seq + k - 1]], ops: [op] };
    }
  }
  return first.toString();
}

/** T07 of the scenarios, as events: A types a, B types b, C who has a types c behind it, B who has a types d before b. */
const APART: readonly RecordedEvent[] = [
  { agent: replicaIdFrom(1), seq: 0, parents: [], ops: [{ index: 0, remove: 0, insert: "a" }] },
  { agent: replicaIdFrom(2), seq: 0, parents: [], ops: [{ index: 0, remove: 0, insert: "b" }] },
  { agent: replicaIdFrom(3), seq: 0, parents: [[replicaIdFrom(1), 0]], ops: [{ index: 1, remove: 0, insert: "c" }] },
  {
    agent: replicaIdFrom(2),
    seq: 1,
    parents: [
      [replicaIdFrom(1), 0],
      [replicaIdFrom(2), 0],
    ],
    ops: [{ index: 1, remove: 0, insert: "d" }],
  },
];

describe("Fugue and FugueMax, by definition", () => {
  it("differ where one of two right siblings has a nearer right origin, and the document is FugueMax", () => {
    expect([textOf(APART, "fugue"), textOf(APART, "fuguemax")]).toEqual(["adcb", "acdb"]);
    expect(TextDocument.fromEvents(APART, { agent: READER }).toString()).toBe("acdb");
  });
});

describe("histories made from seeds", () => {
  it.each([1, 2, 3, 4, 5])("seed %i: the events make the text again", (seed) => {
    const generator = syntheticEvents(seed);
    const events: RecordedEvent[] = [];
    let step = generator.next();
    for (; step.done !== true; step = generator.next()) events.push(step.value);
    expect(TextDocument.fromEvents(events, { agent: READER }).toString()).toBe(step.value);
  });
});

if (folder !== undefined) recorded();

function recorded(): void {
  describe("histories", () => {
    it(
      "500 random ones: FugueMax's text in all; where Fugue's was recorded and differs, the two differ by definition",
      { timeout: 300_000 },
      () => {
        const histories = load("conformance-500") as History[];
        expect(histories.length).toBe(500);
        const different: number[] = [];
        for (const [n, history] of histories.entries()) {
          const events = [...eventsOf(history)];
          const text = TextDocument.fromEvents(events, { agent: READER }).toString();
          expect(text, `history ${n}`).toBe(textOf(events, "fuguemax"));
          expect(textOf(events, "fugue"), `history ${n}, as recorded`).toBe(history.endContent);
          if (text !== history.endContent) different.push(n);
        }
        console.log(`FugueMax differs from Fugue in ${different.length} of ${histories.length} histories: ${different.join(", ")}`);
      },
    );

    it("two people typing at once with a second of latency: 26,078 transactions end in the recorded text", () => {
      const { txns, endContent } = load("friendsforever") as Concurrent;
      const next: number[] = [];
      /** The last event of each transaction. */
      const tips: (readonly [ReplicaId, number])[] = [];
      const events: RecordedEvent[] = [];
      for (const { parents, agent, patches } of txns) {
        const id = replicaIdFrom(agent + 1);
        let before = parents.map((parent) => tips[parent]!);
        let seq = next[agent] ?? 0;
        for (const [index, remove, insert] of patches) {
          for (const op of [
            { index, remove, insert: "" },
            { index, remove: 0, insert },
          ]) {
            const length = op.remove + op.insert.length;
            if (length === 0) continue;
            events.push({ agent: id, seq, parents: before, ops: [op] });
            seq += length;
            before = [[id, seq - 1]];
          }
        }
        next[agent] = seq;
        tips.push([id, seq - 1]);
      }
      const document = TextDocument.fromEvents(events, { agent: READER });
      expect(document.toString()).toBe(endContent);
      const again = TextDocument.load(document.encode(), { agent: READER });
      expect([again.toString(), String(again.version())]).toEqual([endContent, String(document.version())]);
    });
  });
}
