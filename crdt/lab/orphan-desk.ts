/** What the control plane is to live tabs, in a world: whose text stands alone is told to everybody, past all faults. */

import type { Loss } from "../strategy/strategy.ts";
import type { NoteSession, NoteSessionOptions } from "../sync/note-session.ts";

export class OrphanDesk {
  readonly #members: () => Iterable<{ readonly note: NoteSession }>;
  readonly #orphans: Loss[] = [];

  /** `members`: whoever has the note open. */
  constructor(members: () => Iterable<{ readonly note: NoteSession }>) {
    this.#members = members;
  }

  /** Each once, in the order in which they were found. */
  get orphans(): readonly Loss[] {
    return this.#orphans;
  }

  /** For the sessions of the world. */
  readonly hooks: Pick<NoteSessionOptions, "onStranded" | "onOrphan"> = {
    // A session does not answer itself.
    onStranded: (stranded) => {
      for (const { note } of this.#members()) note.hear(stranded);
    },
    onOrphan: (loss) => {
      if (!this.#orphans.some(({ id }) => id === loss.id)) this.#orphans.push(loss);
    },
  };
}
