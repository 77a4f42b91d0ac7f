/** Two-phase set (Shapiro et al., INRIA RR-7506, 2011): what was removed once is gone for good, added again or not. */

export interface TwoPhaseSet<T> {
  readonly added: ReadonlySet<T>;
  readonly removed: ReadonlySet<T>;
}

export function addTwoPhase<T>({ added, removed }: TwoPhaseSet<T>, element: T): TwoPhaseSet<T> {
  return { added: new Set(added).add(element), removed };
}

/** Does nothing to what was never added. */
export function removeTwoPhase<T>({ added, removed }: TwoPhaseSet<T>, element: T): TwoPhaseSet<T> {
  return added.has(element) ? { added, removed: new Set(removed).add(element) } : { added, removed };
}

export function twoPhaseElements<T>({ added, removed }: TwoPhaseSet<T>): T[] {
  return [...added].filter((element) => !removed.has(element));
}

export function mergeTwoPhase<T>(a: TwoPhaseSet<T>, b: TwoPhaseSet<T>): TwoPhaseSet<T> {
  return { added: new Set([...a.added, ...b.added]), removed: new Set([...a.removed, ...b.removed]) };
}
