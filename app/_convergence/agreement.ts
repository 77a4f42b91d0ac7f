/**
 * Who agrees with whom, computed from what replicas say of themselves on the control plane. Agreement is
 * decided by hashes, never by versions alone: two replicas that have seen the same and show something else
 * are corrupt. Pure; the strip, the matrix and the tests read it.
 */

import { fromBase64 } from "../../crdt/base/bytes.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";

/** How the first of two replicas stands to the second. Counts are edits. */
export type Cell =
  | { readonly kind: "same" }
  | { readonly kind: "ahead"; readonly has: number }
  | { readonly kind: "behind"; readonly lacks: number }
  | { readonly kind: "concurrent"; readonly has: number; readonly lacks: number }
  /** Both have seen the same, and their texts (or only what lies under them) differ. */
  | { readonly kind: "corrupt"; readonly differs: "content" | "structure" }
  /** One of them has not said, or cannot. */
  | { readonly kind: "unreported" };

export type Compare = Strategy["compare"];

/** How `first` stands to `second`. `same` only when what was seen, the content and the structure are all equal. */
export function cellOf(first: ReplicaStatus, second: ReplicaStatus, compare: Compare): Cell {
  const a = first.digest;
  const b = second.digest;
  if (a === null || b === null || first.strategy !== second.strategy) return { kind: "unreported" };
  let comparison: ReturnType<Compare>;
  try {
    comparison = compare(fromBase64(a.seen), fromBase64(b.seen));
  } catch (error) {
    if (error instanceof DecodeError) return { kind: "unreported" };
    throw error;
  }
  const { ordering, firstLacks, secondLacks } = comparison;
  switch (ordering) {
    case "ahead":
      return { kind: "ahead", has: secondLacks };
    case "behind":
      return { kind: "behind", lacks: firstLacks };
    case "concurrent":
      return { kind: "concurrent", has: secondLacks, lacks: firstLacks };
    case "same":
      if (a.contentHash !== b.contentHash) return { kind: "corrupt", differs: "content" };
      if (a.structureHash !== b.structureHash) return { kind: "corrupt", differs: "structure" };
      return { kind: "same" };
  }
}

/** One replica outside of the largest group that agrees, and how it stands to that group. */
export interface Outsider {
  readonly replica: ReplicaStatus;
  readonly cell: Cell;
}

export interface Agreement {
  /** Replicas that report. */
  readonly reporting: readonly ReplicaStatus[];
  /** The largest set of replicas that agree; the node's where two are as large. */
  readonly group: readonly ReplicaStatus[];
  readonly outsiders: readonly Outsider[];
  readonly unreported: readonly ReplicaStatus[];
  readonly isWhole: boolean;
}

/** Groups the replicas of one note. Cost: quadratic in their number. */
export function agreementOf(replicas: readonly ReplicaStatus[], compare: Compare): Agreement {
  const reporting = replicas.filter(({ digest }) => digest !== null);
  const unreported = replicas.filter(({ digest }) => digest === null);
  const groups: ReplicaStatus[][] = [];
  for (const replica of reporting) {
    const home = groups.find(([first]) => first !== undefined && cellOf(replica, first, compare).kind === "same");
    if (home === undefined) groups.push([replica]);
    else home.push(replica);
  }
  const holdsNode = (group: readonly ReplicaStatus[]): number => (group.some(({ kind }) => kind === "node") ? 1 : 0);
  const [group = []] = groups.sort((a, b) => b.length - a.length || holdsNode(b) - holdsNode(a));
  const yardstick = group.find(({ kind }) => kind === "node") ?? group[0];
  const outsiders =
    yardstick === undefined
      ? []
      : reporting.filter((replica) => !group.includes(replica)).map((replica) => ({ replica, cell: cellOf(replica, yardstick, compare) }));
  return { reporting, group, outsiders, unreported, isWhole: reporting.length > 0 && outsiders.length === 0 };
}

export interface SentenceOptions {
  /** Server time, for how long a cut has lasted. */
  readonly nowMs: number;
  readonly self: ReplicaId | null;
  /** How long it took to agree again after the last heal; null when nothing has happened since that would make it news. */
  readonly agreedAfterMs: number | null;
  /** Leaves out numbers that change from second to second and from key to key: for what is read aloud. */
  readonly isCoarse?: boolean;
}

