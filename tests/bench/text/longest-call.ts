/**
 * `npx tsx tests/bench/text/longest-call.ts [TRACE ...]`: each public call of a document by thread CPU time, the first of its
 * kind after load and after typing, each on a document of its own; the longest by name. Prints times, asserts none.
 */

import { replicaIdFrom } from "../../../crdt/base/ids.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import { CLOCK_NAME, timed } from "./cpu-clock.ts";
import { loadTrace } from "./traces.ts";

const SAMPLES = 5;
const WARM_UPS = 5;
const NOTHING = new Uint8Array(0);

/** Each on a document of its own. A generator is run to its end. */
const CALLS: Readonly<Record<string, (document: TextDocument) => unknown>> = {
  insert: (document) => document.insert(document.length >> 1, "x"),
  delete: (document) => document.delete(document.length >> 1, 1),
  toString: (document: TextDocument) => document.toString(),
  slice: (document) => document.slice(0, 1),
  anchor: (document) => document.anchor(document.length >> 1, 1),
  "insert, undo": (document) => {
    document.insert(document.length >> 1, "x");
    document.undo();
  },
  "since nothing": (document) => document.since(NOTHING),
  "encode full": (document) => document.encode(),
  "encode without deleted text": (document) => document.encode({ history: "without-deleted-text" }),
  "encode cut": (document) => document.encode({ history: "cut" }),
  checkout: (document) => document.checkout(document.frontier()),
  digests: (document) => document.digests(),
  items: (document) => [...document.items()],
  events: (document) => [...document.events()],
};

const named = process.argv.slice(2);
console.log(`${CLOCK_NAME}, ms: median of ${SAMPLES} (least-most)`);
for (const name of named.length > 0 ? named : ["automerge-paper", "rustcode", "sveltecomponent"]) {
  const { patches } = loadTrace(name);
  const typed = (): TextDocument => {
    const document = TextDocument.create({ agent: replicaIdFrom(1) });
    for (const [index, remove, insert] of patches) {
      if (remove > 0) document.delete(index, remove);
      document.insert(index, insert);
    }
    return document;
  };
  const bytes = typed().encode();
  const states = {
    "after load": () => TextDocument.load(bytes, { agent: replicaIdFrom(2) }),
    "after load and an edit": () => {
      const document = TextDocument.load(bytes, { agent: replicaIdFrom(2) });
      document.insert(0, "x");
      return document;
    },
    "after typing": typed,
  };
  for (const [state, open] of Object.entries(states)) {
    const rows = Object.entries(CALLS).map(([call, work]) => ({ call, samples: samplesOf(open, work) }));
    rows.sort((a, b) => medianOf(b.samples) - medianOf(a.samples));
    console.log(`\n${name}, ${state}; the longest is ${rows[0]?.call ?? "none"}`);
    for (const { call, samples } of rows)
      console.log(
        `  ${call.padEnd(28)} ${medianOf(samples).toFixed(2)} (${Math.min(...samples).toFixed(2)}-${Math.max(...samples).toFixed(2)})`,
      );
  }
}

function samplesOf(open: () => TextDocument, work: (document: TextDocument) => unknown): number[] {
  const samples: number[] = [];
  for (let n = 0; n < WARM_UPS + SAMPLES; n++) {
    const document = open();
    const ms = timed(() => void work(document));
    if (n >= WARM_UPS) samples.push(ms);
  }
  return samples;
}

function medianOf(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
