/** Plain values told again and again, of which most stays the same. Pure. */

/**
 * `next`, in which every array and record that equals its counterpart in `before` is that very object: what did not change can be
 * told by `===`. Neither is changed. Instances of classes are taken as they are. Cost: linear in `next`.
 */
export function shareStructure<T>(before: unknown, next: T): T {
  return shared(before, next) as T;
}

function shared(before: unknown, next: unknown): unknown {
  if (Object.is(before, next)) return before;
  if (Array.isArray(before) && Array.isArray(next)) {
    const old: readonly unknown[] = before;
    const items = next.map((item: unknown, n) => shared(old[n], item));
    return items.length === old.length && items.every((item, n) => Object.is(item, old[n])) ? before : items;
  }
  if (!isRecord(before) || !isRecord(next)) return next;
  const keys = Object.keys(next);
  const record: Record<string, unknown> = {};
  let isSame = keys.length === Object.keys(before).length;
  for (const key of keys) {
    record[key] = shared(before[key], next[key]);
    if (!(key in before) || !Object.is(record[key], before[key])) isSame = false;
  }
  return isSame ? before : record;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
