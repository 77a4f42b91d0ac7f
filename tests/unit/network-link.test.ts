import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { CLEAR, type LinkConditions } from "../../crdt/network/conditions.ts";
import { HELD_BYTES_MAX, Link } from "../../crdt/network/link.ts";
import { PRESETS } from "../../crdt/network/presets.ts";

function setUp(conditions: Partial<LinkConditions> = {}) {
  const clock = new VirtualClock();
  const arrivals: [atMs: number, frame: number][] = [];
  const resets: string[] = [];
  const events: string[] = [];
  const link = new Link({
    clock,
    prng: createPrng("link"),
    direction: "up",
    conditions: { ...CLEAR, ...conditions },
    deliver: (frame) => arrivals.push([clock.now(), frame[0] ?? -1]),
    onReset: (reason) => resets.push(reason),
    isDatagram: (frame) => frame[0]! < 200,
    trace: (event, frameId) => events.push(`${event} ${frameId}`),
  });
  return { clock, link, arrivals, resets, events, send: (n: number) => link.send(Uint8Array.of(n)) };
}

describe("Link", () => {
  it("delivers nothing before its latency and everything in order", () => {
    const { clock, arrivals, send } = setUp({ latencyMs: 800 });
    send(1);
    clock.advance(10);
    send(2);
    clock.advance(789);
    expect(arrivals).toEqual([]);
    clock.advance(100);
    expect(arrivals).toEqual([
      [800, 1],
      [810, 2],
    ]);
  });

  it("costs no turn of the clock under no condition, and overtakes nothing that is still under one", () => {
    const { clock, link, arrivals, events, send } = setUp();
    send(1);
    expect([arrivals, clock.pending]).toEqual([[[0, 1]], 0]);
    link.setConditions({ ...CLEAR, latencyMs: 100 });
    send(2);
    link.setConditions(CLEAR);
    send(3);
    expect(arrivals.length).toBe(1);
    clock.advance(100);
    send(4);
    expect(arrivals).toEqual([
      [0, 1],
      [100, 2],
      [100, 3],
      [100, 4],
    ]);
    expect(events.slice(0, 2)).toEqual(["entered 0", "delivered 0"]);
    expect(clock.pending).toBe(0);
  });

  it("never reorders, whatever the jitter and however the latency falls", () => {
    for (const jitter of ["uniform", "normal", "pareto", "constant"] as const) {
      const { clock, link, arrivals, send } = setUp({ latencyMs: 50, jitterMs: 200, jitter });
      for (let n = 0; n < 200; n++) {
        send(n);
        clock.advance(3);
        if (n === 100) link.setConditions({ ...CLEAR, latencyMs: 1 });
      }
      clock.advance(10_000);
      expect(arrivals.map(([, n]) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    }
  });

  it("keeps uniform jitter within its bound and spreads it", () => {
    const { clock, arrivals, send } = setUp({ latencyMs: 100, jitterMs: 50 });
    for (let n = 0; n < 100; n++) {
      send(n);
      clock.advance(1_000);
    }
    const delays = arrivals.map(([atMs], n) => atMs - n * 1_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...delays)).toBeLessThanOrEqual(150);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(30);
  });

  it("queues behind its bandwidth", () => {
    const { clock, link, arrivals } = setUp({ bandwidthBitsPerS: 9_600 });
    for (let n = 0; n < 3; n++) link.send(new Uint8Array(120).fill(n));
    clock.advance(1_000);
    expect(arrivals).toEqual([
      [100, 0],
      [200, 1],
      [300, 2],
    ]);
  });

  it("holds what is in flight at a blackhole and lets it out in order after the heal", () => {
    const { clock, link, arrivals, events, send } = setUp({ latencyMs: 100 });
    send(1);
    clock.advance(60);
    link.setConditions({ ...CLEAR, latencyMs: 100, cut: "blackhole" });
    send(2);
    clock.advance(5_000);
    expect([arrivals, link.isCut]).toEqual([[], true]);
    link.setConditions({ ...CLEAR, latencyMs: 100 });
    clock.advance(1_000);
    expect(arrivals).toEqual([
      [5_160, 1],
      [5_160, 2],
    ]);
    expect(events).toEqual(["entered 0", "held 0", "entered 1", "held 1", "delivered 0", "delivered 1"]);
  });

  it("loses what is in flight at a reset, once, and leaves no timer", () => {
    const { clock, link, arrivals, resets, events, send } = setUp({ latencyMs: 100 });
    send(1);
    link.setConditions({ ...CLEAR, cut: "reset" });
    send(2);
    link.setConditions(CLEAR);
    clock.advance(1_000);
    expect([arrivals, resets.length, clock.pending]).toEqual([[], 1, 0]);
    expect(events).toEqual(["entered 0", "dropped 0"]);
  });

  it("breaks when more is held than a send buffer would take", () => {
    const { link, resets } = setUp({ cut: "blackhole" });
    link.send(new Uint8Array(HELD_BYTES_MAX));
    expect(resets).toEqual([]);
    link.send(Uint8Array.of(1));
    expect(resets).toEqual([`More than ${HELD_BYTES_MAX} bytes are held`]);
  });

  it("flaps: on, off and on again", () => {
    const { clock, link, arrivals, send } = setUp({ ...PRESETS["train-tunnel"].conditions.up, latencyMs: 0, jitterMs: 0 });
    clock.advance(20_000);
    expect(link.isCut).toBe(true);
    send(7);
    clock.advance(7_999);
    expect(arrivals).toEqual([]);
    clock.advance(1);
    clock.advance(0);
    expect(arrivals).toEqual([[28_000, 7]]);
    link.close();
    expect(clock.pending).toBe(0);
  });
});

describe("a link of datagrams", () => {
  const N = 150;
  const under = (datagrams: { loss?: number; dup?: number; reorder?: number }) => {
    const world = setUp({ latencyMs: 10, datagrams: { loss: 0, dup: 0, reorder: 0, ...datagrams } });
    for (let n = 0; n < N; n++) world.send(n);
    world.clock.advance(1_000);
    return { ...world, frames: world.arrivals.map(([, frame]) => frame) };
  };
  const isWithin = (share: number, wanted: number): boolean => Math.abs(share - wanted) < 0.12;

  it("loses as many as it says, and the others keep their order", () => {
    const { frames, events } = under({ loss: 0.3 });
    expect(isWithin(1 - frames.length / N, 0.3)).toBe(true);
    expect(frames).toEqual(frames.toSorted((a, b) => a - b));
    expect(events.filter((event) => event.startsWith("dropped")).length).toBe(N - frames.length);
  });

  it("brings as many twice as it says, and none is lacking", () => {
    const { frames } = under({ dup: 0.3 });
    expect(new Set(frames).size).toBe(N);
    expect(isWithin(frames.length / N - 1, 0.3)).toBe(true);
  });

  it("lets others overtake, by no more than half a second, and loses none", () => {
    const { frames, arrivals } = under({ reorder: 0.3 });
    expect(frames.toSorted((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, n) => n));
    expect(isWithin(arrivals.filter(([atMs]) => atMs > 10).length / N, 0.3)).toBe(true);
    expect(Math.max(...arrivals.map(([atMs]) => atMs))).toBeLessThanOrEqual(510);
  });

  it("touches nothing that is no datagram", () => {
    const { clock, arrivals, send } = setUp({ datagrams: { loss: 1, dup: 1, reorder: 1 } });
    for (let n = 200; n < 210; n++) send(n);
    clock.advance(1_000);
    expect(arrivals).toEqual(Array.from({ length: 10 }, (_, n) => [0, 200 + n]));
  });

  it("breaks when it is a stream again, if something was lost: over a new connection it is asked for", () => {
    const { link, resets } = under({ loss: 0.3 });
    link.setConditions({ ...CLEAR, datagrams: { loss: 0.1, dup: 0, reorder: 0 } });
    expect(resets).toEqual([]);
    link.setConditions(CLEAR);
    expect(resets.length).toBe(1);
    const whole = under({ dup: 0.3 });
    whole.link.setConditions(CLEAR);
    expect(whole.resets).toEqual([]);
  });
});
