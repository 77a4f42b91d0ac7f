import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { conditionTransport } from "../../crdt/network/conditioned-transport.ts";
import { CLEAR_BOTH } from "../../crdt/network/conditions.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { connectThrough } from "../../crdt/network/pipe.ts";
import type { Transport } from "../../crdt/network/transport.ts";

const A = replicaIdFrom(1);

function setUp() {
  const clock = new VirtualClock();
  const board = new FaultBoard({ clock });
  const server: { inbox: number[]; closed: number[]; transport: Transport | null } = { inbox: [], closed: [], transport: null };
  const connect = () => {
    const events: string[] = [];
    const client = connectThrough(clock, () => (raw, terminate) => {
      const conditioned = conditionTransport({
        raw,
        terminate,
        replica: A,
        board,
        clock,
        prng: createPrng("faults"),
        onFrame: (frame) => server.inbox.push(frame[0] ?? -1),
        onClose: ({ code }) => server.closed.push(code),
      });
      server.transport = conditioned.transport;
      return conditioned;
    })({
      onOpen: () => events.push("open"),
      onFrame: (frame) => events.push(`frame ${frame[0]}`),
      onClose: ({ code }) => events.push(`close ${code}`),
    });
    clock.advance(0);
    return { client, events };
  };
  return { clock, board, server, connect };
}

describe("FaultBoard", () => {
  it("slows each direction of a live connection by itself", () => {
    const { clock, board, server, connect } = setUp();
    const { client, events } = connect();
    board.set(A, { up: { latencyMs: 800 } });
    client.send(Uint8Array.of(1));
    server.transport?.send(Uint8Array.of(2));
    clock.advance(1);
    expect([server.inbox, events]).toEqual([[], ["open", "frame 2"]]);
    clock.advance(800);
    expect(server.inbox).toEqual([1]);
  });

  it("hides the end of a blackholed connection until the heal", () => {
    const { clock, board, server, connect } = setUp();
    const { client } = connect();
    board.set(A, { up: { cut: "blackhole" }, down: { cut: "blackhole" } });
    client.send(Uint8Array.of(1));
    client.close(1000, "bye");
    clock.advance(5_000);
    expect([server.inbox, server.closed, board.cutSinceMs(A)]).toEqual([[], [], 0]);
    board.heal(A);
    clock.advance(1);
    expect([server.inbox, server.closed, board.cutSinceMs(A)]).toEqual([[1], [1000], null]);
  });

  it("outlives the socket: a new connection is under the same conditions", () => {
    const { clock, board, server, connect } = setUp();
    const first = connect();
    board.set(A, { up: { cut: "reset" }, down: { cut: "reset" } });
    clock.advance(1);
    expect([first.events, server.closed]).toEqual([["open", "close 1006"], [1006]]);
    const second = connect();
    clock.advance(10);
    expect(second.events).toContain("close 1006");
    board.heal();
    const third = connect();
    third.client.send(Uint8Array.of(3));
    clock.advance(1);
    expect([third.events, server.inbox]).toEqual([["open"], [3]]);
  });

  it("heals by itself ten minutes after the last change, and counts down to it", () => {
    const { clock, board } = setUp();
    board.preset(A, "satellite");
    clock.advance(300_000);
    board.set(A, { up: { cut: "blackhole" } });
    expect(board.healAtMs).toBe(900_000);
    clock.advance(600_000);
    expect([board.get(A), board.healAtMs, clock.pending]).toEqual([CLEAR_BOTH, null, 0]);
  });

  it("refuses what is out of range and changes nothing", () => {
    const { board } = setUp();
    expect(() => board.set(A, { up: { latencyMs: 9_000 } })).toThrow(/latencyMs 9000: expected 0 to 5000/);
    expect(board.get(A)).toEqual(CLEAR_BOTH);
  });
});
