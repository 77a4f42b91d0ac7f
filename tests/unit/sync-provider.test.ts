import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { type Epoch, mintEpoch, parseNoteId, replicaIdFrom, replicaNumber } from "../../crdt/base/ids.ts";
import { JournalRing } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import type { TransportHandlers } from "../../crdt/network/transport.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import { lwwNoteStrategy } from "../../crdt/strategy/lww-note-strategy.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { CLOSE, withRetryHint } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, encodeFrame, encodePieces, type Frame } from "../../crdt/sync/frames.ts";
import { PieceReader } from "../../crdt/sync/pieces.ts";
import { IN_FLIGHT_MAX } from "../../crdt/sync/limits.ts";
import { MemoryStore, StorageError } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { typed } from "../support/room-setup.ts";

const NOTE = parseNoteId("note")!;
const SELF = replicaIdFrom(7);
const EPOCH = mintEpoch(createPrng("epoch"));
const OTHER_EPOCH = mintEpoch(createPrng("another"));

/** A store whose puts wait until the test lets them through, or fail. */
class SlowStore extends MemoryStore {
  readonly puts: { readonly pass: () => void; readonly fail: (kind: "full" | "missing") => void }[] = [];
  isSlow = false;

  override async put(edit: number, update: Uint8Array): Promise<void> {
    if (this.isSlow) {
      await new Promise<void>((pass, reject) => {
        this.puts.push({ pass, fail: (kind) => reject(new StorageError(kind, "No room")) });
      });
    }
    await super.put(edit, update);
  }
}

/** One connection as the node's side sees it. */
interface Line {
  readonly handlers: TransportHandlers;
  readonly inbox: Frame[];
  readonly closes: number[];
}

/** A note session whose node is the test itself. */
function setUp(options: { store?: SlowStore; strategy?: Strategy; startTextMax?: number } = {}) {
  const { store = new SlowStore(), strategy = fugueStrategy } = options;
  const clock = new VirtualClock();
  const journal = new JournalRing();
  const lines: Line[] = [];
  const note = new NoteSession({
    noteId: NOTE,
    replicaId: SELF,
    strategy,
    store,
    clock,
    prng: createPrng("provider"),
    tracer: journal,
    startTextMax: options.startTextMax ?? 0,
    connect(handlers) {
      const line: Line = { handlers, inbox: [], closes: [] };
      lines.push(line);
      return { send: (bytes) => line.inbox.push(decodeFrame(bytes)), close: (code) => line.closes.push(code), bufferedBytes: 0 };
    },
  });
  const node = strategy.open({ replica: replicaIdFrom(1_000), clock });
  const line = (): Line => lines.at(-1)!;
  const say = (frame: Frame): void => line().handlers.onFrame(encodeFrame(frame));
  const take = (): Frame[] => line().inbox.splice(0);
  const greet = (epoch: Epoch = EPOCH): void => {
    line().handlers.onOpen();
    say({ type: "epoch", epoch });
    say({ type: "sync-step-1", version: node.version() });
    say({ type: "sync-step-2", update: node.since(EMPTY_BYTES) });
  };
  const type = (text: string): void => void note.edit([{ index: note.replica.length, remove: 0, insert: text }], 0);
  const status = () => note.session.status();
  return { note, store, clock, journal, lines, node, line, say, take, greet, type, status };
}

/** Lets every promise that can settle do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** What the node now holds, given the frames that it was sent. */
function deliver(node: Replica, frames: readonly Frame[]): number {
  let last = 0;
  for (const frame of frames) {
    if (frame.type !== "numbered") continue;
    node.receive(frame.frame.update);
    last = frame.seq;
  }
  return last;
}

const typesOf = (frames: readonly Frame[]): string[] =>
  frames.map((frame) => (frame.type === "numbered" ? `${frame.seq}:${frame.frame.type}` : frame.type));

