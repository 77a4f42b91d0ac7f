/** Cases of what outlives the process: a large note after a restart, and what was acknowledged before a SIGKILL. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import * as Y from "yjs";
import { createPrng } from "../../../crdt/base/prng.ts";
import type { StrategyName } from "../../../crdt/strategy/strategy.ts";
import { decodeFrame, encodeFrame, encodePieces, type Frame, SUBPROTOCOL } from "../../../crdt/sync/frames.ts";
import { NODE_PIECED_BYTES_MAX, PIECE_BYTES_MAX } from "../../../crdt/sync/limits.ts";
import { PieceReader } from "../../../crdt/sync/pieces.ts";
import { Wire, within } from "./client.ts";
import type { Context, Outcome } from "./context.ts";
import { paced } from "./traffic.ts";
import { clocksOf, EMPTY_UPDATE, EMPTY_VERSION, UPDATE_CHARS, Writer } from "./updates.ts";

const LOAD_MS_MAX = 30_000;
const EDITS_EACH = 20;
/** Hocuspocus writes two seconds after the last update, at the latest after ten. */
const STORED_AFTER_MS = 4_000;

type Patch = readonly [index: number, remove: number, insert: string];

/** About 260,000 edits: the recorded paper where RIFTPAD_TRACES has it, else a writer made from a seed. */
export function largeHistory(): readonly Patch[] {
  const file = join(process.env["RIFTPAD_TRACES"] ?? "", "automerge-paper.json.gz");
  if (process.env["RIFTPAD_TRACES"] !== undefined && existsSync(file)) {
    const { txns } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { txns: { patches: Patch[] }[] };
    return txns.flatMap(({ patches }) => patches);
  }
  const prng = createPrng("cold load");
  const patches: Patch[] = [];
  let caret = 0;
  for (let length = 0; patches.length < 260_000;) {
    if (prng.float() < 0.01) caret = prng.int(0, length + 1);
    const isDeletion = caret > 0 && prng.float() < 0.2;
    patches.push(isDeletion ? [--caret, 1, ""] : [caret++, 0, "etaoin shrdlu\n".charAt(prng.int(0, 14))]);
    length += isDeletion ? -1 : 1;
  }
  return patches;
}

/** The history in updates of 20 edits each, as somebody types them in a few seconds, and the text that it comes to. */
function typed(client: number): { updates: Uint8Array[]; text: string } {
  const doc = new Y.Doc();
  doc.clientID = client;
  const text = doc.getText("text");
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => void updates.push(update));
  const patches = largeHistory();
  for (let from = 0; from < patches.length; from += EDITS_EACH) {
    doc.transact(() => {
      for (const [index, remove, insert] of patches.slice(from, from + EDITS_EACH)) {
        if (remove > 0) text.delete(index, remove);
        if (insert !== "") text.insert(index, insert);
      }
    });
  }
  return { updates, text: text.toJSON() };
}

/** A note of 260,000 events, a restart, one client: when it is told that it is in sync, and when it has the text. */
export async function coldLoad(context: Context): Promise<Outcome> {
  await context.start();
  const { updates, text } = typed(context.claim());
  let held = 0;
  const [writer] = await context.joinAll(["large", "large"], () => ({
    onDocument: (update) => void (held += update.length),
  }));
  if (writer === undefined) throw new Error("Nobody writes");
  for (const update of updates) writer.update(update);
  await quietFor(1_000, () => held);
  await delay(STORED_AFTER_MS);
  await context.leaveAll();
  await delay(500);
  await context.stop("SIGTERM");
  await context.start();

  context.begin();
  const parts: { readonly atMs: number; readonly update: Uint8Array }[] = [];
  let syncedBytes = 0;
  const fromMs = performance.now();
  const client = context.join("large", {
    onDocument(update, isAnswer) {
      if (isAnswer && syncedBytes === 0) syncedBytes = update.length;
      parts.push({ atMs: performance.now() - fromMs, update: Uint8Array.from(update) });
    },
  });
  await within(LOAD_MS_MAX, "step 1 answered", client.synced);
  const syncedMs = performance.now() - fromMs;
  const doc = new Y.Doc();
  let taken = 0;
  let contentMs: number | null = null;
  for (const untilMs = performance.now() + LOAD_MS_MAX; contentMs === null && performance.now() < untilMs; await delay(20)) {
    for (; taken < parts.length && contentMs === null; taken++) {
      Y.applyUpdate(doc, parts[taken]!.update);
      if (doc.getText("text").length === text.length) contentMs = parts[taken]!.atMs;
    }
  }
  const { cpuMs, seconds: _, ...disturbance } = context.end();
  if (contentMs === null) throw new Error(`${doc.getText("text").length} of ${text.length} characters after ${LOAD_MS_MAX} ms`);
  if (doc.getText("text").toJSON() !== text) throw new Error("The text differs");
  return { figures: { syncedMs, syncedBytes, contentMs, isEarly: contentMs > syncedMs + 1 ? 1 : 0, cpuMs }, ...disturbance };
}

