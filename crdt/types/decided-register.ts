/**
 * A register whose writes one node decides about, in the order in which they come: what a compare-and-swap and a blind write
 * through one order make of two that write at once. Copies ask; they show what is decided, and nothing else.
 */

import type { ReplicaId } from "../base/ids.ts";

export interface Asked {
  readonly replica: ReplicaId;
  readonly seq: number;
  /** The version that its author saw. */
  readonly base: number;
  readonly value: string;
}

export interface DecidedRegister {
  /** By the node, in its order. One is the beginning of another's, always: there is one node. */
  readonly decided: readonly (Asked & { readonly isTaken: boolean })[];
  /** Not decided, as far as this copy knows. */
  readonly asked: readonly Asked[];
}

/** `checked`: refused unless nobody else's was taken after the version that it was made on. `blind`: taken, whatever its author saw. */
export type DecisionRule = "checked" | "blind";

export const UNDECIDED: DecidedRegister = { decided: [], asked: [] };

/** How many writes were taken. */
export function versionOf(register: DecidedRegister): number {
  return takenOf(register).length;
}

function takenOf({ decided }: DecidedRegister): readonly Asked[] {
  return decided.filter(({ isTaken }) => isTaken);
}

/** Whether all that was taken after what `one` was made on is its author's own. */
function hasSeen({ base, replica }: Asked, taken: readonly Asked[]): boolean {
  return taken.slice(base).every((later) => later.replica === replica);
}

export function valueOf({ decided }: DecidedRegister): string {
  return decided.findLast(({ isTaken }) => isTaken)?.value ?? "";
}

export function ask(register: DecidedRegister, replica: ReplicaId, seq: number, value: string): DecidedRegister {
  return { ...register, asked: [...register.asked, { replica, seq, base: versionOf(register), value }] };
}

/** Idempotent, and commutative but for the order of what is asked, which is the order of arrival. */
export function mergeDecided(a: DecidedRegister, b: DecidedRegister): DecidedRegister {
  const decided = b.decided.length > a.decided.length ? b.decided : a.decided;
  const known = new Set(decided.map(keyOf));
  const asked: Asked[] = [];
  for (const one of [...a.asked, ...b.asked]) {
    if (known.has(keyOf(one))) continue;
    known.add(keyOf(one));
    asked.push(one);
  }
  return { decided, asked };
}

/** On the node: decides about all that is asked. */
export function decide(rule: DecisionRule, register: DecidedRegister): DecidedRegister {
  return register.asked.reduce<DecidedRegister>(
    (before, one) => ({
      decided: [...before.decided, { ...one, isTaken: rule === "blind" || hasSeen(one, takenOf(before)) }],
      asked: before.asked.slice(1),
    }),
    register,
  );
}

/** Values that were refused, or that somebody overwrote who had not seen them: for the ledger. */
export function unseenOf(register: DecidedRegister): string[] {
  const taken = takenOf(register);
  return register.decided.flatMap((one) => {
    if (!one.isTaken) return one.value;
    const version = taken.indexOf(one) + 1;
    const next = taken[version];
    return next !== undefined && !hasSeen(next, taken.slice(0, version)) ? one.value : [];
  });
}

function keyOf({ replica, seq }: Asked): string {
  return `${replica}:${seq}`;
}
