/** What is measured of a row, and how it is written. */

import type { BenchRow } from "../../crdt/lab/bench/bench-run.ts";
import { type Figure, figureOf } from "../../crdt/lab/bench/figures.ts";
import type { Sample } from "../../crdt/lab/bench/measure.ts";

export type DoneRow = Extract<BenchRow, { readonly state: "done" }>;

export interface Column {
  readonly id: "write" | "apply" | "load" | "encoded" | "wire" | "memory" | "tombstones";
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  readonly scale: "log" | "linear";
  /** Whether repetitions differ: their spread is then shown. */
  readonly isTimed: boolean;
  /** Where nothing was measured. */
  readonly absent: string | ((row: DoneRow) => string);
  values(row: DoneRow): readonly number[] | null;
}

const ofSamples =
  (value: (sample: Sample) => number | null) =>
  ({ samples }: DoneRow): readonly number[] | null => {
    const values = samples.flatMap((sample) => value(sample) ?? []);
    return values.length === 0 ? null : values;
  };

export const COLUMNS: readonly Column[] = [
  {
    id: "write",
    title: "Write",
    unit: "ms",
    about:
      "All edits, and what the writers received from each other meanwhile. Of a scenario: one whole playing, network and disk included.",
    scale: "log",
    isTimed: true,
    absent: "",
    values: ofSamples(({ writeMs }) => writeMs),
  },
  {
    id: "apply",
    title: "Apply",
    unit: "ms",
    about: "Another copy merges every update, one by one.",
    scale: "log",
    isTimed: true,
    absent: "in Write",
    values: ofSamples(({ applyMs }) => applyMs),
  },
  {
    id: "load",
    title: "Load",
    unit: "ms",
    about: "A copy is opened from the encoded note, up to its text.",
    scale: "log",
    isTimed: true,
    absent: "",
    values: ofSamples(({ loadMs }) => loadMs),
  },
  {
    id: "encoded",
    title: "Encoded",
    unit: "bytes",
    about: "The whole note, as a copy that has nothing is given it.",
    scale: "log",
    isTimed: false,
    absent: "",
    values: ofSamples(({ encodedBytes }) => encodedBytes),
  },
  {
    id: "wire",
    title: "Wire",
    unit: "bytes per keystroke",
    about:
      "Update bytes of an edit, with replica ids as long as those of live tabs, before any frame; a pasted text is one edit. Of a scenario: all frames on all links.",
    scale: "log",
    isTimed: false,
    absent: "no edits",
    values: ofSamples(({ wireBytes, keystrokes }) => (keystrokes === 0 ? null : wireBytes / keystrokes)),
  },
  {
    id: "memory",
    title: "Memory",
    unit: "kB per copy",
    about: "What the page uses with 50 copies of the loaded note less what it uses without, divided by 50.",
    scale: "log",
    isTimed: false,
    absent: ({ memory }) => (memory.state === "unmeasurable" ? "not measurable" : "not measured"),
    values: ({ memory }) => (memory.state === "measured" ? [memory.bytes / 1_000] : null),
  },
  {
    id: "tombstones",
    title: "Tombstones",
    unit: "%",
    about: "Of the characters that a copy holds, those that were deleted.",
    scale: "linear",
    isTimed: false,
    absent: "",
    values: ofSamples(({ tombstoneShare }) => 100 * tombstoneShare),
  },
];

/** null where the row has no such figure. */
export function figureIn(column: Column, row: BenchRow): Figure | null {
  const values = row.state === "done" ? column.values(row) : null;
  return values === null ? null : figureOf(values);
}

/** Three digits that say something. */
export function numberText(value: number): string {
  if (value === 0) return "0";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
