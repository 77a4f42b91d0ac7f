import { describe, expect, it } from "vitest";
import { chosenRow, heldRows, rowText, stepTo } from "../../app/_network/held-rows.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { CLEAR, type LinkConditions } from "../../crdt/network/conditions.ts";
import { type Direction, Link } from "../../crdt/network/link.ts";
import { encodeFrame } from "../../crdt/sync/frames.ts";
import type { HeldLink } from "../../crdt/sync/held-messages.ts";
import { Holds, SHOWN_MAX } from "../../server/faults/holds.ts";

const NOTE = parseNoteId("held")!;
const BO = replicaIdFrom(2);

function setUp(conditions: Partial<LinkConditions> = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const acts: string[] = [];
  const holds = new Holds({
    clock,
    healAfterMs: 600_000,
    onMessages: (noteId) => told.push(noteId),
    onAct: (_, noteId, text) => acts.push(`${noteId ?? "every note"}: ${text}`),
  });
  const connect = () => {
    const arrived: number[] = [];
    const link = (direction: Direction) =>
      new Link({
        clock,
        prng: createPrng(direction),
        direction,
        conditions: { ...CLEAR, ...conditions },
        deliver: (frame) => arrived.push(frame[0]!),
        onReset: () => undefined,
        passesHold: Holds.passes,
        trace: () => attached?.onFrame(direction),
      });
    const links = { up: link("up"), down: link("down") };
    let attached: ReturnType<Holds["attach"]> | null = null;
    attached = holds.attach(BO, NOTE, links);
    return { arrived, links, detach: () => attached.detach(), up: (n: number) => links.up.send(Uint8Array.of(n)) };
  };
  const waiting = (link = "0-up") =>
    holds
      .messages(NOTE)
      .find((each) => each.link === link)
      ?.messages.map(({ id }) => id) ?? [];
  return { clock, holds, told, acts, connect, waiting };
}

describe("Holds", () => {
  it("holds one direction, delivers in order or out of it, drops and doubles, and tells of each act", () => {
    const { holds, acts, connect, waiting } = setUp();
    const { arrived, links, up } = connect();
    holds.command({ type: "hold", replicaId: BO, up: true });
    for (const n of [10, 11, 12, 13]) up(n);
    links.down.send(Uint8Array.of(99));
    expect([arrived, waiting()]).toEqual([[99], [0, 1, 2, 3]]);
    holds.command({ type: "message", link: "0-up", act: "deliver" });
    holds.command({ type: "message", link: "0-up", act: "deliver", id: 2 });
    holds.command({ type: "message", link: "0-up", act: "drop", id: 1 });
    holds.command({ type: "message", link: "0-up", act: "duplicate" });
    expect([arrived, waiting()]).toEqual([
      [99, 10, 12],
      [3, 4],
    ]);
    holds.command({ type: "message", link: "0-up", act: "deliver-all" });
    expect([arrived, waiting()]).toEqual([[99, 10, 12, 13, 13], []]);
    expect(acts[0]).toBe("every note: up holds its messages");
    expect(acts[3]).toBe("held: up: message 1, unreadable, dropped (datagram mode)");
    expect(acts.length).toBe(6);
  });

  it("delays one message behind those that overtake it", () => {
    const { clock, holds, connect } = setUp({ latencyMs: 100 });
    const { arrived, up } = connect();
    up(1);
    up(2);
    holds.command({ type: "message", link: "0-up", act: "delay", id: 0, ms: 1_000 });
    clock.advance(100);
    up(3);
    clock.advance(999);
    expect(arrived).toEqual([2, 3]);
    clock.advance(1);
    expect(arrived).toEqual([2, 3, 1]);
    expect(clock.pending).toBe(0);
  });

  it("keeps a delay through a hold, and lets heartbeats pass the hold but not a cut", () => {
    const { clock, holds, connect } = setUp();
    const { arrived, links, up } = connect();
    const beat = encodeFrame({ type: "heartbeat", nonce: 1, isReply: false });
    holds.command({ type: "hold", replicaId: BO, up: true });
    up(1);
    up(2);
    holds.command({ type: "message", link: "0-up", act: "delay", id: 0, ms: 500 });
    links.up.send(beat);
    clock.advance(0);
    expect(arrived).toEqual([beat[0]]);
    links.up.setConditions({ ...CLEAR, cut: "blackhole" });
    links.up.send(beat);
    clock.advance(10_000);
    expect(arrived.length).toBe(1);
    links.up.setConditions(CLEAR);
    clock.advance(0);
    expect(arrived).toEqual([beat[0], beat[0]]);
    holds.command({ type: "hold", replicaId: BO, up: false });
    clock.advance(0);
    expect(arrived.slice(2)).toEqual([2]);
    clock.advance(500);
    expect(arrived.slice(2)).toEqual([2, 1]);
  });

  it("is the replica's: it outlives a connection, and ends with a heal or by itself after ten minutes", () => {
    const { clock, holds, connect, waiting } = setUp();
    const first = connect();
    holds.command({ type: "hold", replicaId: BO, up: true, down: true });
    first.detach();
    const second = connect();
    second.up(7);
    expect([second.arrived, waiting("1-up"), holds.healAtMs]).toEqual([[], [0], 600_000]);
    clock.advance(599_999);
    expect(second.arrived).toEqual([]);
    clock.advance(1);
    expect([second.arrived, holds.of(BO), holds.healAtMs, holds.messages(NOTE)]).toEqual([[7], { up: false, down: false }, null, []]);
    holds.command({ type: "hold", replicaId: BO, up: true });
    second.up(8);
    holds.heal(BO);
    clock.advance(0);
    expect([second.arrived, clock.pending]).toEqual([[7, 8], 0]);
  });

  it("lets a held message change places with the one ahead of it or behind it, and no other", () => {
    const { holds, acts, connect, waiting } = setUp();
    const { arrived, links, up } = connect();
    holds.command({ type: "hold", replicaId: BO, up: true });
    for (const n of [10, 11, 12]) up(n);
    holds.command({ type: "message", link: "0-up", act: "earlier", id: 2 });
    expect(waiting()).toEqual([0, 2, 1]);
    holds.command({ type: "message", link: "0-up", act: "later", id: 0 });
    expect(waiting()).toEqual([2, 0, 1]);
    expect(acts.slice(-2)).toEqual([
      "held: up: message 2, unreadable, moved before the one ahead of it (datagram mode)",
      "held: up: message 0, unreadable, moved behind the one after it (datagram mode)",
    ]);
    expect(() => holds.command({ type: "message", link: "0-up", act: "earlier", id: 2 })).toThrow("Message 2 is the first of its kind");
    expect(() => holds.command({ type: "message", link: "0-up", act: "later", id: 1 })).toThrow("Message 1 is the last of its kind");
    // What passes a hold is on its way already, ahead of all that wait.
    links.up.send(encodeFrame({ type: "heartbeat", nonce: 1, isReply: false }));
    expect(() => holds.command({ type: "message", link: "0-up", act: "earlier", id: 2 })).toThrow("Message 2 is the first of its kind");
    holds.heal(BO);
    while (arrived.length < 4) links.up.deliverNow(links.up.flights[0]!.id);
    expect(arrived.filter((n) => n < 100)).toEqual([12, 10, 11]);
  });

  it("shows forty and counts the rest, in words, and looks into one", () => {
    const { holds, connect } = setUp();
    const { links } = connect();
    holds.command({ type: "hold", replicaId: BO, up: true });
    for (let n = 0; n < SHOWN_MAX + 3; n++) links.up.send(encodeFrame({ type: "ack", seq: n }));
    const [link] = holds.messages(NOTE);
    expect([link?.messages.length, link?.more, link?.messages[2]?.summary]).toEqual([SHOWN_MAX, 3, "everything up to number 2 is on disk"]);
    expect(holds.inspect("0-up", 2, () => []).lines).toEqual(["everything up to number 2 is on disk"]);
    expect(() => holds.inspect("0-up", 99, () => [])).toThrow("Message 99 is not on its way in 0-up");
    expect(() => holds.command({ type: "message", link: "9-up", act: "drop" })).toThrow("No link 9-up");
    expect(() => holds.command({ type: "message", link: "0-up", act: "delay", id: 2 })).toThrow("A delay needs ms");
  });

  it("says nothing of frames in links that are clear", () => {
    const { told, connect } = setUp();
    const { up, arrived } = connect();
    for (let n = 0; n < 100; n++) up(n);
    expect([arrived.length, told]).toEqual([100, []]);
  });
});

