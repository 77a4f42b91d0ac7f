/** Why a character of a text whose characters have ids is where it is: its place in the tree, and what was compared there. */

import type { ReplicaId } from "../base/ids.ts";
import type { ItemOrder } from "../strategy/strategy.ts";
import { ItemTree, type Meeting, type Unit, type Verdict } from "./item-tree.ts";
import { type EditFact, placeOfSeq, seenAt } from "./run-facts.ts";
import type { Deletion, Rival, RivalKey, Why, WhyQuestion, WhyTarget } from "./why.ts";
import { quoted, seenSentence, typedSentence } from "./why-words.ts";

/** More would be a list, not a reason. */
const RIVALS_MAX = 8;

export function whyPlaced(question: WhyQuestion, order: ItemOrder, target: WhyTarget): Why | null {
  const { inspection, nameOf, facts } = question;
  const tree = new ItemTree(inspection, order);
  const unit = "item" in target ? tree.find(target.item) : unitAt(tree, target.index);
  if (unit === null) return null;
  const item = tree.items[unit.at]!;
  const { author } = item;
  const factOf = (of: Unit): EditFact | null => facts?.editOf(tree.items[of.at]!.author, tree.seqOf(of)) ?? null;
  const fact = factOf(unit);
  const place = fact === null ? null : placeOfSeq(fact, tree.seqOf(unit));
  const seen = fact === null || place === null ? null : seenAt(fact, place);
  const char = item.text === "" ? "" : wholeChar(item.text, unit.offset);
  const head = tree.headOf(unit);
  const rivals = rivalsOf(question, tree, head, factOf);
  const deletedBy = item.isDeleted ? deletersOf(question, item.deletedBy) : [];

  const name = nameOf(author);
  const label = labelOf(tree.idOf(unit), name);
  const sentences = [
    item.isDeleted ? `${label} is deleted: it keeps its place, and shows nothing.` : `${quoted(char)} is ${label}.`,
    fact === null && facts !== null ? "It was there before this run began." : typedSentence(name, fact),
    ...(fact === null ? [] : [seenSentence(name, seen)]),
    ...originSentences(question, tree, unit, head),
    ...(rivals.length === 0
      ? ["No concurrent neighbour competed for this place: it stands where it was typed."]
      : rivals.map(({ sentence }) => sentence)),
    ...deletionSentences(question, item.isDeleted, deletedBy),
  ];
  const [event, atMs] = [fact?.event ?? null, fact?.atMs ?? null];
  return {
    char,
    id: tree.idOf(unit),
    author,
    isDeleted: item.isDeleted,
    event,
    atMs,
    seen,
    rivals,
    transforms: [],
    deletedBy,
    sentences,
  };
}

/** The visible character at an index. */
function unitAt({ items }: ItemTree, index: number): Unit | null {
  let before = 0;
  for (const [at, { isDeleted, length }] of items.entries()) {
    if (isDeleted) continue;
    if (index < before + length) return { at, offset: index - before };
    before += length;
  }
  return null;
}

/** With both halves of a surrogate pair. */
function wholeChar(text: string, offset: number): string {
  const isLow = (text.charCodeAt(offset) & 0xfc00) === 0xdc00 && offset > 0;
  return String.fromCodePoint(text.codePointAt(isLow ? offset - 1 : offset)!);
}

