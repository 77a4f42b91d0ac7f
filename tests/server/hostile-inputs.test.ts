/** One input each of what breaks sync servers, on the running server: the close code, and the others go on. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ByteWriter } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, encodeFrame } from "../../crdt/sync/frames.ts";
import { rawSocket } from "../support/live-clients.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop("SIGKILL");
});

const writer = (): ByteWriter => new ByteWriter();
const stock = (note: string, n: number) => rawSocket(`ws://${server.url}/sync/${note}?replica=${replicaIdFrom(n)}`);
const STEP_1 = encodeFrame({ type: "sync-step-1", version: Uint8Array.of(0) });

describe("messages that say what is not so", () => {
  it.each<[string, Uint8Array]>([
    ["an empty message", new Uint8Array(0)],
    ["a truncated sync message", Uint8Array.of(0, 2, 40, 1, 2)],
    ["a sync message of an unknown kind", Uint8Array.of(0, 9, 0)],
    ["an unknown type", Uint8Array.of(77, 1, 2, 3)],
    ["a varint without an end", new Uint8Array(40).fill(0xff)],
    ["a payload of 2^53 bytes", writer().varUint(0).varUint(2).varUint(Number.MAX_SAFE_INTEGER).finish()],
    [
      "a count of 2^40 clients",
      writer()
        .varUint(0)
        .varUint(2)
        .varBytes(
          writer()
            .varUint(2 ** 40)
            .varUint(1)
            .finish(),
        )
        .finish(),
    ],
    [
      "a version of 2^40 replicas",
      writer()
        .varUint(0)
        .varUint(0)
        .varBytes(
          writer()
            .varUint(2 ** 40)
            .varUint(1)
            .finish(),
        )
        .finish(),
    ],
    [
      "presence of 2^40 people",
      writer()
        .varUint(1)
        .varBytes(
          writer()
            .varUint(2 ** 40)
            .varUint(1)
            .finish(),
        )
        .finish(),
    ],
  ])("[CL1] %s: closed with 1003, and that connection alone", async (_, bytes) => {
    const [bad, good] = [await stock("said", 1), await stock("said", 2)];
    bad.socket.send(bytes);
    expect((await bad.closed).code).toBe(CLOSE.unreadable);
    const before = good.frames.length;
    const answered = new Promise<void>((resolve) => good.socket.on("message", () => good.frames.length > before && resolve()));
    good.socket.send(STEP_1);
    await answered;
    good.socket.close();
  });
});

it("[FA1] while one room is flooded, another is answered before the flood is through", async () => {
  const flooder = await stock("flooded", 3);
  const reader = await stock("flooded", 4);
  const quiet = await stock("quiet", 5);
  const replica = yjsStrategy.open({ replica: replicaIdFrom(3), clock: new VirtualClock() });
  const order: string[] = [];
  const last = "z".repeat(30);
  const through = new Promise<void>((resolve) => {
    reader.socket.on("message", (data: Buffer) => {
      if (!data.toString("latin1").includes(last)) return;
      order.push("flood");
      resolve();
    });
  });
  const answered = new Promise<void>((resolve) => {
    quiet.socket.on("message", (data: Buffer) => {
      if (decodeFrame(new Uint8Array(data)).type !== "sync-step-2") return;
      order.push("quiet");
      resolve();
    });
  });
  for (let n = 0; n < 30_000; n++) {
    const edited = replica.edit([{ index: 0, remove: 0, insert: n === 29_999 ? last : "x" }]);
    if (edited.isAccepted) flooder.socket.send(encodeFrame({ type: "update", update: edited.update }));
    if (n === 15_000) quiet.socket.send(STEP_1);
  }
  await Promise.all([through, answered]);
  expect(order).toEqual(["quiet", "flood"]);
  for (const { socket } of [flooder, reader, quiet]) socket.close();
});