describe("Provider and ReplicaSession", () => {
  it("[SY2] shows how much of a large note has come in, and takes it in with the last piece", async () => {
    const { note, greet, line, status, node } = setUp();
    await note.session.start();
    greet();
    node.edit([{ index: 0, remove: 0, insert: "n".repeat(150_000) }]);
    const pieces = encodePieces(encodeFrame({ type: "sync-step-2", update: node.since(EMPTY_BYTES) }));
    const seen: (number | null)[] = [];
    for (const piece of pieces) {
      line().handlers.onFrame(piece);
      const { loading } = status();
      seen.push(loading === null ? null : Math.floor((100 * loading.receivedBytes) / loading.totalBytes));
    }
    expect([seen, note.text().length]).toEqual([[43, 87, null], 150_000]);
    // What a broken connection has not brought to its end is begun anew.
    line().handlers.onFrame(pieces[0]!);
    line().handlers.onClose({ code: 1006, reason: "" });
    expect(status().loading).toBeNull();
    note.close();
  });

  it("[SY2] sends a large paste in pieces, and counts it as saved with its ack", async () => {
    const { note, greet, take, type, say, status, line, node } = setUp();
    await note.session.start();
    greet();
    take();
    type("p".repeat(150_000));
    await settle();
    const pieces = take();
    expect(pieces.map((frame) => frame.type)).toEqual(["piece", "piece", "piece"]);
    const reader = new PieceReader(1_000_000);
    let whole: Frame | null = null;
    for (const frame of pieces) if (frame.type === "piece") whole = reader.take(frame);
    const seq = deliver(node, [whole!]);
    expect([node.length, status().unsaved]).toEqual([150_000, 1]);
    say({ type: "ack", seq });
    expect([status().unsaved, line().closes]).toEqual([0, []]);
    note.close();
  });

  it("[HS2] says its epoch, then its version, then answers the node's", async () => {
    const { note, take, greet, line, status } = setUp();
    await note.session.start();
    line().handlers.onOpen();
    expect(take()).toEqual([{ type: "epoch", epoch: null }]);
    greet();
    expect(typesOf(take())).toEqual(["epoch", "sync-step-1", "heartbeat", "1:sync-step-2"]);
    expect([status().connection, status().epoch]).toEqual(["synced", EPOCH]);
  });

  it("[HS3] [UP4] nothing leaves before it is stored, also where more is typed meanwhile", async () => {
    const { note, store, take, greet, type, node } = setUp();
    await note.session.start();
    store.isSlow = true;
    type("a");
    greet();
    expect(typesOf(take())).not.toContain("1:sync-step-2");
    type("b");
    store.puts[0]!.pass();
    await settle();
    deliver(node, take());
    expect(node.text()).toBe("");
    store.puts[1]!.pass();
    await settle();
    deliver(node, take());
    expect(node.text()).toBe("ab");
    expect(store.rows.size).toBe(2);
  });

  it("[UP4] stores may settle out of order, edits leave in order", async () => {
    const { note, store, take, greet, type } = setUp();
    await note.session.start();
    greet();
    take();
    store.isSlow = true;
    type("a");
    type("b");
    store.puts[1]!.pass();
    await settle();
    expect(take()).toEqual([]);
    store.puts[0]!.pass();
    await settle();
    expect(typesOf(take())).toEqual(["2:update", "3:update"]);
  });

  it("[AK2] an edit is unsaved until an ack covers it, across a reconnect too", async () => {
    const { note, clock, take, greet, type, status, say, line, lines, node } = setUp();
    await note.session.start();
    greet();
    type("a");
    type("b");
    await settle();
    expect([typesOf(take()).slice(-2), status().unsaved]).toEqual([["2:update", "3:update"], 2]);
    say({ type: "ack", seq: 2 });
    expect(status().unsaved).toBe(1);
    line().handlers.onClose({ code: CLOSE.abnormal, reason: "" });
    expect([status().connection, status().unsaved]).toEqual(["waiting", 1]);
    clock.advance(500);
    expect(lines.length).toBe(2);
    greet();
    const seq = deliver(node, take());
    expect([seq, node.text(), status().unsaved]).toEqual([1, "ab", 1]);
    say({ type: "ack", seq });
    expect(status().unsaved).toBe(0);
  });

  it("[EP2] a foreign epoch: unsaved text becomes a draft, the copy begins again", async () => {
    const { note, store, clock, take, greet, type, status, say, line, lines } = setUp();
    await note.session.start();
    greet();
    type("precious");
    await settle();
    line().handlers.onClose({ code: CLOSE.abnormal, reason: "" });
    clock.advance(500);
    line().handlers.onOpen();
    expect(take()).toEqual([{ type: "epoch", epoch: EPOCH }]);
    const resets: string[] = [];
    note.session.subscribe(({ kind }) => kind === "reset" && resets.push(note.text()));
    say({ type: "refusal", code: CLOSE.foreignEpoch, reason: "Another history" });
    line().handlers.onClose({ code: CLOSE.foreignEpoch, reason: "Another history" });
    await settle();
    expect([note.text(), status().draft, status().unsaved, resets, store.draft, store.rows.size]).toEqual([
      "",
      "precious",
      0,
      [""],
      "precious",
      0,
    ]);
    clock.advance(0);
    expect(lines.length).toBe(3);
    greet(OTHER_EPOCH);
    expect(take()[0]).toEqual({ type: "epoch", epoch: null });
    expect([status().connection, status().epoch, status().refusal]).toEqual(["synced", OTHER_EPOCH, null]);
  });

  it("[EP4] cut off by the node: unsaved text becomes a draft, the copy begins again; a second time is final", async () => {
    const { note, clock, greet, type, status, line, lines } = setUp();
    await note.session.start();
    greet();
    type("precious");
    await settle();
    line().handlers.onClose({ code: CLOSE.historyCut, reason: "Cut off" });
    await settle();
    expect([note.text(), status().draft, status().unsaved, status().connection]).toEqual(["", "precious", 0, "waiting"]);
    clock.advance(0);
    line().handlers.onClose({ code: CLOSE.historyCut, reason: "Cut off" });
    clock.advance(120_000);
    expect([status().connection, status().refusal, status().draft, lines.length]).toEqual(["refused", "Cut off", "precious", 2]);
  });

  it("[EP4] a history that was cut where this copy stands is begun again from, as it is", async () => {
    const { note, clock, store, greet, say, take, type, status, lines } = setUp({ strategy: walkerStrategy });
    await note.session.start();
    greet();
    type("mine ");
    await settle();
    const far = TextDocument.create({ agent: replicaIdFrom(9) });
    far.insert(0, "far ");
    const cut = far.encode({ history: "cut" });
    say({ type: "update", update: cut });
    await settle();
    expect([note.text(), status().draft, store.draft, status().connection]).toEqual(["", "mine ", "mine ", "waiting"]);
    clock.advance(0);
    greet();
    expect(take()[0]).toEqual({ type: "epoch", epoch: null });
    say({ type: "update", update: cut });
    expect([note.text(), status().connection, lines.length]).toEqual(["far ", "synced", 2]);
  });

  it("[EP2] what was being stored for the old copy counts for nothing in the new one", async () => {
    const { note, store, take, greet, type, status, say, line, clock } = setUp();
    await note.session.start();
    greet();
    store.isSlow = true;
    type("old");
    say({ type: "refusal", code: CLOSE.foreignEpoch, reason: "Another history" });
    line().handlers.onClose({ code: CLOSE.foreignEpoch, reason: "Another history" });
    clock.advance(0);
    greet(OTHER_EPOCH);
    take();
    type("new");
    store.puts[0]!.pass();
    await settle();
    expect([take(), status().unsaved]).toEqual([[], 1]);
    store.puts[1]!.pass();
    await settle();
    expect(typesOf(take())).toEqual(["2:update"]);
  });

  it("[CL1] a permanent refusal stops the retries and says why; a person may try again", async () => {
    const { note, clock, status, line, lines } = setUp();
    await note.session.start();
    line().handlers.onClose({ code: CLOSE.otherStrategy, reason: "This note is a fugue" });
    clock.advance(120_000);
    expect([status().connection, status().refusal, lines.length]).toEqual(["refused", "This note is a fugue", 1]);
    note.session.retryNow();
    expect([status().connection, status().refusal, lines.length]).toEqual(["connecting", null, 2]);
  });

  it("[CL1] bytes that do not parse break the connection, and it is made again", async () => {
    const { note, clock, line, lines, greet, status } = setUp();
    await note.session.start();
    greet();
    line().handlers.onFrame(Uint8Array.of(0, 9));
    expect([lines[0]!.closes.length, status().connection]).toEqual([1, "waiting"]);
    clock.advance(500);
    expect(lines.length).toBe(2);
  });

  it("[CL3] retries come after half to all of a time that doubles up to 30 s", async () => {
    const { note, clock, line, status } = setUp();
    await note.session.start();
    for (let attempt = 0; attempt < 12; attempt++) {
      line().handlers.onClose({ code: CLOSE.abnormal, reason: "" });
      const waitMs = status().retryAtMs! - clock.now();
      const fullMs = Math.min(30_000, 500 * 2 ** attempt);
      expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(waitMs).toBeLessThanOrEqual(fullMs);
      clock.advance(waitMs);
    }
  });

  it("[CL5] a node that stops says when to come back; one that is still away then is tried as ever", async () => {
    const { note, clock, line, lines, greet, status } = setUp();
    await note.session.start();
    greet();
    line().handlers.onClose({ code: CLOSE.restarting, reason: withRetryHint("The server stops", 7_350) });
    expect([status().connection, status().retryAtMs! - clock.now()]).toEqual(["waiting", 7_350]);
    clock.advance(7_349);
    expect(lines).toHaveLength(1);
    clock.advance(1);
    expect(lines).toHaveLength(2);
    line().handlers.onClose({ code: CLOSE.abnormal, reason: "" });
    expect(status().retryAtMs! - clock.now()).toBeLessThanOrEqual(1_000);
    note.close();
    expect(clock.pending).toBe(0);
  });

  it.each([CLOSE.unauthorised, CLOSE.forbidden])("[AC1] %i is final, and its reason is kept for the person", async (code) => {
    const { note, clock, line, lines, status } = setUp();
    await note.session.start();
    line().handlers.onOpen();
    line().handlers.onClose({ code, reason: "This link was revoked" });
    clock.advance(120_000);
    expect([status().connection, status().refusal, lines.length]).toEqual(["refused", "This link was revoked", 1]);
  });

  it("[RO1] why a node saves nothing is shown until it does again, and everything is kept", async () => {
    const { note, greet, say, status } = setUp();
    await note.session.start();
    greet();
    say({ type: "refusal", code: CLOSE.tryLater, reason: "The disk is full" });
    note.edit([{ index: 0, remove: 0, insert: "kept" }], 4);
    expect([status().connection, status().refusal, status().unsaved]).toEqual(["synced", "The disk is full", 1]);
    say({ type: "refusal", code: CLOSE.normal, reason: "" });
    expect([status().connection, status().refusal, status().unsaved]).toEqual(["synced", null, 1]);
  });

  it.each([0, 80, 4_900])("[HB1] a node that falls silent %i ms after a heartbeat is given up two heartbeats later", async (atMs) => {
    const { note, clock, greet, say, lines, status } = setUp();
    await note.session.start();
    greet();
    clock.advance(atMs);
    say({ type: "heartbeat", nonce: 1, isReply: false });
    clock.advance(9_999);
    expect(status().connection).toBe("synced");
    clock.advance(1);
    expect([status().connection, lines[0]!.closes]).toEqual(["waiting", [CLOSE.goingAway]]);
  });

  it("[HB2] measures the round trip", async () => {
    const { note, clock, greet, take, say, status } = setUp();
    await note.session.start();
    greet();
    clock.advance(5_000);
    const asked = take().at(-1)!;
    clock.advance(80);
    if (asked.type === "heartbeat") say({ ...asked, isReply: true });
    expect(status().roundTripMs).toBe(80);
  });

  it("[UP2] asks once for what is missing, however many updates wait and whatever the answer brings", async () => {
    const { note, greet, take, say } = setUp();
    await note.session.start();
    greet();
    take();
    const far = fugueStrategy.open({ replica: replicaIdFrom(9), clock: new VirtualClock() });
    const updates = ["a", "b", "c"].map((insert) => {
      const edited = far.edit([{ index: far.length, remove: 0, insert }]);
      return edited.isAccepted ? edited.update : expect.unreachable();
    });
    say({ type: "update", update: updates[1]! });
    say({ type: "update", update: updates[2]! });
    expect(typesOf(take())).toEqual(["sync-step-1"]);
    say({ type: "sync-step-2", update: updates[2]! });
    expect(take()).toEqual([]);
    say({ type: "update", update: updates[0]! });
    expect([note.text(), take()]).toEqual(["abc", []]);
  });

  it.each([fugueStrategy, lwwNoteStrategy])("[UP2] does not ask again what the node had no answer to: $name", async (strategy) => {
    const { note, greet, take, say } = setUp({ strategy });
    await note.session.start();
    greet();
    take();
    const far = strategy.open({ replica: replicaIdFrom(9), clock: new VirtualClock() });
    const missing = typed({ replica: far }, "missing");
    const early = typed({ replica: far }, "early");
    say({ type: "update", update: early });
    expect(typesOf(take())).toEqual(["sync-step-1"]);
    say({ type: "sync-step-2", update: early });
    say({ type: "update", update: typed({ replica: far }, "earlier than others, too") });
    expect(take()).toEqual([]);
    say({ type: "update", update: missing });
    say({ type: "update", update: far.since(EMPTY_BYTES) });
    expect([note.text(), take()]).toEqual([far.text(), []]);
  });

  it.each(["full", "missing"] as const)("[HS3] storage that is %s is said, and edits are sent all the same", async (kind) => {
    const { note, store, greet, take, type, status } = setUp();
    await note.session.start();
    greet();
    take();
    store.isSlow = true;
    type("a");
    store.puts[0]!.fail(kind);
    await settle();
    expect([status().storage, typesOf(take())]).toEqual([kind, ["2:update"]]);
  });

  it.each([fugueStrategy, yjsStrategy])("[LS1] unsaved edits survive a reload under the same id: $name", async (strategy) => {
    const store = new SlowStore();
    const first = setUp({ store, strategy });
    await first.note.session.start();
    first.greet();
    first.type("one ");
    await settle();
    first.clock.advance(1_000);
    first.type("two ");
    first.type("three ");
    await settle();
    first.note.close();
    const second = setUp({ store, strategy });
    await second.note.session.start();
    expect([second.note.text(), second.status().unsaved, second.status().epoch]).toEqual(["one two three ", 3, EPOCH]);
    second.type("four");
    expect(new Set(second.note.replica.inspect().items.map(({ author }) => author))).toEqual(new Set([SELF]));
    await settle();
    second.greet();
    const seq = deliver(second.node, second.take());
    second.say({ type: "ack", seq });
    expect([second.node.text(), second.node.hash(), second.status().unsaved]).toEqual([
      "one two three four",
      second.note.replica.hash(),
      0,
    ]);
    second.clock.advance(1_000);
    await settle();
    expect(store.rows.size).toBe(0);
  });

  it("[LS2] edits and remote work are written to the local state within a second", async () => {
    const { note, store, clock, greet, say } = setUp();
    await note.session.start();
    greet();
    const far = fugueStrategy.open({ replica: replicaIdFrom(9), clock });
    const edited = far.edit([{ index: 0, remove: 0, insert: "remote" }]);
    if (edited.isAccepted) say({ type: "update", update: edited.update });
    clock.advance(1_000);
    await settle();
    expect(fugueStrategy.open({ replica: SELF, clock, state: store.state! }).text()).toBe("remote");
    expect(store.epoch).toBe(EPOCH);
  });

  it("[PR1] announces itself on every connection and leaves on close", async () => {
    const { note, greet, take } = setUp();
    note.session.setPresence({ name: "Ana" });
    await note.session.start();
    greet();
    expect(typesOf(take())).toContain("awareness");
    expect(note.session.presence.states().get(replicaNumber(SELF))).toEqual({ name: "Ana" });
    note.close();
    expect(typesOf(take())).toEqual(["awareness"]);
  });

  it("[CL2] leaves no timer, whenever it is closed", async () => {
    const never = setUp();
    never.note.close();
    await never.note.session.start();
    expect([never.lines.length, never.clock.pending, never.status().connection]).toEqual([0, 0, "closed"]);

    const early = setUp();
    const starting = early.note.session.start();
    early.note.close();
    await starting;
    expect([early.lines.length, early.clock.pending]).toEqual([0, 0]);

    const late = setUp();
    await late.note.session.start();
    late.greet();
    late.type("a");
    late.note.close();
    await settle();
    expect([late.clock.pending, late.lines[0]!.closes]).toEqual([0, [CLOSE.normal]]);
    late.line().handlers.onClose({ code: CLOSE.normal, reason: "" });
    expect([late.clock.pending, late.lines.length]).toEqual([0, 1]);
  });

  it("journals the intent in the actor's own view", async () => {
    const { note, journal } = setUp();
    await note.session.start();
    note.edit([{ index: 0, remove: 0, insert: "hi" }], 2);
    expect(journal.since().find(({ kind }) => kind === "intent")).toMatchObject({
      caret: 2,
      textLength: 0,
      insertIds: [`${SELF}+0.1`],
      hop: "note",
    });
  });

  it("journals the text that a session begins in, once, where it is short", async () => {
    for (const [startTextMax, startText] of [
      [5, "begun"],
      [4, undefined],
    ] as const) {
      const { note, journal, say, greet, node } = setUp({ startTextMax });
      await note.session.start();
      greet();
      const { update } = node.edit([{ index: 0, remove: 0, insert: "begun" }]) as { update: Uint8Array };
      say({ type: "update", update });
      note.edit([{ index: 5, remove: 0, insert: "!" }], 6);
      note.edit([{ index: 6, remove: 0, insert: "!" }], 7);
      const intents = journal.since().flatMap((entry) => (entry.kind === "intent" ? [entry.startText] : []));
      expect(intents).toEqual([startText, undefined]);
    }
  });
});

