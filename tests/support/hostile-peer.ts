/**
 * A process that attacks a server: `tsx hostile-peer.ts HOST SEED FRAMES FRAMES_PER_S NOTE...`. Each connection sends a few
 * hostile messages at once and hangs up when it is closed, or a little later. Prints a line when it begins, and then as JSON
 * what it has sent and how it was answered. A process of its own, so that whoever measures the honest peers beside it is not slowed down by making this.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { pathToFileURL } from "node:url";
import WebSocket from "ws";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, pick, type Prng } from "../../crdt/base/prng.ts";
import { loadStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { encodeFrame, type Frame, SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { PresenceTable } from "../../crdt/sync/presence.ts";
import { lengthBomb, mutateBytes, mutatePayload, randomBytes, truncated } from "./mutants.ts";
import { upgradeHead } from "./raw-http.ts";

export interface HostileReport {
  readonly frames: number;
  readonly connections: number;
  /** Frames by what they are. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Close codes, by how many connections ended with them; of raw sockets, the one that the server sent, or 0. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Bytes on an open WebSocket, below its messages, that no peer may send: RFC 6455, 5 and 7.4, and what each is closed with. */
export const RAW_FRAMES: readonly (readonly [name: string, code: number, bytes: Uint8Array])[] = [
  ["reserved bit 1", 1002, masked(0xc2, Uint8Array.of(3))],
  ["reserved bits 2 and 3", 1002, masked(0xb2, Uint8Array.of(3))],
  ["unknown opcode 3", 1002, masked(0x83, Uint8Array.of(3))],
  ["unknown control opcode 11", 1002, masked(0x8b, Uint8Array.of(3))],
  ["no mask", 1002, Uint8Array.of(0x82, 1, 3)],
  ["a continuation of nothing", 1002, masked(0x80, Uint8Array.of(3))],
  ["a message in a message", 1002, new Uint8Array([...masked(0x02, Uint8Array.of(3)), ...masked(0x82, Uint8Array.of(3))])],
  ["a ping in fragments", 1002, masked(0x09, Uint8Array.of(3))],
  ["a ping of 126 bytes", 1002, masked(0x89, new Uint8Array(126))],
  ["text that is no UTF-8", 1007, masked(0x81, Uint8Array.of(0xc3, 0x28))],
  ["a close reason that is no UTF-8", 1007, masked(0x88, Uint8Array.of(0x03, 0xe8, 0xff, 0xfe))],
  ["close code 999", 1002, masked(0x88, Uint8Array.of(0x03, 0xe7))],
  ["close code 1005", 1002, masked(0x88, Uint8Array.of(0x03, 0xed))],
  ["a close of one byte", 1002, masked(0x88, Uint8Array.of(3))],
  ["a head that promises 2^62 bytes", 1009, Uint8Array.of(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)],
  ["a head that promises 100 MB", 1009, Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0x06, 0, 0, 0, 1, 2, 3, 4)],
];

/** One frame of a client with `first` as its first byte. */
function masked(first: number, payload: Uint8Array): Uint8Array {
  const head = payload.length < 126 ? [first, 0x80 | payload.length] : [first, 0x80 | 126, payload.length >> 8, payload.length & 255];
  const mask = [1, 2, 3, 4];
  return Uint8Array.from([...head, ...mask, ...payload.map((byte, n) => byte ^ mask[n & 3]!)]);
}

/** A connection that was upgraded by hand; what comes after the head of the answer is collected. */
export async function openRaw(host: string, path: string): Promise<{ socket: Socket; closed: Promise<number> }> {
  const [name = "", port = ""] = host.split(":");
  const socket = connect(Number(port), name);
  const received: Buffer[] = [];
  const closed = new Promise<number>((resolve) => socket.once("close", () => resolve(closeCodeIn(Buffer.concat(received)))));
  socket.on("error", () => undefined);
  socket.write(upgradeHead(Number(port), path));
  const [head] = (await once(socket, "data")) as [Buffer];
  received.push(head.subarray(head.indexOf("\r\n\r\n") + 4));
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  return { socket, closed };
}

/** The code of the close frame among a server's frames, which carry no mask; 0: there is none. */
function closeCodeIn(bytes: Buffer): number {
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = bytes[at + 1]! & 127;
    const [size, start] =
      short < 126 ? [short, at + 2] : short === 126 ? [bytes.readUInt16BE(at + 2), at + 4] : [bytes.readUInt32BE(at + 6), at + 10];
    if ((bytes[at]! & 15) === 8) return size < 2 ? 1005 : bytes.readUInt16BE(start);
    at = start + size;
  }
  return 0;
}

