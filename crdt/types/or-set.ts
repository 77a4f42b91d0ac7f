/**
 * Observed-remove set (Shapiro et al., INRIA RR-7506, 2011): each add has a name of its own (a dot), and a
 * removal takes away the adds that its author had seen. So an add wins over a concurrent removal, and what
 * was removed can return.
 */

/** `replica:seq` of the add. */
export type Dot = string;

export interface OrSet<T> {
  readonly adds: ReadonlyMap<Dot, T>;
  readonly removed: ReadonlySet<Dot>;
}

export function emptySet<T>(): OrSet<T> {
  return { adds: new Map(), removed: new Set() };
}

export function addElement<T>(set: OrSet<T>, element: T, dot: Dot): OrSet<T> {
  return { ...set, adds: new Map(set.adds).set(dot, element) };
}

/** The adds of `element` that are visible here: what a removal names. */
export function dotsOf<T>({ adds, removed }: OrSet<T>, element: T): Dot[] {
  return [...adds].filter(([dot, value]) => value === element && !removed.has(dot)).map(([dot]) => dot);
}

export function removeDots<T>(set: OrSet<T>, dots: Iterable<Dot>): OrSet<T> {
  return { ...set, removed: new Set([...set.removed, ...dots]) };
}

/** Elements with at least one add that nobody removed, in the order of first adding here. */
export function elementsOf<T>({ adds, removed }: OrSet<T>): T[] {
  return [...new Set([...adds].filter(([dot]) => !removed.has(dot)).map(([, element]) => element))];
}

export function mergeSets<T>(a: OrSet<T>, b: OrSet<T>): OrSet<T> {
  return { adds: new Map([...a.adds, ...b.adds]), removed: new Set([...a.removed, ...b.removed]) };
}
