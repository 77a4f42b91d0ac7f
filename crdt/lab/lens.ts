/** What is inside of a copy, in rows: items with their origins, writes with their stamps, or entries with their numbers. Plain data. */

import type { ReplicaId } from "../base/ids.ts";
import type { InspectedItem, InspectedWait, Inspection } from "../strategy/strategy.ts";
import { ItemTree } from "./item-tree.ts";
import type { RunFacts } from "./run-facts.ts";

const utf8 = new TextEncoder();

/** More rows are counted, and not shown. */
export const ROWS_MAX = 600;

export interface LensRow {
  readonly id: string;
  /** `A:17`. */
  readonly label: string;
  readonly author: ReplicaId;
  readonly text: string;
  readonly length: number;
  /** `live`: in the text. `gone`: a tombstone, or a write that is shown no more. */
  readonly state: "live" | "gone";
  /** The state in a word of the strategy's own. */
  readonly word: string;
  /** Lamport time, wall time in ms, or number in the order; null: the strategy has none. */
  readonly time: number | null;
  /** Labels, or what stands at the border; null: not recorded. */
  readonly left: string | null;
  readonly right: string | null;
  readonly deletedBy: string | null;
  /** Of its text, in UTF-8. */
  readonly bytes: number;
  /** How deep it hangs in the tree; 0 where there is none. */
  readonly depth: number;
  /** The row that it hangs on, and those that its origins are in; -1: none, or not shown. */
  readonly parentRow: number;
  readonly leftRow: number;
  readonly rightRow: number;
  /** The event at which it was made; null: not in this run. */
  readonly event: number | null;
  /** Whether it can be asked why it is where it is. */
  readonly canAsk: boolean;
}

export interface LensView {
  /** What the rows are. */
  readonly kind: "tree" | "origins" | "writes" | "order";
  readonly timeTitle: string;
  readonly rows: readonly LensRow[];
  /** How many rows there are beyond those. */
  readonly hidden: number;
  /** What waits, by label; null: the strategy does not tell. */
  readonly waiting: readonly { readonly label: string; readonly length: number; readonly lacks: string | null }[] | null;
}

export interface LensQuestion {
  readonly inspection: Inspection;
  /** Also of the number that stands for a replica in some strategies' ids. */
  readonly nameOf: (replica: ReplicaId) => string;
  readonly facts: RunFacts;
}

/** Cost: linear in what the copy holds; in rows only up to `ROWS_MAX`. */
export function lensOf(question: LensQuestion): LensView {
  const { inspection } = question;
  const { order, log, writes } = inspection;
  if (order !== undefined) return itemView(question);
  if (log !== undefined) return orderView(question);
  return writeView(question, writes ?? []);
}

function itemView(question: LensQuestion): LensView {
  const { inspection, nameOf, facts } = question;
  const order = inspection.order!;
  const tree = new ItemTree(inspection, order);
  const labelOf = (id: string): string => {
    const unit = tree.find(id);
    return label(id, unit === null ? null : nameOf(tree.items[unit.at]!.author));
  };
  const shown = inspection.items.slice(0, ROWS_MAX);
  const depths = new Map<number, number>();
  const rowOf = (id: string | null): number => {
    const at = tree.find(id)?.at ?? -1;
    return at < shown.length ? at : -1;
  };
  /** Runs that go on from one another count as one level. */
  const depthOf = (first: number): number => {
    const way: number[] = [];
    let at = first;
    while (at >= 0 && !depths.has(at)) {
      way.push(at);
      at = tree.hookOf({ at, offset: 0 }).on?.at ?? -1;
    }
    for (const each of way.toReversed()) {
      const on = tree.hookOf({ at: each, offset: 0 }).on?.at ?? -1;
      const goesOn = tree.headOf({ at: each, offset: 0 }).at !== each;
      depths.set(each, on < 0 ? 0 : depths.get(on)! + (goesOn ? 0 : 1));
    }
    return depths.get(first)!;
  };
  const rows = shown.map((item, at): LensRow => {
    const unit = { at, offset: 0 };
    return {
      ...common(item, labelOf(item.id)),
      time: item.lamport ?? null,
      left: sideText(item.originLeft, "start", labelOf, item, "left"),
      right: sideText(item.originRight, "end", labelOf, item, "right"),
      word: item.isDeleted ? "tombstone" : "live",
      deletedBy: !item.isDeleted
        ? ""
        : (item.deletedBy?.map((id) => label(id, nameOf(id.slice(0, id.lastIndexOf(":")) as ReplicaId))).join(", ") ?? null),
      depth: depthOf(at),
      parentRow: Math.min(tree.hookOf(unit).on?.at ?? -1, shown.length),
      leftRow: rowOf(item.originLeft),
      rightRow: rowOf(item.originRight),
      event: facts.editOf(item.author, tree.seqOf(unit))?.event ?? null,
      canAsk: true,
    };
  });
  const hidden = inspection.items.length - rows.length;
  return { kind: order.kind, timeTitle: "Lamport", rows, hidden, waiting: waitsOf(question, inspection.waiting) };
}

