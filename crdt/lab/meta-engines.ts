/**
 * The types that could hold what a note has besides its text, each as a field of a copy: written here, merged with what
 * comes in, read. All but one are merged as states, so that order and repetition of messages do not matter; the one that counts
 * messages as they come is there to be watched as it fails.
 */

import type { ReplicaId } from "../base/ids.ts";
import { compareStamps, type Stamp } from "../base/stamp.ts";
import type { StampClockKind } from "../causal/stamp-clock.ts";
import type { VersionVector } from "../causal/version-vector.ts";
import {
  ask,
  type DecidedRegister,
  decide,
  type DecisionRule,
  mergeDecided,
  UNDECIDED,
  unseenOf,
  valueOf,
} from "../types/decided-register.ts";
import { type Deletion, type DeletionRule, fateOf } from "../types/deletion.ts";
import { type FolderRule, mergeMoves, type Move, pathsOf } from "../types/folder-tree.ts";
import { counterValue, increment, mergeCounters } from "../types/g-counter.ts";
import { comparePositions, type LinePosition, positionBetween } from "../types/line-position.ts";
import { lwwElements, mergeElements, putElement } from "../types/lww-element-set.ts";
import { type LwwRegister, mergeLww } from "../types/lww-register.ts";
import { emptyMv, mergeMv, writeMv } from "../types/mv-register.ts";
import { addElement, dotsOf, elementsOf, emptySet, mergeSets, removeDots } from "../types/or-set.ts";
import { mergeOrigins, type OriginRegister, shownOf, writeOrigin } from "../types/origin-register.ts";
import { addTo, mergePn, pnValue, ZERO } from "../types/pn-counter.ts";
import { addRemoveWins, mergeRemoveWins, removeRemoveWins, removeWinsElements, type RemoveWinsSet } from "../types/remove-wins-set.ts";
import { addTwoPhase, mergeTwoPhase, removeTwoPhase, twoPhaseElements } from "../types/two-phase-set.ts";

/** Who writes, as the how manieth of their writes, and when by their clock. */
export interface Writer {
  readonly replica: ReplicaId;
  readonly seq: number;
  readonly stamp: Stamp;
  /** Edits of the text that the writer has seen, by author. */
  readonly seenEdits: VersionVector;
}

/** One change of one field; what is left out does not belong to its kind. */
export interface FieldWrite {
  readonly kind: "set" | "add" | "remove" | "count" | "delete" | "edit";
  readonly value?: string;
  readonly by?: number;
  /** Of a list: the item behind which it goes; left out: the end. Of a folder: the one that it goes into; left out: none. */
  readonly after?: string;
}

/** A type of field. `S` goes through JSON with maps and sets kept (meta-codec.ts). */
export interface FieldType<S> {
  readonly start: S;
  /** @throws RangeError with a sentence where the type has no such change. */
  write(state: S, write: FieldWrite, writer: Writer): S;
  merge(a: S, b: S): S;
  read(state: S): unknown;
  /** What is sent of a write instead of the state, and counted whenever it comes: the type does not know what it has seen. */
  readonly message?: (write: FieldWrite) => S;
  /** What the node makes of what was asked: where it is left out, no node decides anything. */
  readonly decide?: (state: S) => S;
  /** Values that nobody sees, and that their authors are told of. */
  readonly unseen?: (state: S) => readonly string[];
}

export type Family = "title" | "tags" | "counter" | "pins" | "folders" | "deletion" | "lock";

type Item = readonly [name: string, position: LinePosition];
type MidpointItem = readonly [name: string, key: number, replica: ReplicaId, seq: number];

const lww: FieldType<LwwRegister<string> | null> = {
  start: null,
  write: (state, { value = "" }, { stamp }) => (state === null ? { value, stamp } : mergeLww(state, { value, stamp })),
  merge: (a, b) => (a === null ? b : b === null ? a : mergeLww(a, b)),
  read: (state) => state?.value ?? "",
};

const mv = typed({
  start: emptyMv<string>(),
  write: (state, { value = "" }, { replica }) => writeMv(state, replica, value),
  merge: mergeMv,
  read: ({ siblings }) => (siblings.length > 1 ? siblings.map(({ value }) => value) : (siblings[0]?.value ?? "")),
});

const yMap = typed<OriginRegister<string>>({
  start: [],
  write: (state, { value = "" }, { replica, seq }) => writeOrigin(state, replica, seq, value),
  merge: mergeOrigins,
  read: (state) => shownOf(state)?.value ?? "",
});

