/** What a case is. Each runs in a process of its own; what it needs beforehand is made in another and read from a file. */

import type { EncodeKind, Peer } from "../peer.ts";
import type { Trace } from "../../../../crdt/lab/bench/history.ts";

/** One repetition: metric -> value (ms, bytes or MB; the row says which). */
export type Sample = Readonly<Record<string, number>>;

/** Made once a peer and run, before the cases that need it. */
export type Material = "updates" | "saved" | `history:${string}`;

export interface MaterialData {
  /** The text that it all ends in. */
  readonly text: string;
  /** saved: the document; a history: everything as one update, null where the peer has no such thing. */
  readonly blob: Uint8Array | null;
  readonly updates: readonly Uint8Array[];
}

export interface CaseContext {
  readonly peer: Peer;
  readonly trace: Trace;
  readonly material: (name: Material) => MaterialData;
}

export interface Case {
  readonly id: string;
  readonly needs?: readonly Material[];
  /** Each repetition in a fresh process, where nothing is warm. */
  readonly isFresh?: boolean;
  /** Under --expose-gc. */
  readonly collectsGarbage?: boolean;
  /** Peers without that kind are left out. */
  readonly kind?: EncodeKind;
  /** Prepares, and returns what is repeated. */
  prepare(context: CaseContext): () => Sample;
}

/** @throws Error when the texts differ: a benchmark of a wrong result is none. */
export function expectText(got: string, wanted: string): void {
  if (got === wanted) return;
  let at = 0;
  while (at < got.length && got[at] === wanted[at]) at++;
  throw new Error(`The text differs at ${at}: ${got.length} units, expected ${wanted.length}`);
}
