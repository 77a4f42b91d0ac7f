/** What is measured, each in a process of its own: warmed up, then repeated, the text checked every time. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createPrng } from "../../../crdt/base/prng.ts";
import type { Patch, Peer } from "./peers.ts";

export interface Trace {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly endContent: string;
}

/** What one repetition gives: CPU time of this thread's process in ms, and a figure where one is asked for. */
export interface Sample {
  readonly cpuMs: number;
  readonly figure?: number;
}

export interface Case {
  readonly id: string;
  readonly title: string;
  readonly unit: "ms" | "bytes" | "bytes each";
  run(peer: Peer, trace: Trace): () => Sample;
}

function timed(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}

function expectText(got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`The text differs: ${got.length} units, expected ${wanted.length}`);
}

function updatesOf(peer: Peer, trace: Trace): Uint8Array[] {
  const copy = peer.create(1);
  const updates: Uint8Array[] = [];
  copy.listen((update) => updates.push(update));
  for (const patch of trace.patches) copy.edit(patch);
  return updates;
}

function written(peer: Peer, trace: Trace): ReturnType<Peer["create"]> {
  const copy = peer.create(1);
  for (const patch of trace.patches) copy.edit(patch);
  return copy;
}

export const CASES: readonly Case[] = [
  {
    id: "local",
    title: "local edits, no listener",
    unit: "ms",
    run: (peer, trace) => () => {
      const copy = peer.create(1);
      const cpuMs = timed(() => {
        for (const patch of trace.patches) copy.edit(patch);
      });
      expectText(copy.text(), trace.endContent);
      return { cpuMs };
    },
  },
  {
    id: "local10",
    title: "the same edits ten times over",
    unit: "ms",
    run: (peer, trace) => () => {
      const copy = peer.create(1);
      const cpuMs = timed(() => {
        for (let round = 0; round < 10; round++) for (const patch of trace.patches) copy.edit(patch);
      });
      if (copy.text().length !== 10 * trace.endContent.length) throw new Error("The text differs");
      return { cpuMs };
    },
  },
  {
    id: "emit",
    title: "one update emitted per edit",
    unit: "ms",
    run: (peer, trace) => () => ({ cpuMs: timed(() => void updatesOf(peer, trace)) }),
  },
  {
    id: "emit-bytes",
    title: "bytes of an update",
    unit: "bytes each",
    run: (peer, trace) => () => {
      const updates = updatesOf(peer, trace);
      return { cpuMs: 0, figure: updates.reduce((sum, { length }) => sum + length, 0) / updates.length };
    },
  },
  {
    id: "apply",
    title: "updates applied one by one",
    unit: "ms",
    run(peer, trace) {
      const updates = updatesOf(peer, trace);
      return () => {
        const copy = peer.create(2);
        const cpuMs = timed(() => {
          for (const update of updates) copy.apply(update);
        });
        expectText(copy.text(), trace.endContent);
        return { cpuMs };
      };
    },
  },
  {
    id: "apply-all",
    title: "updates applied in one batch",
    unit: "ms",
    run(peer, trace) {
      const updates = updatesOf(peer, trace);
      return () => {
        const copy = peer.create(2);
        const cpuMs = timed(() => copy.applyAll(updates));
        expectText(copy.text(), trace.endContent);
        return { cpuMs };
      };
    },
  },
  {
    id: "encode-bytes",
    title: "encoded, full history",
    unit: "bytes",
    run(peer, trace) {
      const copy = written(peer, trace);
      return () => ({ cpuMs: 0, figure: copy.encode().length });
    },
  },
  {
    id: "load",
    title: "load to text, warm",
    unit: "ms",
    run(peer, trace) {
      const bytes = written(peer, trace).encode();
      return () => {
        let text = "";
        const cpuMs = timed(() => (text = peer.load(bytes)));
        expectText(text, trace.endContent);
        return { cpuMs };
      };
    },
  },
];

/** The trace of that name from RIFTPAD_TRACES; without it, a writer made from a seed. */
export function loadTrace(name: string): Trace {
  const folder = process.env["RIFTPAD_TRACES"];
  if (folder === undefined) return synthetic();
  const file = join(folder, `${name}.json.gz`);
  if (!existsSync(file)) throw new Error(`RIFTPAD_TRACES has no ${name}.json.gz`);
  const json = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    endContent: string;
    startContent: string;
    txns: { patches: Patch[] }[];
  };
  const start: Patch[] = json.startContent === "" ? [] : [[0, 0, json.startContent]];
  return { name, patches: [...start, ...json.txns.flatMap(({ patches }) => patches)], endContent: json.endContent };
}

function synthetic(): Trace {
  const prng = createPrng("bench");
  const patches: Patch[] = [];
  let text = "";
  let caret = 0;
  for (let n = 0; n < 60_000; n++) {
    if (prng.float() < 0.01) caret = prng.int(0, text.length + 1);
    if (prng.float() < 0.2 && caret > 0) {
      caret--;
      patches.push([caret, 1, ""]);
      text = text.slice(0, caret) + text.slice(caret + 1);
    } else {
      const letter = "etaoin shrdlu\n".charAt(prng.int(0, 14));
      patches.push([caret, 0, letter]);
      text = text.slice(0, caret) + letter + text.slice(caret);
      caret++;
    }
  }
  return { name: "synthetic writer (seed bench)", patches, endContent: text };
}
