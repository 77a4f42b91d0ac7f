/** A note of the list, as its cells make it. */

import { compareIds, type NoteId, type ReplicaId } from "../base/ids.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import type { StrategyName } from "../strategy/strategy.ts";
import { counterValue, mergeCounters } from "../types/g-counter.ts";
import type { LinePosition } from "../types/line-position.ts";
import { type LwwRegister, mergeLww } from "../types/lww-register.ts";
import { addElement, elementsOf, emptySet, type OrSet, removeDots } from "../types/or-set.ts";
import { mergePn, type PnCounter, pnValue, ZERO } from "../types/pn-counter.ts";
import type { Cell } from "./catalog-codec.ts";
import { dotOf, stampOf } from "./register-cells.ts";

export interface CatalogEntry {
  readonly noteId: NoteId;
  readonly title: string;
  readonly titleStamp: Stamp | null;
  readonly tags: readonly string[];
  readonly views: number;
  /** How many replicas those views are of. */
  readonly viewers: number;
  readonly votes: number;
  /** Where it stands among the pinned notes; null: it is not one. */
  readonly pin: LinePosition | null;
  readonly isDeleted: boolean;
  /** Of the last deletion or restoring; null: there was none. */
  readonly deletionStamp: Stamp | null;
  readonly strategy: StrategyName;
  readonly createdAtMs: number;
}

/** null: fields have come before the cell that makes the note. Cost: linear in the cells, which are all of that note. */
export function entryOf(noteId: NoteId, cells: readonly Cell[]): CatalogEntry | null {
  let created: (LwwRegister<StrategyName> & { readonly createdAtMs: number }) | null = null;
  let title: LwwRegister<string> | null = null;
  let deleted: LwwRegister<boolean> | null = null;
  let pin: LwwRegister<LinePosition | null> | null = null;
  let views: ReadonlyMap<ReplicaId, number> = new Map();
  let votes: PnCounter = ZERO;
  for (const cell of cells) {
    const { author, body } = cell;
    const stamp = stampOf(cell);
    switch (body.kind) {
      case "created":
        if (created === null || compareStamps(stamp, created.stamp) < 0)
          created = { value: body.strategy, stamp, createdAtMs: body.wallMs };
        break;
      case "title":
        title = laterOf(title, { value: body.title, stamp });
        break;
      case "deleted":
        deleted = laterOf(deleted, { value: body.isDeleted, stamp });
        break;
      case "pin":
        pin = laterOf(pin, { value: body.position, stamp });
        break;
      case "views":
        views = mergeCounters(views, new Map([[author, body.count]]));
        break;
      case "votes":
        votes = mergePn(votes, { plus: new Map([[author, body.plus]]), minus: new Map([[author, body.minus]]) });
        break;
      default:
      // Tags: tagsOf.
    }
  }
  if (created === null) return null;
  return {
    noteId,
    title: title?.value ?? "",
    titleStamp: title?.stamp ?? null,
    tags: elementsOf(tagsOf(cells)).sort(compareIds),
    views: counterValue(views),
    viewers: views.size,
    votes: pnValue(votes),
    pin: pin?.value ?? null,
    isDeleted: deleted?.value ?? false,
    deletionStamp: deleted?.stamp ?? null,
    strategy: created.value,
    createdAtMs: created.createdAtMs,
  };
}

export function tagsOf(cells: readonly Cell[]): OrSet<string> {
  let set = emptySet<string>();
  for (const { author, seq, body } of cells) {
    if (body.kind === "tag-add" || body.kind === "tag-return") set = addElement(set, body.tag, dotOf(author, seq));
    if (body.kind === "tag-remove") set = removeDots(set, body.dots);
  }
  return set;
}

function laterOf<T>(held: LwwRegister<T> | null, write: LwwRegister<T>): LwwRegister<T> {
  return held === null ? write : mergeLww(held, write);
}