function decidedBy(rule: DecisionRule): FieldType<DecidedRegister> {
  return {
    start: UNDECIDED,
    write: (state, { value = "" }, { replica, seq }) => ask(state, replica, seq, value),
    merge: mergeDecided,
    read: valueOf,
    decide: (state) => (state.asked.length === 0 ? state : decide(rule, state)),
    unseen: unseenOf,
  };
}

function foldersBy(rule: FolderRule): FieldType<readonly Move[]> {
  return {
    start: [],
    write: (state, { value = "", after = null }, { stamp }) => mergeMoves(state, [{ stamp, folder: value, into: after }]),
    merge: mergeMoves,
    read: (state) => pathsOf(rule, state),
  };
}

const orSet = typed({
  start: emptySet<string>(),
  write: (state, { kind, value = "" }, { replica, seq }) =>
    kind === "add" ? addElement(state, value, `${replica}:${seq}`) : removeDots(state, dotsOf(state, value)),
  merge: mergeSets,
  read: (state) => elementsOf(state).sort(),
});

const removeWins = typed<RemoveWinsSet<string>>({
  start: { added: new Set(), removals: new Map(), overridden: new Set() },
  write: (state, { kind, value = "" }, { replica, seq }) =>
    kind === "add" ? addRemoveWins(state, value) : removeRemoveWins(state, value, `${replica}:${seq}`),
  merge: mergeRemoveWins,
  read: (state) => removeWinsElements(state).sort(),
});

const twoPhase = typed({
  start: { added: new Set<string>() as ReadonlySet<string>, removed: new Set<string>() as ReadonlySet<string> },
  write: (state, { kind, value = "" }) => (kind === "add" ? addTwoPhase(state, value) : removeTwoPhase(state, value)),
  merge: mergeTwoPhase,
  read: (state) => twoPhaseElements(state).sort(),
});

const lwwElementSet = typed({
  start: new Map<string, LwwRegister<boolean>>() as ReadonlyMap<string, LwwRegister<boolean>>,
  write: (state, { kind, value = "" }, { stamp }) => putElement(state, value, kind === "add", stamp),
  merge: mergeElements,
  read: (state) => lwwElements(state).sort(),
});

const gCounter = typed({
  start: new Map<ReplicaId, number>() as ReadonlyMap<ReplicaId, number>,
  write(state, { by = 1 }, { replica }) {
    if (by < 1) throw new RangeError(`A G-Counter only grows: it has no ${by}`);
    return increment(state, replica, by);
  },
  merge: mergeCounters,
  read: counterValue,
});

const pnCounter = typed({
  start: ZERO,
  write: (state, { by = 1 }, { replica }) => addTo(state, replica, by),
  merge: mergePn,
  read: pnValue,
});

const lwwInteger = typed<LwwRegister<number> | null>({
  start: null,
  write: (state, { by = 1 }, { stamp }) => {
    const next = { value: (state?.value ?? 0) + by, stamp };
    return state === null ? next : mergeLww(state, next);
  },
  merge: (a, b) => (a === null ? b : b === null ? a : mergeLww(a, b)),
  read: (state) => state?.value ?? 0,
});

const opCounter = typed({
  start: 0,
  write: (state, { by = 1 }) => state + by,
  merge: (a, b) => a + b,
  read: (state) => state,
  message: ({ by = 1 }) => by,
});

const pinOrder = typed<readonly Item[]>({
  start: [],
  write(state, { value = "", after }, { replica, seq }) {
    const before = state.at(indexOfItem(state, after))?.[1] ?? null;
    const next = state[indexOfItem(state, after) + 1]?.[1] ?? null;
    const position = positionBetween(before, next, { replica, seq });
    return mergeItems(state, [[value, position]], (a, b) => comparePositions(a[1], b[1]));
  },
  merge: (a, b) => mergeItems(a, b, (x, y) => comparePositions(x[1], y[1])),
  read: (state) => state.map(([name]) => name),
});

const pinMidpoint = typed<readonly MidpointItem[]>({
  start: [],
  write(state, { value = "", after }, { replica, seq }) {
    const at = indexOfItem(state, after);
    const key = ((state.at(at)?.[1] ?? 0) + (state[at + 1]?.[1] ?? 1)) / 2;
    return mergeItems(state, [[value, key, replica, seq]], compareMidpoints);
  },
  merge: (a, b) => mergeItems(a, b, compareMidpoints),
  read: (state) => state.map(([name]) => name),
});

interface DeletionState {
  readonly deletion: Deletion | null;
  readonly edits: readonly Stamp[];
}

