/** Fields of a note that two people wrote without having seen each other's writes, in words. Pure. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { Claim, Conflict } from "../../crdt/catalog/conflicts.ts";
import { stampText } from "../_ledger/time-text.ts";

export interface ConflictText {
  /** What happened, to whom. */
  readonly sentence: string;
  /** By which rule. */
  readonly rule: string;
  /** The type that the field is made of. */
  readonly type: string;
}

/** `nameOf` gives "You" for this tab. */
export function conflictText(conflict: Conflict, nameOf: (replica: ReplicaId) => string): ConflictText {
  switch (conflict.field) {
    case "title": {
      const [other] = conflict.others;
      const sentence = `${whose(nameOf, conflict.winner)} title “${conflict.winner.value}” replaced ${conflict.others
        .map((claim) => `${lower(whose(nameOf, claim))} “${claim.value}”`)
        .join(" and ")}.`;
      return { sentence, rule: laterStamp(conflict.winner, other!), type: "LWW" };
    }
    case "pin": {
      const [other] = conflict.others;
      const did = ({ value, stamp }: Claim<boolean>): string => `${nameOf(stamp.replica)} ${value ? "pinned" : "unpinned"} the note`;
      return { sentence: `${did(conflict.winner)} while ${lower(did(other!))}.`, rule: laterStamp(conflict.winner, other!), type: "LWW" };
    }
    case "tag":
      return {
        sentence: `${list(conflict.addedBy.map(nameOf))} added the tag “${conflict.tag}” while ${lower(list(conflict.removedBy.map(nameOf)))} removed it.`,
        rule: "A removal takes away only the adds that it had seen, so the tag stays.",
        type: "OR-Set",
      };
  }
}

/** That nobody blundered, and what decided. */
function laterStamp({ stamp: won }: Claim<unknown>, { stamp: lost, hasSeenWinner }: Claim<unknown>): string {
  const isTie = won.wallMs === lost.wallMs;
  const tie = isTie ? "; equal times are decided by replica id, which is arbitrary" : "";
  const met = hasSeenWinner ? "Whoever wrote the other had seen this one, so a clock is off." : "Neither had seen the other's.";
  return `${met} The later stamp stays (${stampText(won)} > ${stampText(lost)}${tie}).`;
}

function whose(nameOf: (replica: ReplicaId) => string, { stamp }: Claim<unknown>): string {
  const name = nameOf(stamp.replica);
  return name === "You" ? "Your" : name.startsWith("somebody") ? "The" : `${name}'s`;
}

/** As a word in a sentence: names keep their capital. */
function lower(words: string): string {
  return words.replace(/^(You|Your|The)\b/, (word) => word.toLowerCase());
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "nobody") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
