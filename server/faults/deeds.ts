/** What was done to replicas, nodes and notes, written into the journals of the notes that it concerns. */

import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { NoteJournals } from "./note-journals.ts";

export interface DeedsOptions {
  readonly clock: Clock;
  readonly journals: NoteJournals;
  /** The node that answers for the server, as a replica. */
  readonly nodeReplica: () => ReplicaId;
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
}