/** Those who competed: what hangs on the same place, and the nearest neighbours, of other authors, typed without knowing of each other. */
function rivalsOf(question: WhyQuestion, tree: ItemTree, head: Unit, factOf: (unit: Unit) => EditFact | null): Rival[] {
  const { facts } = question;
  const place = placeText(tree, head);
  const out = new Map<string, Rival>();
  const consider = (neighbour: Unit, isNear: boolean): void => {
    const item = tree.items[neighbour.at];
    if (item === undefined) return;
    const unit = isNear ? neighbour : tree.headOf(neighbour);
    if (!isNear && placeText(tree, unit) !== place) return;
    const meeting = tree.meet(head, unit);
    if (meeting.kind === "hangs") return;
    const [own, other] = meeting.kind === "siblings" ? [meeting.own, meeting.other] : [head, unit];
    if (tree.items[own.at]!.author === tree.items[other.at]!.author || out.has(tree.idOf(other))) return;
    const [ownFact, fact] = [factOf(own), factOf(other)];
    // What is not in the run was there before it: everybody had seen it.
    if (facts !== null && (ownFact === null || fact === null || !facts.isConcurrent(ownFact.event, fact.event))) return;
    const verdict = meeting.kind === "siblings" ? tree.decide(own, other, meeting.side) : null;
    if (verdict?.key !== "saw")
      out.set(tree.idOf(other), rivalFrom(question, tree, { head, own, other, meeting, verdict }, fact?.event ?? null));
  };
  const before = tree.items[head.at - 1];
  if (before !== undefined) consider({ at: head.at - 1, offset: before.length - 1 }, true);
  consider({ at: lastOfRun(tree, head) + 1, offset: 0 }, true);
  const hook = tree.hookOf(head).on;
  const hookId = hook === null ? null : tree.idOf(hook);
  for (const [at, { originLeft, originRight, parent }] of tree.items.entries()) {
    if (out.size >= RIVALS_MAX) break;
    if (originLeft === hookId || originRight === hookId || parent?.id === hookId) consider({ at, offset: 0 }, false);
  }
  return [...out.values()].sort((a, b) => tree.compare(tree.find(a.id), tree.find(b.id)));
}

/** The last item of what was typed in one go from `head` on, as far as it stands together. */
function lastOfRun(tree: ItemTree, head: Unit): number {
  let { at } = head;
  while (at + 1 < tree.items.length && tree.compare(tree.headOf({ at: at + 1, offset: 0 }), head) === 0) at++;
  return at;
}

function placeText(tree: ItemTree, unit: Unit): string {
  const { on, side } = tree.hookOf(unit);
  return `${on === null ? "" : tree.idOf(on)} ${side}`;
}

interface Contest {
  readonly head: Unit;
  /** The two that stand against each other: what was asked about, or what it hangs on. */
  readonly own: Unit;
  readonly other: Unit;
  readonly meeting: Meeting;
  readonly verdict: Verdict | null;
}

function rivalFrom(question: WhyQuestion, tree: ItemTree, contest: Contest, event: number | null): Rival {
  const { own, other, meeting, verdict } = contest;
  const isBefore = tree.compare(own, other) < 0;
  const item = tree.items[other.at]!;
  // A comparison that does not lead to the order as it is decides nothing.
  const key: RivalKey | null =
    meeting.kind === "sides" ? "side" : verdict !== null && verdict.sign < 0 === isBefore ? KEYS[verdict.key] : null;
  const isCompared = key !== null && key !== "side";
  const rival = {
    id: tree.idOf(other),
    author: item.author,
    text: item.text.slice(other.offset),
    isBefore,
    key,
    own: isCompared ? keyText(tree, own, key) : "",
    theirs: isCompared ? keyText(tree, other, key) : "",
    isArbitrary: key === "id",
    event,
  };
  return { ...rival, sentence: rivalSentence(question, tree, contest, rival) };
}

const KEYS = {
  "right-origin-farther-first": "right-origin",
  "lamport-higher-first": "lamport",
  "id-lower-first": "id",
  "id-higher-first": "id",
  saw: "saw",
} as const satisfies Record<string, RivalKey>;

function keyText(tree: ItemTree, unit: Unit, key: RivalKey): string {
  if (key === "lamport") return String(tree.lamportOf(unit));
  if (key !== "right-origin") return tree.idOf(unit);
  const right = tree.rightOf(unit);
  return right === null ? "the end" : right === undefined ? "not recorded" : tree.idOf(right);
}

