/**
 * The same human actions under any strategies (F3). A script's positions are meant in the text that its writer had in a
 * reference run; under another strategy they are placed as placing.ts says, and marked where the texts differed.
 */

import { applySplices, diffText, type Splice } from "../base/splice.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../strategy/registry.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Loss, Strategy, StrategyName } from "../strategy/strategy.ts";
import { findAnomalies } from "./anomalies.ts";
import type { Anomaly } from "./anomaly.ts";
import { sentenceOf } from "./column-sentence.ts";
import { Findings } from "./findings.ts";
import { judge } from "./judge.ts";
import { viewsIn } from "./placed-script.ts";
import { replicaNameOf } from "./play.ts";
import { type Holder, NODE_HOLDER, type Run, replay, type Size, type Traffic } from "./replay.ts";
import type { ReplicaName, Script } from "./script.ts";

/** Whose texts the positions of a script are meant in. */
export const REFERENCE: StrategyName = STRATEGY_NAMES[0]!;

/** The text that each action's edit was made in, by number of the action. */
export type RecordedViews = ReadonlyMap<number, string>;

/** How one holder's text went on: what each step did to it. */
export interface History {
  readonly holder: Holder;
  readonly start: string;
  readonly changes: readonly { readonly step: number; readonly splices: readonly Splice[] }[];
}

/** Characters (UTF-16 units) that people typed and that were taken. */
export interface Characters {
  readonly typed: number;
  /** In the node's text, or in one that stands beside it. */
  readonly kept: number;
  /** Deleted by somebody. */
  readonly deleted: number;
  /** With their writer, who is cut off. */
  readonly unsent: number;
  /** None of these. */
  readonly lost: number;
}

/** A write that was thrown away, as the ledger shows it. */
export interface ColumnLoss {
  readonly author: string;
  readonly winner: string;
  readonly inserted: string;
  readonly removed: string;
  readonly rule: string;
  readonly loss: Loss;
}

/** One strategy's column. All of it is computed from its run. */
export interface Column {
  readonly strategy: StrategyName;
  readonly texts: Readonly<Partial<Record<ReplicaName, string>>>;
  readonly serverText: string;
  readonly siblings: readonly string[];
  readonly isConverged: boolean;
  /** As in `Run`. */
  readonly agreedAfterMs: number | null;
  /** null: where characters came from cannot be told under this strategy (trace.ts). */
  readonly characters: Characters | null;
  readonly anomalies: readonly Anomaly[];
  readonly traffic: Traffic;
  readonly size: Size;
  readonly refusals: readonly { readonly step: number; readonly by: ReplicaName; readonly reason: string; readonly draft: string }[];
  readonly losses: readonly ColumnLoss[];
  /** Edits that stand alone, as the ledger has them: nothing of them is lost. */
  readonly orphans: readonly ColumnLoss[];
  /** Steps whose edit met another text than the one it was made in. */
  readonly viewsDiffered: readonly number[];
  readonly histories: readonly History[];
  readonly stepEndMs: readonly number[];
  /** Against what the script expects, where it expects something of this strategy. */
  readonly isMatch: boolean | null;
  readonly hash: string;
  readonly sentence: string;
}

/** The views that a script carries; else those of its reference run. */
export async function recordViews(script: Script, reference: StrategyName = REFERENCE): Promise<RecordedViews> {
  const carried = viewsIn(script);
  if (carried.size > 0) return carried;
  const run = await replay(script, await loadNodeStrategy(reference));
  return new Map(run.edits.map(({ step, before }) => [step, before]));
}

/** Cost: two to five runs of the script. */
export async function compareUnder(script: Script, views: RecordedViews, strategy: Strategy): Promise<Column> {
  const run = await replay(script, strategy, { views });
  const { anomalies, trace } = await findAnomalies(script, strategy, run);
  const column = columnOf(script, run, anomalies, trace === null ? null : countCharacters(new Findings(trace)));
  return { ...column, sentence: sentenceOf(column) };
}

/** The text of `history` after `step`; -1: at the beginning. Cost: linear in the steps before. */
export function textAfter({ start, changes }: History, step: number): string {
  let text = start;
  for (const change of changes) {
    if (change.step > step) break;
    text = applySplices(text, change.splices);
  }
  return text;
}

function columnOf(script: Script, run: Run, anomalies: readonly Anomaly[], characters: Characters | null): Omit<Column, "sentence"> {
  const { played, edits, traffic, size, agreedAfterMs, stepEndMs } = run;
  return {
    strategy: played.strategy,
    texts: played.texts,
    serverText: played.serverText,
    siblings: played.siblings,
    isConverged: played.isConverged,
    agreedAfterMs,
    characters,
    anomalies,
    traffic,
    size,
    refusals: edits.flatMap(({ refusal, step, by, insert }) => (refusal === null ? [] : [{ step, by, reason: refusal, draft: insert }])),
    losses: run.losses.map(columnLoss),
    orphans: played.orphans.map(columnLoss),
    viewsDiffered: [...new Set(edits.flatMap(({ viewDiffered, step }) => (viewDiffered ? [step] : [])))],
    histories: [...script.replicas.map(({ name }) => name), NODE_HOLDER].map((holder) => historyOf(run, holder as Holder)),
    stepEndMs,
    isMatch: judge(script, played).isMatch,
    hash: played.hash,
  };
}

function columnLoss(loss: Loss): ColumnLoss {
  return {
    author: nameOf(loss.author),
    winner: nameOf(loss.winningStamp.replica),
    inserted: loss.splices.map(({ insert }) => insert).join(""),
    removed: loss.removedText,
    rule: loss.rule,
    loss,
  };
}

function nameOf(id: ReplicaId): string {
  return replicaNameOf(id) ?? id;
}

function historyOf({ views }: Run, holder: Holder): History {
  const own = views.filter((view) => view.holder === holder);
  const start = own[0]?.text ?? "";
  let text = start;
  const changes = own.slice(1).map((view) => {
    const splices = diffText(text, view.text);
    text = view.text;
    return { step: view.step, splices };
  });
  return { holder, start, changes };
}

function countCharacters(f: Findings): Characters {
  let [typed, kept, deleted, unsent] = [0, 0, 0, 0];
  for (const run of f.runs) {
    if (run.by === null) continue;
    for (const unit of run.inserted) {
      typed++;
      if (f.isKept(unit)) kept++;
      else if (f.deletedBy.has(unit)) deleted++;
      else if (f.isWith(run, unit)) unsent++;
    }
  }
  return { typed, kept, deleted, unsent, lost: typed - kept - deleted - unsent };
}
