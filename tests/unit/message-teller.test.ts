import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { CLEAR } from "../../crdt/network/conditions.ts";
import { type Direction, Link } from "../../crdt/network/link.ts";
import type { ControlEvent } from "../../crdt/sync/control-messages.ts";
import { TOLD_MAX } from "../../crdt/sync/told-messages.ts";
import type { ControlClient } from "../../server/faults/roster.ts";
import { Holds } from "../../server/faults/holds.ts";
import { MessageTeller } from "../../server/faults/message-teller.ts";

const NOTE = parseNoteId("told")!;

/** Replicas on one note, each with two slow links, and one client that may watch. */
function setUp(replicas: number) {
  const clock = new VirtualClock();
  const looks: number[] = [];
  const holds = new Holds({ clock, onMessages: (noteId) => teller.soon(noteId), onAct: () => undefined });
  const events: Extract<ControlEvent, { type: "messages" }>[] = [];
  const client: ControlClient = { send: (event) => event.type === "messages" && events.push(event) };
  const teller = new MessageTeller({
    clock,
    links(noteId) {
      looks.push(clock.now());
      return holds.told(noteId);
    },
    flights: () => [],
    clientsOf: () => [client],
  });
  const sends = Array.from({ length: replicas }, (_, n) => {
    const link = (direction: Direction) =>
      new Link({
        clock,
        prng: createPrng(`${direction} ${n}`),
        direction,
        conditions: { ...CLEAR, latencyMs: 300 },
        deliver: () => undefined,
        onReset: () => undefined,
        trace: () => attached?.onFrame(direction),
      });
    const links = { up: link("up"), down: link("down") };
    let attached: ReturnType<Holds["attach"]> | null = null;
    attached = holds.attach(replicaIdFrom(n + 1), NOTE, links);
    return () => links.up.send(Uint8Array.of(1));
  });
  return { clock, teller, client, events, looks, sends };
}

describe("MessageTeller", () => {
  it("looks at nothing and sets no timer while nobody watches", () => {
    const { clock, teller, client, looks, sends } = setUp(1);
    sends[0]!();
    clock.advance(200);
    expect(looks).toEqual([]);
    teller.watch(client, NOTE, true);
    teller.watch(client, NOTE, false);
    const before = looks.length;
    sends[0]!();
    clock.advance(1_000);
    expect([looks.length, clock.pending]).toEqual([before, 0]);
  });

  it("tells who begins to watch what is on its way already, and then what changes, twenty times a second at most", () => {
    const { clock, teller, client, events, sends } = setUp(1);
    sends[0]!();
    clock.advance(150);
    teller.watch(client, NOTE, true);
    expect(events[0]!.links.map(({ messages }) => messages.map(({ share, dueInMs }) => [share, dueInMs]))).toEqual([[[0.5, 150]]]);
    events.length = 0;
    for (let ms = 0; ms < 1_000; ms += 40) {
      sends[0]!();
      clock.advance(40);
    }
    expect(events.length).toBeGreaterThan(12);
    expect(events.length).toBeLessThanOrEqual(20);
  });

  it("of eight replicas and 500 messages a second tells forty one by one, and of each link how many and where: ten times a second", () => {
    const { clock, teller, client, events, sends } = setUp(8);
    teller.watch(client, NOTE, true);
    for (let n = 0; n < 1_000; n++) {
      sends[n % 8]!();
      clock.advance(2);
    }
    const inLastSecond = events.slice(-10);
    expect(events.length).toBeLessThanOrEqual(22);
    for (const { links } of inLastSecond) {
      const told = links.reduce((sum, { messages }) => sum + messages.length, 0);
      const all = links.reduce((sum, { messages, more }) => sum + messages.length + more, 0);
      expect(told).toBeLessThanOrEqual(TOLD_MAX);
      // 300 ms of way at 500 a second.
      expect(Math.abs(all - 150)).toBeLessThan(8);
      for (const { middle } of links) expect(Math.abs(middle!.share - 0.5)).toBeLessThan(0.05);
    }
    expect(JSON.stringify(inLastSecond.at(-1)).length).toBeLessThan(8_000);
  });
});
