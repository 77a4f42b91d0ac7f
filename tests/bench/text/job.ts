/** What the command asks of a child process, and what it answers. */

import type { Sample } from "./cases/case.ts";
import type { PeerName } from "./peer.ts";

export interface Job {
  readonly peer: PeerName;
  /** Of a case, or `material:` and the name of one. */
  readonly task: string;
  readonly traceName: string;
  readonly peersFolder: string;
  readonly materialsFolder: string;
  readonly repetitions: number;
  readonly budgetMs: number;
  readonly isQuick: boolean;
}

export interface Answer {
  readonly samples: readonly Sample[];
  readonly clock: string;
  /** Whether the first run was thrown away. */
  readonly isWarm: boolean;
  /** null: nothing recorded to compare with. */
  readonly isRecorded: boolean | null;
}
