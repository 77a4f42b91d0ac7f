import { decodeMessage, type Entry, type OpIds, type Proposal } from "./ordered-codec.ts";
import { type Describe, linesUpTo, quoted, spliceWords } from "./update-words.ts";

/** Proposals of writers, entries and refusals of the node that orders. */
export const describeOrdered: Describe = (update) => {
  const { snapshot, entries, proposals, refusals } = decodeMessage(update);
  return linesUpTo([
    ...(snapshot === null ? [] : [`the committed text up to entry ${snapshot.index}: ${quoted(snapshot.text)}`]),
    ...entries.map(entryWords),
    ...proposals.map(proposalWords),
    ...refusals.map((refusal) => `refuses ${idsText(refusal)}, made on entry ${refusal.base}: ${refusal.reason}`),
  ]);
};

function proposalWords(proposal: Proposal): string {
  const { action, base, lockToken, splices, text, intent } = proposal;
  const token = lockToken === 0 ? "" : ` under lock token ${lockToken}`;
  const on = `${idsText(proposal)} proposes on entry ${base}${token}: `;
  if (action !== "edit")
    return `${on}${action.replace("-", " ")}${action === "acquire" || action === "release" || action === "renew" ? " the lock" : ""}`;
  return on + (text === null ? spliceWords(splices) : `the whole note := ${quoted(text)} (${spliceWords(intent)})`);
}

function entryWords(entry: Entry): string {
  const { index, token, kind, splices, lock } = entry;
  const head = `entry ${index} under token ${token}, of ${entry.first === 0 ? "the node itself" : idsText(entry)}: `;
  const holder = lock === null ? "" : `; the lock is ${lock.holder === null ? "free" : `held by ${lock.holder}, token ${lock.token}`}`;
  if (kind === "committed") return head + spliceWords(splices) + holder;
  return head + (kind === "state" ? `no text${holder}` : `thrown away, ${kind}${holder}`);
}

function idsText({ replica, first, last }: OpIds): string {
  return first === last ? `${replica}:${first}` : `${replica}:${first} to ${last}`;
}
