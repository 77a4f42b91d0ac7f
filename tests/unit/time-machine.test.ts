/** The time machine against one that keeps every text, and happened-before against its definition. */

import { describe, expect, it } from "vitest";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import { coneOf, relationTo } from "../../crdt/lab/causality.ts";
import { type RunEvent, TimeMachine } from "../../crdt/lab/time-machine.ts";
import { labSession, SESSION_MS } from "../support/lab-session.ts";

function spliceIn(prng: Prng, length: number): Splice[] {
  const index = prng.int(0, length + 1);
  return [{ index, remove: prng.int(0, Math.min(4, length - index) + 1), insert: ["", "a", "bc", "\n"][prng.int(0, 4)]! }];
}

const bare = (lane: number, atMs: number) => ({ atMs, kind: "applied", lane, message: -1, from: -1, to: -1, words: "", bytes: 0 }) as const;

describe("the time machine", () => {
  it.each([1, 2, 3])("gives back every text of every moment (seed %i)", (seed) => {
    const prng = createPrng(`time machine ${seed}`);
    const machine = new TimeMachine(["start", "start"]);
    const naive: [string, string][] = [];
    let now: [string, string] = ["start", "start"];
    for (let n = 0; n < 9_000; n++) {
      const lane = prng.int(0, 2) as 0 | 1;
      const splices = prng.int(0, 5) === 0 ? [] : spliceIn(prng, now[lane].length);
      now = [...now];
      now[lane] = applySplices(now[lane], splices);
      machine.add(bare(lane, n * 3), splices);
      naive.push(now);
    }
    for (let n = 0; n < 9_000; n += n > 8_900 ? 1 : 17)
      expect([machine.textAt(0, n), machine.textAt(1, n)], `after event ${n}`).toEqual(naive[n]);
    expect([machine.textAt(0, -1), machine.textOf(1)]).toEqual(["start", now[1]]);
    for (const n of [-1, 0, 5_000, 8_999]) {
      const [a, b] = n < 0 ? ["start", "start"] : naive[n]!;
      expect(machine.agreementAt(n).groups, `after event ${n}`).toEqual([0, a === b ? 0 : 1]);
    }
    expect([machine.eventAt(-1), machine.eventAt(0), machine.eventAt(14), machine.eventAt(1e9)]).toEqual([-1, 0, 4, 8_999]);
  });

  it("keeps few texts of long ago and many of late", () => {
    const machine = new TimeMachine([""]);
    for (let n = 0; n < 100_000; n++) machine.add(bare(0, n), [{ index: 0, remove: n % 2, insert: n % 2 === 0 ? "x" : "" }]);
    expect(machine.snapshotsOf(0)).toBeLessThan(1_200);
    expect([machine.textAt(0, 50_001), machine.textAt(0, 50_002)]).toEqual(["", "x"]);
  });

  it("refuses moments that there are none of", () => {
    const machine = new TimeMachine([""]);
    expect(() => machine.textAt(0, 0)).toThrow(RangeError);
    expect(() => machine.textAt(1, -1)).toThrow(RangeError);
    machine.add(bare(0, 5));
    expect(() => machine.add(bare(0, 4))).toThrow("before");
  });
});

describe("happened-before", () => {
  it("is what paths along lines and messages say", async () => {
    const sandbox = await labSession({ strategy: "walker", seed: 3, replicas: 3, startText: "Hello !", latencyMs: 100 }, [SESSION_MS]);
    const events = sandbox.time.events.slice(0, 400);
    const lanes = sandbox.nodeLane + 1;
    const pastOf = naivePasts(events, lanes);
    let concurrent = 0;
    for (const n of [0, 17, 111, 250, 399]) {
      const cone = coneOf(events, n, lanes);
      for (const other of events) {
        const expected =
          other.n === n
            ? "self"
            : other.lane < 0
              ? "elsewhere"
              : pastOf[n]!.has(other.n)
                ? "past"
                : pastOf[other.n]!.has(n)
                  ? "future"
                  : "concurrent";
        expect(relationTo(cone, n, other), `event ${other.n} seen from ${n}`).toBe(expected);
        if (expected === "concurrent") concurrent++;
      }
    }
    expect(concurrent).toBeGreaterThan(20);
  });
});

/** For each event all that came before it. */
function naivePasts(events: readonly RunEvent[], lanes: number): Set<number>[] {
  const pasts: Set<number>[] = [];
  const last = Array.from({ length: lanes }, () => -1);
  const sent = new Map<number, number>();
  for (const { n, kind, lane, message } of events) {
    const past = new Set<number>();
    const take = (from: number | undefined): void => {
      if (from === undefined || from < 0) return;
      past.add(from);
      for (const each of pasts[from]!) past.add(each);
    };
    if (lane >= 0) {
      take(last[lane]);
      if (kind === "delivered") take(sent.get(message));
      if (kind === "sent") sent.set(message, n);
      last[lane] = n;
    }
    pasts.push(past);
  }
  return pasts;
}
