/**
 * Which insert each visible character of each replica came from, for the checkers of anomalies. No strategy is asked: the run
 * is done a second time with every typed character replaced by a mark of its own (marks.ts), each edit at the place where it
 * went in the first run, and the marks that come out are read back.
 *
 * That is sound where a strategy does the same whatever the characters are, and this is not assumed but checked: the
 * marked run must read, in everybody's text after every step, exactly as the run itself. Some strategies look at content.
 * Those that work by line get their line ends unmarked (line ends then have no known origin, and no checker looks at
 * them); those that recognize equal changes get equal marks for equal replacements of equal text (a mark then stands for all
 * of them, which are present or gone together). Where none of these runs reads alike there is no trace, and only checks of the
 * bare text are made: better no flag than a guessed one.
 */

import { snapSplices } from "../base/splice.ts";
import { withoutLoneSurrogates } from "../base/well-formed.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { Marker, type MarkRules } from "./marks.ts";
import { type Holder, NODE_HOLDER, type Run, type RunEdit, type RunView, replay } from "./replay.ts";
import type { ReplicaName, Script } from "./script.ts";

/** In order of trial. */
const RULES: readonly MarkRules[] = [
  { keepsLines: false, sharesAlike: false },
  { keepsLines: true, sharesAlike: false },
  { keepsLines: false, sharesAlike: true },
  { keepsLines: true, sharesAlike: true },
];
/** Units in all texts of a run together; longer runs are not traced. */
const UNITS_MAX = 20_000_000;

/** An edit that was taken, in units. */
export interface TracedEdit extends RunEdit {
  /** Position among all edits of the run, and so in time. */
  readonly order: number;
  /** Units of the text that it met. */
  readonly beforeUnits: Int32Array;
  /** Units that it removed. */
  readonly removed: readonly number[];
  /** Units that it inserted. */
  readonly inserted: readonly number[];
}

export interface TracedView {
  readonly step: number;
  readonly holder: Holder;
  readonly units: Int32Array;
  readonly text: string;
  /** How many edits came before it. */
  readonly edits: number;
}

export interface Trace {
  readonly edits: readonly TracedEdit[];
  readonly views: readonly TracedView[];
  /** The last one of each. */
  readonly finals: ReadonlyMap<Holder, TracedView>;
  /** Texts that stand beside the node's, where there are several. */
  readonly siblings: readonly Int32Array[];
  /** Units of the start text. */
  readonly start: readonly number[];
  readonly unitCount: number;
  textOf(units: readonly number[]): string;
  /** Before how many edits `name` saw the unit for the first time; Infinity: never. */
  seenBy(name: ReplicaName, unit: number): number;
}

/** null: it cannot be told (see above). */
export async function traceRun(script: Script, strategy: Strategy, run: Run): Promise<Trace | null> {
  if (run.views.reduce((sum, { text }) => sum + text.length, 0) > UNITS_MAX) return null;
  const hasLines = script.startText.includes("\n") || run.edits.some(({ insert }) => insert.includes("\n"));
  for (const rules of RULES) {
    if (rules.keepsLines && !hasLines) continue;
    const trace = await markedRun(script, strategy, run, rules);
    if (trace !== null) return trace;
  }
  return null;
}

async function markedRun(script: Script, strategy: Strategy, run: Run, rules: MarkRules): Promise<Trace | null> {
  const marker = new Marker(rules);
  const start = marker.mark(script.startText, "start");
  if (start === null) return null;
  const marks: { readonly marked: string; readonly first: number }[] = [];
  const actions = [...script.actions];
  for (const edit of run.edits) {
    const removed = edit.before.slice(edit.index, edit.index + edit.remove);
    const mark = marker.mark(edit.insert, JSON.stringify([edit.insert, removed, lineOf(edit)]));
    if (mark === null) return null;
    marks.push(mark);
    const timed = actions[edit.step]!;
    const { action } = timed;
    if (action.do === "edit" || action.do === "key") actions[edit.step] = { ...timed, action: { ...action, text: mark.marked } };
  }
  const places = run.requests.map(({ pos, len }) => ({ pos, len }));
  const marked = await replay({ ...script, startText: start.marked, actions }, strategy, { places });
  const startUnits = [...marker.read(start.marked).units].filter((unit) => unit >= 0);
  return readRun(run, marked, marker, marks, startUnits);
}

