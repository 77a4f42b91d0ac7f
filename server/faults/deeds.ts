/** What was done to replicas, nodes and notes, written into the journals of the notes that it concerns. */

import type { Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { ReplicaConditions } from "../../crdt/network/conditions.ts";
import { factWords } from "../../crdt/network/fabric-facts.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import type { ClockBoard } from "../../crdt/sync/clock-board.ts";
import type { NoteJournals } from "./note-journals.ts";
import type { Row } from "./roster.ts";

export interface DeedsOptions {
  readonly clock: Clock;
  readonly journals: NoteJournals;
  /** The node that answers for the server, as a replica. */
  readonly nodeReplica: () => ReplicaId;
  readonly board: FaultBoard;
  readonly clocks: ClockBoard;
  /** Whether there are nodes that a replica can be on. */
  readonly isSeveral: boolean;
}

export class Deeds {
  readonly #options: DeedsOptions;

  constructor(options: DeedsOptions) {
    this.#options = options;
  }

  /** Conditions of a replica, or what its note stamps with; left out: the server's own. */
  conditions(noteId: NoteId, text: string, replica: ReplicaId = this.#options.nodeReplica()): void {
    const { clock, journals } = this.#options;
    journals.trace({ kind: "conditions", text, atMs: clock.now(), hop: "control", noteId, replica });
  }

  /** Something about nodes, links between them, or what nodes have of a note. */
  fabric(notes: Iterable<NoteId>, text: string, node: ReplicaId | null): void {
    const { clock, journals, nodeReplica } = this.#options;
    const replica = node ?? nodeReplica();
    for (const noteId of notes) journals.trace({ kind: "fabric", text, atMs: clock.now(), hop: "control", noteId, replica });
  }

  /** Where a replica is when it comes to a note, and what was set of it before: from there on its journal tells. */
  standing({ replicaId, node }: Row, noteId: NoteId): void {
    const { clock, journals, board, clocks, isSeveral, nodeReplica } = this.#options;
    // One that has no journal yet is told of it when it has.
    if (noteId === CATALOG_NOTE_ID || !journals.has(noteId)) return;
    const stamped = { atMs: clock.now(), hop: "session", noteId } as const;
    const say = (text: string): void => journals.trace({ kind: "conditions", text, ...stamped, replica: replicaId });
    if (isSeveral && node !== null)
      journals.trace({ kind: "fabric", text: factWords({ what: "at", node }), ...stamped, replica: replicaId });
    if (board.all().has(replicaId)) say(conditionsText(board.get(replicaId)));
    if (clocks.isSet(replicaId)) say(`clock ${JSON.stringify(clocks.get(replicaId))}`);
    const kind = clocks.kindOf(noteId);
    if (kind !== "wall") journals.trace({ kind: "conditions", text: `stamps ${kind}`, ...stamped, replica: nodeReplica() });
  }
}

export function conditionsText({ up, down }: ReplicaConditions): string {
  return `up ${JSON.stringify(up)}, down ${JSON.stringify(down)}`;
}
