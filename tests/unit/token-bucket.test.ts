import { expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { TokenBucket } from "../../crdt/sync/token-bucket.ts";

it("lets a burst through, then as many as come back", () => {
  const clock = new VirtualClock(5_000);
  const bucket = new TokenBucket({ clock, perS: 20, burst: 40 });
  for (let n = 0; n < 40; n++) expect(bucket.take(1)).toBe(0);
  expect([bucket.take(1), bucket.level]).toEqual([50, -1]);
  clock.advance(50);
  expect(bucket.level).toBe(0);
  clock.advance(10_000);
  expect(bucket.level).toBe(40);
});

it("says for how long it was drained again and again, and forgets it when it is half full", () => {
  const clock = new VirtualClock();
  const bucket = new TokenBucket({ clock, perS: 20, burst: 40 });
  bucket.take(41);
  for (let n = 0; n < 100; n++) {
    clock.advance(100);
    bucket.take(2);
  }
  expect(bucket.emptyForMs).toBe(10_000);
  clock.advance(1_100);
  expect(bucket.emptyForMs).toBe(0);
});

it("takes another rate, and gives nothing for a clock that steps back", () => {
  let nowMs = 10_000;
  const bucket = new TokenBucket({ clock: { now: () => nowMs, setTimer: () => () => undefined }, perS: 1_000, burst: 1_000 });
  bucket.set(20, 40);
  expect(bucket.level).toBe(40);
  bucket.take(40);
  nowMs = 0;
  expect(bucket.level).toBe(0);
  nowMs = 1_000;
  expect(bucket.level).toBe(20);
  expect(() => bucket.set(0, 1)).toThrow(RangeError);
});