describe("the list of held messages", () => {
  const message = { name: "numbered", bytes: 31, ageMs: 2_140, dueInMs: null, share: 0.25, summary: "" };
  const links: HeldLink[] = [
    {
      link: "0-up",
      replicaId: BO,
      direction: "up",
      isHeld: true,
      messages: [
        { ...message, id: 4 },
        { ...message, id: 5 },
      ],
      more: 0,
    },
    { link: "0-down", replicaId: BO, direction: "down", isHeld: false, messages: [{ ...message, id: 0, dueInMs: 80 }], more: 0 },
  ];
  const rows = heldRows(links);

  it("names both ends, the age, and whether it is held", () => {
    const ends = { name: "Bo", node: "S1" };
    expect(rowText(rows[0]!, ends)).toBe("update from Bo to S1, 31 B, 2.1 s old, held at 25 %");
    expect(rowText(rows[2]!, ends)).toBe("update from S1 to Bo, 31 B, 2.1 s old, arrives in 80 ms");
  });

  it("moves the choice to what took its place when the chosen one is gone", () => {
    expect(chosenRow(rows, { key: "0-up-5", at: 0 })?.id).toBe(5);
    expect(chosenRow(rows, { key: "0-up-3", at: 0 })?.id).toBe(4);
    expect(chosenRow(rows, { key: "0-up-9", at: 7 })?.key).toBe("0-down-0");
    expect([chosenRow([], { key: "0-up-9", at: 0 }), chosenRow(rows, null)]).toEqual([null, null]);
  });

  it("is walked by arrows, Home and End", () => {
    expect([stepTo("ArrowDown", -1, 3), stepTo("ArrowDown", 2, 3), stepTo("ArrowUp", 0, 3), stepTo("End", 0, 3)]).toEqual([0, 2, 0, 2]);
    expect([stepTo("x", 0, 3), stepTo("End", 0, 0)]).toEqual([null, null]);
  });
});
