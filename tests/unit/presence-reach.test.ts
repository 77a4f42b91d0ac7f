import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { PresenceTable } from "../../crdt/sync/presence.ts";
import { reachOf } from "../../crdt/sync/reach.ts";

function setUp() {
  const clock = new VirtualClock(0);
  const [own, others] = [new PresenceTable(clock), new PresenceTable(clock)];
  const reach = (isLinked = true) => reachOf(others.known().get(1)!, clock.now(), isLinked);
  return { clock, own, others, reach };
}

describe("reach", () => {
  it("who moves is active, who only renews is idle after a minute, who says nothing for 20 s is out of reach", () => {
    const { clock, own, others, reach } = setUp();
    for (let caret = 0; caret < 5; caret++) {
      others.apply(own.setLocal(1, { caret }));
      clock.advance(15_000);
      expect(reach().kind).toBe("active");
    }
    const movedAtMs = clock.now() - 15_000;
    for (let n = 0; n < 4; n++) {
      others.apply(own.setLocal(1, { caret: 4 }));
      clock.advance(15_000);
    }
    expect(reach()).toEqual({ kind: "idle", sinceMs: movedAtMs });
    clock.advance(5_001);
    expect(reach()).toEqual({ kind: "unreachable", heardAtMs: clock.now() - 20_001 });
  });

  it("is unreachable from a tab that does not hear its node, and after its connection was lost, until it comes back", () => {
    const { clock, own, others, reach } = setUp();
    others.apply(own.setLocal(1, { caret: 0 }));
    const node = new PresenceTable(clock);
    node.apply(own.encode([1]));
    clock.advance(1_000);
    expect([reach(true).kind, reach(false)]).toEqual(["active", { kind: "unreachable", heardAtMs: 0 }]);
    const loss = node.remove([1], 0);
    others.apply(loss);
    others.apply(loss);
    clock.advance(1_000);
    expect([others.states().size, reach()]).toEqual([0, { kind: "unreachable", heardAtMs: 0 }]);
    others.apply(own.setLocal(1, { caret: 0 }));
    expect(reach().kind).toBe("active");
    others.forgetGone(0);
    expect(others.known().size).toBe(1);
  });
});
