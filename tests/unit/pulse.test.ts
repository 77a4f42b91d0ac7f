import { expect, it } from "vitest";
import { Pulse } from "../../app/_client/pulse.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";

const BEAT_MS = 5_000;

function watch(answers: (askedMs: number) => boolean) {
  const clock = new VirtualClock(0);
  const silentAtMs: number[] = [];
  const pulse: Pulse = new Pulse({
    clock,
    beatMs: BEAT_MS,
    ask: () => answers(clock.now()) && pulse.heard(),
    onSilence: () => silentAtMs.push(clock.now()),
  });
  return { clock, pulse, silentAtMs };
}

it("never gives up an end that answers", () => {
  const { clock, silentAtMs } = watch(() => true);
  clock.advance(600_000);
  expect(silentAtMs).toEqual([]);
});

it("gives up an end that dies within two beats, once, and keeps no timer then", () => {
  for (const diedAtMs of [1, 5_001, 12_345, 19_999]) {
    const { clock, silentAtMs } = watch((askedMs) => askedMs < diedAtMs);
    clock.advance(120_000);
    expect(silentAtMs).toHaveLength(1);
    expect(silentAtMs[0]! - diedAtMs).toBeGreaterThan(0);
    expect(silentAtMs[0]! - diedAtMs).toBeLessThanOrEqual(2 * BEAT_MS);
    expect(clock.pending).toBe(0);
  }
});

it("takes anything that is heard for a sign of life", () => {
  const { clock, pulse, silentAtMs } = watch(() => false);
  for (let n = 0; n < 10; n++) {
    clock.advance(BEAT_MS);
    pulse.heard();
  }
  expect(silentAtMs).toEqual([]);
  pulse.close();
  expect(clock.pending).toBe(0);
});
