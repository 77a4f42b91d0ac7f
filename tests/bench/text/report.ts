/** From samples to the table: medians, ratios, what was wanted, and who is ahead. Pure. */

import { type Figure, figureOf } from "../../../crdt/lab/bench/figures.ts";
import type { Sample } from "./cases/case.ts";
import type { PeerName } from "./peer.ts";
import { DISPLAY_NAMES, type Row, type Wanted } from "./rows.ts";

/** What came of one case with one peer. cannot: the peer has no such thing. over: stopped at the limit. */
export type Outcome =
  | { readonly state: "done"; readonly samples: readonly Sample[] }
  | { readonly state: "cannot" }
  | { readonly state: "over"; readonly limitMs: number }
  | { readonly state: "failed"; readonly reason: string };

export type Cell = { readonly state: "done"; readonly figure: Figure } | Exclude<Outcome, { readonly state: "done" }>;

export interface ReportRow {
  readonly row: Row;
  readonly cells: ReadonlyMap<PeerName, Cell>;
}

/** Below this ratio two times are about even on a machine that others use too. */
const NOISE = 1.2;

/** The cell of a row: the figures of its cases added up; the worst state where one is not done. */
export function cellOf(row: Row, outcomes: readonly (Outcome | undefined)[]): Cell {
  const figures: Figure[] = [];
  for (const outcome of outcomes) {
    if (outcome === undefined) return { state: "cannot" };
    if (outcome.state !== "done") return outcome;
    const values = outcome.samples.flatMap((sample) => sample[row.metric] ?? []);
    if (values.length === 0) return { state: "cannot" };
    figures.push(figureOf(values));
  }
  const sum = (of: (figure: Figure) => number): number => figures.reduce((total, figure) => total + of(figure), 0);
  const repetitions = Math.min(...figures.map((figure) => figure.repetitions));
  const [median, p95] = [sum((f) => f.median), sum((f) => f.p95)];
  return { state: "done", figure: { median, p95, min: sum((f) => f.min), max: sum((f) => f.max), repetitions } };
}

/** How many times ours is less than the peer; below 1 the peer is ahead. null where one of them has no figure. */
export function ratioTo({ cells }: ReportRow, peer: PeerName): number | null {
  const [own, other] = [cells.get("ours"), cells.get(peer)];
  if (own?.state !== "done" || other?.state !== "done" || own.figure.median <= 0) return null;
  return other.figure.median / own.figure.median;
}

/** null: nothing is wanted of it, or there is nothing to judge by. */
export function isMet(row: ReportRow): boolean | null {
  const own = row.cells.get("ours");
  const { wanted } = row.row;
  if (wanted === undefined || own?.state !== "done") return null;
  if ("atMost" in wanted) return own.figure.median <= wanted.atMost;
  const ratio = ratioTo(row, "yjs");
  return ratio === null ? null : ratio >= wanted.timesLessThanYjs;
}

export interface Ahead {
  readonly title: string;
  readonly peer: PeerName;
  readonly peerFigure: string;
  readonly ownFigure: string;
  readonly times: number;
  readonly isWithinNoise: boolean;
}

/** The best peer of each row in which ours is not first. */
export function peersAhead(rows: readonly ReportRow[]): Ahead[] {
  return rows.flatMap((row) => {
    const own = row.cells.get("ours");
    let best: { readonly peer: PeerName; readonly figure: Figure } | null = null;
    for (const [peer, cell] of row.cells)
      if (peer !== "ours" && cell.state === "done" && (best === null || cell.figure.median < best.figure.median))
        best = { peer, figure: cell.figure };
    if (own?.state !== "done" || best === null || best.figure.median >= own.figure.median) return [];
    const times = own.figure.median / best.figure.median;
    const [peerFigure, ownFigure] = [number(best.figure.median), number(own.figure.median)];
    const isWithinNoise = row.row.unit === "ms" && times < NOISE;
    return [{ title: `${row.row.title}, ${row.row.unit}`, peer: best.peer, peerFigure, ownFigure, times, isWithinNoise }];
  });
}

export function aheadText({ title, peer, peerFigure, ownFigure, times, isWithinNoise }: Ahead): string {
  const noise = isWithinNoise ? ", within the noise" : "";
  return `${DISPLAY_NAMES[peer]} is ahead on ${title}: ${peerFigure} against ${ownFigure} (${number(times)} times${noise})`;
}

/** A Markdown table: a row an axis, a column a peer with how many times ours is less, what is wanted, and whether it is met. */
export function tableOf(title: string, rows: readonly ReportRow[], peers: readonly PeerName[], options: { hasSpread: boolean }): string {
  const hasWanted = rows.some(({ row }) => row.wanted !== undefined);
  const head = [title, ...peers.map((peer) => DISPLAY_NAMES[peer]), ...(hasWanted ? ["wanted", "met"] : [])];
  const lines = rows.map((row) => {
    const cells = peers.map((peer) => cellText(row, peer, options.hasSpread));
    const met = isMet(row);
    const wanted = hasWanted ? [wantedText(row.row.wanted), met === null ? "" : met ? "yes" : "**no**"] : [];
    return [`${row.row.title}, ${row.row.unit}`, ...cells, ...wanted];
  });
  return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cellText(row: ReportRow, peer: PeerName, hasSpread: boolean): string {
  const cell = row.cells.get(peer);
  if (cell === undefined || cell.state === "cannot") return "-";
  if (cell.state === "over") return `over ${number(cell.limitMs / 1_000)} s`;
  if (cell.state === "failed") return "failed";
  const { median, min, max } = cell.figure;
  const spread = hasSpread && max > min * 1.005 ? ` (${number(min)}-${number(max)})` : "";
  const ratio = peer === "ours" ? null : ratioTo(row, peer);
  return `${number(median)}${spread}${ratio === null ? "" : ` · ${number(ratio)}x`}`;
}

export function wantedText(wanted: Wanted | undefined): string {
  if (wanted === undefined) return "";
  return "atMost" in wanted ? `at most ${number(wanted.atMost)}` : `Yjs / ${number(wanted.timesLessThanYjs)}`;
}

/** Two or three digits that say something. */
export function number(value: number): string {
  if (value === 0) return "0";
  const digits = value < 1 ? 2 : value < 10 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });
}
