/** Why a character of a text that is one register, or a row of registers, is there: the write that brought it, and the stamps. */

import type { InspectedWrite } from "../strategy/strategy.ts";
import { compareIds } from "../base/ids.ts";
import { compareStamps } from "../base/stamp.ts";
import { type EditFact, placeOfNth, seenAt } from "./run-facts.ts";
import type { Rival, Why, WhyQuestion } from "./why.ts";
import { labelOf } from "./why-sequence.ts";
import { quoted, seenSentence, typedSentence } from "./why-words.ts";

const RIVALS_MAX = 5;

/** What is known of one unit of a text whose changes are walked backwards. */
export interface Found<T> {
  readonly change: T;
  /** Which of the change's inserted units it is, of how many. */
  readonly nth: number;
  readonly total: number;
}

/** Where a unit of the text after `splices` was before them, or which of the inserted units it is. */
export function undo(
  splices: InspectedWrite["splices"],
  index: number,
): { readonly index: number } | { readonly nth: number; readonly total: number } {
  const total = splices.reduce((sum, { insert }) => sum + insert.length, 0);
  let shift = 0;
  let nth = 0;
  for (const { index: at, remove, insert } of splices) {
    const from = at + shift;
    if (index < from) break;
    if (index < from + insert.length) return { nth: nth + index - from, total };
    nth += insert.length;
    shift += insert.length - remove;
  }
  return { index: index - shift };
}

/** The visible unit at `index` of a text made of registers. */
export function whyWritten(question: WhyQuestion, writes: readonly InspectedWrite[], index: number): Why {
  const { text, inspection, nameOf, facts } = question;
  const char = String.fromCodePoint(text.codePointAt(index)!);
  const byId = new Map(writes.map((write) => [write.id, write]));
  let before = 0;
  const item = inspection.items.find(({ isDeleted, length }) => {
    if (isDeleted) return false;
    before += length;
    return index < before;
  });
  const shown = item === undefined ? undefined : byId.get(item.id);
  const offset = index - (before - (item?.length ?? 0));
  const found = shown === undefined ? null : findWrite(byId, shown, offset);
  const author = found?.change.stamp.replica ?? null;
  const fact = found === null ? null : factOf(facts, found.change);
  const place = fact === null || found === null ? null : placeOfNth(fact, found.nth, found.total);
  const seen = fact === null || place === null ? null : seenAt(fact, place);
  const isBreak = item !== undefined && offset === item.length - 1 && char === "\n" && inspection.items.length > 1;
  const rivals = shown === undefined ? [] : rivalsOf(question, writes, shown);
  const sentences: string[] = [];
  const isNote = shown === undefined || shown.register === "note";
  if (isBreak) sentences.push("It stands between two lines. Each line is a register; the break between them belongs to neither.");
  else if (found === null || author === null)
    sentences.push(`${quoted(char)}: who typed it is not recorded, its write is older than the writes that are held.`);
  else {
    const name = nameOf(author);
    sentences.push(`${quoted(char)} came with ${name}'s write ${labelOf(found.change.id, name)}.`);
    sentences.push(fact === null && facts !== null ? "It was there before this run began." : typedSentence(name, fact, "made it"));
    if (fact !== null) sentences.push(seenSentence(name, seen));
  }
  if (shown !== undefined && !isBreak) {
    const name = nameOf(shown.stamp.replica);
    const what = isNote ? "The note is one register" : "This line is one register";
    const own = found?.change.id === shown.id ? "that very write" : `${name}'s write ${labelOf(shown.id, name)}, which goes on from it`;
    sentences.push(`${what}, and it holds ${own}: stamp ${stampWords(shown, nameOf)}.`);
    if (rivals.length === 0) sentences.push("No other write competes with it here.");
    for (const { sentence } of rivals) sentences.push(sentence);
  }
  const [event, atMs] = [fact?.event ?? null, fact?.atMs ?? null];
  return {
    char,
    id: null,
    author: isBreak ? null : author,
    isDeleted: false,
    event,
    atMs,
    seen,
    rivals: isBreak ? [] : rivals,
    transforms: [],
    deletedBy: [],
    sentences,
  };
}

/** The write of the lineage of `shown` that inserted a unit; null: it is not held. */
function findWrite(byId: ReadonlyMap<string, InspectedWrite>, shown: InspectedWrite, offset: number): Found<InspectedWrite> | null {
  let at = offset;
  const seen = new Set<string>();
  for (let write: InspectedWrite | undefined = shown; write !== undefined && !seen.has(write.id);) {
    seen.add(write.id);
    const undone = undo(write.splices, at);
    if ("nth" in undone) return { change: write, ...undone };
    at = undone.index;
    write = write.base === null ? undefined : byId.get(write.base);
  }
  return null;
}

function factOf(facts: WhyQuestion["facts"], { stamp }: InspectedWrite): EditFact | null {
  return facts?.editOf(stamp.replica, stamp.seq) ?? null;
}

/** The last writes of the same register that are not what is shown, nor under it. */
function rivalsOf(question: WhyQuestion, writes: readonly InspectedWrite[], shown: InspectedWrite): Rival[] {
  const others = writes.filter(({ state, register }) => register === shown.register && (state === "lost" || state === "beside"));
  return others.slice(-RIVALS_MAX).map((write) => {
    const { stamp } = write;
    const isWall = stamp.wallMs !== shown.stamp.wallMs;
    const rival = {
      id: write.id,
      author: stamp.replica,
      text: write.splices.map(({ insert }) => insert).join(""),
      isBefore: compareStamps(shown.stamp, stamp) > 0,
      key: isWall ? ("stamp" as const) : ("id" as const),
      own: isWall ? String(shown.stamp.wallMs) : `${shown.stamp.replica}:${shown.stamp.seq}`,
      theirs: isWall ? String(stamp.wallMs) : `${stamp.replica}:${stamp.seq}`,
      isArbitrary: !isWall && compareIds(shown.stamp.replica, stamp.replica) !== 0,
      event: factOf(question.facts, write)?.event ?? null,
    };
    return { ...rival, sentence: rivalSentence(question, write, rival) };
  });
}

function rivalSentence({ nameOf }: WhyQuestion, { state, stamp, id }: InspectedWrite, rival: Omit<Rival, "sentence">): string {
  const name = nameOf(stamp.replica);
  const what = `${name}'s write ${labelOf(id, name)}${rival.text === "" ? "" : ` (${quoted(rival.text)})`}`;
  const end = state === "beside" ? "stands beside it as another text" : "is gone";
  if (!rival.isBefore) return `${what} ${end}, though its stamp is higher: somebody who had it wrote on top of another one.`;
  if (rival.key === "stamp")
    return `${what} ${end}: its clock read ${Number(rival.own) - Number(rival.theirs)} ms less, and the higher stamp is shown.`;
  const arbitrary = rival.isArbitrary ? " That is arbitrary." : "";
  return `${what} ${end}: both clocks read the same, so the higher id is shown.${arbitrary}`;
}

function stampWords({ stamp }: InspectedWrite, nameOf: WhyQuestion["nameOf"]): string {
  return `${new Date(stamp.wallMs).toISOString().slice(11, 23)} by ${nameOf(stamp.replica)}'s clock, then the id`;
}