/** An origin's label. Where a strategy hangs characters on one side only, the other was not recorded. */
function sideText(
  id: string | null,
  border: string,
  labelOf: (id: string) => string,
  { parent }: InspectedItem,
  side: "left" | "right",
): string | null {
  if (id !== null) return labelOf(id);
  return parent !== undefined && parent.id !== null && parent.side !== side ? null : border;
}

function writeView(question: LensQuestion, writes: NonNullable<Inspection["writes"]>): LensView {
  const { nameOf, facts, inspection } = question;
  const shownIds = new Set(inspection.items.map(({ id }) => id));
  const latest = writes.slice(-ROWS_MAX);
  const rowOf = new Map(latest.map(({ id }, at) => [id, at]));
  const rows = latest.map(({ id, stamp, base, splices, state }): LensRow => {
    const text = splices.map(({ insert }) => insert).join("");
    const baseAuthor = base === null ? null : nameOf(base.slice(0, base.lastIndexOf(":")) as ReplicaId);
    const row = base === null ? -1 : (rowOf.get(base) ?? -1);
    return {
      ...common(
        { id, author: stamp.replica, text, length: text.length, isDeleted: state === "lost" || state === "beside" },
        label(id, nameOf(stamp.replica)),
      ),
      word: state,
      time: stamp.wallMs,
      left: base === null ? "birth" : label(base, baseAuthor),
      right: "",
      deletedBy: "",
      depth: 0,
      parentRow: row,
      leftRow: row,
      rightRow: -1,
      event: facts.editOf(stamp.replica, stamp.seq)?.event ?? null,
      canAsk: state === "shown" && shownIds.has(id),
    };
  });
  return { kind: "writes", timeTitle: "Stamp", rows, hidden: writes.length - rows.length, waiting: null };
}

function orderView({ inspection, nameOf, facts }: LensQuestion): LensView {
  const { entries, pending } = inspection.log!;
  const latest = entries.slice(-ROWS_MAX);
  const rows = latest.map(({ index, author, last, base, kind, splices }): LensRow => {
    const text = splices.map(({ insert }) => insert).join("");
    return {
      ...common(
        { id: `${author}:${last}`, author, text, length: text.length, isDeleted: kind !== "committed" },
        `${nameOf(author)}:${last}`,
      ),
      word: kind,
      time: index,
      left: `after ${base}`,
      right: "",
      deletedBy: "",
      depth: 0,
      parentRow: -1,
      leftRow: -1,
      rightRow: -1,
      event: facts.editOf(author, last)?.event ?? null,
      canAsk: false,
    };
  });
  const waiting = pending.map(({ first, last }) => ({ label: `own edit ${first}`, length: last - first + 1, lacks: null }));
  return { kind: "order", timeTitle: "Number", rows, hidden: entries.length - rows.length, waiting };
}

function common(
  { id, author, text, length, isDeleted }: Pick<InspectedItem, "id" | "author" | "text" | "length" | "isDeleted">,
  name: string,
) {
  return {
    id,
    label: name,
    author,
    text,
    length,
    state: isDeleted ? ("gone" as const) : ("live" as const),
    bytes: utf8.encode(text).length,
  };
}

function waitsOf({ nameOf }: LensQuestion, waiting: readonly InspectedWait[] | undefined): LensView["waiting"] {
  if (waiting === undefined) return null;
  const named = (id: string): string => label(id, nameOf(id.slice(0, id.lastIndexOf(":")) as ReplicaId));
  return waiting.map(({ id, length, lacks }) => ({ label: named(id), length, lacks: lacks === null ? null : named(lacks) }));
}

function label(id: string, name: string | null): string {
  return name === null ? id : `${name}:${id.slice(id.lastIndexOf(":") + 1)}`;
}
