/** Which ids each edit of a run took, so that a character leads back to the moment at which it was typed. */

import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Standing } from "../strategy/strategy.ts";
import { type Cone, coneOf, relationTo } from "./causality.ts";
import type { EditFact, RunFacts } from "./run-facts.ts";
import type { TimeMachine } from "./time-machine.ts";

interface Entry {
  readonly event: number;
  readonly firstSeq: number;
  readonly endSeq: number;
  readonly head: number;
  readonly splices: readonly Splice[];
}

export class EditIndex {
  /** Of each lane, in order. */
  readonly #lanes = new Map<number, Entry[]>();

  /** An edit of a lane, which was event `event`: where its copy stood before and after. */
  add(lane: number, event: number, before: Standing, after: Standing, splices: readonly Splice[]): void {
    const entry = { event, firstSeq: before.nextSeq, endSeq: after.nextSeq, head: before.head, splices };
    const list = this.#lanes.get(lane);
    if (list === undefined) this.#lanes.set(lane, [entry]);
    else list.push(entry);
  }

  /** `laneOf`: -1 for whom this run does not know. */
  facts(time: TimeMachine, laneOf: (id: ReplicaId) => number, lanes: number): RunFacts {
    const cones = new Map<number, Cone>();
    const made = new Map<number, EditFact>();
    const factOf = (lane: number, entry: Entry): EditFact => {
      let fact = made.get(entry.event);
      if (fact === undefined) {
        const { event } = entry;
        let before: string | null = null;
        fact = {
          ...entry,
          atMs: time.events[event]!.atMs,
          // Asked of few edits, and not for nothing.
          get before() {
            return (before ??= time.textAt(lane, event - 1));
          },
        };
        made.set(event, fact);
      }
      return fact;
    };
    return {
      editOf: (author, seq) => {
        const lane = laneOf(author);
        const list = this.#lanes.get(lane) ?? [];
        let low = 0;
        let high = list.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (list[middle]!.firstSeq <= seq) low = middle + 1;
          else high = middle;
        }
        const found = list[low - 1];
        return found !== undefined && seq < found.endSeq ? factOf(lane, found) : null;
      },
      editsOf: (author) => (this.#lanes.get(laneOf(author)) ?? []).map((entry) => factOf(laneOf(author), entry)),
      isConcurrent: (event, other) => {
        let cone = cones.get(event);
        if (cone === undefined) cones.set(event, (cone = coneOf(time.events, event, lanes)));
        return relationTo(cone, event, time.events[other]!) === "concurrent";
      },
    };
  }
}
