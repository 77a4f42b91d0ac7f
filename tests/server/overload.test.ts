/** What breaks sync servers, tried on a running one: each input costs the connection that it came on, and little memory. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type WebSocket from "ws";
import { ByteWriter } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, encodeFrame, type Frame, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import {
  PIECE_BYTES_MAX,
  PIECED_BYTES_MAX,
  SOCKET_FRAGMENTS_MAX,
  SOCKET_MESSAGE_BYTES_MAX,
  STOCK_MESSAGE_BYTES_MAX,
} from "../../crdt/sync/limits.ts";
import { decodePresence } from "../../crdt/sync/presence.ts";
import { COLLECTING, heldMemory } from "../support/held-memory.ts";
import { openStock, openTabNote, rawSocket, typeInto, until } from "../support/live-clients.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const MIB = 1024 * 1024;
const STEP_1 = encodeFrame({ type: "sync-step-1", version: Uint8Array.of(0) });

function openReplica(n: number): Replica {
  return yjsStrategy.open({ replica: replicaIdFrom(n), clock: new VirtualClock() });
}

function typedBy(replica: Replica, text: string): Uint8Array {
  const edited = replica.edit([{ index: replica.length, remove: 0, insert: text }]);
  return edited.isAccepted ? edited.update : expect.unreachable();
}

/** Resolves with the next frame for which `isIt` holds. */
function nextFrame(socket: WebSocket, isIt: (frame: Frame) => boolean): Promise<Frame> {
  return new Promise((resolve) => {
    const look = (data: Buffer): void => {
      const frame = decodeFrame(new Uint8Array(data));
      if (!isIt(frame)) return;
      socket.off("message", look);
      resolve(frame);
    };
    socket.on("message", look);
  });
}

