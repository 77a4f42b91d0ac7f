/**
 * `npx tsx tests/bench/text/longest-call.ts [TRACE ...]`: each public call of a document by thread CPU time, the first of its
 * kind after a load, after an edit more, and after typing, each on a document of its own; then every edit of the second half
 * of the trace behind a load of the first. Prints times, asserts none.
 */

import { replicaIdFrom } from "../../../crdt/base/ids.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import { play } from "./cases/concurrent.ts";
import { CLOCK_NAME, timed } from "./cpu-clock.ts";
import { open } from "./drivers/ours.ts";
import { loadFriends, loadTrace } from "./traces.ts";

const SAMPLES = 5;
const WARM_UPS = 5;
/** Each edit counts with the least of so many passes: what is more is the collector or the compiler. */
const PASSES = 5;
const NOTHING = new Uint8Array(0);
const FRIENDS = "friendsforever";

interface Material {
  /** Types everything, or a part of it, behind what there is. */
  readonly type: (document: TextDocument, from: number, to: number) => void;
  readonly count: number;
  /** The version half way. */
  readonly past: Uint8Array;
}

type Call = (document: TextDocument, material: Material) => unknown;

/** What is not measured before the call, and the call. A generator is run to its end. */
const CALLS: Readonly<Record<string, Call | readonly [before: Call, call: Call]>> = {
  insert: (document) => document.insert(document.length >> 1, "x"),
  delete: (document) => document.delete(document.length >> 1, 1),
  toString: (document: TextDocument) => document.toString(),
  slice: (document) => document.slice(0, 1),
  anchor: (document) => document.anchor(document.length >> 1, 1),
  "undo of an insertion": [(document) => document.insert(document.length >> 1, "x"), (document) => document.undo()],
  "undo of a deletion": [(document) => document.delete(document.length >> 1, 1), (document) => document.undo()],
  "since nothing": (document) => document.since(NOTHING),
  "encode full": (document) => document.encode(),
  "encode without deleted text": (document) => document.encode({ history: "without-deleted-text" }),
  "encode cut": (document) => document.encode({ history: "cut" }),
  "checkout of half": (document, { past }) => document.checkout(past),
  digests: (document) => document.digests(),
  "items, all": (document) => [...document.items()],
  "events, all": (document) => [...document.events()],
};

const named = process.argv.slice(2);
console.log(`${CLOCK_NAME}, ms: median of ${SAMPLES} (least-most)`);
for (const name of named.length > 0 ? named : ["automerge-paper", "rustcode", "sveltecomponent", "friendsforever_flat", FRIENDS]) {
  const material = name === FRIENDS ? friends() : trace(name);
  const typed = (from: number, to: number, document = TextDocument.create({ agent: replicaIdFrom(1) })): TextDocument => {
    material.type(document, from, to);
    return document;
  };
  const load = (bytes: Uint8Array): TextDocument => TextDocument.load(bytes, { agent: replicaIdFrom(1) });
  const [all, half] = [typed(0, material.count).encode(), typed(0, material.count >> 1).encode()];
  const states = {
    "after a load": () => load(all),
    "after a load and an edit": () => {
      const document = load(all);
      document.insert(0, "x");
      return document;
    },
    "after a load of half, an encode and the other half": () => {
      const document = load(half);
      document.encode();
      return typed(material.count >> 1, material.count, document);
    },
    "after typing": () => typed(0, material.count),
  };
  for (const [state, start] of Object.entries(states)) {
    const rows = Object.entries(CALLS).map(([call, work]) => ({ call, samples: samplesOf(start, work, material) }));
    rows.sort((a, b) => medianOf(b.samples) - medianOf(a.samples));
    console.log(`\n${name}, ${state}; the longest is ${rows[0]?.call ?? "none"}`);
    for (const { call, samples } of rows)
      console.log(
        `  ${call.padEnd(28)} ${medianOf(samples).toFixed(2)} (${Math.min(...samples).toFixed(2)}-${Math.max(...samples).toFixed(2)})`,
      );
  }
  console.log(`\n${name}, the longest edit of the second half behind a load: ${longestEdit(() => load(half), material).toFixed(2)}`);
}

function trace(name: string): Material {
  const { patches } = loadTrace(name);
  const type = (document: TextDocument, from: number, to: number): void => {
    for (const [index, remove, insert] of patches.slice(from, to)) {
      if (remove > 0) document.delete(index, remove);
      document.insert(index, insert);
    }
  };
  return { type, count: patches.length, past: pastOf(type, patches.length) };
}

/** Two people at once: their updates, as they come to a third. */
function friends(): Material {
  const { updates } = play(open(), loadFriends());
  const type = (document: TextDocument, from: number, to: number): void => {
    for (const update of updates.slice(from, to)) document.applyUpdate(update);
  };
  return { type, count: updates.length, past: pastOf(type, updates.length) };
}

function pastOf(type: Material["type"], count: number): Uint8Array {
  const document = TextDocument.create({ agent: replicaIdFrom(1) });
  type(document, 0, count >> 1);
  return document.frontier();
}

function samplesOf(start: () => TextDocument, work: Call | readonly [Call, Call], material: Material): number[] {
  const [before, call] = typeof work === "function" ? [null, work] : work;
  const samples: number[] = [];
  for (let n = 0; n < WARM_UPS + SAMPLES; n++) {
    const document = start();
    before?.(document, material);
    const ms = timed(() => void call(document, material));
    if (n >= WARM_UPS) samples.push(ms);
  }
  return samples;
}

function longestEdit(start: () => TextDocument, { type, count }: Material): number {
  const least: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const document = start();
    for (let at = count >> 1; at < count; at++) {
      const from = performance.now();
      type(document, at, at + 1);
      const ms = performance.now() - from;
      const n = at - (count >> 1);
      least[n] = Math.min(least[n] ?? Number.POSITIVE_INFINITY, ms);
    }
  }
  return least.reduce((most, ms) => Math.max(most, ms), 0);
}

function medianOf(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