/** Resolves once `read` has said the same for `ms`; after 30 s in any case. */
export async function quietFor(ms: number, read: () => number): Promise<void> {
  let last = read();
  let sinceMs = performance.now();
  for (const untilMs = sinceMs + LOAD_MS_MAX; performance.now() < untilMs; await delay(50)) {
    const now = read();
    if (now !== last) sinceMs = performance.now();
    else if (performance.now() - sinceMs > ms) return;
    last = now;
  }
}

/** Types 200 updates, kills the server the moment another client has the last one, restarts it and counts. */
export async function kill(context: Context): Promise<Outcome> {
  const count = 200;
  await context.start();
  const writer = new Writer(context.claim());
  let acknowledged = 0;
  let hasLast = (): void => undefined;
  const last = new Promise<void>((resolve) => (hasLast = resolve));
  await context.joinAll(["fragile"], () => ({
    onDocument(update) {
      for (const { client, to } of clocksOf(update)) if (client === writer.client && to >= count * UPDATE_CHARS) hasLast();
    },
  }));
  const isOurs = context.kind.path("", 0).startsWith("/sync/");
  let write: (update: Uint8Array) => void;
  if (isOurs) {
    const tab = await openTab(context, {
      room: "fragile",
      client: writer.client,
      strategy: "yjs",
      onSaved: (updates) => (acknowledged = updates),
    });
    write = (update) => tab.write(update);
  } else {
    const [client] = await context.joinAll(["fragile"], () => ({ onApplied: () => void acknowledged++ }));
    // Its answer to the server's own question was acknowledged too.
    await delay(100);
    acknowledged = 0;
    write = (update) => client?.update(update);
  }
  context.begin();
  await paced(100, (count / 100) * 1_000, () => write(writer.next()));
  await within(10_000, "the last of 200 updates", last);
  const { cpuMs: _cpu, seconds: _, ...disturbance } = context.end();
  const acked = acknowledged;
  await context.stop("SIGKILL");
  await context.leaveAll();
  await context.start();

  let survived = 0;
  await context.joinAll(["fragile"], () => ({
    onDocument(update) {
      for (const { client, to } of clocksOf(update)) if (client === writer.client) survived = Math.max(survived, to / UPDATE_CHARS);
    },
  }));
  // Some say that they are in sync before they have loaded.
  await quietFor(1_500, () => survived);
  const lost = count - survived;
  return { figures: { lost, acknowledged: acked, acknowledgedLost: Math.max(0, acked - survived) }, ...disturbance };
}

export interface TabOptions {
  readonly room: string;
  readonly client: number;
  readonly strategy: StrategyName;
  /** What it has already; missing: nothing. */
  readonly version?: Uint8Array;
  /** So many of its updates are durable. */
  onSaved?(updates: number): void;
}

export interface BareTab {
  readonly wire: Wire;
  write(update: Uint8Array): void;
}

/** A tab of ours: negotiates the subprotocol, numbers its updates, is told how many are durable. Resolves when what it lacks has come. */
export async function openTab(context: Context, options: TabOptions): Promise<BareTab> {
  const { kind, server } = context;
  const { room, client, strategy, version = EMPTY_VERSION } = options;
  const nothing = strategy === "yjs" ? EMPTY_UPDATE : new Uint8Array(0);
  const pieces = new PieceReader(NODE_PIECED_BYTES_MAX);
  let seq = 0;
  /** Numbered before the first update. */
  let greetings = 0;
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const send = (frame: Frame): void => wire.send(encodeFrame(frame));
  const take = (frame: Frame): void => {
    if (frame.type === "piece") {
      const whole = pieces.take({ ...frame, bytes: Uint8Array.from(frame.bytes) });
      if (whole !== null) take(whole);
    } else if (frame.type === "ack") options.onSaved?.(Math.max(0, frame.seq - greetings));
    else if (frame.type === "sync-step-2") isReady();
    else if (frame.type === "heartbeat" && !frame.isReply) send({ ...frame, isReply: true });
    else if (frame.type === "sync-step-1" && greetings === 0) {
      greetings = ++seq;
      send({ type: "numbered", seq, frame: { type: "sync-step-2", update: nothing } });
      send({ type: "sync-step-1", version });
    }
  };
  const wire: Wire = new Wire({
    port: server.port,
    path: `${kind.path(room, client)}&strategy=${strategy}`,
    subprotocol: SUBPROTOCOL,
    onMessage: (payload) => take(decodeFrame(payload)),
  });
  await within(LOAD_MS_MAX, "a tab of ours", wire.opened);
  send({ type: "epoch", epoch: null });
  await within(LOAD_MS_MAX, "a tab of ours in sync", ready);
  return {
    wire,
    write(update) {
      const frame = encodeFrame({ type: "numbered", seq: ++seq, frame: { type: "update", update } });
      for (const part of frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame]) wire.send(part);
    },
  };
}
