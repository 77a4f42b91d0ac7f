/** Who waits for the compactor's thread: one request at a time is with it, and it takes no other along when it dies. */

import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProtocolError } from "../../crdt/base/errors.ts";
import { type CompactAnswer, type CompactRequest, openCompactor } from "../../server/rooms/compactor.ts";
import { settled } from "../support/hub-setup.ts";

const STATE = Uint8Array.of(1);
const [UPDATE, VERSION] = [Uint8Array.of(2), Uint8Array.of(3)];

class FakeThread extends EventEmitter {
  readonly requests: CompactRequest[] = [];
  isEnded = false;

  postMessage(request: CompactRequest): void {
    this.requests.push(request);
  }

  unref(): void {}

  async terminate(): Promise<number> {
    this.isEnded = true;
    this.emit("exit", 1);
    return 1;
  }

  answer(value: Uint8Array | null, n = this.requests.length): void {
    this.emit("message", { id: this.requests[n - 1]!.id, value } satisfies CompactAnswer);
  }

  refuse(closeCode: number | null): void {
    this.emit("message", { id: this.requests.at(-1)!.id, problem: "No", closeCode } satisfies CompactAnswer);
  }
}

function setUp() {
  const threads: FakeThread[] = [];
  const compactor = openCompactor(() => {
    threads.push(new FakeThread());
    return threads.at(-1)!;
  });
  const outcomes: string[] = [];
  const note = (who: string, asked: Promise<unknown>): void =>
    void asked.then(
      (value) => outcomes.push(`${who}: ${String(value)}`),
      (error: Error) => outcomes.push(`${who}: ${error.name} ${error instanceof ProtocolError ? error.closeCode : ""}`),
    );
  const news = (who: string): void => note(who, compactor.news("walker", [STATE], UPDATE, VERSION));
  const since = (who: string): void => note(who, compactor.since("walker", [STATE], VERSION));
  return { compactor, threads, outcomes, news, since };
}

describe("the compactor", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("has one request with its thread at a time, in order", async () => {
    const { threads, outcomes, news, since } = setUp();
    since("a");
    news("b");
    since("c");
    const [thread] = threads;
    for (let n = 1; n <= 3; n++) {
      expect(thread!.requests).toHaveLength(n);
      thread!.answer(Uint8Array.of(n));
      await settled();
    }
    expect([outcomes, threads.length]).toEqual([["a: 1", "b: 2", "c: 3"], 1]);
  });

  it("whose thread dies begins another for those that wait", async () => {
    const { threads, outcomes, news, since } = setUp();
    news("deadly");
    since("other");
    threads[0]!.emit("error", new Error("out of memory"));
    threads[0]!.emit("exit", 1);
    await settled();
    threads[1]!.answer(UPDATE);
    await settled();
    expect([outcomes, threads.length]).toEqual([["deadly: Error ", "other: 2"], 2]);
  });

  it("ends a thread that takes too long to check an update, however long that waited for its turn", async () => {
    const { threads, outcomes, news, since } = setUp();
    since("long");
    news("endless");
    since("other");
    vi.advanceTimersByTime(60_000);
    threads[0]!.answer(UPDATE);
    await settled();
    vi.advanceTimersByTime(19_999);
    await settled();
    expect(outcomes).toEqual(["long: 2"]);
    vi.advanceTimersByTime(1);
    await settled();
    // What it would have said comes too late.
    threads[0]!.answer(UPDATE, 2);
    threads[1]!.answer(UPDATE);
    await settled();
    expect([outcomes, threads.map(({ isEnded }) => isEnded)]).toEqual([
      ["long: 2", "endless: Error ", "other: 2"],
      [true, false],
    ]);
  });

  it("says what is wrong with an update, and answers nobody once it is closed", async () => {
    const { compactor, threads, outcomes, news } = setUp();
    news("hostile");
    threads[0]!.refuse(4400);
    await settled();
    news("a");
    news("b");
    await compactor.close();
    news("c");
    await settled();
    expect(outcomes.toSorted()).toEqual(["a: Error ", "b: Error ", "c: Error ", "hostile: ProtocolError 4400"]);
    expect([threads.length, threads[0]!.isEnded]).toEqual([1, true]);
  });
});
