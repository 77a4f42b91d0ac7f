import { describe, expect, it } from "vitest";
import { bucketText, levelAfter } from "../../app/_network/bucket-level.ts";
import { ratesOf, type RoomSample, withSample } from "../../app/_network/room-rates.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { DEFAULT_RATE, OVERLOAD_RATE, RateBoard } from "../../crdt/sync/rate-board.ts";
import type { RoomCounts } from "../../crdt/sync/room.ts";
import { TokenBucket } from "../../crdt/sync/token-bucket.ts";

const [ANA, BO] = [replicaIdFrom(1), replicaIdFrom(2)];

describe("the rates of replicas", () => {
  it("hold for the buckets of a replica that are there, for those that come, and for no other's", () => {
    const clock = new VirtualClock();
    const board = new RateBoard({ clock });
    const [first, other] = [new TokenBucket({ clock, ...DEFAULT_RATE }), new TokenBucket({ clock, ...DEFAULT_RATE })];
    const detach = board.attach(ANA, first);
    board.attach(BO, other);
    board.set(ANA, OVERLOAD_RATE);
    const second = new TokenBucket({ clock, ...board.get(ANA) });
    board.attach(ANA, second);
    expect([first.level, second.level, other.level]).toEqual([40, 40, DEFAULT_RATE.burst]);
    second.take(50);
    expect(board.gaugeOf(ANA)).toEqual({ perS: 20, burst: 40, level: -10 });
    clock.advance(1_000);
    expect(board.gaugeOf(ANA)?.level).toBe(10);
    board.heal(ANA);
    expect(board.gaugeOf(ANA)?.burst).toBe(DEFAULT_RATE.burst);
    detach();
    expect(board.gaugeOf(replicaIdFrom(3))).toBeNull();
    board.close();
  });

  it("heal by themselves, and leave no timer", () => {
    const clock = new VirtualClock();
    const board = new RateBoard({ clock, healAfterMs: 1_000 });
    const told: string[] = [];
    board.subscribe((replica) => told.push(replica));
    board.set(ANA, OVERLOAD_RATE);
    expect(board.healAtMs).toBe(1_000);
    clock.advance(1_000);
    expect([board.isSet(ANA), board.healAtMs, clock.pending, told]).toEqual([false, null, 0, [ANA, ANA]]);
  });

  it.each([
    { perS: 0, burst: 40 },
    { perS: 20, burst: Number.NaN },
    { perS: 1e9, burst: 40 },
  ])("refuse %o", (rate) => {
    const board = new RateBoard({ clock: new VirtualClock() });
    expect(() => board.set(ANA, rate)).toThrow(RangeError);
    expect([board.isSet(ANA), board.healAtMs]).toEqual([false, null]);
  });
});

describe("a bucket on the screen", () => {
  it("fills between two looks at it and says for how long it is not read", () => {
    const gauge = { ...OVERLOAD_RATE, level: -10 };
    expect(bucketText(gauge, levelAfter(gauge, 0))).toBe("empty: not read for 0.5 s, 20/s back");
    expect(bucketText(gauge, levelAfter(gauge, 1_100))).toBe("12 of 40, 20/s back");
    expect(levelAfter(gauge, 60_000)).toBe(40);
    // Clocks of two machines differ.
    expect(levelAfter(gauge, -5)).toBe(-10);
  });
});

describe("a room's rates", () => {
  const counts = (updatesIn: number, more: Partial<RoomCounts> = {}): RoomCounts => ({
    sessions: 3,
    updatesIn,
    deliveries: 2 * updatesIn,
    framesOut: updatesIn,
    bytesIn: 10 * updatesIn,
    commitMs: 4,
    turnsOverBudget: 0,
    presenceForeign: 0,
    presenceTooLarge: 0,
    ...more,
  });
  const rates = (samples: readonly RoomSample[], nowMs: number) => ratesOf(samples, nowMs);

  it("are those of the last two seconds, and fall to nothing when nothing is heard", () => {
    let samples: readonly RoomSample[] = [];
    for (let atMs = 0; atMs <= 10_000; atMs += 100) samples = withSample(samples, { atMs, counts: counts(atMs / 10) });
    expect(samples.length).toBeLessThan(25);
    expect(rates(samples, 10_000)).toEqual({
      clients: 3,
      updatesPerS: 100,
      framesPerS: 100,
      updatesPerFrame: 2,
      bytesPerS: 1_000,
      commitMs: 4,
    });
    expect(rates(samples, 13_000)).toMatchObject({ clients: 3, updatesPerS: 0, framesPerS: 0, updatesPerFrame: null });
    expect(rates([], 5)).toBeNull();
  });

  it("begin anew with a room that was opened anew", () => {
    const samples = withSample([{ atMs: 0, counts: counts(500) }], { atMs: 100, counts: counts(1) });
    expect(samples).toEqual([{ atMs: 100, counts: counts(1) }]);
  });
});