/** The truth in one sentence, such as "3 of 4 agree; Cy is 12 edits behind, cut for 41 s". `max`: of so many replicas alone, the rest as a number. */
export function agreementSentence(agreement: Agreement, options: SentenceOptions, max = Infinity): string {
  const [head, ...parts] = agreementParts(agreement, options);
  const rest = parts.length - max;
  return [head, ...parts.slice(0, max), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

/** The same in its parts: how many agree, and of each replica that is not with them, or is cut, how it stands: what is corrupt first, then this tab. */
export function agreementParts(agreement: Agreement, options: SentenceOptions): [head: string, ...string[]] {
  const { reporting, group, outsiders, unreported, isWhole } = agreement;
  const rest = unreported.length === 0 ? "" : ` (${count(unreported.length, "replica does", "replicas do")} not report)`;
  const ownFirst = (a: ReplicaStatus, b: ReplicaStatus): number =>
    Number(b.replicaId === options.self) - Number(a.replicaId === options.self);
  const cuts = group
    .filter(isCut)
    .toSorted(ownFirst)
    .map((replica) => `${nameOf(replica, options.self)} is ${cutText(replica, options)}`);
  if (reporting.length === 0) return [`Nobody has reported yet${rest}`];
  if (isWhole) {
    if (reporting.length === 1) return [`Only ${nameOf(reporting[0]!, options.self)} reports${rest}`, ...cuts];
    if (options.agreedAfterMs !== null) return [`All agree again (${(options.agreedAfterMs / 1_000).toFixed(2)} s)${rest}`];
    return [`All ${reporting.length} agree${rest}`, ...cuts];
  }
  const head = group.length < 2 ? `No two of ${reporting.length} agree` : `${group.length} of ${reporting.length} agree`;
  const apart = outsiders
    .toSorted((a, b) => isBroken(b) - isBroken(a) || ownFirst(a.replica, b.replica))
    .map((outsider) => outsiderText(outsider, options));
  return [head + rest, ...apart, ...cuts];
}

/** Whether somebody holds other text under the same history. */
export function isCorrupt({ outsiders }: Agreement): boolean {
  return outsiders.some(isBroken);
}

function isBroken({ cell }: Outsider): number {
  return cell.kind === "corrupt" ? 1 : 0;
}

function outsiderText({ replica, cell }: Outsider, options: SentenceOptions): string {
  const name = nameOf(replica, options.self);
  const cut = isCut(replica) ? `, ${cutText(replica, options)}` : "";
  const edits = (n: number): string => (options.isCoarse ? "" : ` ${count(n, "edit", "edits")}`);
  switch (cell.kind) {
    case "behind":
      return `${name} is${edits(cell.lacks)} behind${cut}`;
    case "ahead":
      return `${name} is${edits(cell.has)} ahead${cut}`;
    case "concurrent":
      return options.isCoarse
        ? `${name} has edits that others lack, and the other way round${cut}`
        : `${name} is${edits(cell.lacks)} behind and${edits(cell.has)} ahead${cut}`;
    case "corrupt":
      return `${name} has seen the same and holds other ${cell.differs === "content" ? "text" : "history"}: CORRUPT${cut}`;
    case "same":
    case "unreported":
      return `${name} cannot be compared${cut}`;
  }
}

/** Whether this replica is cut at this moment, in either direction. */
function isCut({ kind, cutSinceMs }: ReplicaStatus): boolean {
  return kind !== "node" && cutSinceMs !== null;
}

function cutText({ cutSinceMs }: ReplicaStatus, { nowMs, isCoarse }: SentenceOptions): string {
  return isCoarse ? "cut" : `cut for ${Math.max(0, Math.round((nowMs - (cutSinceMs ?? nowMs)) / 1_000))} s`;
}

function nameOf({ replicaId, kind, name }: ReplicaStatus, self: ReplicaId | null): string {
  if (kind === "node") return name === "Server" ? "the server" : name;
  return replicaId === self ? `${name} (this tab)` : name;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
