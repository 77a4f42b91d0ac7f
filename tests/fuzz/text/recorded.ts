/** A document's events as a recorded history: one operation an entry. */

import type { EventRun, RecordedEvent } from "../../../crdt/text/event-records.ts";

export function* recordedFrom(runs: Iterable<EventRun>): Generator<RecordedEvent> {
  for (const { agent, seq, parents, kind, position, length, text } of runs) {
    if (kind === "insert") yield { agent, seq, parents, ops: [{ index: position, remove: 0, insert: text }] };
    else if (kind === "delete") yield { agent, seq, parents, ops: [{ index: position, remove: length, insert: "" }] };
    else
      for (let k = 0; k < length; k++)
        yield {
          agent,
          seq: seq + k,
          parents: k === 0 ? parents : [[agent, seq + k - 1]],
          ops: [{ index: position - k, remove: 1, insert: "" }],
        };
  }
}