function deletionBy(rule: DeletionRule): FieldType<DeletionState> {
  return {
    start: { deletion: null, edits: [] },
    write: (state, { kind }, { stamp, seenEdits }) =>
      kind === "edit" ? { ...state, edits: [...state.edits, stamp] } : { ...state, deletion: { stamp, seen: seenEdits } },
    merge: (a, b) => ({
      deletion: laterDeletion(a.deletion, b.deletion),
      edits: mergeItems(a.edits, b.edits, compareStamps),
    }),
    read({ deletion, edits }) {
      const { isDeleted, lost } = fateOf(rule, deletion, edits);
      return { isDeleted, lostEdits: lost.length };
    },
  };
}

export interface Engine {
  readonly family: Family;
  /** Of the stamps; left out: the scenario's. */
  readonly clock?: StampClockKind;
  /** null: no field, a lock on the node. */
  readonly type: FieldType<unknown> | null;
}

/** By the name under which a scenario lists them. The first of each family is the product's own. */
const ENGINES = {
  lww: { family: "title", type: erased(lww) },
  "lww-lamport": { family: "title", clock: "lamport", type: erased(lww) },
  "lww-hybrid": { family: "title", clock: "hybrid", type: erased(lww) },
  mv: { family: "title", type: erased(mv) },
  "y-map": { family: "title", type: erased(yMap) },
  "cas-title": { family: "title", type: erased(decidedBy("checked")) },
  "quorum-title": { family: "title", type: erased(decidedBy("blind")) },
  "or-set": { family: "tags", type: erased(orSet) },
  "remove-wins": { family: "tags", type: erased(removeWins) },
  "2p-set": { family: "tags", type: erased(twoPhase) },
  "lww-element-set": { family: "tags", type: erased(lwwElementSet) },
  "g-counter": { family: "counter", type: erased(gCounter) },
  "pn-counter": { family: "counter", type: erased(pnCounter) },
  "lww-integer": { family: "counter", type: erased(lwwInteger) },
  "op-counter": { family: "counter", type: erased(opCounter) },
  "pin-order": { family: "pins", type: erased(pinOrder) },
  "pin-midpoint": { family: "pins", type: erased(pinMidpoint) },
  "folder-move": { family: "folders", type: erased(foldersBy("move")) },
  "folder-lww": { family: "folders", type: erased(foldersBy("lww")) },
  "folder-reattach": { family: "folders", type: erased(foldersBy("reattach")) },
  "delete-wins": { family: "deletion", type: erased(deletionBy("delete-wins")) },
  "edit-wins": { family: "deletion", type: erased(deletionBy("edit-wins")) },
  "latest-stamp": { family: "deletion", type: erased(deletionBy("latest-stamp")) },
  setnx: { family: "lock", type: null },
  "setnx-owner": { family: "lock", type: null },
} as const satisfies Record<string, Engine>;

export type EngineName = keyof typeof ENGINES;
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly EngineName[];

export function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(ENGINES, name);
}

export function engineOf(name: EngineName): Engine {
  return ENGINES[name];
}

function typed<S>(type: FieldType<S>): FieldType<S> {
  return type;
}

/** A copy holds fields of all types side by side: each is given back only what it has made itself. */
function erased<S>(type: FieldType<S>): FieldType<unknown> {
  const { message, decide, unseen } = type;
  return {
    start: type.start,
    write: (state, change, writer) => type.write(state as S, change, writer),
    merge: (a, b) => type.merge(a as S, b as S),
    read: (state) => type.read(state as S),
    ...(message === undefined ? {} : { message }),
    ...(decide === undefined ? {} : { decide: (state: unknown) => decide(state as S) }),
    ...(unseen === undefined ? {} : { unseen: (state: unknown) => unseen(state as S) }),
  };
}

/** Of the last item of that name; the last item of all where none is named. */
function indexOfItem(items: readonly (readonly [string, ...unknown[]])[], name: string | undefined): number {
  if (name === undefined) return items.length - 1;
  const at = items.findLastIndex(([known]) => known === name);
  if (at < 0) throw new RangeError(`There is no ${JSON.stringify(name)} to go behind`);
  return at;
}

function mergeItems<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): T[] {
  return [...a, ...b.filter((item) => a.every((known) => compare(known, item) !== 0))].sort(compare);
}

function compareMidpoints([, a, replicaA, seqA]: MidpointItem, [, b, replicaB, seqB]: MidpointItem): number {
  return a - b || (replicaA < replicaB ? -1 : replicaA > replicaB ? 1 : 0) || seqA - seqB;
}

function laterDeletion(a: Deletion | null, b: Deletion | null): Deletion | null {
  if (a === null || b === null) return a ?? b;
  return compareStamps(a.stamp, b.stamp) >= 0 ? a : b;
}
