/** What this tab stamps its writes with, where stamps decide: its own clock as the control plane has set it, or another. */

import type { StampNote } from "../../crdt/base/journal.ts";
import { WallClock } from "../../crdt/base/wall-clock.ts";
import type { StampedBy } from "../../crdt/strategy/stamped-by.ts";
import { browserClock } from "./browser-clock.ts";
import type { ControlClient } from "./control-client.ts";

export interface TabStamps extends Required<StampedBy> {
  /** The stamp of the write that was made in this same turn, once; nothing where it got none. */
  takeLast(): { readonly stamp?: StampNote };
}

export function tabStamps(control: ControlClient): TabStamps {
  const wall = new WallClock(browserClock, 0);
  const node = { now: () => browserClock.now() + control.state().serverOffsetMs };
  const kind = () => control.state().stamps;
  let last: StampNote | null = null;
  control.subscribe(() => {
    const { clock, serverOffsetMs } = control.state();
    wall.set({ ...clock, sinceMs: clock.sinceMs - serverOffsetMs });
  });
  return {
    wall,
    node,
    kind,
    onStamp(wallMs) {
      const readsWall = kind() === "wall" || kind() === "hybrid";
      if (last === null) queueMicrotask(() => (last = null));
      last = { wallMs, offsetMs: readsWall ? wall.now() - node.now() : 0 };
    },
    takeLast() {
      const stamp = last;
      last = null;
      return stamp === null ? {} : { stamp };
    },
  };
}
