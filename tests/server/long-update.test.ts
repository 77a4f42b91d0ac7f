/** Work of a long time offline, sent as one: checked in a thread of its own, durable once it is acknowledged, refused when it cannot be. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, encodeFrame, encodePieces, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { PIECE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { openTabNote, rawSocket, realClock, until } from "../support/live-clients.ts";
import { newFolder, type ServerProcess, startServer } from "../support/server-process.ts";

/** Written by two at once, so that somebody has to replay it to know whether it can be. */
async function longHistory(): Promise<Replica> {
  const walker = await loadStrategy("walker");
  const prng = createPrng("offline");
  const [a, b] = [1, 2].map((n) => walker.open({ replica: replicaIdFrom(n), clock: realClock }));
  for (let n = 0; n < 4_000; n++)
    for (const replica of [a!, b!]) replica.edit([{ index: prng.int(0, replica.length + 1), remove: 0, insert: `${n} ` }]);
  a!.receive(b!.since(EMPTY_BYTES));
  return a!;
}

/** Sends `update` as a tab does, under number 1. Resolves when it is acknowledged, or with the code that closed the connection. */
async function sendLong(server: ServerProcess, note: string, update: Uint8Array): Promise<"acknowledged" | number> {
  const { socket, closed } = await rawSocket(`ws://${server.url}/sync/${note}?replica=${replicaIdFrom(3)}&strategy=walker`, [SUBPROTOCOL]);
  const acknowledged = new Promise<"acknowledged">((resolve) =>
    socket.on("message", (data: Buffer) => {
      if (decodeFrame(new Uint8Array(data)).type === "ack") resolve("acknowledged");
    }),
  );
  socket.send(encodeFrame({ type: "epoch", epoch: null }));
  const frame = encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update } });
  for (const message of frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame]) socket.send(message);
  const outcome = await Promise.race([acknowledged, closed.then(({ code }) => code)]);
  socket.terminate();
  return outcome;
}

describe("a long update", () => {
  const folder = newFolder();
  let server: ServerProcess;
  let writer: Replica;
  beforeAll(async () => {
    server = await startServer({ folder });
    writer = await longHistory();
  });
  afterAll(() => server.stop("SIGKILL"));

  it("a whole history, and half of one on top of the other, outlive SIGKILL once they are acknowledged", async () => {
    const half = (await loadStrategy("walker")).open({ replica: replicaIdFrom(3), clock: realClock });
    const whole = writer.since(EMPTY_BYTES);
    expect(await sendLong(server, "whole", whole)).toBe("acknowledged");
    half.receive(whole);
    const known = half.version();
    for (let n = 0; n < 4_000; n++) half.edit([{ index: (n * 7_919) % half.length, remove: 0, insert: "later " }]);
    expect(await sendLong(server, "whole", half.since(known))).toBe("acknowledged");
    await server.stop("SIGKILL");
    server = await startServer({ folder });
    const reader = await openTabNote(server.url, "whole", { strategy: "walker", seed: "reader" });
    await until(reader, ({ connection }, text) => connection === "synced" && text === half.text());
    reader.close();
  });

  it("what cannot be is refused there, and closes its own connection and no other", async () => {
    const reader = await openTabNote(server.url, "refused", { strategy: "walker", seed: "other" });
    await until(reader, ({ connection }) => connection === "synced");
    const broken = writer.since(EMPTY_BYTES).slice();
    // A byte within the columns, which only a replay can tell.
    broken[broken.length - 2_000]! ^= 0x55;
    const copy = (await loadStrategy("walker")).open({ replica: replicaIdFrom(4), clock: realClock });
    expect(() => copy.receive(broken)).toThrow("An impossible event");
    expect(await sendLong(server, "refused", broken)).toBe(CLOSE.unreadable);
    expect(reader.session.status().connection).toBe("synced");
    expect(reader.text()).toBe("");
    reader.close();
  });
});