/** The line in which an edit was made: two are alike only where that is equal too. */
function lineOf({ before, index, remove }: RunEdit): string {
  const from = before.lastIndexOf("\n", index - 1) + 1;
  const to = before.indexOf("\n", index + remove);
  return before.slice(index === 0 ? 0 : from, to < 0 ? before.length : to);
}

/** null where the marked run does not read as the run. */
function readRun(
  run: Run,
  marked: Run,
  marker: Marker,
  inserts: readonly { readonly marked: string; readonly first: number }[],
  start: readonly number[],
): Trace | null {
  if (marked.edits.length !== run.edits.length) return null;
  const views: TracedView[] = [];
  // A text may be replaced by an equal one: that is no change in the run, and one in the marked run.
  const shown = new Map<Holder, string>();
  const marks = new Map<Holder, string>();
  const steps = [...new Set([...run.views, ...marked.views].map(({ step }) => step))].sort((a, b) => a - b);
  const [ofRun, ofMarked] = [byStep(run.views), byStep(marked.views)];
  for (const step of steps) {
    for (const { holder, text } of ofRun.get(step) ?? []) shown.set(holder, text);
    for (const view of ofMarked.get(step) ?? []) {
      const { units, text } = marker.read(view.text);
      views.push({ ...view, text, units });
      marks.set(view.holder, text);
    }
    for (const [holder, text] of shown) if (marks.get(holder) !== withoutLoneSurrogates(text)) return null;
  }
  const siblings: Int32Array[] = [];
  if (marked.played.siblings.length !== run.played.siblings.length) return null;
  for (const [n, text] of run.played.siblings.entries()) {
    const read = marker.read(marked.played.siblings[n]!);
    if (read.text !== withoutLoneSurrogates(text)) return null;
    siblings.push(read.units);
  }
  const edits: TracedEdit[] = [];
  for (const [order, edit] of run.edits.entries()) {
    const other = marked.edits[order]!;
    const { units, text } = marker.read(other.before);
    if (text !== withoutLoneSurrogates(edit.before) || (other.refusal === null) !== (edit.refusal === null)) return null;
    if (edit.refusal !== null) continue;
    // A strategy moves an edit out of the middle of a pair: that is where it is meant to be.
    const [snapped] = snapSplices(edit.before, [edit]);
    const { index, remove } = snapped ?? edit;
    const inserted = [...marker.read(inserts[order]!.marked).units].filter((unit) => unit >= 0);
    edits.push({
      ...edit,
      index,
      remove,
      order,
      beforeUnits: units,
      removed: [...units.subarray(index, index + remove)].filter((unit) => unit >= 0),
      inserted,
    });
  }
  return new ReadTrace(edits, views, siblings, start, marker);
}

function byStep(views: Run["views"]): ReadonlyMap<number, Run["views"]> {
  const out = new Map<number, RunView[]>();
  for (const view of views) out.set(view.step, [...(out.get(view.step) ?? []), view]);
  return out;
}

class ReadTrace implements Trace {
  readonly edits: readonly TracedEdit[];
  readonly views: readonly TracedView[];
  readonly finals: ReadonlyMap<Holder, TracedView>;
  readonly siblings: readonly Int32Array[];
  readonly start: readonly number[];
  readonly #marker: Marker;
  readonly #seen = new Map<Holder, Map<number, number>>();

  constructor(
    edits: readonly TracedEdit[],
    views: readonly TracedView[],
    siblings: readonly Int32Array[],
    start: readonly number[],
    marker: Marker,
  ) {
    this.edits = edits;
    this.views = views;
    this.finals = new Map(views.map((view) => [view.holder, view]));
    this.siblings = siblings;
    this.start = start;
    this.#marker = marker;
    const see = (holder: Holder, units: Int32Array, order: number): void => {
      const seen = this.#seen.get(holder) ?? new Map<number, number>();
      this.#seen.set(holder, seen);
      for (const unit of units) if (unit >= 0 && (seen.get(unit) ?? Infinity) > order) seen.set(unit, order);
    };
    for (const { holder, units, edits: order } of views) if (holder !== NODE_HOLDER) see(holder, units, order);
    for (const { by, beforeUnits, order } of edits) see(by, beforeUnits, order);
  }

  get unitCount(): number {
    return this.#marker.count;
  }

  textOf(units: readonly number[]): string {
    return units.map((unit) => String.fromCharCode(this.#marker.unitAt(unit))).join("");
  }

  seenBy(name: ReplicaName, unit: number): number {
    return this.#seen.get(name)?.get(unit) ?? Infinity;
  }
}
