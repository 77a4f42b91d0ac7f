/** Why a write was lost, in words. Pure. */

import type { LedgerEntry } from "../../crdt/sync/control-messages.ts";
import { stampText } from "./time-text.ts";

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
  }
}
