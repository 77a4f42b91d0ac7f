import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintEpoch, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { RESYNCS_MAX } from "../../crdt/sync/limits.ts";
import { PresenceTable } from "../../crdt/sync/presence.ts";
import { setUpRoom as setUp, typed } from "../support/room-setup.ts";

/** They take a write that comes before an earlier one of its author. */
const REGISTERS = await Promise.all((["lww-note", "lww-line", "mv-note"] as const).map(loadNodeStrategy));

describe("Room and Session", () => {
  it("[HS1] a stock client is greeted with step 1 and answered with step 2", () => {
    const { join } = setUp();
    const stock = join(1, "stock");
    expect(stock.types()).toEqual(["sync-step-1"]);
    stock.send({ type: "sync-step-1", version: stock.replica.version() });
    expect(stock.types()).toEqual(["sync-step-2"]);
  });

  it("[EP3] a note has an epoch once its first update is durable", () => {
    const { join, epoch, save } = setUp({ isNew: true });
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch: null });
    expect(tab.inbox.splice(0)[0]).toEqual({ type: "epoch", epoch: null });
    tab.send({ type: "numbered", seq: 1, frame: { type: "update", update: typed(tab, "a") } });
    expect(tab.inbox).toEqual([]);
    const early = join(2, "tab");
    early.send({ type: "epoch", epoch });
    expect(early.closes).toEqual([CLOSE.foreignEpoch]);
    save();
    expect(tab.inbox.splice(0)).toEqual([
      { type: "epoch", epoch },
      { type: "ack", seq: 1 },
    ]);
  });

  it("[HS2] a tab says its epoch first; anything else closes it", () => {
    const { join, epoch } = setUp();
    const good = join(1, "tab");
    good.send({ type: "epoch", epoch: null });
    expect(good.inbox.slice(0, 2).map((frame) => (frame.type === "epoch" ? frame.epoch : frame.type))).toEqual([epoch, "sync-step-1"]);
    const bad = join(2, "tab");
    bad.send({ type: "sync-step-1", version: bad.replica.version() });
    expect(bad.closes).toEqual([CLOSE.protocolError]);
  });

  it("[EP1] a foreign epoch is refused before any sync byte", () => {
    const { join } = setUp();
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch: mintEpoch(createPrng("another")) });
    expect([tab.types(), tab.closes]).toEqual([["refusal"], [CLOSE.foreignEpoch]]);
  });

  it("[UP1] an update reaches every other session and not its sender", () => {
    const { join, text } = setUp();
    const [a, b] = [join(1, "stock"), join(2, "stock")];
    a.types();
    b.types();
    a.send({ type: "update", update: typed(a, "hello") });
    expect([a.types(), b.types(), text()]).toEqual([[], ["update"], "hello"]);
  });

  it("[AK1] an ack waits until the log is durable, also for what was known already", () => {
    const { join, save, epoch } = setUp();
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch });
    tab.types();
    const update = typed(tab, "x");
    tab.send({ type: "numbered", seq: 1, frame: { type: "update", update } });
    tab.send({ type: "numbered", seq: 2, frame: { type: "update", update } });
    expect(tab.types()).toEqual([]);
    save();
    expect(tab.inbox).toEqual([{ type: "ack", seq: 2 }]);
    tab.send({ type: "numbered", seq: 3, frame: { type: "update", update } });
    expect(tab.inbox.at(-1)).toEqual({ type: "ack", seq: 3 });
  });

  it("[UP2] an early update is not acknowledged, nor what follows it, before what is missing has come", () => {
    const { join, save, epoch, text } = setUp();
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch });
    tab.types();
    typed(tab, "a");
    tab.send({ type: "numbered", seq: 1, frame: { type: "update", update: typed(tab, "b") } });
    const [question] = tab.inbox.splice(0);
    expect(question?.type).toBe("sync-step-1");
    // Of somebody else, and complete: but an ack of it would cover number 1.
    const other = { replica: yjsStrategy.open({ replica: replicaIdFrom(7), clock: new VirtualClock() }) };
    tab.send({ type: "numbered", seq: 2, frame: { type: "update", update: typed(other, "x") } });
    save();
    expect(tab.types()).toEqual([]);
    const update = tab.replica.since(question?.type === "sync-step-1" ? question.version : expect.unreachable());
    tab.send({ type: "numbered", seq: 3, frame: { type: "sync-step-2", update } });
    save();
    expect([tab.inbox, text().length]).toEqual([[{ type: "ack", seq: 3 }], 3]);
  });

  it.each(REGISTERS)("[UP2] what comes early and is kept, whose author is gone, shuts nobody out who has it too: $name", (strategy) => {
    const { joinTab, save } = setUp({ strategy });
    const [gone, honest] = [joinTab(1), joinTab(2)];
    typed(gone, "never sent");
    gone.send({ type: "numbered", seq: 1, frame: { type: "update", update: typed(gone, "early") } });
    expect(gone.types()).toEqual(["sync-step-1"]);
    for (const frame of honest.inbox.splice(0)) if (frame.type === "update") honest.replica.receive(frame.update);
    expect(honest.replica.stats().pending).toBe(1);
    const again = joinTab(3);
    again.send({ type: "numbered", seq: 1, frame: { type: "sync-step-2", update: honest.replica.since(EMPTY_BYTES) } });
    again.send({ type: "numbered", seq: 2, frame: { type: "update", update: typed(honest, "saved") } });
    save();
    expect([again.types(), again.closes]).toEqual([["ack"], []]);
  });

  it("[CL1] bad bytes close one session and leave the others", () => {
    const { join, room, text } = setUp();
    const [bad, good] = [join(1, "stock"), join(2, "stock")];
    bad.session.onFrame(Uint8Array.of(0, 2, 9, 1));
    expect([bad.closes, good.closes, room.sessionCount]).toEqual([[CLOSE.unreadable], [], 1]);
    good.send({ type: "update", update: typed(good, "still here") });
    expect(text()).toBe("still here");
  });

  it("[CL1] a question that waits for its turn closes one session as well when it cannot be read", () => {
    const { join, room, endTurn } = setUp({ isManual: true });
    const [bad, good] = [join(1, "stock"), join(2, "stock")];
    bad.send({ type: "sync-step-1", version: new Uint8Array(0) });
    bad.send({ type: "sync-step-1", version: Uint8Array.of(9, 9) });
    expect(bad.closes).toEqual([]);
    endTurn();
    expect([bad.closes, good.closes, room.sessionCount]).toEqual([[CLOSE.unreadable], [], 1]);
  });

  it("[RO1] while nothing is taken in, writes are dropped and not acknowledged; afterwards all of them are asked for", () => {
    const { room, joinTab, join, save, text } = setUp();
    const tab = joinTab(1);
    const stock = join(2, "stock");
    stock.types();
    room.setReadOnly("full");
    expect(tab.inbox.splice(0)).toEqual([{ type: "refusal", code: CLOSE.tryLater, reason: "full" }]);
    tab.send({ type: "numbered", seq: 1, frame: { type: "update", update: typed(tab, "a") } });
    stock.send({ type: "update", update: typed(stock, "s") });
    save();
    expect([text(), tab.types(), stock.types()]).toEqual(["", [], ["auth"]]);
    // Reading goes on.
    tab.send({ type: "sync-step-1", version: tab.replica.version() });
    expect(tab.types()).toEqual(["sync-step-2"]);

    room.setReadOnly(null);
    expect([tab.types(), stock.types()]).toEqual([["refusal", "sync-step-1"], ["sync-step-1"]]);
    // Sent before the question came: it must not acknowledge what was dropped.
    const stranger = joinTab(3).replica;
    tab.replica.receive(typed({ replica: stranger }, "x"));
    tab.send({ type: "numbered", seq: 2, frame: { type: "update", update: stranger.since(new Uint8Array(0)) } });
    save();
    expect([tab.types(), text()]).toEqual([[], "x"]);
    tab.send({ type: "numbered", seq: 3, frame: { type: "sync-step-2", update: tab.replica.since(new Uint8Array(0)) } });
    stock.send({ type: "sync-step-2", update: stock.replica.since(new Uint8Array(0)) });
    save();
    expect(tab.inbox.filter(({ type }) => type === "ack")).toEqual([{ type: "ack", seq: 3 }]);
    expect(text().split("").sort().join("")).toBe("asx");
    expect([tab.closes, stock.closes]).toEqual([[], []]);
  });

  it("[RO1] a peer that was asked too often for what was turned away is closed, and nobody else", () => {
    const { room, joinTab } = setUp();
    const [mute, other] = [joinTab(1), joinTab(2)];
    for (let n = 1; n <= RESYNCS_MAX + 1; n++) {
      room.setReadOnly("full");
      mute.send({ type: "numbered", seq: n, frame: { type: "update", update: typed(mute, "m") } });
      room.setReadOnly(null);
    }
    expect([mute.closes, other.closes, room.sessionCount]).toEqual([[CLOSE.tryLater], [], 1]);
  });

  it("[UP2] who brings what another's update waited for is sent what had waited", async () => {
    const { joinTab, text } = setUp({ strategy: await loadNodeStrategy("fugue") });
    const [author, other] = [joinTab(1), joinTab(2)];
    const first = typed(author, "a");
    author.send({ type: "update", update: typed(author, "b") });
    expect([text(), author.types(), other.types()]).toEqual(["", ["sync-step-1"], []]);
    other.replica.receive(first);
    other.send({ type: "update", update: first });
    for (const frame of other.inbox) if (frame.type === "update") other.replica.receive(frame.update);
    expect([text(), other.replica.text()]).toEqual(["ab", "ab"]);
  });

  it("[RO1] whoever joins meanwhile is told, and a room that was never asked for anything asks nobody", () => {
    const { room, join } = setUp();
    room.setReadOnly("full");
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch: null });
    expect(tab.types()).toEqual(["epoch", "refusal", "sync-step-1"]);
    room.setReadOnly(null);
    expect(tab.types()).toEqual(["refusal"]);
  });

  it.each([0, 80, 4_900])("[HB1] a tab that falls silent %i ms after a heartbeat is gone two heartbeats later", (atMs) => {
    const { clock, joinTab } = setUp();
    const tab = joinTab(1);
    clock.advance(atMs);
    tab.send({ type: "heartbeat", nonce: 1, isReply: false });
    clock.advance(9_999);
    expect(tab.closes).toEqual([]);
    clock.advance(1);
    expect(tab.closes).toEqual([CLOSE.goingAway]);
    expect(clock.pending).toBe(0);
  });

  it("[UP2] one peer's gap neither delays the acks of others nor counts against them", () => {
    const { join, save } = setUp();
    const [gappy, tab] = [join(1, "tab"), join(2, "tab")];
    for (const peer of [gappy, tab]) peer.send({ type: "epoch", epoch: null });
    typed(gappy, "never sent");
    gappy.send({ type: "numbered", seq: 1, frame: { type: "update", update: typed(gappy, "early") } });
    tab.types();
    for (let seq = 1; seq <= 20; seq++) tab.send({ type: "numbered", seq, frame: { type: "update", update: typed(tab, "x") } });
    save();
    expect([tab.inbox, tab.closes]).toEqual([[{ type: "ack", seq: 20 }], []]);
  });

  it("[HB1] a silent tab is closed, a stock client alone hears something every 10 s for two minutes", () => {
    const { join, clock, epoch } = setUp();
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch });
    const stock = join(2, "stock");
    for (let second = 0; second < 120; second += 10) {
      stock.types();
      clock.advance(10_000);
      expect(stock.types()).toContain("awareness");
    }
    expect([tab.closes, stock.closes]).toEqual([[CLOSE.goingAway], []]);
  });

  it("[HB2] measures the round trip", () => {
    const { join, clock, epoch } = setUp();
    const tab = join(1, "tab");
    tab.send({ type: "epoch", epoch });
    clock.advance(5_000);
    const asked = tab.inbox.find((frame) => frame.type === "heartbeat");
    clock.advance(120);
    if (asked?.type === "heartbeat") tab.send({ ...asked, isReply: true });
    expect(tab.session.roundTripMs).toBe(120);
  });

  it("[PR1] presence is echoed, passed on, and withdrawn when its connection ends", () => {
    const { join, room, clock } = setUp();
    const [a, b] = [join(1, "stock"), join(2, "stock")];
    a.types();
    b.types();
    const update = new PresenceTable(clock).setLocal(1, { name: "Ana" });
    a.send({ type: "awareness", update });
    expect([a.types(), b.types(), room.presence.table.states().get(1)]).toEqual([["awareness"], ["awareness"], { name: "Ana" }]);
    b.send({ type: "awareness", update });
    b.session.onClose({ code: 1006, reason: "" });
    expect(room.presence.table.states().size).toBe(1);
    a.session.onClose({ code: 1006, reason: "" });
    expect(room.presence.table.states().size).toBe(0);
  });

  it("[PR1] who is lost is withdrawn under the clock last heard and comes back with the next; who leaves has a clock of its own", () => {
    const { join, clock } = setUp();
    const watcher = new PresenceTable(clock);
    const b = join(2, "stock");
    const hear = (): void => {
      for (const frame of b.inbox.splice(0)) if (frame.type === "awareness") watcher.apply(frame.update);
    };
    const own = new PresenceTable(clock);
    for (const code of [1006, 1001]) {
      const a = join(1, "stock");
      a.send({ type: "awareness", update: own.setLocal(1, { name: "Ana" }) });
      hear();
      expect(watcher.known().get(1)).toMatchObject({ state: { name: "Ana" }, isHere: true });
      const heardAtMs = clock.now();
      clock.advance(4_000);
      a.session.onClose({ code, reason: "" });
      hear();
      expect(watcher.states().has(1)).toBe(false);
      if (code === 1006) expect(watcher.known().get(1)).toMatchObject({ state: { name: "Ana" }, isHere: false, heardAtMs });
      else expect(watcher.known().has(1)).toBe(false);
      own.setLocal(1, null);
    }
  });

  it("[CL2] nothing is left ticking after the last session", () => {
    const { join, clock, room } = setUp();
    join(1, "stock");
    join(2, "tab");
    room.close(CLOSE.restarting, "restart");
    clock.advance(60_000);
    expect([room.sessionCount, clock.pending]).toEqual([0, 0]);
  });
});
