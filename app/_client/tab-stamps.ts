/** What this tab stamps its writes with, where stamps decide: its own clock as the control plane has set it, that of the node that it sits on, or another. */

import type { StampNote } from "../../crdt/base/journal.ts";
import { offsetAt, TRUE_CLOCK, WallClock } from "../../crdt/base/wall-clock.ts";
import type { NodeStatus } from "../../crdt/sync/control-messages.ts";
import type { StampedBy } from "../../crdt/strategy/stamped-by.ts";
import { browserClock } from "./browser-clock.ts";
import type { ControlClient } from "./control-client.ts";

export interface TabStamps extends Required<StampedBy> {
  /** The stamp of the write that was made in this same turn, once; nothing where it got none. */
  takeLast(): { readonly stamp?: StampNote };
}

export function tabStamps(control: ControlClient): TabStamps {
  const wall = new WallClock(browserClock, 0);
  const trueNow = (): number => browserClock.now() + control.state().serverOffsetMs;
  /** The last node that this tab was on, while it is on none. */
  let home: NodeStatus | null = null;
  const nodeOffMs = (): number => offsetAt(home?.clock ?? TRUE_CLOCK, trueNow());
  const node = { now: () => trueNow() + nodeOffMs() };
  const kind = () => control.state().stamps;
  let last: StampNote | null = null;
  control.subscribe(() => {
    const { clock, serverOffsetMs, fabric, self } = control.state();
    const nodes = fabric?.nodes ?? [];
    home = nodes.find(({ clients }) => clients.includes(self)) ?? nodes.find(({ id }) => id === home?.id) ?? home;
    wall.set({ ...clock, sinceMs: clock.sinceMs - serverOffsetMs });
  });
  return {
    wall,
    node,
    kind,
    onStamp(wallMs) {
      const by = kind();
      if (last === null) queueMicrotask(() => (last = null));
      if (by === "node") last = { wallMs, offsetMs: nodeOffMs(), ...(home === null ? {} : { node: home.id }) };
      else last = { wallMs, offsetMs: by === "lamport" ? 0 : wall.now() - trueNow() };
    },
    takeLast() {
      const stamp = last;
      last = null;
      return stamp === null ? {} : { stamp };
    },
  };
}
