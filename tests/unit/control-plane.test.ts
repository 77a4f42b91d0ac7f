/** The control plane costs what those who look at it cost, and its journals keep the notes that matter. */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, parseNoteId, type NoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import type { JournalEntry } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { FaultBoard } from "../../crdt/network/fault-board.ts";
import { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { ControlEvent } from "../../crdt/sync/control-messages.ts";
import { ControlPlane } from "../../server/faults/control-plane.ts";
import type { ControlClient } from "../../server/faults/roster.ts";
import { Identities } from "../../server/faults/identities.ts";
import { NoteJournals } from "../../server/faults/note-journals.ts";
import { RoomHub } from "../../server/rooms/room-hub.ts";
import type { Store } from "../../server/store/store.ts";
import { systemClock } from "../../server/system-clock.ts";
import { NOTHING_ELSE } from "../support/hub-setup.ts";

const note = (n: number): NoteId => parseNoteId(`note-${n}`)!;

/** A store that holds nothing. */
const emptyStore: Store = {
  load: async () => null,
  find: async () => null,
  create: () => undefined,
  append: () => undefined,
  compact: () => undefined,
  ...NOTHING_ELSE,
};

async function setUp() {
  const clock = new VirtualClock(1_000);
  const journals = new NoteJournals();
  const board = new FaultBoard({ clock });
  const nodeReplica = replicaIdFrom(500);
  const hub = new RoomHub({
    store: emptyStore,
    // Of its own, so that the plane's timers are seen alone.
    clock: new VirtualClock(),
    prng: createPrng("plane"),
    tracer: journals,
    nodeReplica,
    compactor: {
      compact: async () => EMPTY_BYTES,
      look: () => expect.unreachable(),
      since: () => expect.unreachable(),
      news: () => expect.unreachable(),
    },
    defer: (task) => task(),
    onProblem: () => undefined,
    onMerged: () => undefined,
    onDurable: (open) => plane.onDurable(open),
    onLosses: () => undefined,
  });
  await hub.open(CATALOG_NOTE_ID);
  const plane = new ControlPlane({
    clock,
    board,
    rates: new RateBoard({ clock }),
    store: emptyStore,
    journals,
    identities: new Identities(new Map()),
    nodeReplica,
    hub,
  });
  const connect = (n: number, noteId: NoteId, kind: "tab" | "stock" = "stock") =>
    plane.connected({ replicaId: replicaIdFrom(n), noteId, kind, name: null });
  /** A tab that looks at a note. */
  const look = (n: number, noteId: NoteId) => {
    const events: ControlEvent[] = [];
    const client: ControlClient = { send: (event) => void events.push(event) };
    const hello = (at: NoteId) =>
      plane.take(client, { type: "hello", replicaId: replicaIdFrom(n), noteId: at, strategy: "yjs", name: null });
    hello(noteId);
    /** The last telling: its note and who is on it. */
    const told = () => {
      const last = events.findLast((event) => event.type === "replicas");
      return last === undefined ? null : { noteId: last.noteId, replicas: last.replicas.map(({ replicaId }) => replicaId) };
    };
    return { client, hello, told, events };
  };
  return { clock, board, plane, journals, hub, connect, look };
}

describe("ControlPlane", () => {
  it("tells the other tabs of a note whose text stands alone, and keeps the row of the one whose deletion it was", async () => {
    const { clock, plane, look } = await setUp();
    const [author, deleter, stranger] = [look(1, note(1)), look(2, note(1)), look(3, note(2))];
    const stranded = {
      id: "1+x.1",
      author: replicaIdFrom(1),
      atMs: 5,
      seq: 1,
      words: "very ",
      left: "The ",
      right: "quick",
      known: [],
      isElsewhere: false,
    };
    expect(plane.take(author.client, { type: "stranded", noteId: note(1), stranded })).toBeNull();
    const heard = (events: readonly ControlEvent[]) => events.flatMap((event) => (event.type === "stranded" ? [event.stranded.words] : []));
    expect([heard(deleter.events), heard(stranger.events)]).toEqual([["very "], []]);
    // Whoever asks or answers in another's name is refused.
    expect(plane.take(deleter.client, { type: "stranded", noteId: note(1), stranded })).toMatch(/speaks for itself/);

    const loss = {
      id: "orphan 1+x.1",
      noteId: null,
      field: "text" as const,
      author: replicaIdFrom(1),
      atMs: 5,
      removedText: "" as const,
      splices: [{ index: 6, remove: 0 as const, insert: "very " }] satisfies [unknown],
      around: { before: "The ", after: "quick" },
      losingStamp: { wallMs: 5, replica: replicaIdFrom(1), seq: 1 },
      winningStamp: { wallMs: 4, replica: replicaIdFrom(2), seq: 1 },
      rule: "orphaned" as const,
    };
    expect(plane.take(author.client, { type: "orphan", noteId: note(1), loss })).toMatch(/speaks for itself/);
    await plane.ledger(note(1));
    for (let twice = 0; twice < 2; twice++) expect(plane.take(deleter.client, { type: "orphan", noteId: note(1), loss })).toBeNull();
    clock.advance(50);
    const { losses } = await plane.ledger(note(1));
    expect(losses.map(({ loss: row }) => [row.rule, row.around])).toEqual([["orphaned", { before: "The ", after: "quick" }]]);
  });

  it("sets no timer for a note that nobody looks at", async () => {
    const { clock, plane, hub, connect } = await setUp();
    for (let n = 1; n <= 100; n++) connect(n, note(n % 10));
    plane.onMerged(await hub.open(note(1)));
    expect(clock.pending).toBe(0);
    expect(plane.replicas(note(3)).replicas.length).toBe(10);
  });

  it("tells those who look at a note, and nobody else, that more of it is durable", async () => {
    const { clock, hub, look } = await setUp();
    await Promise.all([hub.open(note(1)), hub.open(note(2))]);
    const tab = look(7, note(1));
    clock.advance(50);
    tab.events.splice(0);
    hub.onSaved(note(2), 1);
    expect(clock.pending).toBe(0);
    hub.onSaved(note(1), 1);
    clock.advance(50);
    expect(tab.events.map(({ type }) => type)).toContain("replicas");
  });

  it("tells who looks at a note of those on it and of no other, and follows to another note", async () => {
    const { clock, connect, look } = await setUp();
    const leave = connect(1, note(1));
    connect(2, note(2));
    const tab = look(7, note(1));
    clock.advance(50);
    expect(tab.told()).toEqual({ noteId: note(1), replicas: [replicaIdFrom(1), replicaIdFrom(7)] });
    leave();
    clock.advance(50);
    expect(tab.told()?.replicas).toEqual([replicaIdFrom(7)]);
    tab.hello(note(2));
    clock.advance(50);
    expect(tab.told()).toEqual({ noteId: note(2), replicas: [replicaIdFrom(2), replicaIdFrom(7)] });
    connect(3, note(1));
    expect(clock.pending).toBe(0);
  });

  it("moves a stock client to the note that it spoke of last", async () => {
    const { clock, connect, look } = await setUp();
    const tab = look(7, note(2));
    connect(1, note(1));
    connect(1, note(2));
    clock.advance(50);
    expect(tab.told()?.replicas).toEqual([replicaIdFrom(7), replicaIdFrom(1)]);
  });

  it("stops telling when the last one has gone, however often it said hello", async () => {
    const { clock, plane, connect, look } = await setUp();
    const [one, two] = [look(7, note(1)), look(7, note(1))];
    one.hello(note(1));
    clock.advance(400);
    plane.leave(one.client);
    connect(1, note(1));
    clock.advance(50);
    expect(two.told()?.replicas.length).toBe(2);
    plane.leave(two.client);
    clock.advance(400);
    connect(2, note(1));
    expect(clock.pending).toBe(0);
  });

  it("tells every note that somebody looks at when conditions change", async () => {
    const { clock, board, connect, look } = await setUp();
    const [one, two] = [look(7, note(1)), look(8, note(2))];
    connect(1, note(1));
    clock.advance(400);
    const before = [one.events.length, two.events.length];
    board.set(replicaIdFrom(1), { up: { latencyMs: 100 } });
    clock.advance(50);
    expect([one.events.length, two.events.length]).toEqual([before[0]! + 1, before[1]! + 1]);
  });
});

describe("NoteJournals", () => {
  const stamp = (n: number, atMs: number) => ({ atMs, noteId: note(n), replica: replicaIdFrom(1) });
  const frame = (n: number, atMs: number): JournalEntry => ({
    ...stamp(n, atMs),
    hop: "session",
    kind: "received",
    frame: "update",
    bytes: 9,
  });
  const intent = (n: number, atMs: number): JournalEntry => ({
    ...stamp(n, atMs),
    hop: "note",
    kind: "intent",
    splices: [],
    caret: 0,
    insertIds: [],
    textLength: 0,
  });

  it("keep deeds apart from what the wire carried, in order", () => {
    const journals = new NoteJournals();
    journals.trace(frame(1, 10));
    for (let n = 0; n < 5_000; n++)
      journals.trace({ ...stamp(1, 20 + n), hop: "link", kind: "entered", direction: "up", frameId: n, bytes: 9 });
    const read = journals.read(note(1));
    expect(read.length).toBe(4_001);
    expect(read[0]).toMatchObject({ kind: "received", atMs: 10 });
    expect(journals.read(note(2))).toEqual([]);
  });

  it("keep busy notes where they are, and let quiet ones go", () => {
    const journals = new NoteJournals();
    for (let n = 0; n < 64; n++) journals.trace(frame(n, 1_000 + n));
    journals.trace(frame(64, 2_000));
    expect(journals.read(note(64))).toEqual([]);
    expect(journals.read(note(0)).length).toBe(1);
    for (let n = 1; n < 64; n++) journals.trace(frame(n, 6_000));
    journals.trace(frame(64, 6_100));
    expect([journals.read(note(64)).length, journals.read(note(0)).length, journals.read(note(1)).length]).toEqual([1, 0, 2]);
  });

  it("have a place for what a person does, whatever the clock of the tab says", () => {
    const journals = new NoteJournals();
    for (let n = 0; n < 64; n++) journals.trace(frame(n, 1_000 + n));
    journals.trace(intent(70, 9e12));
    journals.trace(intent(71, -5));
    expect([journals.read(note(70)).length, journals.read(note(71)).length]).toEqual([1, 1]);
    expect([journals.read(note(0)).length, journals.read(note(1)).length, journals.read(note(2)).length]).toEqual([0, 0, 1]);
  });
});

describe("the system clock", () => {
  it("runs what is due at once in the next turn, before a timer of a millisecond, and can take it back", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.setTimer(2, () => {
        order.push("later");
        resolve();
      });
      systemClock.setTimer(0, () => void order.push("now"));
      systemClock.setTimer(0, () => void order.push("never"))();
      order.push("first");
    });
    expect(order).toEqual(["first", "now", "later"]);
  });
});
