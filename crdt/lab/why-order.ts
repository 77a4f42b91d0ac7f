/** Why a character of a note that one node orders is there: the entry that brought it, its number, and what it was moved over. */

import { mapSplices } from "../base/map-splices.ts";
import type { Splice } from "../base/splice.ts";
import type { InspectedEntry, InspectedLog } from "../strategy/strategy.ts";
import { type EditFact, placeOfNth, seenAt } from "./run-facts.ts";
import type { Rival, Transform, Why, WhyQuestion } from "./why.ts";
import { undo } from "./why-register.ts";
import { quoted, seenSentence, typedSentence } from "./why-words.ts";

const RIVALS_MAX = 5;

export function whyCommitted(question: WhyQuestion, log: InspectedLog, index: number): Why {
  const { text } = question;
  const char = String.fromCodePoint(text.codePointAt(index)!);
  const none = {
    char,
    id: null,
    author: null,
    isDeleted: false,
    event: null,
    atMs: null,
    seen: null,
    rivals: [],
    transforms: [],
    deletedBy: [],
  };
  let at = index;
  for (const { splices } of log.pending.toReversed()) {
    const undone = undo(splices, at);
    if ("nth" in undone)
      return { ...none, sentences: [`${quoted(char)} is this copy's own, and no node has ordered it yet.`, ...wholeWords(log)] };
    at = undone.index;
  }
  for (const entry of log.entries.toReversed()) {
    const undone = undo(entry.splices, at);
    if ("nth" in undone) return whyEntry(question, log, entry, { char, ...undone });
    at = undone.index;
  }
  return {
    ...none,
    sentences: [`${quoted(char)}: who typed it is not recorded, its entry is folded into the text that the log begins with.`],
  };
}

function whyEntry(
  question: WhyQuestion,
  log: InspectedLog,
  entry: InspectedEntry,
  { char, nth, total }: { readonly char: string; readonly nth: number; readonly total: number },
): Why {
  const { nameOf, facts } = question;
  const { author, last, index } = entry;
  const name = nameOf(author);
  const fact = facts?.editOf(author, last) ?? null;
  const place = fact === null ? null : placeOfNth(fact, nth, total);
  const seen = fact === null || place === null ? null : seenAt(fact, place);
  const rivals = rivalsOf(question, log, entry);
  const chain = log.isTransforming && fact !== null && place !== null ? chainOf(question, log, entry, fact, place.splice) : null;
  const sentences = [
    `${quoted(char)} came with entry ${index} of the order, ${name}'s edit ${last}.`,
    fact === null && facts !== null ? "It was there before this run began." : typedSentence(name, fact, "made it"),
    ...(fact === null ? [] : [seenSentence(name, seen)]),
    ...wholeWords(log),
    ...(rivals.length === 0 ? ["Nothing that its author had not seen was ordered before it."] : rivals.map(({ sentence }) => sentence)),
    ...chainSentences(question, log, fact, chain),
  ];
  const [event, atMs] = [fact?.event ?? null, fact?.atMs ?? null];
  return { char, id: null, author, isDeleted: false, event, atMs, seen, rivals, transforms: chain ?? [], deletedBy: [], sentences };
}

function wholeWords({ isWhole }: InspectedLog): string[] {
  return isWhole ? ["Each write carries the whole text: the characters of an entry are those that the text before it lacked."] : [];
}

/** Entries of others that were ordered between what the author had and their own. */
function between({ entries }: InspectedLog, entry: InspectedEntry, from: number): InspectedEntry[] {
  return entries.filter(({ index, author }) => index > from && index < entry.index && author !== entry.author);
}

function rivalsOf({ facts, nameOf }: WhyQuestion, log: InspectedLog, entry: InspectedEntry): Rival[] {
  const from = facts?.editOf(entry.author, entry.last)?.head ?? entry.base;
  return between(log, entry, from)
    .filter(({ splices }) => splices.length > 0)
    .slice(-RIVALS_MAX)
    .map(({ author, last, index, splices }) => {
      const text = splices.map(({ insert }) => insert).join("");
      const what = text === "" ? "a deletion" : quoted(text);
      const how = log.isTransforming ? " The edit was moved over it." : "";
      return {
        id: `${author}:${last}`,
        author,
        text,
        isBefore: false,
        key: "order",
        own: String(entry.index),
        theirs: String(index),
        isArbitrary: false,
        event: facts?.editOf(author, last)?.event ?? null,
        sentence: `${nameOf(author)}'s entry ${index} (${what}) was ordered first, unseen by ${nameOf(entry.author)}: one node gives out the numbers, in the order in which it heard.${how}`,
      };
    });
}

/**
 * How the author's edit was moved over what was ordered before it, as their own copy does it: own earlier edits that were
 * not ordered yet stand between. null: what is recorded does not lead to the entry as it is, so nothing is claimed.
 */
function chainOf({ facts }: WhyQuestion, log: InspectedLog, entry: InspectedEntry, fact: EditFact, splice: number): Transform[] | null {
  const { author, last } = entry;
  const own = (facts?.editsOf(author) ?? []).filter(({ firstSeq, endSeq }) => endSeq > firstSeq && firstSeq <= last);
  if (own.some(({ head }) => head < log.startIndex)) return null;
  const edits = own.map((edit) => ({ edit, splices: edit.splices, isPending: true }));
  const out: Transform[] = [];
  for (const each of log.entries) {
    if (each.index >= entry.index) break;
    if (each.author === author) {
      for (const held of edits) if (held.edit.firstSeq <= each.last) held.isPending = false;
      continue;
    }
    let over: readonly Splice[] = each.splices;
    for (const held of edits) {
      if (!held.isPending || held.edit.head >= each.index) continue;
      const before = held.splices;
      held.splices = mapSplices(before, over, false);
      over = mapSplices(over, before, true);
      if (held.edit !== fact) continue;
      const [from, to] = [before[splice]?.index, held.splices[splice]?.index];
      if (from === undefined || to === undefined) return null;
      out.push({ over: each.index, author: each.author, before: from, after: to });
    }
  }
  const moved = edits.find(({ edit }) => edit === fact)?.splices;
  return JSON.stringify(moved) === JSON.stringify(entry.splices) ? out : null;
}

function chainSentences({ nameOf }: WhyQuestion, log: InspectedLog, fact: EditFact | null, chain: readonly Transform[] | null): string[] {
  if (!log.isTransforming || fact === null) return [];
  if (chain === null) return ["The chain of transforms is not recorded."];
  if (chain.length === 0) return ["It was ordered as it was made, without a transform."];
  return chain.map(
    ({ over, author, before, after }) => `Transformed over entry ${over} of ${nameOf(author)}: index ${before} became ${after}.`,
  );
}
