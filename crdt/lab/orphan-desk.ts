/** What the control plane is to live tabs, in a world: whose text stands alone is told to everybody, past all faults. */

import type { Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Loss } from "../strategy/strategy.ts";
import { OrphanWatch } from "../sync/orphan-watch.ts";

export class OrphanDesk {
  readonly #clock: Clock;
  readonly #watches = new Map<OrphanWatch, () => string>();
  readonly #orphans: Loss[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Each once, in the order in which they were found. */
  get orphans(): readonly Loss[] {
    return this.#orphans;
  }

  /** For a session of the world. */
  openWatch(self: ReplicaId, text: () => string): OrphanWatch {
    const watch = new OrphanWatch({
      self,
      name: `${self}+${this.#clock.now().toString(36)}`,
      // Nobody answers themselves.
      onStranded: (stranded) => {
        for (const [each, textOf] of this.#watches) each.hear(stranded, textOf);
      },
      onOrphan: (loss) => {
        if (!this.#orphans.some(({ id }) => id === loss.id)) this.#orphans.push(loss);
      },
      onClose: () => this.#watches.delete(watch),
    });
    this.#watches.set(watch, text);
    return watch;
  }
}
