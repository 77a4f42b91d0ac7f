/**
 * Gives memory back after a crowd has left. The engine keeps what rooms that are gone had used until it needs it again,
 * which on a server that has become quiet is never. So it is asked, once there is little left to look through: after
 * 20,000 rooms that is 16 MB, two pauses of about 20 ms, and 70 MB given back.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { CancelTimer, Clock } from "../crdt/base/clock.ts";

const LOOK_MS = 2_000;
/** Fewer visits than these since the last collection were no crowd. */
const CROWD_MIN = 2_000;
/** It has left when no more of its visits are here than this share, and hardly anybody comes. */
const LEFT_SHARE = 0.1;
const QUIET_VISITS_MAX = 20;
/** The first finds what is garbage; the pages under it are let go of by the next. */
const ROUNDS = 2;

export interface CrowdOptions {
  readonly clock: Clock;
  /** Connections since the start. */
  readonly visits: () => number;
  /** Rooms and connections that are here now. */
  readonly size: () => number;
  readonly collect: () => void;
}

/** Looks every other second until the returned function is called, and collects for each crowd that has left. */
export function watchCrowd({ clock, visits, size, collect }: CrowdOptions): () => void {
  let collectedAt = visits();
  let lookedAt = collectedAt;
  let rounds = 0;
  let cancel: CancelTimer = () => undefined;
  const look = (): void => {
    const now = visits();
    const isQuiet = now - lookedAt <= QUIET_VISITS_MAX;
    lookedAt = now;
    const crowd = now - collectedAt;
    if (isQuiet && crowd >= CROWD_MIN && size() <= crowd * LEFT_SHARE) {
      collectedAt = now;
      rounds = ROUNDS;
    }
    if (isQuiet && rounds > 0) {
      rounds--;
      collect();
    }
    cancel = clock.setTimer(LOOK_MS, look);
  };
  look();
  return () => cancel();
}

/** A whole collection of this thread's heap; stops the thread for about 1 ms a megabyte in use. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  setFlagsFromString("--no-expose-gc");
}
