/**
 * Losses as a person thinks of them: a word typed into a register note is one write for each key, and so one
 * loss for each letter, but it is one thing that was lost. Pure.
 */

import { composeSplices, type Splice } from "../../crdt/base/splice.ts";
import type { Stamp } from "../../crdt/base/stamp.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";

type Found = Pick<LedgerEntry, "loss">;

/** Neighbouring losses that one writer typed in one go and that lost to the same write. */
export interface LostRun<E extends Found = LedgerEntry> {
  /** Oldest first, never empty. */
  readonly entries: readonly E[];
  /** Against the text that the first of them was made in. */
  readonly splices: readonly Splice[];
  /** What they deleted there. */
  readonly removedText: string;
}

/** `losses` in their order, with runs joined. Cost: linear. */
export function lostRuns<E extends Found>(losses: readonly E[]): LostRun<E>[] {
  const runs: LostRun<E>[] = [];
  for (const entry of losses) {
    const last = runs.at(-1);
    if (last !== undefined && continues(last, entry.loss)) {
      const splices = composeSplices(last.splices, entry.loss.splices);
      runs[runs.length - 1] = { ...last, entries: [...last.entries, entry], splices };
    } else {
      runs.push({ entries: [entry], splices: entry.loss.splices, removedText: entry.loss.removedText });
    }
  }
  return runs;
}

/** What the writer had put in, and would put in again. Empty when the run only deleted. */
export function wordsOf({ splices }: Pick<LostRun, "splices">): string {
  return splices.map(({ insert }) => insert).join("");
}

/** Whether `next` is the same writer's next write, inside of what the run had inserted. */
function continues({ entries, splices }: LostRun<Found>, next: Loss): boolean {
  const before = entries.at(-1)!.loss;
  // Each has a passage of its own around it.
  if (next.rule === "orphaned") return false;
  if (before.author !== next.author || before.field !== next.field || before.noteId !== next.noteId || before.rule !== next.rule)
    return false;
  if (!isSameStamp(before.winningStamp, next.winningStamp) || next.losingStamp.seq !== before.losingStamp.seq + 1) return false;
  const [own, ...others] = splices;
  const [step, ...more] = next.splices;
  if (own === undefined || step === undefined || others.length > 0 || more.length > 0) return false;
  return step.index >= own.index && step.index + step.remove <= own.index + own.insert.length;
}

function isSameStamp(a: Stamp, b: Stamp): boolean {
  return a.wallMs === b.wallMs && a.replica === b.replica && a.seq === b.seq;
}
