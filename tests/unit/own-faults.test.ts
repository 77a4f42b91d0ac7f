import { describe, expect, it } from "vitest";
import { ownFaults } from "../../app/_network/own-faults.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { DEFAULT_RATE, OVERLOAD_RATE } from "../../crdt/sync/rate-board.ts";

const HEALTHY = { conditions: CLEAR_BOTH, cutSinceMs: null, bucket: { ...DEFAULT_RATE, level: DEFAULT_RATE.burst } };

describe("what the status details say of a tab's faults", () => {
  it("is nothing where there are none", () => {
    expect(ownFaults(HEALTHY)).toEqual([]);
    expect(ownFaults({ ...HEALTHY, bucket: null })).toEqual([]);
  });

  it("names a cut, its direction, and one that was not set on this tab", () => {
    const { up, down } = CLEAR_BOTH;
    const cut = { cut: "blackhole" } as const;
    const at = { ...HEALTHY, cutSinceMs: 1 };
    expect(ownFaults({ ...at, conditions: { up: { ...up, ...cut }, down: { ...down, ...cut } } })).toEqual([
      "This tab is cut off on purpose: nothing passes until it is healed.",
    ]);
    expect(ownFaults({ ...at, conditions: { up: { ...up, ...cut }, down } })[0]).toContain("its way up is cut");
    expect(ownFaults({ ...at, conditions: { up, down: { ...down, ...cut } } })[0]).toContain("its way down is cut");
    expect(ownFaults(at)[0]).toContain("cut on the board");
  });

  it("gives the figures of a worse link, by direction", () => {
    const conditions = { ...CLEAR_BOTH, up: { ...CLEAR_BOTH.up, latencyMs: 800 } };
    expect(ownFaults({ ...HEALTHY, conditions })).toEqual(["Its link is made worse on purpose: up 800 ms, down clear."]);
  });

  it("explains why an overloaded tab is slow, and that nothing is lost", () => {
    expect(ownFaults({ ...HEALTHY, bucket: { ...OVERLOAD_RATE, level: 3 } })).toEqual([
      "The server reads only 20 messages a second from this tab, as was set. The rest waits in this browser, and none is lost.",
    ]);
    expect(ownFaults({ ...HEALTHY, bucket: { ...DEFAULT_RATE, level: -1 } })[0]).toContain("faster than the server lets it");
  });
});
