/**
 * Remove-wins set: the mirror image of or-set.ts. Each removal has a name of its own (a dot), and an add takes away the
 * removals that its author had seen. So a removal wins over a concurrent add, and what was removed can return.
 */

/** `replica:seq` of the removal. */
export type Dot = string;

export interface RemoveWinsSet<T> {
  readonly added: ReadonlySet<T>;
  readonly removals: ReadonlyMap<Dot, T>;
  /** Removals that an add has seen. */
  readonly overridden: ReadonlySet<Dot>;
}

export function addRemoveWins<T>(set: RemoveWinsSet<T>, element: T): RemoveWinsSet<T> {
  const seen = [...set.removals].filter(([, removed]) => removed === element).map(([dot]) => dot);
  return { ...set, added: new Set(set.added).add(element), overridden: new Set([...set.overridden, ...seen]) };
}

export function removeRemoveWins<T>(set: RemoveWinsSet<T>, element: T, dot: Dot): RemoveWinsSet<T> {
  return { ...set, removals: new Map(set.removals).set(dot, element) };
}

/** What was added, and that no removal stands against. */
export function removeWinsElements<T>({ added, removals, overridden }: RemoveWinsSet<T>): T[] {
  const gone = new Set([...removals].filter(([dot]) => !overridden.has(dot)).map(([, element]) => element));
  return [...added].filter((element) => !gone.has(element));
}

export function mergeRemoveWins<T>(a: RemoveWinsSet<T>, b: RemoveWinsSet<T>): RemoveWinsSet<T> {
  return {
    added: new Set([...a.added, ...b.added]),
    removals: new Map([...a.removals, ...b.removals]),
    overridden: new Set([...a.overridden, ...b.overridden]),
  };
}
