/**
 * Runs that came before what they build on, by author and number. Bounded: when it holds too much it is emptied, and
 * what its runs needed stays missing.
 */

import { ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { DELETE_BACK, INSERT } from "./event-log.ts";
import { type EventId, type Run, runFrom } from "./update-codec.ts";

const RUNS_MAX = 10_000;
const UNITS_MAX = 4 * 1024 * 1024;

export type SeqOf = (agent: ReplicaId) => number;

export class WaitingRoom {
  /** Of each author, ascending in seq and without overlap. */
  #queues = new Map<ReplicaId, Run[]>();

  get size(): number {
    let size = 0;
    for (const { length } of this.#queues.values()) size += length;
    return size;
  }

  /** @throws ProtocolError with `code` when two runs say different things of one event; nothing has changed then. */
  put(runs: readonly Run[], code: number): void {
    const queues = new Map(this.#queues);
    const own = new Set<ReplicaId>();
    for (const run of runs) {
      let queue = queues.get(run.agent);
      if (queue === undefined || !own.has(run.agent)) {
        queue = queue === undefined ? [] : queue.slice();
        queues.set(run.agent, queue);
        own.add(run.agent);
      }
      insert(queue, run, code);
    }
    this.#queues = queues;
  }

  /**
   * Gives `add` whatever is ready, as often as something becomes ready; `add` must make `seqOf` go on. It stays with one
   * author until that one waits for another, and then drains the other: moving a tracker from branch to branch is what
   * costs, and a sender's own order moves it three times as often.
   */
  takeReady(seqOf: SeqOf, add: (run: Run) => void): void {
    const heads = new Map<ReplicaId, number>();
    /** How much had been added when an author was last found waiting. */
    const triedAt = new Map<ReplicaId, number>();
    let added = 0;
    /** Adds an author's runs up to one that waits; returns for whom, null when there is nobody to wait for. */
    const drain = (agent: ReplicaId): ReplicaId | null => {
      const queue = this.#queues.get(agent)!;
      for (let head = heads.get(agent) ?? 0; head < queue.length; heads.set(agent, ++head)) {
        const run = queue[head]!;
        const known = seqOf(agent);
        if (run.seq + run.length <= known) continue;
        if (run.seq > known) break;
        const missing = run.seq === known ? missingOf(run, seqOf) : null;
        if (missing !== null) return missing;
        add(run);
        added++;
      }
      return null;
    };
    for (let before = -1; before < added;) {
      before = added;
      for (const first of this.#queues.keys()) {
        const path = [first];
        for (let agent = path.at(-1); agent !== undefined; agent = path.at(-1)) {
          const other = drain(agent);
          const isWorthTrying = other !== null && this.#queues.has(other) && triedAt.get(other) !== added && !path.includes(other);
          if (isWorthTrying) path.push(other);
          else triedAt.set(path.pop()!, added);
        }
      }
    }
    for (const [agent, head] of heads) {
      const queue = this.#queues.get(agent)!;
      if (head === queue.length) this.#queues.delete(agent);
      else if (head > 0) this.#queues.set(agent, queue.slice(head));
    }
    if (this.#isTooFull()) this.#queues.clear();
  }

  /** What must come before that which waits can be taken in. */
  missing(seqOf: SeqOf): { readonly agent: ReplicaId; readonly from: number; readonly to: number }[] {
    const needed = new Map<ReplicaId, number>();
    const need = (agent: ReplicaId, to: number): void => {
      if (to > seqOf(agent) && to > (needed.get(agent) ?? 0)) needed.set(agent, to);
    };
    for (const [agent, queue] of this.#queues) {
      need(agent, queue[0]!.seq);
      for (const { parents } of queue) for (const [parent, seq] of parents ?? []) if (parent !== agent) need(parent, seq + 1);
    }
    return Array.from(needed, ([agent, to]) => ({ agent, from: seqOf(agent), to }));
  }

  /** The first `max` runs that wait, each with the first event that it lacks. */
  waits(
    seqOf: SeqOf,
    max: number,
  ): { readonly agent: ReplicaId; readonly seq: number; readonly length: number; readonly lacks: EventId | null }[] {
    const runs = [...this.#queues.values()].flat().slice(0, max);
    return runs.map(({ agent, seq, length, parents }) => {
      const known = seqOf(agent);
      const parent = (parents ?? []).find(([other, n]) => n >= seqOf(other));
      return { agent, seq, length, lacks: seq > known ? [agent, known] : (parent ?? null) };
    });
  }

  #isTooFull(): boolean {
    if (this.size > RUNS_MAX) return true;
    let units = 0;
    for (const queue of this.#queues.values()) for (const { text } of queue) units += text.length;
    return units > UNITS_MAX;
  }
}

function missingOf({ parents }: Run, seqOf: SeqOf): ReplicaId | null {
  for (const [agent, seq] of parents ?? []) if (seq >= seqOf(agent)) return agent;
  return null;
}

/** Puts the news of `run` into a queue. */
function insert(queue: Run[], run: Run, code: number): void {
  const last = queue.at(-1);
  if (last === undefined || last.seq + last.length <= run.seq) {
    queue.push(run);
    return;
  }
  let at = queue.length;
  while (at > 0 && queue[at - 1]!.seq + queue[at - 1]!.length > run.seq) at--;
  const news: Run[] = [];
  let rest: Run | null = run;
  let replaced = 0;
  for (; rest !== null && at + replaced < queue.length && queue[at + replaced]!.seq < rest.seq + rest.length; replaced++) {
    const held: Run = queue[at + replaced]!;
    if (!isConsistent(held, rest))
      throw new ProtocolError(code, `Replica ${run.agent} used number ${Math.max(held.seq, run.seq)} twice: two copies share its id`);
    if (rest.seq < held.seq) news.push(runUpTo(rest, held.seq));
    news.push(held);
    const end: number = held.seq + held.length;
    rest = end < rest.seq + rest.length ? runFrom(rest, end) : null;
  }
  if (rest !== null) news.push(rest);
  queue.splice(at, replaced, ...news);
}

function runUpTo(run: Run, seq: number): Run {
  const length = seq - run.seq;
  return { ...run, length, text: run.text.slice(0, length) };
}

/** Whether two runs of one agent say the same of the events that both have, as far as that can be told without the events before. */
export function isConsistent(a: Run, b: Run): boolean {
  const from = Math.max(a.seq, b.seq);
  const to = Math.min(a.seq + a.length, b.seq + b.length);
  if ((a.kind === INSERT) !== (b.kind === INSERT)) return false;
  if (a.text.slice(from - a.seq, to - a.seq) !== b.text.slice(from - b.seq, to - b.seq)) return false;
  if (a.kind !== b.kind && to - from > 1) return false;
  // What follows a run's own beginning goes on where that was; only two beginnings can be compared.
  if (a.seq !== b.seq || (a.parents === null) !== (b.parents === null)) return true;
  const place = (run: Run): number => run.position - (run.parents === null && run.kind === DELETE_BACK ? 1 : 0);
  if (place(a) !== place(b)) return false;
  const [first, second] = [a.parents ?? [], b.parents ?? []];
  return first.length === second.length && first.every(([agent, seq]) => second.some((other) => other[0] === agent && other[1] === seq));
}