/** Frames that an honest peer would send, for every strategy. */
async function corpus(): Promise<readonly Frame[]> {
  const clock = new VirtualClock(1_000);
  const frames: Frame[] = [];
  for (const [n, name] of STRATEGY_NAMES.entries()) {
    const replica = (await loadStrategy(name)).open({ replica: replicaIdFrom(500 + n), clock });
    for (let step = 0; step < 12; step++) {
      clock.advance(1);
      const edited = replica.edit([
        { index: step % 3 === 2 || step % 4 === 3 ? 0 : replica.length, remove: step % 4 === 3 ? 2 : 0, insert: `w${step} ` },
      ]);
      if (!edited.isAccepted) throw new Error(edited.reason);
      const table = new PresenceTable(clock);
      frames.push(
        { type: "numbered", seq: step + 1, frame: { type: "update", update: edited.update } },
        { type: "update", update: edited.update },
        { type: "sync-step-2", update: replica.since(EMPTY_BYTES) },
        { type: "sync-step-1", version: replica.version() },
        { type: "awareness", update: table.setLocal(step + 1, { user: { name: "Ana", color: "#123456" } }) },
        { type: "piece", totalBytes: 100_000, offset: 0, bytes: edited.update },
        { type: "heartbeat", nonce: step, isReply: false },
        { type: "ack", seq: step },
        { type: "query-awareness" },
      );
    }
  }
  return frames;
}

const MESSAGES: Readonly<Record<string, (prng: Prng, frames: readonly Frame[]) => Uint8Array>> = {
  "mutated payload": (prng, frames) => mutatePayload(prng, pick(prng, frames)),
  "mutated frame": (prng, frames) => mutateBytes(prng, encodeFrame(pick(prng, frames))),
  "honest, out of place": (prng, frames) => encodeFrame(pick(prng, frames)),
  truncation: (prng, frames) => truncated(prng, encodeFrame(pick(prng, frames))),
  "random bytes": (prng) => randomBytes(prng, 200),
  "length bomb": (prng) => lengthBomb(prng),
};

async function main([host = "", seed = "", wantedText = "", perSText = "", ...notes]: readonly string[]): Promise<HostileReport> {
  const [wanted, perS] = [Number(wantedText), Number(perSText)];
  const prng = createPrng(seed);
  const frames = await corpus();
  const kinds: Record<string, number> = {};
  const codes: Record<string, number> = {};
  const open = new Set<Promise<void>>();
  let sent = 0;
  let connections = 0;
  const count = (kind: string): void => {
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    sent++;
  };
  const ended = (code: number): void => void (codes[code] = (codes[code] ?? 0) + 1);

  const attack = async (): Promise<void> => {
    const isTab = prng.float() < 0.5;
    const strategy = pick(prng, STRATEGY_NAMES);
    const note = pick(prng, notes);
    const messages: Uint8Array[] = [];
    for (let left = prng.int(10, 50); left > 0; left--) {
      const kind = pick(prng, Object.keys(MESSAGES));
      messages.push(MESSAGES[kind]!(prng, frames));
      count(kind);
    }
    const path = `/sync/${note}?replica=${mintReplicaId(prng)}&strategy=${strategy}`;
    const socket = new WebSocket(`ws://${host}${path}`, isTab ? [SUBPROTOCOL] : []);
    socket.on("error", () => undefined);
    socket.on("open", () => {
      if (isTab) socket.send(encodeFrame({ type: "epoch", epoch: null }));
      for (const message of messages) socket.send(message);
      // The server may find nothing to object to.
      socket.close(1000);
    });
    const [code] = (await once(socket, "close")) as [number];
    ended(code);
  };
  const attackRaw = async (): Promise<void> => {
    const [name, , bytes] = pick(prng, RAW_FRAMES);
    count(name);
    const { socket, closed } = await openRaw(host, `/sync/${pick(prng, notes)}`);
    socket.write(bytes);
    socket.end();
    ended(await closed);
  };

  // Its own start is nobody's attack.
  console.log("ready");
  const fromMs = performance.now();
  while (sent < wanted) {
    connections++;
    const one = (prng.float() < 0.25 ? attackRaw() : attack()).catch(() => ended(0)).finally(() => open.delete(one));
    open.add(one);
    // Evenly over the time, and never more at once than a peer could keep up.
    const aheadMs = (sent / perS) * 1_000 - (performance.now() - fromMs);
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    if (open.size >= 50) await Promise.race(open);
  }
  await Promise.all(open);
  return { frames: sent, connections, kinds, codes };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(JSON.stringify(await main(process.argv.slice(2))));