describe("[UP6] a node that acknowledges slowly", () => {
  it.each([walkerStrategy, yjsStrategy])("is sent 64 frames and then few large ones, and gets every edit: $name", async (strategy) => {
    const { node, note, take, say, greet, type, status } = setUp({ strategy });
    await note.session.start();
    greet();
    await settle();
    deliver(node, take());
    for (let n = 0; n < 1_000; n++) type(String(n % 10));
    await settle();
    const first = take().filter((frame) => frame.type === "numbered");
    expect(first.length).toBeLessThanOrEqual(IN_FLIGHT_MAX);
    let last = deliver(node, first);
    say({ type: "ack", seq: last });
    let frames = 0;
    for (let next = take(); next.length > 0; next = take()) {
      frames += next.length;
      last = Math.max(last, deliver(node, next));
      say({ type: "ack", seq: last });
    }
    expect(frames).toBe(1);
    expect([node.text(), status().unsaved]).toEqual([note.text(), 0]);
    expect(note.text().length).toBe(1_000);
    note.close();
  });

  it("that hangs up is sent what waited by the next handshake", async () => {
    const { node, note, take, line, greet, type, clock, lines, say, status } = setUp({ strategy: walkerStrategy });
    await note.session.start();
    greet();
    await settle();
    for (let n = 0; n < 200; n++) type("x");
    await settle();
    line().handlers.onClose({ code: CLOSE.tryLater, reason: "Too many messages for 30 s" });
    expect(status()).toMatchObject({ connection: "waiting", interruption: "Too many messages for 30 s", unsaved: 200 });
    clock.advance(1_000);
    expect(lines.length).toBe(2);
    expect(status().interruption).toBeNull();
    greet();
    await settle();
    say({ type: "ack", seq: deliver(node, take()) });
    expect([node.text().length, status().unsaved]).toEqual([200, 0]);
    note.close();
  });
});
