/**
 * What the runs of an update mean to a copy: whether they are news, whether they can be true, and how they are added. What
 * cannot be true: a number used again for something else, what builds on history that was cut off, more events than people
 * can have made.
 */

import { ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { DELETE, DELETE_BACK, INSERT, type OpKind } from "./event-log.ts";
import { UNKNOWN } from "./sealed-history.ts";
import type { OnSplice, TextState } from "./text-state.ts";
import { eventsMax, type Run, RUN_UNITS_MAX, runFrom } from "./update-codec.ts";

/** Close codes for a peer whose bytes contradict what is known, and for one that builds on what was cut off, or lacks it. */
export const CONTRADICTION = 4400;
export const CUT_OFF = 4411;

/** So many parents are put in order by shifting them. */
const PARENTS_SHIFTED_MAX = 64;

/** Whether a run is all news, and everything that it builds on is here. */
export function isNext({ log }: TextState, { agent, seq, parents }: Run): boolean {
  if (seq !== log.seqOf(agent)) return false;
  if (parents === null) return true;
  for (let n = 0; n < parents.length; n++) if (parents[n]![1] >= log.seqOf(parents[n]![0])) return false;
  return true;
}

/** Whether nothing that a run builds on was cut off. */
export function isReachable({ log }: TextState, { agent, seq, parents }: Run): boolean {
  if (log.firstLv === 0) return true;
  // Whoever builds on nothing has not seen what was cut off.
  if (parents?.length === 0) return false;
  const isHere = (lv: number): boolean => lv < 0 || lv >= log.firstLv - 1;
  return parents === null ? seq === 0 || isHere(log.lvOf(agent, seq - 1)) : parents.every(([parent, at]) => isHere(log.lvOf(parent, at)));
}

/** @throws ProtocolError when what is here says otherwise about the events of a run, or it builds on what was cut off. */
export function refuseContradiction(state: TextState, run: Run): void {
  const { log } = state;
  const known = log.seqOf(run.agent);
  if (run.seq + run.length > known && !isReachable(state, runFrom(run, known)))
    throw new ProtocolError(CUT_OFF, `Event ${run.agent}:${Math.max(known, run.seq)} builds on history that was cut off`);
  for (let seq = run.seq; seq < Math.min(known, run.seq + run.length);) {
    const lv = log.lvOf(run.agent, seq);
    const to = log.runEnd(lv, lv + Math.min(known, run.seq + run.length) - seq);
    if (lv >= log.firstLv && !saysTheSame(state, run, seq, lv, to))
      throw new ProtocolError(CONTRADICTION, `Replica ${run.agent} used number ${seq} twice: two copies share its id`);
    seq += to - lv;
  }
}

/** @throws ProtocolError when there would be more events than people can have made of so much text. */
export function refuseExcess(state: TextState, runs: readonly Run[]): void {
  if (runs.every(({ kind }) => kind === INSERT)) return;
  let inserted = state.inserted + (state.cut?.text.length ?? 0);
  let events = state.eventCount;
  for (const { agent, seq, length, text } of runs) {
    inserted += text.length;
    events += Math.max(0, Math.min(length, seq + length - state.seqOf(agent)));
  }
  if (events > eventsMax(inserted)) throw new ProtocolError(CONTRADICTION, `${events} events for ${inserted} characters`);
}

/** Whether a run says of the events from `seq` on what the log has in [lv, to), a part of one row. */
function saysTheSame(state: TextState, run: Run, seq: number, lv: number, to: number): boolean {
  const { log } = state;
  const skip = seq - run.seq;
  const length = to - lv;
  const kind = log.kindAt(lv);
  if ((kind === INSERT) !== (run.kind === INSERT)) return false;
  const parents = log.parentsOf(lv);
  if (skip === 0 && run.parents !== null) {
    const said = run.parents.map(([agent, at]) => log.lvOf(agent, at));
    if (said.length !== parents.length || said.some((parent) => !parents.includes(parent))) return false;
  } else if (parents.length !== 1 || parents[0] !== log.lvOf(run.agent, seq - 1)) return false;
  const before = run.parents === null ? log.lvOf(run.agent, run.seq - 1) : -1;
  const first = run.parents !== null ? run.position : absolute(state, run, before);
  const placeOf = (k: number): number => Math.max(0, first + (run.kind === INSERT ? k : run.kind === DELETE_BACK ? -k : 0));
  // Where a run that began in what was cut off did so, nobody knows here.
  const isKnown = run.parents !== null || before >= log.firstLv - 1;
  if (isKnown && (placeOf(skip) !== log.positionAt(lv) || placeOf(skip + length - 1) !== log.positionAt(to - 1))) return false;
  if (kind !== INSERT) return true;
  const [held, text] = [log.textAt(lv, to), run.text.slice(skip, skip + length)];
  if (held === text) return true;
  // What is not known here any more cannot be compared.
  return log.lacksText && Array.from({ length }, (_, k) => k).every((k) => held[k] === text[k] || isUnknown(state, lv + k));
}

/** Whether a unit is one of those that were deleted, and of which this copy has no text. */
export function isUnknown(state: TextState, lv: number): boolean {
  const { log } = state;
  return log.lacksText && log.textAt(lv, lv + 1) === UNKNOWN && state.whole().isGone(lv);
}

/** Where the first event of a run without parents claims to act. `before`: the event before it. */
function absolute({ log }: TextState, { kind, position }: Run, before: number): number {
  return Math.min(RUN_UNITS_MAX, log.cursorAfter(before) + position - (kind === DELETE_BACK ? 1 : 0));
}

/** Adds the news of a run, everything that it builds on being here. */
export function addRun(state: TextState, whole: Run, onSplice: OnSplice | null): void {
  const { log } = state;
  const run = runFrom(whole, log.seqOf(whole.agent));
  const { agent, seq, kind, length, text } = run;
  if (run.parents !== null) {
    const { parents } = run;
    const lvs: number[] = [];
    for (let n = 0; n < parents.length; n++) lvs.push(log.lvOf(parents[n]![0], parents[n]![1]));
    addEvents(state, agent, lvs, kind, run.position, length, text, onSplice);
    return;
  }
  const before = log.lvOf(agent, seq - 1);
  addEvents(state, agent, [before], kind, absolute(state, run, before), length, text, onSplice);
}

/** Adds events of one kind that build on `lvs`, at any position that their author claims. */
export function addEvents(
  state: TextState,
  agent: ReplicaId,
  lvs: number[],
  kind: OpKind,
  position: number,
  length: number,
  text: string,
  onSplice: OnSplice | null,
): void {
  const parents = ascending(lvs);
  const index = state.log.agentIndexOf(agent);
  // An event that claims to act before the beginning acts there, each for itself, however the run is cut.
  const beyond = kind === DELETE_BACK ? Math.min(length, length - 1 - position) : 0;
  if (beyond <= 0) {
    state.add(index, parents, kind, Math.max(0, position), length, text, onSplice);
    return;
  }
  const within = length - beyond;
  if (within > 0) state.add(index, parents, kind, position, within, "", onSplice);
  state.add(index, within > 0 ? [state.log.count - 1] : parents, DELETE, 0, beyond, "", onSplice);
}

/** Sorts in place. An author's parents mostly come in the order in which they came here. */
function ascending(lvs: number[]): number[] {
  if (lvs.length > PARENTS_SHIFTED_MAX) return lvs.sort((a, b) => a - b);
  for (let n = 1; n < lvs.length; n++) {
    const lv = lvs[n]!;
    let at = n;
    for (; at > 0 && lvs[at - 1]! > lv; at--) lvs[at] = lvs[at - 1]!;
    lvs[at] = lv;
  }
  return lvs;
}