describe("a server under attack", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ env: { ...COLLECTING } });
  });
  afterAll(async () => {
    await server.stop("SIGKILL");
  });

  const rssBytes = (): number => {
    const status = `/proc/${server.child.pid}/status`;
    const kib = existsSync(status)
      ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, "utf8"))?.[1]
      : execFileSync("ps", ["-o", "rss=", "-p", String(server.child.pid)]).toString();
    return 1024 * Number(kib);
  };
  const stock = (note: string, n: number) => rawSocket(`ws://${server.url}/sync/${note}?replica=${replicaIdFrom(n)}`);

  /** Resolves when a newcomer has been answered, which is after whatever was asked for before. */
  async function settled(note: string, n: number): Promise<void> {
    const { socket } = await stock(note, n);
    const answered = nextFrame(socket, (frame) => frame.type === "sync-step-2");
    socket.send(STEP_1);
    await answered;
    socket.close();
  }

  /** A note with that many characters in it, and the most memory that the server took while `task` ran, above what it took before. */
  async function growthOf(note: string, length: number, task: () => Promise<void>): Promise<number> {
    const { socket } = await stock(note, 900);
    const answered = nextFrame(socket, (frame) => frame.type === "sync-step-2");
    socket.send(encodeFrame({ type: "update", update: typedBy(openReplica(900), "n".repeat(length)) }));
    socket.send(STEP_1);
    await answered;
    // What is written is on the disk too, and takes no memory on its way there any more.
    const tab = await openTabNote(server.url, `${note}-stored`, { strategy: "yjs", seed: note });
    typeInto(tab, "x");
    await until(tab, ({ unsaved }) => unsaved === 0);
    tab.close();
    const before = rssBytes();
    let most = before;
    const watching = setInterval(() => (most = Math.max(most, rssBytes())), 10);
    await task();
    clearInterval(watching);
    most = Math.max(most, rssBytes());
    socket.close();
    return most - before;
  }

  it("[SY1] 12 KB of repeated sync requests are answered a few times", async () => {
    let answers = 0;
    const growth = await growthOf("amplified", 100_000, async () => {
      const { socket } = await stock("amplified", 901);
      socket.on("message", (data: Buffer) => {
        if (decodeFrame(new Uint8Array(data)).type === "sync-step-2") answers++;
      });
      for (let n = 0; n < 2_400; n++) socket.send(STEP_1);
      await settled("amplified", 902);
      socket.close();
    });
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThan(200);
    expect(growth).toBeLessThan(16 * MIB);
  });

  it("[OB2] a reader that never reads costs its outbox and no more, however much it asks for", async () => {
    const growth = await growthOf("unread", 900_000, async () => {
      const { socket } = await stock("unread", 902);
      socket.pause();
      // 200 MB are asked for, a question in each write.
      for (let n = 0; n < 220; n++) await new Promise((resolve) => socket.send(STEP_1, resolve));
      await settled("unread", 903);
      socket.terminate();
    });
    expect(growth).toBeLessThan(16 * MIB);
  });

  it("[LM1] unfinished fragments end with their connection, which holds less than 16 MB until then", async () => {
    const before = await heldMemory(server);
    const { socket, closed } = await stock("fragments", 906);
    let most = before.heldBytes;
    // 81 MB: what the limit lets through, and what is still read so that the peer may hear of the close.
    for (let n = 0; n < 81 && socket.readyState === socket.OPEN; n++) {
      await new Promise((resolve) => socket.send(new Uint8Array(MIB), { fin: false }, resolve));
      if (n < 8) most = Math.max(most, (await heldMemory(server)).heldBytes);
    }
    // 1006: the server has closed while we were still writing.
    expect([CLOSE.tooBig, CLOSE.abnormal]).toContain((await closed).code);
    expect(most - before.heldBytes).toBeGreaterThan(MIB / 2);
    expect(most - before.heldBytes).toBeLessThan(16 * MIB);
    const many = await stock("fragments", 905);
    for (let n = 0; n <= SOCKET_FRAGMENTS_MAX; n++) many.socket.send(new Uint8Array(1), { fin: false });
    expect((await many.closed).code).toBe(1008);
  });

  it("[LM1] one client that leaves everything unfinished and reads nothing costs less than 16 MB", async () => {
    const { socket: writer } = await stock("everything", 900);
    const answered = nextFrame(writer, (frame) => frame.type === "sync-step-2");
    writer.send(encodeFrame({ type: "update", update: typedBy(openReplica(900), "n".repeat(900_000)) }));
    writer.send(STEP_1);
    await answered;
    const before = await heldMemory(server);
    const { socket } = await rawSocket(`ws://${server.url}/sync/everything?replica=${replicaIdFrom(920)}&strategy=yjs`, [SUBPROTOCOL]);
    const send = (bytes: Uint8Array, fin = true): Promise<unknown> => new Promise((resolve) => socket.send(bytes, { fin }, resolve));
    await send(encodeFrame({ type: "epoch", epoch: null }));
    socket.pause();
    for (let asked = 0; asked < 20; asked++) await send(STEP_1);
    const piece = new Uint8Array(PIECE_BYTES_MAX).fill(7);
    for (let offset = 0; offset + 2 * piece.length < PIECED_BYTES_MAX; offset += piece.length)
      await send(encodeFrame({ type: "piece", totalBytes: PIECED_BYTES_MAX, offset, bytes: piece }));
    await send(new Uint8Array(SOCKET_MESSAGE_BYTES_MAX - 1), false);
    await settled("everything", 930);
    // Of this one alone, while it is there: what is not garbage.
    const growth = (await heldMemory(server)).heldBytes - before.heldBytes;
    expect(growth).toBeGreaterThan(6 * MIB);
    expect(growth).toBeLessThan(16 * MIB);
    for (const each of [socket, writer]) each.terminate();
  });

  it("[LM1] a peer that goes on sending after the goodbye is hung up on", async () => {
    const growth = await growthOf("goodbye", 10, async () => {
      const { socket, closed } = await stock("goodbye", 922);
      socket.send(Uint8Array.of(99));
      for (let n = 0; n < 81 && socket.readyState === socket.OPEN; n++)
        await new Promise((resolve) => socket.send(new Uint8Array(MIB), resolve));
      expect([CLOSE.unreadable, CLOSE.abnormal]).toContain((await closed).code);
    });
    expect(growth).toBeLessThan(16 * MIB);
  });

  it("[LM1] a message above the limit is closed with 4413, one far above with 1009", async () => {
    const [above, far] = [await stock("large", 906), await stock("large", 907)];
    above.socket.send(encodeFrame({ type: "update", update: new Uint8Array(STOCK_MESSAGE_BYTES_MAX) }));
    far.socket.send(new Uint8Array(SOCKET_MESSAGE_BYTES_MAX + 1));
    expect([(await above.closed).code, (await far.closed).code]).toEqual([CLOSE.updateTooLarge, CLOSE.tooBig]);
  });

  it("[PR2] presence with 10,000 invented ids reaches nobody but as one", async () => {
    const [bomber, other] = [await stock("invented", 908), await stock("invented", 909)];
    const heard = nextFrame(other.socket, (frame) => frame.type === "awareness" && decodePresence(frame.update).length > 0);
    bomber.socket.send(encodeFrame({ type: "awareness", update: presenceOf(Array.from({ length: 10_000 }, (_, id) => [id, 1, "{}"])) }));
    const frame = await heard;
    expect(frame.type === "awareness" ? decodePresence(frame.update).length : 0).toBe(1);
    for (const { socket } of [bomber, other]) socket.close();
  });

  it("[UP5] garbage in a well-formed frame is neither stored nor passed on", async () => {
    const [bad, good] = [await stock("garbage", 910), await stock("garbage", 911)];
    const before = good.frames.length;
    bad.socket.send(encodeFrame({ type: "update", update: Uint8Array.from({ length: 500 }, (_, n) => (n * 37) & 255) }));
    expect((await bad.closed).code).toBe(CLOSE.unreadable);
    const writer = await stock("garbage", 912);
    const heard = nextFrame(good.socket, (frame) => frame.type === "update");
    const update = typedBy(openReplica(912), "sound");
    writer.socket.send(encodeFrame({ type: "update", update }));
    expect(await heard).toEqual({ type: "update", update });
    expect(good.frames.slice(before).filter((bytes) => decodeFrame(bytes).type === "update").length).toBe(1);
    for (const { socket } of [good, writer]) socket.close();
  });

  it("[SY2] a large note comes to a tab in pieces that it can show, and whole to a stock client", async () => {
    const text = "A large note. ".repeat(40_000);
    const writer = await openTabNote(server.url, "grown", { strategy: "yjs", seed: "writer" });
    typeInto(writer, text);
    await until(writer, ({ unsaved }) => unsaved === 0);
    const progress: number[] = [];
    const prng = createPrng("reader");
    const reader = await openTabNote(server.url, "grown", { strategy: "yjs", seed: "reader", replicaId: mintReplicaId(prng) });
    reader.session.subscribe(({ kind }) => {
      const { loading } = reader.session.status();
      if (kind === "status" && loading !== null) progress.push(loading.receivedBytes / loading.totalBytes);
    });
    await until(reader, ({ connection }) => connection === "synced");
    expect(reader.text() === text).toBe(true);
    expect(progress.length).toBeGreaterThan(5);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const other = openStock(server.url, "grown");
    await other.synced();
    expect(other.text.toJSON() === text).toBe(true);
    for (const client of [writer, reader, other]) client.close();
  });
});

function presenceOf(states: readonly (readonly [id: number, clock: number, json: string])[]): Uint8Array {
  const writer = new ByteWriter().varUint(states.length);
  for (const [id, clock, json] of states) writer.varUint(id).varUint(clock).varString(json);
  return writer.finish();
}
