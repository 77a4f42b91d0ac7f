/**
 * One client of the generator: a TCP socket, the WebSocket handshake, and the sync protocol as a stock client speaks it.
 * Thousands of them share one process, so they share one receive buffer too.
 */

import { createHash, randomBytes } from "node:crypto";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { decodeMessage, type Dialect, encodeGreeting, encodeStep1, encodeStep2, encodeUpdate } from "./messages.ts";
import { EMPTY_UPDATE, EMPTY_VERSION } from "./updates.ts";
import { encodeClientFrame, FrameReader, OPCODE } from "./ws-codec.ts";

const HOST = "127.0.0.1";
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEADER_BYTES_MAX = 16 * 1024;
/** What a read brings is used up before the next read. */
const RECEIVE_BUFFER = Buffer.alloc(256 * 1024);

export interface WireOptions {
  readonly port: number;
  readonly path: string;
  readonly subprotocol?: string;
  /** The bytes are valid during the call only. */
  onMessage(payload: Uint8Array): void;
}

/** A WebSocket. Opens at once; `opened` says whether it did. */
export class Wire {
  readonly opened: Promise<void>;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #isOpen = false;
  #isClosed = false;
  #failure: Error | null = null;
  /** Any number will do: the mask protects proxies, of which there are none. */
  #mask = 0x1234_5678;

  constructor(options: WireOptions) {
    const key = randomBytes(16).toString("base64");
    const reader = new FrameReader({
      onMessage: (payload) => options.onMessage(payload),
      onControl: (opcode, payload) => {
        if (opcode === OPCODE.ping) this.send(Buffer.from(payload), OPCODE.pong);
        else if (opcode === OPCODE.close) this.close();
      },
    });
    let head = Buffer.alloc(0);
    let settle: { resolve: () => void; reject: (error: Error) => void };
    this.opened = new Promise((resolve, reject) => (settle = { resolve, reject }));
    this.opened.catch(() => undefined);
    const take = (chunk: Buffer): void => {
      if (this.#isOpen) {
        reader.feed(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0 && head.length < HEADER_BYTES_MAX) return;
      const accept = createHash("sha1").update(key).update(GUID).digest("base64");
      const answer = head.subarray(0, Math.max(end, 0)).toString("latin1");
      if (!answer.startsWith("HTTP/1.1 101 ") || !answer.includes(accept)) {
        this.#socket.destroy(new Error(`No WebSocket at ${options.path}: ${answer.split("\r\n", 1)[0] ?? ""}`));
        return;
      }
      this.#isOpen = true;
      settle.resolve();
      const rest = head.subarray(end + 4);
      head = Buffer.alloc(0);
      if (rest.length > 0) reader.feed(rest);
    };
    const onread = {
      buffer: RECEIVE_BUFFER,
      callback: (length: number): boolean => {
        try {
          take(RECEIVE_BUFFER.subarray(0, length));
        } catch (error) {
          this.#socket.destroy(error as Error);
        }
        return true;
      },
    };
    // The types of Node 20 know `onread` for new sockets and not for connect().
    this.#socket = connect({ port: options.port, host: HOST, noDelay: true, onread } as NetConnectOpts);
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.on("error", (error) => {
      this.#failure = error;
      settle.reject(error);
    });
    this.#socket.on("close", () => {
      this.#isClosed = true;
      settle.reject(new Error(`${options.path} was closed`));
    });
    const asked = options.subprotocol === undefined ? "" : `Sec-WebSocket-Protocol: ${options.subprotocol}\r\n`;
    this.#socket.write(
      `GET ${options.path} HTTP/1.1\r\nHost: ${HOST}:${options.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${asked}\r\n`,
    );
  }

  /** Why it broke; null while it has not, and after a goodbye. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Bytes that the network has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  send(payload: Uint8Array, opcode: number = OPCODE.binary): void {
    this.#mask = (this.#mask + 0x0101_0101) >>> 0;
    if (!this.#isClosed) this.#socket.write(encodeClientFrame(payload, this.#mask, opcode));
  }

  /** Says goodbye and lets go. */
  close(): void {
    if (this.#isClosed) return;
    if (this.#isOpen) this.#socket.write(encodeClientFrame(Buffer.from([0x03, 0xe8]), this.#mask, OPCODE.close));
    this.#socket.destroySoon();
  }
}

export interface SyncClientOptions {
  readonly port: number;
  readonly path: string;
  readonly dialect: Dialect;
  readonly room: string;
  /** Part of the document has come: an update, or the answer to step 1. The bytes are valid during the call only. */
  onDocument?(update: Uint8Array, isAnswer: boolean): void;
  /** Hocuspocus has acknowledged an update. */
  onApplied?(): void;
}

/** A stock client: greets, asks for what there is, answers the server's question with nothing. */
export class SyncClient {
  /** Step 1 has been answered. */
  readonly synced: Promise<void>;
  readonly wire: Wire;
  readonly #options: SyncClientOptions;

  constructor(options: SyncClientOptions) {
    this.#options = options;
    const { dialect, room } = options;
    let answered: () => void;
    let failed: (error: Error) => void;
    this.synced = new Promise((resolve, reject) => {
      answered = resolve;
      failed = reject;
    });
    this.synced.catch(() => undefined);
    this.wire = new Wire({
      port: options.port,
      path: options.path,
      onMessage: (payload) => {
        const message = decodeMessage(dialect, payload);
        if (message.kind === "step1") this.wire.send(encodeStep2(dialect, room, EMPTY_UPDATE));
        else if (message.kind === "applied") options.onApplied?.();
        else if (message.kind !== "other") {
          options.onDocument?.(message.body, message.kind === "step2");
          if (message.kind === "step2") answered();
        }
      },
    });
    this.wire.opened.then(
      () => {
        const greeting = encodeGreeting(dialect, room);
        if (greeting !== null) this.wire.send(greeting);
        this.wire.send(encodeStep1(dialect, room, EMPTY_VERSION));
      },
      (error: Error) => failed(error),
    );
    void this.wire.closed.then(() => failed(this.wire.failure ?? new Error(`${options.path} was closed before it was synced`)));
  }

  update(update: Uint8Array): void {
    this.wire.send(encodeUpdate(this.#options.dialect, this.#options.room, update));
  }

  close(): void {
    this.wire.close();
  }
}

/** Rejects with `what` in its message when `promise` takes longer than `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
