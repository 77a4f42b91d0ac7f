/** Checks of order (Attiya et al., PODC 2016): between which characters something stands, and whether all saw it so. */

import type { Anomaly } from "./anomaly.ts";
import { askedIn, type Findings } from "./findings.ts";
import type { TracedEdit } from "./trace.ts";

/** Mangled position: an insert that is not between the nearest characters left and right of it that are still there. */
export function mangledPositions(f: Findings): Anomaly[] {
  return f.runs.flatMap((run) => {
    const astray = run.edits.flatMap((edit) => {
      const [left, right] = bordersOf(f, edit);
      return edit.inserted.filter((unit) => {
        const at = f.placeOf(unit);
        return at !== null && ((left !== null && left > at) || (right !== null && right < at));
      });
    });
    return astray.length === 0 ? [] : [f.anomaly("mangled position", astray, [run, f.rivalOf(run)])];
  });
}

/** Where the nearest units on both sides of an edit that are still there stand now. */
function bordersOf(f: Findings, { beforeUnits, index, remove }: TracedEdit): readonly [number | null, number | null] {
  let [left, right]: [number | null, number | null] = [null, null];
  for (let n = index - 1; n >= 0 && left === null; n--) left = f.placeOf(beforeUnits[n]!);
  for (let n = index + remove; n < beforeUnits.length && right === null; n++) right = f.placeOf(beforeUnits[n]!);
  return [left, right];
}

/**
 * Order flip: no one order of all characters agrees with every text that anybody ever had (the strong list specification).
 * Found as a cycle of "stands before" over all views; named by a pair that was seen both ways, where there is one. One
 * flag for each knot of characters. Cost: linear in all texts that changed, and in the square of the views of a knot.
 */
export function orderFlips(f: Findings): Anomaly[] {
  const after = new Map<number, Set<number>>();
  const views = f.trace.views.map(({ units }) => onceOnly(f, units));
  for (const units of views)
    for (const [n, unit] of units.entries()) {
      const next = units[n + 1];
      if (next === undefined) break;
      const known = after.get(unit);
      if (known === undefined) after.set(unit, new Set([next]));
      else known.add(next);
    }
  return knotsOf(after).map((knot) => {
    const [a, b] = pairIn(knot, views) ?? [knot[0]!, knot[1]!];
    const owner = (unit: number) => f.runs.find(({ inserted }) => inserted.includes(unit)) ?? null;
    const units = owner(a)?.by === null ? [b, a] : [a, b];
    return f.anomaly("order flip", units, units.map(owner));
  });
}

/** Units that stand once, in order, and in no open question: of all others nobody can say where they are. */
function onceOnly(f: Findings, units: Int32Array): number[] {
  const asked = askedIn(units, f.trace);
  const counts = new Map<number, number>();
  for (const unit of units) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  return [...units].filter((unit, at) => unit >= 0 && !asked.has(at) && counts.get(unit) === 1);
}

function pairIn(knot: readonly number[], views: readonly (readonly number[])[]): readonly [number, number] | null {
  const members = new Set(knot);
  const orders = views.map((units) => units.filter((unit) => members.has(unit))).filter(({ length }) => length > 1);
  for (const [n, order] of orders.entries()) {
    const at = new Map(order.map((unit, k) => [unit, k]));
    for (const other of orders.slice(n + 1)) {
      const shared = other.filter((unit) => at.has(unit));
      for (const [k, unit] of shared.entries()) {
        const next = shared[k + 1];
        if (next !== undefined && at.get(next)! < at.get(unit)!) return [unit, next];
      }
    }
  }
  return null;
}

/** Strongly connected sets of more than one unit, without recursion (Tarjan 1972). */
function knotsOf(after: ReadonlyMap<number, ReadonlySet<number>>): number[][] {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const knots: number[][] = [];
  const enter = (unit: number): { unit: number; rest: number[] } => {
    index.set(unit, index.size);
    low.set(unit, index.get(unit)!);
    stack.push(unit);
    onStack.add(unit);
    return { unit, rest: [...(after.get(unit) ?? [])] };
  };
  for (const root of after.keys()) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { unit } = top;
      const next = top.rest.pop();
      if (next !== undefined) {
        if (!index.has(next)) path.push(enter(next));
        else if (onStack.has(next)) low.set(unit, Math.min(low.get(unit)!, index.get(next)!));
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.unit;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(unit)!));
      if (low.get(unit) !== index.get(unit)) continue;
      const knot = stack.splice(stack.indexOf(unit));
      for (const member of knot) onStack.delete(member);
      if (knot.length > 1) knots.push(knot);
    }
  }
  return knots;
}
