/** Clients over real sockets: ours, as a tab has it, and the stock y-websocket client. */

import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { Clock } from "../../crdt/base/clock.ts";
import { mintReplicaId, type NoteId, parseNoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import { SILENT_TRACER, type Tracer } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import type { Connect } from "../../crdt/network/transport.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { SUBPROTOCOL } from "../../crdt/sync/frames.ts";
import { type LocalStore, MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A Connect over the `ws` package. */
export function connectWs(url: string): Connect {
  return (handlers) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.on("open", () => handlers.onOpen());
    socket.on("message", (data: Buffer) => handlers.onFrame(new Uint8Array(data)));
    socket.on("close", (code, reason) => handlers.onClose({ code, reason: reason.toString() }));
    // "close" follows.
    socket.on("error", () => undefined);
    return {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      close: (code, reason) => socket.close(code === 1006 || code < 1000 ? 1000 : code, reason),
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
    };
  };
}

export interface TabOptions {
  readonly strategy: StrategyName;
  readonly seed: string;
  readonly store?: LocalStore;
  readonly tracer?: Tracer;
  readonly replicaId?: ReplicaId;
  readonly capability?: string;
  /** Under which the control plane shall know it. */
  readonly name?: string;
  /** The server node that it asks for. */
  readonly node?: string;
}

/** A note as a tab has it, started. */
export async function openTabNote(
  host: string,
  note: string,
  { strategy, seed, store = new MemoryStore(), tracer = SILENT_TRACER, ...rest }: TabOptions,
): Promise<NoteSession> {
  const prng = createPrng(seed);
  const replicaId = rest.replicaId ?? mintReplicaId(prng);
  const cap = rest.capability === undefined ? "" : `&cap=${rest.capability}`;
  const node = (rest.node === undefined ? "" : `&node=${rest.node}`) + (rest.name === undefined ? "" : `&name=${rest.name}`);
  const session = new NoteSession({
    noteId: noteIdOf(note),
    replicaId,
    strategy: await loadStrategy(strategy),
    connect: connectWs(`ws://${host}/sync/${note}?replica=${replicaId}&strategy=${strategy}${cap}${node}`),
    store,
    clock: realClock,
    prng,
    tracer,
  });
  await session.session.start();
  return session;
}

/** Resolves when `isSo` holds of the session, looked at after every change. */
export function until(note: NoteSession, isSo: (status: SessionStatus, text: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): boolean => isSo(note.session.status(), note.text());
    if (look()) {
      resolve();
      return;
    }
    const stop = note.session.subscribe(() => {
      if (!look()) return;
      stop();
      resolve();
    });
  });
}

export function typeInto(note: NoteSession, text: string): void {
  const { length } = note.replica;
  note.edit([{ index: length, remove: 0, insert: text }], length + text.length);
}

export interface StockClient {
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  readonly provider: WebsocketProvider;
  /** Resolves when the server's first answer is in. */
  synced(): Promise<void>;
  /** Resolves when the text is `wanted`. */
  reads(wanted: string): Promise<void>;
  close(): void;
}

/** y-websocket as it is published; without BroadcastChannel, which would pass edits behind the server's back. */
export function openStock(host: string, note: string, params: Record<string, string> = {}): StockClient {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  const provider = new WebsocketProvider(`ws://${host}/sync`, note, doc, {
    disableBc: true,
    params,
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  return {
    doc,
    text,
    provider,
    synced: () =>
      new Promise((resolve) => {
        if (provider.synced) resolve();
        else provider.once("sync", () => resolve());
      }),
    reads: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (text.toJSON() !== wanted) return;
          text.unobserve(look);
          resolve();
        };
        text.observe(look);
        look();
      }),
    close() {
      provider.destroy();
      doc.destroy();
    },
  };
}

/** One raw connection: what it was sent, and how it ended. */
export async function rawSocket(
  url: string,
  protocols: string[] = [],
): Promise<{ socket: WebSocket; frames: Uint8Array[]; closed: Promise<{ code: number; reason: string }> }> {
  const socket = new WebSocket(url, protocols);
  const frames: Uint8Array[] = [];
  socket.on("message", (data: Buffer) => frames.push(new Uint8Array(data)));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  return { socket, frames, closed };
}

function noteIdOf(text: string): NoteId {
  const id = parseNoteId(text);
  if (id === null) throw new RangeError(`"${text}" is no note id`);
  return id;
}
