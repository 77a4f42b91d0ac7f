/** What a node knows of its copies, kept for as long as it is true: hashing is linear in the note. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { Room } from "../../crdt/sync/room.ts";
import type { NoteFacts } from "../rooms/note-facts.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";

interface Entry {
  readonly position: number;
  readonly facts: NoteFacts | null;
  readonly isBeingRead: boolean;
}

export class FactsBook {
  readonly #entries = new WeakMap<Room, Entry>();
  readonly #onRead: (noteId: NoteId) => void;

  /** `onRead`: facts of a long note have come in from another thread. */
  constructor(onRead: (noteId: NoteId) => void) {
    this.#onRead = onRead;
  }

  /** As of now, or while another thread looks at a long note as of a moment ago; then `onRead` tells. */
  of({ room, facts }: OpenRoom): NoteFacts | null {
    const known = this.#entries.get(room);
    const position = room.shownPosition;
    if (known !== undefined && (known.position === position || known.isBeingRead)) return known.facts;
    const next = facts();
    const keep = (of: NoteFacts | null, isBeingRead: boolean): void =>
      void this.#entries.set(room, { position, facts: of ?? known?.facts ?? null, isBeingRead });
    if (!(next instanceof Promise)) {
      keep(next, false);
      return next;
    }
    keep(null, true);
    next.then(
      (read) => {
        keep(read, false);
        this.#onRead(room.noteId);
      },
      // Whatever is wrong with the note is found, and said, where it is opened.
      () => keep(null, false),
    );
    return known?.facts ?? null;
  }
}
