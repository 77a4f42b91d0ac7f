/** Why a write was lost, in words. Pure. */

import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";
import { latenessOf, SAME_MS } from "../../crdt/sync/lateness.ts";
import { spanText } from "../_client/span-text.ts";
import { stampText } from "./time-text.ts";

/** Whether the write came too late or lost to a clock that was off, in one sentence; null: nobody can tell. */
export function latenessSentence({
  clocks,
  authorName,
  winnerName,
}: Pick<LedgerEntry, "clocks" | "authorName" | "winnerName">): string | null {
  if (clocks === undefined) return null;
  const author = authorName ?? "the author";
  const winner = winnerName ?? "another replica";
  const lateness = latenessOf(clocks);
  if (lateness.kind === "later")
    return lateness.byMs < SAME_MS
      ? "Both were written at the same time, as far as their clocks can tell."
      : `${winner}'s write won, and in real time it is ${spanText(lateness.byMs)} later than ${author}'s.`;
  if (lateness.kind === "counted")
    return `In real time ${author} wrote ${spanText(lateness.byMs)} later, but these stamps count writes and go on from those that were seen: they are no times.`;
  const { whose, offMs, byMs } = lateness;
  // By node time it was the clock of the server that its author sat on.
  const node = (whose === "winner" ? clocks.winning : clocks.losing).node;
  const clock = `${node ?? (whose === "winner" ? winner : author)}'s clock was ${spanText(Math.abs(offMs))} ${offMs > 0 ? "ahead" : "behind"}`;
  return `Lost to clock skew: ${clock}. In real time ${author} wrote ${byMs < SAME_MS ? "just as late" : `${spanText(byMs)} later`}.`;
}

/** How many edits stand alone, in one sentence; null: none does. */
export function orphansSentence(count: number): string | null {
  if (count === 0) return null;
  return count === 1
    ? "1 edit was orphaned: nothing of it is lost, but it stands alone."
    : `${count} edits were orphaned: nothing of them is lost, but they stand alone.`;
}

/** Why the write is gone, with both stamps, in one sentence. */
export function ruleSentence({ loss, authorName, winnerName }: Pick<LedgerEntry, "loss" | "authorName" | "winnerName">): string {
  const { losingStamp, winningStamp } = loss;
  const author = authorName ?? "the author";
  const winner = winnerName ?? "another replica";
  const stamps = `stamp ${stampText(winningStamp)} > ${stampText(losingStamp)}`;
  const isLine = loss.rule === "lww-line-older-stamp" || loss.rule === "lww-line-overwritten-unseen";
  const what = loss.field === "title" ? "title" : isLine ? "line" : "whole note";
  const isTie = winningStamp.wallMs === losingStamp.wallMs;
  const tie = isTie ? "; equal times are decided by replica id, which is arbitrary" : "";
  switch (loss.rule) {
    case "lww-older-stamp":
    case "lww-line-older-stamp":
      return `${winner}'s ${what} stayed, since ${author}'s write came with the older stamp (${stamps}${tie}).`;
    case "lww-overwritten-unseen":
    case "lww-line-overwritten-unseen":
      return `${winner} wrote the ${what} without having seen ${author}'s, and with the later stamp (${stamps}${tie}).`;
    case "mv-superseded":
      return `${winner} had both versions and went on from another one, which replaced ${author}'s.`;
    case "quorum-overwritten":
      return `${winner} wrote the whole note without having seen ${author}'s write, which had been committed before it.`;
    case "lease-stale-token":
      return `${author}'s lock had run out, and ${winner} had it since: the write came with the older fencing token and bounced.`;
    case "lease-not-holder":
      return `${author} did not hold the lock when the write arrived.`;
    case "lease-overwritten":
      return `${winner}'s lock had run out. With fencing off the write was taken all the same, over ${author}'s.`;
    case "orphaned":
      return `${winner} deleted what stood around it without having seen it, and ${author} had typed it without having seen that: nothing of it is lost, and it stands alone.`;
  }
}
