/**
 * Writes about a note that met: neither author had seen the other's. Found from the cells alone, so every copy that holds
 * the same cells finds the same, and a later write by somebody who had seen both ends it everywhere.
 */

import { compareIds, type ReplicaId } from "../base/ids.ts";
import type { Stamp } from "../base/stamp.ts";
import type { Cell } from "./catalog-codec.ts";
import { dotOf, type RegisterBody, type RegisterCell, registerCells, stampOf } from "./register-cells.ts";

/** A write of a register: what it says, and by when and whom. */
export interface Claim<T> {
  readonly value: T;
  readonly stamp: Stamp;
  /** Of one that lost though its author had seen the winner: one of their clocks is off. */
  readonly hasSeenWinner?: true;
}

export type Conflict =
  /** The later stamp won. `others` are the last that each of their authors said, latest first, none equal to the winner. */
  | { readonly field: "title"; readonly winner: Claim<string>; readonly others: readonly Claim<string>[] }
  /** `value`: whether the note is pinned. */
  | { readonly field: "pin"; readonly winner: Claim<boolean>; readonly others: readonly Claim<boolean>[] }
  /** A tag that somebody added while somebody else removed it: it stays. */
  | { readonly field: "tag"; readonly tag: string; readonly addedBy: readonly ReplicaId[]; readonly removedBy: readonly ReplicaId[] };

/** Those of the note that `own` are all cells of, in the order title, pin, tags by name. Cost: linear, but for the tags' own. */
export function conflictsOf(own: readonly Cell[]): Conflict[] {
  const out: Conflict[] = [];
  const titles = claims(registerCells(own, "title"), ({ title }) => title);
  if (titles !== null) out.push({ field: "title", ...titles });
  const pins = claims(registerCells(own, "pin"), ({ position }) => position !== null);
  if (pins !== null) out.push({ field: "pin", ...pins });
  out.push(...tagConflicts(own));
  return out;
}

/** What the winner's author had not seen, as each author last said it; null where that says nothing else. */
function claims<B extends RegisterBody, T>(
  writes: readonly RegisterCell<B>[],
  valueOf: (body: B) => T,
): { winner: Claim<T>; others: Claim<T>[] } | null {
  const won = writes.at(-1);
  if (won === undefined) return null;
  const hasSeen = (later: RegisterCell<B>, earlier: RegisterCell<B>): boolean =>
    earlier.author === later.author ? earlier.seq <= later.seq : earlier.seq <= (later.body.context.get(earlier.author) ?? 0);
  const unseen = writes.filter((write) => !hasSeen(won, write));
  const winner = { value: valueOf(won.body), stamp: stampOf(won) };
  const others = unseen
    .filter((write) => !unseen.some((later) => later !== write && hasSeen(later, write)))
    .map((write) => ({
      value: valueOf(write.body),
      stamp: stampOf(write),
      ...(hasSeen(write, won) ? { hasSeenWinner: true as const } : {}),
    }))
    .filter(({ value }) => value !== winner.value)
    .toReversed();
  return others.length === 0 ? null : { winner, others };
}

/** A removal that no standing add of the tag has seen met one. */
function tagConflicts(cells: readonly Cell[]): Conflict[] {
  const tagOfDot = new Map<string, string>();
  const adds: { tag: string; dot: string; author: ReplicaId; removals: readonly string[] }[] = [];
  const removals: { id: string; author: ReplicaId; dots: readonly string[] }[] = [];
  for (const { author, seq, body } of cells) {
    const id = dotOf(author, seq);
    if (body.kind === "tag-add" || body.kind === "tag-return") {
      tagOfDot.set(id, body.tag);
      adds.push({ tag: body.tag, dot: id, author, removals: body.kind === "tag-return" ? body.removals : [] });
    } else if (body.kind === "tag-remove") removals.push({ id, author, dots: body.dots });
  }
  const removed = new Set(removals.flatMap(({ dots }) => dots));
  const standing = adds.filter(({ dot }) => !removed.has(dot));
  const out: Conflict[] = [];
  for (const tag of [...new Set(standing.map((add) => add.tag))].sort(compareIds)) {
    const stands = standing.filter((add) => add.tag === tag);
    const seen = new Set(stands.flatMap((add) => add.removals));
    const unseen = removals.filter(({ id, dots }) => !seen.has(id) && dots.some((dot) => tagOfDot.get(dot) === tag));
    const removedBy = unique(unseen.map(({ author }) => author));
    const addedBy = unique(stands.map(({ author }) => author));
    if (removedBy.length > 0 && addedBy.some((author) => !removedBy.includes(author))) out.push({ field: "tag", tag, addedBy, removedBy });
  }
  return out;
}

function unique(ids: readonly ReplicaId[]): ReplicaId[] {
  return [...new Set(ids)].sort(compareIds);
}
