/**
 * What keeps the server's event loop free, shown by what is done in one turn of it and what is left for later, since a time is
 * no test. How long it was really held: `npm run bench -- server --only loop --servers ours`.
 */

import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { ANSWER_BYTES_PER_UNIT, TURN_UNITS_MAX } from "../../crdt/sync/limits.ts";
import { LOOK_MS, watchLoop } from "../../server/metrics/loop-delay.ts";
import { Turns } from "../../server/ws/turns.ts";
import { setUpRoom, typed } from "../support/room-setup.ts";

describe("a crowd that arrives at once", () => {
  function setUpTurns(perTurn: number) {
    let due: (() => void)[] = [];
    const turns = new Turns(perTurn, (task) => due.push(task));
    const endTurn = (): void => {
      for (const task of due.splice(0)) task();
    };
    const done: number[] = [];
    return { turns, endTurn, done, take: (n: number) => turns.take(() => done.push(n)), isQuiet: () => due.length === 0 };
  }

  it("is taken a few in each turn, in order", () => {
    const { turns, endTurn, done, take } = setUpTurns(20);
    for (let n = 0; n < 50; n++) take(n);
    expect([done.length, turns.waiting]).toEqual([20, 30]);
    endTurn();
    // Whoever comes now stands behind those that wait.
    take(50);
    expect(done.length).toBe(40);
    endTurn();
    expect(done).toEqual(Array.from({ length: 51 }, (_, n) => n));
  });

  it("one alone is taken at once, and leaves nothing to do", () => {
    const { endTurn, done, take, isQuiet } = setUpTurns(1);
    take(0);
    expect(done).toEqual([0]);
    endTurn();
    expect(isQuiet()).toBe(true);
    take(1);
    expect(done).toEqual([0, 1]);
  });

  it("[FA1] and asks for a large note is answered in turns", () => {
    const { join, endTurn } = setUpRoom({ isManual: true });
    const writer = join(1, "stock");
    writer.send({ type: "update", update: typed(writer, "x".repeat(100_000)) });
    endTurn();
    const crowd = Array.from({ length: 200 }, (_, n) => join(10 + n, "stock"));
    endTurn();
    for (const peer of crowd) peer.types();
    for (const peer of crowd) peer.send({ type: "sync-step-1", version: Uint8Array.of(0) });
    const answered = (): number => crowd.filter(({ inbox }) => inbox.some(({ type }) => type === "sync-step-2")).length;
    const most = Math.ceil(TURN_UNITS_MAX / (100_000 / ANSWER_BYTES_PER_UNIT));
    expect(answered()).toBeGreaterThan(most / 2);
    for (let turns = 1; answered() < crowd.length; turns++) {
      expect(answered()).toBeLessThanOrEqual(turns * most);
      endTurn();
    }
  });
});

describe("the delay of the event loop", () => {
  it("is what a look comes late, and the longest is told once", () => {
    const clock = new VirtualClock();
    let heldMs = 0;
    const seen: number[] = [];
    const watch = watchLoop({
      clock,
      nowMs: () => clock.now() + heldMs,
      observe: (delayMs) => seen.push(delayMs),
    });
    clock.advance(2 * LOOK_MS);
    expect([seen, watch.takeMaxMs()]).toEqual([[0, 0], 0]);
    heldMs += 37;
    clock.advance(2 * LOOK_MS);
    expect([seen, watch.takeMaxMs(), watch.takeMaxMs()]).toEqual([[0, 0, 37, 0], 37, 0]);
    watch.close();
    expect(clock.pending).toBe(0);
  });
});
