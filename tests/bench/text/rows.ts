/** The rows of the table: which metric of which case, and what crdt-performance's last column asks of ours. */

import type { PeerName } from "./peer.ts";

/** At most that much, or that many times less than Yjs in the same run. Holds for the trace automerge-paper. */
export type Wanted = { readonly atMost: number } | { readonly timesLessThanYjs: number };

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: "ms" | "bytes" | "bytes each" | "MB" | "kB";
  /** The cases whose medians are added up. */
  readonly cases: readonly string[];
  readonly metric: string;
  readonly wanted?: Wanted;
}

/** From two figures of crdt-performance: Yjs there, and what ours must reach. */
const ratio = (yjsMs: number, oursMs: number): Wanted => ({ timesLessThanYjs: yjsMs / oursMs });

const one = (id: string, title: string, unit: Row["unit"], metric: string, wanted?: Wanted, caseId = id): Row => ({
  id,
  title,
  unit,
  cases: [caseId],
  metric,
  ...(wanted === undefined ? {} : { wanted }),
});

const range = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}.${n + 1}`);

export const ROWS: readonly Row[] = [
  one("local", "local edits, no listener", "ms", "ms", ratio(2_527, 55)),
  one("local10", "the same edits ten times over", "ms", "ms", ratio(21_195, 466)),
  one("emit", "one update emitted per edit", "ms", "ms", ratio(3_529, 150)),
  one("emit-bytes", "size of an update", "bytes each", "bytes", { atMost: 6 }, "emit"),
  one("apply", "updates applied one by one", "ms", "ms", ratio(2_001, 120)),
  one("apply-batch", "updates applied in one batch", "ms", "ms"),
  one("encode-full", "encoded, full history", "bytes", "bytes", { atMost: 72_000 }),
  one("encode-full-gz", "full history, gzipped", "bytes", "gzip", undefined, "encode-full"),
  one("encode-full-ms", "full history, time to encode", "ms", "ms", undefined, "encode-full"),
  one("encode-live", "encoded, without deleted text", "bytes", "bytes", { atMost: 46_000 }),
  one("encode-live-gz", "without deleted text, gzipped", "bytes", "gzip", undefined, "encode-live"),
  one("encode-live-ms", "without deleted text, time to encode", "ms", "ms", undefined, "encode-live"),
  one("encode-cut", "encoded, history cut", "bytes", "bytes", { atMost: 29_000 }),
  one("encode-cut-gz", "history cut, gzipped", "bytes", "gzip", undefined, "encode-cut"),
  one("encode-cut-ms", "history cut, time to encode", "ms", "ms", undefined, "encode-cut"),
  one("load", "load to text, warm", "ms", "ms", ratio(40, 1)),
  one("load-cold", "load to text, cold", "ms", "ms", ratio(55, 4)),
  one("memory-loaded", "memory of the loaded document", "MB", "mb", { atMost: 0.6 }),
  one("memory-typed", "memory after typing", "MB", "mb"),
  one("friends", "friendsforever, one by one", "ms", "ms", ratio(189, 25)),
  one("friends-batch", "friendsforever, in one batch", "ms", "ms"),
  one("branches-blob", "long-lived branches, in one piece", "ms", "ms", ratio(242, 140)),
  one("branches", "long-lived branches, one by one", "ms", "ms"),
  { id: "B1", title: "B1.1 to B1.7, one writer, no conflicts", unit: "ms", cases: range("B1", 7), metric: "ms" },
  { id: "B2", title: "B2.1 to B2.4, two at once", unit: "ms", cases: range("B2", 4), metric: "ms" },
  one("B3", "B3, 1,549 at once", "ms", "ms"),
  one("bundle", "bundle, minified and gzipped", "kB", "kb", { atMost: 15 }),
];

export const GROWTH_ROWS: readonly Row[] = [
  ...[10_000, 100_000, 1_000_000].flatMap((size) => [
    one(`document-${size}-emit`, `10,000 edits in a text of ${size.toLocaleString("en")}`, "ms", "emit", undefined, `document-${size}`),
    one(
      `document-${size}-apply`,
      `received one by one in a text of ${size.toLocaleString("en")}`,
      "ms",
      "apply",
      undefined,
      `document-${size}`,
    ),
  ]),
  ...[2, 8, 32].flatMap((agents) => [
    one(`together-${agents}`, `${agents} at once, 16,000 events, one by one`, "ms", "ms"),
    one(`together-${agents}-batch`, `${agents} at once, 16,000 events, in one batch`, "ms", "ms"),
  ]),
  ...[10, 1_000, 100_000].flatMap((events) => {
    const total = Math.max(16_000, 2 * events);
    const title = `branches of ${events.toLocaleString("en")}, ${total.toLocaleString("en")} events`;
    return [
      one(`parting-${events}`, `${title}, one by one`, "ms", "ms"),
      one(`parting-${events}-batch`, `${title}, in one batch`, "ms", "ms"),
    ];
  }),
];

/** Left out of crdt/text/README.md, which is to stay short. */
export const DETAIL_ROWS: readonly string[] = ["full", "live", "cut"].flatMap((kind) => [`encode-${kind}-gz`, `encode-${kind}-ms`]);

/** Axes of the root README. */
export const SHORT_ROWS: readonly string[] = ["local", "emit-bytes", "apply", "encode-full", "load", "friends", "bundle"];

export const DISPLAY_NAMES: Readonly<Record<PeerName, string>> = {
  ours: "ours",
  yjs: "Yjs",
  "loro-crdt": "Loro",
  "@automerge/automerge": "Automerge",
  "json-joy": "json-joy",
  "diamond-types-node": "diamond-types",
  "list-positions": "list-positions",
};
