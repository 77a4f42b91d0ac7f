/**
 * What a history was, as two numbers for each of its agents: equal for copies that hold the same events, in whatever
 * order they came and however they are stored, and kept where history is cut off. Covers what was done where and after
 * what; not what was typed, which a history without deleted text does not know any more.
 *
 * An agent's events are folded in the order of their numbers: (kind, position), and before it the ids of the parents
 * where they are not just the agent's event before. No defence against forgery: 64 bits of multiplying and mixing.
 */

import type { ReplicaId } from "../base/ids.ts";
import { replicaNumber } from "../base/ids.ts";
import { DELETE_BACK, type EventLog, INSERT } from "./event-log.ts";

/** Of one agent's events. */
export interface AgentDigest {
  readonly low: number;
  readonly high: number;
}

const PARENT = 2;
/** 32 bits, signed: what fits into a small integer is not boxed. */
const LOW_START = 0x811c9dc5 | 0;
const HIGH_START = 0x9e3779b9 | 0;

export class HistoryDigest {
  /** By the log's number of the agent. */
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  #to: number;

  /** Begins where the log does: `cut` has what is left of what is cut off. */
  constructor(log: EventLog, cut: ReadonlyMap<ReplicaId, AgentDigest> | null) {
    this.#to = log.firstLv;
    for (const [agent, { low, high }] of cut ?? []) {
      const index = log.agentIndexOf(agent);
      this.#low[index] = low;
      this.#high[index] = high;
    }
  }

  /** Takes in the events up to `end`. Cost: those that are new. */
  advance(log: EventLog, end: number): this {
    for (let lv = this.#to; lv < end;) {
      const to = log.runEnd(lv, end);
      const agent = log.agentOf(lv);
      this.#takeParents(log, agent, lv);
      const kind = log.kindAt(lv);
      const bit = kind === INSERT ? 1 : 0;
      const step = kind === INSERT ? 1 : kind === DELETE_BACK ? -1 : 0;
      const first = log.positionAt(lv);
      let low = this.#low[agent] ?? LOW_START;
      let high = this.#high[agent] ?? HIGH_START;
      for (let n = 0; n < to - lv; n++) {
        const word = ((first + n * step) << 2) | bit;
        low = foldLow(low, word);
        high = foldHigh(high, word);
      }
      this.#low[agent] = low;
      this.#high[agent] = high;
      lv = to;
    }
    this.#to = Math.max(this.#to, end);
    return this;
  }

  of(log: EventLog, agent: ReplicaId): AgentDigest {
    const index = log.agentIndexOf(agent);
    return { low: (this.#low[index] ?? LOW_START) >>> 0, high: (this.#high[index] ?? HIGH_START) >>> 0 };
  }

  #takeParents(log: EventLog, agent: number, lv: number): void {
    const parents = log.parentsOf(lv);
    const seq = log.seqAt(lv);
    if (parents.length === 1 && log.agentOf(parents[0]!) === agent && log.seqAt(parents[0]!) === seq - 1) return;
    const ids = parents.map((parent) => log.idOf(parent)).sort((a, b) => (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : a.seq - b.seq));
    this.#fold(agent, PARENT, ids.length);
    for (const { agent: other, seq: number } of ids) {
      const id = replicaNumber(other);
      this.#fold(agent, PARENT, id % 2 ** 27);
      this.#fold(agent, PARENT, Math.floor(id / 2 ** 27));
      this.#fold(agent, PARENT, number);
    }
  }

  #fold(agent: number, bits: number, value: number): void {
    const word = (value << 2) | bits;
    this.#low[agent] = foldLow(this.#low[agent] ?? LOW_START, word);
    this.#high[agent] = foldHigh(this.#high[agent] ?? HIGH_START, word);
  }
}

function foldLow(low: number, word: number): number {
  const mixed = Math.imul(low ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function foldHigh(high: number, word: number): number {
  const mixed = Math.imul((high + word) | 0, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
