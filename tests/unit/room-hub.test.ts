import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, mintEpoch, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadStrategy } from "../../crdt/strategy/registry.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { decodeFrame, encodeFrame } from "../../crdt/sync/frames.ts";
import { seedTutorial, TUTORIAL_NOTE_ID } from "../../server/rooms/tutorial.ts";
import { DamagedNoteError } from "../../server/store/store.ts";
import { compactNow, NOTE, setUpHub, settled, sinceNow } from "../support/hub-setup.ts";

describe("RoomHub", () => {
  it("a plain note of megabytes is taken in in many turns, and opens no document", async () => {
    let turns = 0;
    const { hub, notes } = await setUpHub(compactNow, sinceNow, (task) => {
      turns++;
      setImmediate(task);
    });
    const doc = new Y.Doc();
    const text = doc.getText("text");
    for (let n = 0; n < 5; n++) text.insert(0, `${n}`.repeat(2 ** 20));
    for (let n = 0; n < 45_000; n++) text.insert(n % 2 === 0 ? 0 : n, "x");
    const half = text.length;
    const snapshot = Y.encodeStateAsUpdate(doc);
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (let n = 0; n < 3; n++) text.insert(0, `${n}`.repeat(2 ** 18));
    notes.set(NOTE, { strategy: "yjs", epoch: mintEpoch(createPrng("long")), snapshot, updates, position: 3 });
    const { document, room } = await hub.open(NOTE);
    // Five for the megabytes, two for the characters, three for the updates, at least.
    expect([turns >= 10, hub.counts.documentsOpened, text.length - half]).toEqual([true, 0, 3 * 2 ** 18]);
    expect(Y.encodeStateVectorFromUpdate(room.relay.since(EMPTY_BYTES))).toEqual(Y.encodeStateVector(doc));
    expect(document()!.text() === text.toJSON()).toBe(true);
  });

  it("a long note with bold words is made a document in many turns, before anybody enters; one that makes none is closed", async () => {
    let turns = 0;
    const { hub, notes, problems } = await setUpHub(compactNow, sinceNow, (task) => {
      turns++;
      setImmediate(task);
    });
    const doc = new Y.Doc();
    const words = doc.getText("text");
    for (let n = 0; n < 12_000; n++) words.insert(0, `${n % 10}`);
    words.format(5, 10, { bold: true });
    const epoch = mintEpoch(createPrng("rich"));
    const snapshot = Y.encodeStateAsUpdate(doc);
    const note = { strategy: "yjs" as const, epoch, updates: [], position: 3 };
    notes.set(NOTE, { ...note, snapshot });
    const { document, room } = await hub.open(NOTE);
    expect([turns > 6, hub.counts.documentsOpened, room.relay.since(EMPTY_BYTES).length]).toEqual([true, 1, snapshot.length]);
    expect([document()!.text(), hub.counts.documentsOpened]).toEqual([words.toJSON(), 1]);
    // The key of a format that is no JSON.
    const broken = snapshot.slice();
    broken[Buffer.from(broken).lastIndexOf("true")] = 0x7b;
    const other = parseNoteId("broken")!;
    notes.set(other, { ...note, snapshot: broken });
    await expect(hub.open(other)).rejects.toThrow(DamagedNoteError);
    expect([hub.counts.quarantined, problems.length, hub.find(other)]).toEqual([1, 1, null]);
  });

  it("a long note that lives in its document is opened in many turns, in which other rooms go on; a short one at once", async () => {
    let turns = 0;
    const { hub, notes, problems, join } = await setUpHub(compactNow, sinceNow, (task) => {
      turns++;
      setImmediate(task);
    });
    const strategy = await loadStrategy("fugue");
    const prng = createPrng("many turns");
    const writer = strategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
    let at = 0;
    for (let n = 0; n < 50_000; n++) {
      if (prng.float() < 0.2) at = prng.int(0, writer.length + 1);
      writer.edit([{ index: at++, remove: 0, insert: "typed "[n % 6]! }]);
    }
    const snapshot = writer.since(EMPTY_BYTES);
    const note = { strategy: "fugue" as const, epoch: mintEpoch(createPrng("long")), updates: [], position: 3 };
    notes.set(NOTE, { ...note, snapshot });
    const [short, other, broken] = [parseNoteId("short")!, parseNoteId("other")!, parseNoteId("broken")!];
    notes.set(short, { ...note, snapshot: snapshot.slice(0, 0) });
    await hub.open(short);
    expect([turns, hub.counts.documentsOpened]).toEqual([0, 1]);

    const { session, inbox } = await join(other, 7, "fugue");
    inbox.length = 0;
    let isOpen = false;
    const opening = hub.open(NOTE).then((open) => {
      isOpen = true;
      return open;
    });
    let answers = 0;
    for (let at = 0; !isOpen; at++) {
      session.onFrame(encodeFrame({ type: "sync-step-1", version: Uint8Array.of(0) }));
      await settled();
      if (!isOpen) answers = inbox.filter(({ type }) => type === "sync-step-2").length;
      expect(at).toBeLessThan(5_000);
    }
    // Some 10,000 operations, two hundred in a turn.
    expect([turns > 45, answers > 45]).toEqual([true, true]);
    const { document, room } = await opening;
    expect([document()!.hash(), room.relay.version(), hub.counts.documentsOpened]).toEqual([writer.hash(), writer.version(), 3]);

    notes.set(broken, { ...note, snapshot: snapshot.slice(0, -1) });
    await expect(hub.open(broken)).rejects.toThrow(DamagedNoteError);
    expect([hub.counts.quarantined, problems.length, hub.find(broken)]).toEqual([1, 1, null]);
    expect(notes.get(broken)!.snapshot).toEqual(snapshot.slice(0, -1));
  });

  it.each(["walker", "yjs"] as const)(
    "%s: a long note is hashed elsewhere, and opens no document here; a short one is, at once",
    async (name) => {
      const { hub, join } = await setUpHub();
      const { session } = await join(NOTE, 1, name);
      const replica = (await loadStrategy(name)).open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
      const type = (text: string): void => {
        const edited = replica.edit([{ index: 0, remove: 0, insert: text }]);
        session.onFrame(encodeFrame({ type: "update", update: edited.isAccepted ? edited.update : expect.unreachable() }));
      };
      const { facts } = await hub.open(NOTE);
      type("long ".repeat(8_000));
      const read = facts();
      expect(read).toBeInstanceOf(Promise);
      const { content, structure } = replica.hash();
      expect((await read)?.digest).toMatchObject({ contentHash: content, structureHash: structure, length: 40_000 });
      expect(hub.counts.documentsOpened).toBe(0);
      hub.close(CLOSE.goingAway, "End");
    },
  );

  it.each(["walker", "yjs"] as const)("%s: who comes back to a long note is answered without a document here", async (name) => {
    let asked = 0;
    const { hub, join, save, clock } = await setUpHub(compactNow, (...of) => {
      asked++;
      return sinceNow(...of);
    });
    const strategy = await loadStrategy(name);
    const writer = strategy.open({ replica: replicaIdFrom(1), clock });
    const { session } = await join(NOTE, 1, name);
    const prng = createPrng("long note");
    const write = (count: number): Uint8Array => {
      for (let n = 0; n < count; n++) {
        const edited = writer.edit([{ index: prng.int(0, writer.length + 1), remove: 0, insert: `${prng.float()} ` }]);
        if (!edited.isAccepted) throw new Error(edited.reason);
        session.onFrame(encodeFrame({ type: "update", update: edited.update }));
      }
      return writer.version();
    };
    const returned = strategy.open({ replica: replicaIdFrom(2), clock });
    const version = write(500);
    returned.receive(writer.since(EMPTY_BYTES));
    write(2_000);
    await settled();
    await settled();
    save();
    hub.abandon(NOTE);
    const { session: back, inbox } = await join(NOTE, 2, name);
    inbox.length = 0;
    for (let n = 0; n < 50; n++) back.onFrame(encodeFrame({ type: "sync-step-1", version }));
    await settled();
    await settled();
    const answers = inbox.flatMap((frame) => (frame.type === "sync-step-2" ? [frame.update] : []));
    returned.receive(answers[0]!);
    expect([returned.text() === writer.text(), hub.counts.documentsOpened]).toEqual([true, 0]);
    // A walker's history has to be unpacked for it, which is done elsewhere; of many questions that wait the last is answered.
    expect([asked, answers.length]).toEqual(name === "walker" ? [2, 2] : [0, 50]);
    hub.close(CLOSE.goingAway, "End");
  });

  it("lets an empty room go after 5 s, and opens it again as it was", async () => {
    const { hub, clock, join, save, loads, notes } = await setUpHub();
    const { session } = await join(NOTE, 1);
    const { room, document } = hub.find(NOTE)!;
    const edited = document()!.edit([{ index: 0, remove: 0, insert: "kept" }]);
    if (edited.isAccepted) room.publish(edited.update);
    save();
    const epoch = notes.get(NOTE)!.epoch;
    session.onClose({ code: 1000, reason: "" });
    clock.advance(4_999);
    expect(hub.find(NOTE)).not.toBeNull();
    clock.advance(1);
    expect(hub.find(NOTE)).toBeNull();
    const before = loads();
    const again = await hub.open(NOTE);
    expect([again.document()!.text(), again.room.epoch, again.room.isNote, loads() - before]).toEqual(["kept", epoch, true, 1]);
    hub.close(CLOSE.goingAway, "End");
    expect(clock.pending).toBe(0);
  });

  it("keeps a room while somebody is in it, and when somebody comes back in time", async () => {
    const { hub, clock, join } = await setUpHub();
    const first = await join(NOTE, 1);
    first.session.onClose({ code: 1000, reason: "" });
    clock.advance(4_000);
    const room = hub.find(NOTE)!.room;
    await join(NOTE, 2);
    clock.advance(1_001);
    expect(hub.find(NOTE)?.room).toBe(room);
  });

  it("loads a note once, however many ask at the same time", async () => {
    const { hub, loads } = await setUpHub();
    const before = loads();
    const opened = await Promise.all([hub.open(NOTE, "fugue"), hub.open(NOTE, "yjs"), hub.open(NOTE)]);
    expect([loads() - before, new Set(opened.map(({ room }) => room)).size]).toEqual([1, 1]);
  });

  it("a note has the strategy it was stored with, then the one it is listed with, then the one asked for, then a stock client's", async () => {
    const { hub } = await setUpHub();
    const list = (await hub.open(CATALOG_NOTE_ID)).room;
    list.publish(hub.catalog.addNote({ noteId: parseNoteId("listed")!, title: "Listed", strategy: "lww-note" }));
    const strategies = await Promise.all(
      (["listed", "asked", "stock"] as const).map(
        async (id) => (await hub.open(parseNoteId(id)!, id === "stock" ? null : "fugue")).strategy,
      ),
    );
    expect(strategies).toEqual(["lww-note", "fugue", "yjs"]);
  });

  it("compacts a long log in the background and goes on from the snapshot", async () => {
    const { hub, notes, save } = await setUpHub();
    const { room, document } = await hub.open(NOTE, "fugue");
    const replica = document()!;
    for (let n = 0; n < 2_100; n++) {
      const edited = replica.edit([{ index: replica.length, remove: 0, insert: "x" }]);
      if (edited.isAccepted) room.publish(edited.update);
    }
    save();
    expect([notes.get(NOTE)!.updates.length, notes.get(NOTE)!.position]).toEqual([100, 2_100]);
    hub.abandon(NOTE);
    expect((await hub.open(NOTE)).document()!.text()).toBe("x".repeat(2_100));
  });

  it("a room that failed ends its sessions and begins again from the store", async () => {
    const { hub, join } = await setUpHub();
    const { closes } = await join(NOTE, 1);
    const failed = hub.find(NOTE)!.room;
    hub.abandon(NOTE);
    expect(closes).toEqual([CLOSE.internalError]);
    expect((await hub.open(NOTE, "fugue")).room).not.toBe(failed);
  });

  it("writes the tutorial into an empty list, once", async () => {
    const { hub } = await setUpHub();
    await seedTutorial(hub);
    await seedTutorial(hub);
    expect(hub.catalog.notes().map(({ noteId }) => noteId)).toEqual([TUTORIAL_NOTE_ID]);
    expect(hub.find(TUTORIAL_NOTE_ID)!.document()!.text()).toContain("Open another replica");
  });

  it.each(["walker", "yjs"] as const)(
    "10,000 updates of four writers of %s open no document, and none to compact or to load them",
    async (name) => {
      const { hub, join, save, notes, clock, problems } = await setUpHub();
      const writers = await Promise.all(
        [1, 2, 3, 4].map(async (n) => {
          const { session, inbox } = await join(NOTE, n, name);
          const replica = (await loadStrategy(name)).open({ replica: replicaIdFrom(n), clock });
          return { session, inbox, replica };
        }),
      );
      const strategy = await loadStrategy(name);
      const read = ({ inbox, replica }: (typeof writers)[number]): void => {
        const updates = inbox.splice(0).flatMap((frame) => (frame.type === "update" ? [frame.update] : []));
        if (updates.length > 0) replica.receive(strategy.merge!(updates));
      };
      for (let n = 0; n < 10_000; n++) {
        const writer = writers[n % 4]!;
        const { session, replica } = writer;
        if (n % 25 === 0) read(writer);
        // Each writes where the others do, and deletes now and then.
        const index = Math.max(0, replica.length - 2);
        const edited = replica.edit([{ index, remove: n % 7 === 0 && replica.length > 2 ? 1 : 0, insert: "x" }]);
        if (edited.isAccepted) session.onFrame(encodeFrame({ type: "update", update: edited.update }));
        if (n % 1_000 === 0) await settled();
      }
      await settled();
      save();
      expect([hub.counts.documentsOpened, hub.counts.compactions > 2, notes.get(NOTE)!.position]).toEqual([0, true, 10_000]);
      for (const writer of writers) read(writer);
      const wanted = writers[0]!.replica.hash();
      for (const { replica } of writers) expect(replica.hash()).toEqual(wanted);
      // From the store, answered from bytes.
      await settled();
      hub.abandon(NOTE);
      const { room, copy } = await hub.open(NOTE);
      const reader = strategy.open({ replica: replicaIdFrom(9), clock });
      for (const frame of room.framesSince(EMPTY_BYTES, "sync-step-2", false)) {
        const { update } = decodeFrame(frame) as { update: Uint8Array };
        reader.receive(update);
      }
      expect([reader.hash(), hub.counts.documentsOpened, problems]).toEqual([wanted, 0, []]);
      // On demand there is one, which goes when nobody asks for it any more.
      expect([copy()!.hash(), hub.counts.documentsOpened]).toEqual([wanted, 1]);
      for (let n = 0; n < 6; n++) {
        clock.advance(4_000);
        await hub.open(NOTE);
      }
      expect([copy()!.hash(), hub.counts.documentsOpened]).toEqual([wanted, 2]);
      hub.close(CLOSE.goingAway, "End");
    },
  );

  it("[CL4] a bug takes down its room and no other", async () => {
    const { hub, join, problems } = await setUpHub();
    const other = parseNoteId("other")!;
    const [bad, good] = [await join(NOTE, 1), await join(other, 2)];
    hub.guard(NOTE, () => {
      throw new TypeError("a bug");
    });
    expect([bad.closes, good.closes, hub.find(NOTE)]).toEqual([[CLOSE.internalError], [], null]);
    expect(problems.map(String)).toEqual(["TypeError: a bug"]);
    await join(NOTE, 1);
    expect(hub.find(NOTE)).not.toBeNull();
  });

  it("a log that cannot be compacted stays as it is, and is tried again", async () => {
    const { hub, join, save, notes, clock, problems } = await setUpHub(async () => {
      throw new Error("no thread");
    });
    const { session } = await join(NOTE, 1, "yjs");
    const replica = (await loadStrategy("yjs")).open({ replica: replicaIdFrom(1), clock });
    for (let n = 0; n < 4_100; n++) {
      const edited = replica.edit([{ index: n, remove: 0, insert: "x" }]);
      if (edited.isAccepted) session.onFrame(encodeFrame({ type: "update", update: edited.update }));
      if (n === 2_050) await settled();
    }
    await settled();
    save();
    expect([problems.length, notes.get(NOTE)!.updates.length]).toEqual([2, 4_100]);
    // What is stored is counted all the same.
    expect(hub.bytesOf(NOTE)).toBe(notes.get(NOTE)!.updates.reduce((sum, { length }) => sum + length, 0));
  });

  it("opens nothing once it is closed", async () => {
    const { hub } = await setUpHub();
    hub.close(CLOSE.restarting, "The server stops");
    await expect(hub.open(NOTE, "fugue")).rejects.toThrow("The server stops");
  });

  it("[OR1] an ordered note's log is compacted with what is not durable in it, and nobody is told of that", async () => {
    const { hub, join, save, notes, clock } = await setUpHub(async () => {
      throw new Error("an ordered note needs no thread");
    });
    const { session } = await join(NOTE, 1, "ot");
    const replica = (await loadStrategy("ot")).open({ replica: replicaIdFrom(1), clock });
    for (let n = 0; n < 2_000; n++) {
      const edited = replica.edit([{ index: n, remove: 0, insert: "x" }]);
      if (edited.isAccepted) session.onFrame(encodeFrame({ type: "update", update: edited.update }));
      if (n % 100 === 0) await settled();
    }
    await settled();
    expect([notes.get(NOTE)!.updates.length, hub.find(NOTE)!.document()!.text()]).toEqual([0, ""]);
    save();
    expect(hub.find(NOTE)!.document()!.text()).toBe("x".repeat(2_000));
    hub.abandon(NOTE);
    await join(NOTE, 2);
    expect(hub.find(NOTE)!.document()!.text()).toBe("x".repeat(2_000));
  });
});
