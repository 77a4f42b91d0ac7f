/**
 * Maximal non-interleaving as the paper defines it (Weidner and Kleppmann, The Art of the Fugue, arXiv 2305.00583, Definition 4
 * with the exceptions of Lemma 5), as a check of a list whatever algorithm made it. By their Theorem 10 one order alone
 * fulfils it. The list holds tombstones too; origins are what stood next to an element when it was typed.
 */

export interface Placed {
  readonly agent: number;
  readonly seq: number;
  /** null: the beginning of the document. */
  readonly left: Placed | null;
  /** null: the end. */
  readonly right: Placed | null;
}

/** What of the definition does not hold, in words; empty when all holds. */
export function violations(list: readonly Placed[]): string[] {
  const out: string[] = [];
  const placeOf = (element: Placed | null, border: number): number => (element === null ? border : list.indexOf(element));
  const begin = (element: Placed | null): number => placeOf(element, -1);
  const end = (element: Placed | null): number => placeOf(element, list.length);
  const nameOf = (element: Placed | null): string => (element === null ? "border" : `${element.agent}:${element.seq}`);
  for (const [at, { left, right }] of list.entries())
    if (!(begin(left) < at && at < end(right))) out.push(`(0) ${nameOf(list[at]!)} is not between its origins`);

  for (const a of [null, ...list]) {
    const first = list.find(({ left }) => left === a);
    if (first !== undefined && list.indexOf(first) !== begin(a) + 1)
      out.push(`(1) ${nameOf(first)} does not follow its left origin ${nameOf(a)}`);
  }
  for (const b of list) {
    const a = list.findLast(({ right }) => right === b);
    if (a === undefined || list.indexOf(a) === list.indexOf(b) - 1) continue;
    const between = list.slice(begin(a.left) + 1, list.indexOf(b));
    const isExcepted = a.left !== b.left && between.some((c) => !descendsFrom(c, a.left));
    if (!isExcepted) out.push(`(2) ${nameOf(a)} does not precede its right origin ${nameOf(b)}`);
  }
  for (const [at, a] of list.entries())
    for (const b of list.slice(at + 1))
      if (a.left === b.left && a.right === b.right && (a.agent > b.agent || (a.agent === b.agent && a.seq > b.seq)))
        out.push(`(3) ${nameOf(a)} comes before the lower ${nameOf(b)}`);
  return out;
}

/** In the tree of left origins. */
function descendsFrom(element: Placed, ancestor: Placed | null): boolean {
  if (ancestor === null) return true;
  let at: Placed | null = element;
  while (at !== null && at !== ancestor) at = at.left;
  return at === ancestor;
}
