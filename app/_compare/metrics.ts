/** What columns are sorted by and what the table shows: figures of a column, and how they are written. Pure. */

import { afterWords } from "../../crdt/lab/column-sentence.ts";
import type { Column } from "../../crdt/lab/compare.ts";

export interface Metric {
  readonly id: string;
  readonly label: string;
  /** What columns are sorted by, least first. */
  readonly value: (column: Column) => number;
  readonly words: (column: Column) => string;
}

/** Characters lost: of the trace where there is one, else of what the strategy itself says it threw away. */
export function lostOf({ characters, losses }: Column): number {
  return characters?.lost ?? losses.reduce((sum, { inserted }) => sum + inserted.length, 0);
}

function number(id: string, label: string, value: (column: Column) => number): Metric {
  return { id, label, value, words: (column) => value(column).toLocaleString("en") };
}

const ALL: readonly (Metric & { readonly isOfNodes?: true })[] = [
  {
    id: "converged",
    label: "Converged",
    value: ({ isConverged, agreedAfterMs }) => (isConverged ? (agreedAfterMs ?? 0) : Infinity),
    words: ({ isConverged, agreedAfterMs }) => (isConverged ? afterWords(agreedAfterMs) : "no"),
  },
  {
    id: "kept",
    label: "Kept",
    value: ({ characters }) => -(characters?.kept ?? -1),
    words: ({ characters }) => (characters === null ? "cannot be told" : `${characters.kept} of ${characters.typed}`),
  },
  number("lost", "Lost", lostOf),
  number("anomalies", "Anomalies", ({ anomalies }) => anomalies.length),
  number("messages", "Messages", ({ traffic }) => traffic.messages),
  number("bytes", "Bytes", ({ traffic }) => traffic.bytes),
  { ...number("node-messages", "Between servers, messages", ({ traffic }) => traffic.between?.messages ?? 0), isOfNodes: true },
  { ...number("node-bytes", "Between servers, bytes", ({ traffic }) => traffic.between?.bytes ?? 0), isOfNodes: true },
  number("metadata", "Peak metadata, bytes", ({ size }) => size.metadataBytesMax),
  number("tombstones", "Tombstones", ({ size }) => size.tombstones),
  number("refused", "Refused", ({ refusals }) => refusals.length),
];

/** What is told of columns of one script: of what goes between nodes where there are several. */
export function metricsOf(columns: readonly Column[]): readonly Metric[] {
  const hasNodes = columns.some(({ traffic }) => traffic.between !== null);
  return ALL.filter(({ isOfNodes = false }) => hasNodes || !isOfNodes);
}

/** Whether nothing was lost and nothing looks odd; whether all agree is another question. */
export function isFlawless(column: Column): boolean {
  return lostOf(column) === 0 && column.losses.length === 0 && column.anomalies.length === 0;
}

/** "Converged at once · Lost 3 characters", "Converged after 0.84 s · Lost 0 characters · 1 anomaly". */
export function verdictOf(column: Column): string {
  const lost = lostOf(column);
  const odd = column.anomalies.length;
  const agreed = column.isConverged ? `Converged ${afterWords(column.agreedAfterMs)}` : "Not converged";
  return `${agreed} · Lost ${lost} ${lost === 1 ? "character" : "characters"}${odd === 0 ? "" : ` · ${odd} ${odd === 1 ? "anomaly" : "anomalies"}`}`;
}