function originSentences({ nameOf }: WhyQuestion, tree: ItemTree, unit: Unit, head: Unit): string[] {
  const nameAt = (at: Unit | null, border: string): string =>
    at === null ? border : labelOf(tree.idOf(at), nameOf(tree.items[at.at]!.author));
  const out: string[] = [];
  if (tree.compare(unit, head) !== 0)
    out.push(`It goes on from a run that begins at ${nameAt(head, "")}: the run's place was decided there.`);
  const { on, side } = tree.hookOf(head);
  const what = tree.compare(unit, head) === 0 ? "It" : "The run";
  const border = tree.order.kind === "tree" ? "the root" : "the beginning";
  if (tree.order.kind === "tree") out.push(`${what} hangs on ${nameAt(on, border)}, on its ${side}.`);
  else out.push(`${what} was typed behind ${nameAt(on, border)} and before ${nameAt(tree.rightOf(head) ?? null, "the end")}.`);
  return out;
}

function rivalSentence({ nameOf }: WhyQuestion, tree: ItemTree, contest: Contest, rival: Omit<Rival, "sentence">): string {
  const { head, own: unit, verdict } = contest;
  const [own, other] = [nameOf(tree.items[unit.at]!.author), nameOf(rival.author)];
  const what = rival.text === "" ? "something that is deleted since" : quoted(rival.text);
  const when = rival.event === null ? "at the same place" : "at the same place, and neither had seen the other";
  const isSelf = tree.compare(head, unit) === 0;
  const mine = labelOf(tree.idOf(unit), own);
  const start = `${other} typed ${what} (${labelOf(rival.id, other)}) ${when}.`;
  const where = `${isSelf ? mine : `${mine}, which this hangs on,`} stands ${rival.isBefore ? "before" : "behind"} it`;
  if (rival.key === "side") return `${start} ${where}: they hang on different sides of one character.`;
  if (rival.key === null || verdict === null) return `${start} ${where}; no single comparison of what is recorded decides that.`;
  const label = (id: string): string => labelOfId(tree, id, nameOf);
  switch (verdict.key) {
    case "right-origin-farther-first":
      return `${start} ${where}: of two on one place, the one that was typed before the farther character comes first; ${mine} was typed before ${label(rival.own)}, ${other}'s before ${label(rival.theirs)}.`;
    case "lamport-higher-first":
      return `${start} ${where}: the higher Lamport time comes first, and ${own}'s is ${rival.own}, ${other}'s ${rival.theirs}.`;
    case "id-lower-first":
    case "id-higher-first": {
      const first = verdict.key === "id-lower-first" ? "lower" : "higher";
      return `${start} ${where}: nothing else tells them apart, so the ${first} id comes first, of ${label(rival.own)} and ${label(rival.theirs)}. That is arbitrary, and the same on every copy.`;
    }
    default:
      return `${start} ${where}.`;
  }
}

function deletersOf({ facts }: WhyQuestion, ids: readonly string[] | undefined): Deletion[] | null {
  if (ids === undefined) return null;
  return ids.map((id) => {
    const colon = id.lastIndexOf(":");
    const author = id.slice(0, colon) as ReplicaId;
    return { id, author, event: facts?.editOf(author, Number(id.slice(colon + 1)))?.event ?? null };
  });
}

function deletionSentences({ nameOf }: WhyQuestion, isDeleted: boolean, deletedBy: readonly Deletion[] | null): string[] {
  if (!isDeleted) return [];
  if (deletedBy === null) return ["Who deleted it is not recorded: this strategy keeps no author of a deletion."];
  return deletedBy.map(({ id, author, event }) => {
    const name = nameOf(author);
    return `${name} deleted it (${labelOf(id, name)}${event === null ? "" : `, event #${event}`}).`;
  });
}

/** `A:17`. */
export function labelOf(id: string, name: string): string {
  return `${name}:${id.slice(id.lastIndexOf(":") + 1)}`;
}

function labelOfId(tree: ItemTree, id: string, nameOf: WhyQuestion["nameOf"]): string {
  const unit = tree.find(id);
  return unit === null ? id : labelOf(id, nameOf(tree.items[unit.at]!.author));
}
