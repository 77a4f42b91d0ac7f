/**
 * Fugue and FugueMax by the letter, on a graph of events: one tree of characters, in which each event sees only what its parents
 * had. The two differ in one thing, the order of right siblings, so that whoever runs both sees what that difference does.
 * One agent's events may be concurrent with each other. Nothing in here is fast.
 */

import { type ReplicaId, compareIds } from "../../crdt/base/ids.ts";
import type { RecordedEvent } from "../../crdt/text/event-records.ts";

/** What orders right siblings: Fugue knows ids alone, FugueMax puts the farther right origin first. */
export type SiblingOrder = "fugue" | "fuguemax";

interface Unit {
  readonly agent: ReplicaId;
  readonly seq: number;
  readonly event: number;
  readonly text: string;
  readonly right: Unit | null;
  readonly leftKids: Unit[];
  readonly rightKids: Unit[];
}

/** The text that a history makes. @throws RangeError when an event names a parent that is not before it. */
export function textOf(history: Iterable<RecordedEvent>, siblings: SiblingOrder): string {
  const numbers = new Map<string, number>();
  const seenBy: Set<number>[] = [];
  const targetOf: (Unit | null)[] = [];
  const rootKids: Unit[] = [];
  const gone = new Set<Unit>();

  const read = (): Unit[] => {
    const out: Unit[] = [];
    const visit = (unit: Unit): void => {
      unit.leftKids.forEach(visit);
      out.push(unit);
      unit.rightKids.forEach(visit);
    };
    rootKids.forEach(visit);
    return out;
  };
  const insert = (index: number, agent: ReplicaId, seq: number, text: string, event: number, seen: ReadonlySet<number>): void => {
    const order = read();
    const known = order.filter((unit) => seen.has(unit.event));
    const hidden = hiddenIn(seen);
    const visible = known.filter((unit) => !hidden.has(unit));
    const left = index === 0 ? null : visible[index - 1];
    if (left === undefined) throw new RangeError(`Invalid position ${index} in a text of length ${visible.length}`);
    const right = known[left === null ? 0 : known.indexOf(left) + 1] ?? null;
    const unit: Unit = { agent, seq, event, text, right, leftKids: [], rightKids: [] };
    const behind = left === null ? rootKids : left.rightKids;
    const isLeftChild = behind.some((kid) => seen.has(kid.event));
    const kids = isLeftChild ? right!.leftKids : behind;
    const placeOf = (one: Unit | null): number => (one === null ? order.length : order.indexOf(one));
    const comesBefore = (other: Unit): boolean => {
      const farther = isLeftChild || siblings === "fugue" ? 0 : placeOf(other.right) - placeOf(right);
      return farther === 0 ? (compareIds(other.agent, agent) || other.seq - seq) < 0 : farther > 0;
    };
    kids.splice(kids.filter(comesBefore).length, 0, unit);
  };
  const hiddenIn = (seen: ReadonlySet<number>): Set<Unit> => {
    const hidden = new Set<Unit>();
    for (const event of seen) {
      const target = targetOf[event];
      if (target !== null && target !== undefined) hidden.add(target);
    }
    return hidden;
  };

  for (const { agent, seq, parents, ops } of history) {
    let seen = new Set<number>();
    for (const [parent, parentSeq] of parents) {
      const n = numbers.get(`${parent}:${parentSeq}`);
      if (n === undefined) throw new RangeError(`Event ${parent}:${parentSeq} is not before ${agent}:${seq}`);
      for (const event of seenBy[n]!) seen.add(event);
      seen.add(n);
    }
    let own = seq;
    for (const { index, remove, insert: text } of ops)
      for (let k = 0; k < remove + text.length; k++, own++) {
        const event = seenBy.length;
        numbers.set(`${agent}:${own}`, event);
        seenBy.push(seen);
        if (k < remove) {
          const hidden = hiddenIn(seen);
          const target = read().filter((unit) => seen.has(unit.event) && !hidden.has(unit))[index];
          if (target === undefined) throw new RangeError(`Nothing to delete at ${index}`);
          targetOf.push(target);
          gone.add(target);
        } else {
          targetOf.push(null);
          insert(index + k - remove, agent, own, text.charAt(k - remove), event, seen);
        }
        seen = new Set(seen).add(event);
      }
  }
  return read()
    .filter((unit) => !gone.has(unit))
    .map(({ text }) => text)
    .join("");
}
