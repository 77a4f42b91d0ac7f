/** Updates that take long are taken in over several turns, and nothing is acknowledged that is not stored. Turns are counted, not timed. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { finished } from "../../crdt/base/steps.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { NoteRelay, Relayed, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { Elsewhere } from "../../crdt/sync/elsewhere.ts";
import { encodeFrame, encodePieces } from "../../crdt/sync/frames.ts";
import { PIECE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { settled } from "../support/hub-setup.ts";
import { type Peer, setUpRoom, typed } from "../support/room-setup.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const clock = new VirtualClock(1_000);
/** Which take in long updates by steps without a document elsewhere. */
const IN_STEPS = await Promise.all((["yjs", "fugue", "fuguemax", "rga", "lww-line"] as const).map(loadNodeStrategy));
const walkerNode = await loadNodeStrategy("walker");

function replicaOf(strategy: Strategy, n: number): Replica {
  return strategy.open({ replica: replicaIdFrom(n), clock });
}

async function relayOf(strategy: Strategy): Promise<NoteRelay> {
  const onNode = await loadNodeStrategy(strategy.name);
  return openRelay(onNode, { replica: replicaIdFrom(9), clock, updates: [], onDocumentOpened: () => undefined });
}

/** Edits that make an update long. */
function countFor({ name }: Strategy): number {
  return name === "yjs" ? 3_600 : 1_600;
}

/** Types `count` words at random places, each of which becomes a run of its own. */
function scatter(replica: Replica, count: number, prng: Prng): void {
  for (let n = 0; n < count; n++) {
    clock.advance(1);
    const index = prng.int(0, replica.length + 1);
    const remove = prng.float() < 0.2 ? Math.min(2, replica.length - index) : 0;
    replica.edit([{ index, remove, insert: ["a", "bc", "é", "😀", "a\nb"][prng.int(0, 5)]! }]);
  }
}

/** What two wrote who heard of each other now and then: what the first had early on, and all of it. */
function history(strategy: Strategy, seed: number, count: number) {
  const prng = createPrng(`long ${strategy.name} ${seed}`);
  const [a, b] = [replicaOf(strategy, 1), replicaOf(strategy, 2)];
  let early: Uint8Array = EMPTY_BYTES;
  for (let n = 0; n < 10; n++) {
    for (const replica of [a, b]) scatter(replica, count / 20, prng);
    if (n % 3 === 0) {
      a.receive(b.since(a.version()));
      b.receive(a.since(b.version()));
    }
    if (n === 3) early = a.since(EMPTY_BYTES);
  }
  a.receive(b.since(a.version()));
  return { early, whole: a.since(EMPTY_BYTES), text: a.text() };
}

function facts(relay: NoteRelay) {
  return { version: relay.version(), since: relay.since(EMPTY_BYTES), seen: relay.seen(), text: relay.document().text() };
}

function stepsIn(steps: Generator<void, Relayed>): { readonly steps: number; readonly relayed: Relayed } {
  for (let count = 1; ; count++) {
    const { done, value } = steps.next();
    if (done === true) return { steps: count, relayed: value };
  }
}

/** Of a copy that got `since`, and then what another lacks that claims `version`: nothing more. */
async function versionOf(strategy: Strategy, since: Uint8Array, version: Uint8Array): Promise<Uint8Array> {
  const relay = await relayOf(strategy);
  relay.receive(since);
  const lacking = relay.since(version);
  const reader = replicaOf(strategy, 7);
  reader.receive(since);
  reader.receive(lacking);
  return reader.version();
}

describe("a long update, in steps", () => {
  it.each(IN_STEPS.flatMap((strategy) => [1, 2].map((seed) => [strategy.name, seed, strategy] as const)))(
    "%s: comes to what it comes to at once, whatever is known of it (history %i)",
    async (_, seed, strategy) => {
      const { early, whole, text } = history(strategy, seed, countFor(strategy));
      for (const before of [EMPTY_BYTES, early]) {
        const [inSteps, atOnce] = [await relayOf(strategy), await relayOf(strategy)];
        for (const relay of [inSteps, atOnce]) relay.receive(before);
        const { steps, relayed } = stepsIn(inSteps.receiveInSteps!(whole)!);
        expect(steps).toBeGreaterThan(3);
        const other = atOnce.receive(whole);
        expect({ ...relayed, forward: null }).toEqual({ ...other, forward: null });
        expect(relayed.isWaiting).toBe(false);
        expect(facts(inSteps)).toEqual(facts(atOnce));
        expect(facts(inSteps).text).toBe(text);
        // What goes on says the same, in whatever order.
        const heard = await Promise.all(
          [relayed, other].map(async ({ forward }) => {
            const relay = await relayOf(strategy);
            for (const update of [before, forward!]) relay.receive(update);
            return facts(relay);
          }),
        );
        expect(heard[0]).toEqual(heard[1]);
      }
    },
  );

  it.each(IN_STEPS.map((strategy) => [strategy.name, strategy] as const))(
    "%s: what builds on what is not here waits, as it does at once",
    async (_, strategy) => {
      const { whole } = history(strategy, 4, 200);
      const writer = replicaOf(strategy, 3);
      writer.edit([{ index: 0, remove: 0, insert: "lacking" }]);
      writer.receive(whole);
      const known = writer.version();
      scatter(writer, countFor(strategy), createPrng("later"));
      const later = writer.since(known);
      const [inSteps, atOnce] = [await relayOf(strategy), await relayOf(strategy)];
      const relayed = finished(inSteps.receiveInSteps!(later)!);
      expect(relayed).toEqual(atOnce.receive(later));
      expect(relayed.isWaiting).toBe(true);
      expect(facts(inSteps)).toEqual(facts(atOnce));
      for (const relay of [inSteps, atOnce]) relay.receive(writer.since(EMPTY_BYTES));
      expect(facts(inSteps)).toEqual(facts(atOnce));
      expect(facts(inSteps).text).toBe(writer.text());
    },
  );

  it.each(IN_STEPS.map((strategy) => [strategy.name, strategy] as const))(
    "[UP7] %s: whoever asks while half of it is in, and hears of the rest as everybody does, has all of it",
    async (_, strategy) => {
      const { early, whole, text } = history(strategy, 5, countFor(strategy));
      const relay = await relayOf(strategy);
      relay.receive(early);
      const asked: { readonly version: Uint8Array; readonly since: Uint8Array }[] = [];
      const steps = relay.receiveInSteps!(whole)!;
      let taken = steps.next();
      for (; taken.done !== true; taken = steps.next()) asked.push({ version: relay.version(), since: relay.since(EMPTY_BYTES) });
      const { forward } = taken.value;
      for (const { version, since } of [asked[0]!, asked[asked.length >> 1]!, asked.at(-1)!]) {
        const reader = replicaOf(strategy, 8);
        reader.receive(since);
        // What the node says that it has it has told.
        expect(await versionOf(strategy, since, version)).toEqual(reader.version());
        reader.receive(forward!);
        expect([reader.text(), reader.stats().pending]).toEqual([text, 0]);
        expect(reader.hash()).toEqual(relay.document().hash());
      }
    },
  );

  it.each(IN_STEPS.map((strategy) => [strategy.name, strategy] as const))(
    "%s: of one that does not parse to its end nothing is in",
    async (_, strategy) => {
      const { early, whole } = history(strategy, 6, countFor(strategy));
      const relay = await relayOf(strategy);
      relay.receive(early);
      const before = facts(relay);
      expect(() => finished(relay.receiveInSteps!(whole.slice(0, -1))!)).toThrow(DecodeError);
      expect(facts(relay)).toEqual(before);
    },
  );

  it("walker: what was checked is taken in in steps, and comes to the same", async () => {
    const { early, whole, text } = history(walkerStrategy, 1, 12_000);
    const writer = replicaOf(walkerStrategy, 3);
    writer.receive(whole);
    const [inSteps, atOnce] = [await relayOf(walkerStrategy), await relayOf(walkerStrategy)];
    for (const relay of [inSteps, atOnce]) relay.receive(early);
    const news = writer.since(inSteps.version());
    expect(inSteps.receiveInSteps!(news)).toBeNull();
    const { steps, relayed } = stepsIn(inSteps.receiveInSteps!(news, true)!);
    expect(steps).toBeGreaterThan(3);
    expect(relayed).toEqual(atOnce.receive(news));
    expect(facts(inSteps)).toEqual(facts(atOnce));
    expect(facts(inSteps).text).toBe(text);
  });
});

describe("walker: history that is cut off while a long update is taken in", () => {
  /** A note, its state without history, and a checked update that ends with what builds on that history. */
  async function cutMeanwhile() {
    const [writer, late, far] = [replicaOf(walkerStrategy, 1), replicaOf(walkerStrategy, 2), replicaOf(walkerStrategy, 3)];
    scatter(writer, 20, createPrng("old"));
    late.receive(writer.since(EMPTY_BYTES));
    scatter(writer, 20, createPrng("new"));
    late.edit([{ index: 0, remove: 0, insert: "late" }]);
    far.receive(writer.since(EMPTY_BYTES));
    scatter(far, 4_000, createPrng("far"));
    far.receive(late.since(writer.version()));
    const relay = await relayOf(walkerStrategy);
    relay.receive(writer.since(EMPTY_BYTES));
    const cut = walkerNode.cutHistory!(writer.since(EMPTY_BYTES), [writer.version()])!;
    return { relay, cut, version: writer.version(), update: far.since(writer.version()), far };
  }

  it("what is in by then goes on, and the rest is asked for again and refused", async () => {
    const { relay, cut, version, update, far } = await cutMeanwhile();
    const steps = relay.receiveInSteps!(update, true)!;
    while (toBase64(relay.version()) === toBase64(version)) steps.next();
    relay.rebase!(cut, version);
    const { forward, isWaiting } = finished(steps);
    expect([isWaiting, toBase64(relay.version()) === toBase64(version)]).toEqual([true, false]);
    const reader = openRelay(walkerNode, {
      replica: replicaIdFrom(8),
      clock,
      state: cut,
      updates: [forward!],
      onDocumentOpened: () => undefined,
    });
    expect(reader.version()).toEqual(relay.version());
    expect(() => relay.receive(far.since(relay.version()))).toThrow(ProtocolError);
  });

  it("of one that builds on it from the start nothing is in", async () => {
    const { relay, cut, version, update } = await cutMeanwhile();
    relay.rebase!(cut, version);
    const [before, late] = [relay.version(), replicaOf(walkerStrategy, 4)];
    scatter(late, 4_000, createPrng("late"));
    late.receive(update);
    expect(() => finished(relay.receiveInSteps!(late.since(EMPTY_BYTES), true)!)).toThrow(ProtocolError);
    expect(relay.version()).toEqual(before);
  });
});

function acksIn(peer: Peer): number[] {
  return peer.inbox.splice(0).flatMap((frame) => (frame.type === "ack" ? [frame.seq] : []));
}

describe("a room that takes in a long update", () => {
  const prng = createPrng("room");

  function longUpdate({ replica }: Peer): Uint8Array {
    scatter(replica, 4_000, prng);
    return replica.since(EMPTY_BYTES);
  }

  /** As the provider does: what is too large for one message goes in pieces. */
  function numbered(peer: Peer, seq: number, update: Uint8Array): void {
    const frame = encodeFrame({ type: "numbered", seq, frame: { type: "update", update } });
    for (const message of frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame]) peer.session.onFrame(message);
  }

  it("[UP7] takes other writers' updates after it, and stores each before it is acknowledged", () => {
    const { joinTab, endTurn, turnsLeft, save, appended, text, documentsOpened } = setUpRoom({ isManual: true });
    const [a, b] = [joinTab(1), joinTab(2)];
    const before = appended();
    numbered(a, 1, longUpdate(a));
    endTurn();
    // What it has half taken in: to acknowledge this now would be to promise what is not stored.
    numbered(b, 1, typed(b, "b"));
    endTurn();
    expect([appended(), a.types(), b.types()]).toEqual([before, [], []]);
    expect(b.isRead).toBe(false);
    while (turnsLeft() > 0) endTurn();
    expect(appended()).toBe(before + 2);
    expect([acksIn(a), acksIn(b)]).toEqual([[], []]);
    save();
    expect([acksIn(a), acksIn(b)]).toEqual([[1], [1]]);
    expect(documentsOpened()).toBe(0);
    for (const peer of [a, b]) peer.replica.receive(peer === a ? b.replica.since(EMPTY_BYTES) : a.replica.since(EMPTY_BYTES));
    expect(text()).toBe(a.replica.text());
  });

  it("[UP7] stores and passes it on although its writer has left", () => {
    const { joinTab, endTurn, turnsLeft, appended, text } = setUpRoom({ isManual: true });
    const [a, b] = [joinTab(1), joinTab(2)];
    const before = appended();
    const update = longUpdate(a);
    numbered(a, 1, update);
    endTurn();
    a.session.onClose({ code: 1006, reason: "" });
    while (turnsLeft() > 0) endTurn();
    expect(appended()).toBe(before + 1);
    expect(b.inbox.filter(({ type }) => type === "update")).toHaveLength(1);
    expect(text()).toBe(a.replica.text());
  });

  it("refuses one that does not parse to its end before anything of it is in, and goes on", () => {
    const { joinTab, endTurn, turnsLeft, appended, relay } = setUpRoom({ isManual: true });
    const [a, b] = [joinTab(1), joinTab(2)];
    const [before, version] = [appended(), relay.version()];
    numbered(a, 1, longUpdate(a).slice(0, -1));
    endTurn();
    numbered(b, 1, typed(b, "b"));
    while (turnsLeft() > 0) endTurn();
    expect([a.closes, b.closes]).toEqual([[CLOSE.unreadable], []]);
    expect(appended()).toBe(before + 1);
    expect(relay.version()).not.toEqual(version);
    expect(relay.since(EMPTY_BYTES)).toEqual(b.replica.since(EMPTY_BYTES));
  });

  describe("walker, checked elsewhere", () => {
    function setUpElsewhere() {
      const asked: { readonly update: Uint8Array; readonly take: (news: Uint8Array | null | ProtocolError) => void }[] = [];
      const news: Elsewhere["news"] = (update, take) => void asked.push({ update, take });
      return { ...setUpRoom({ isManual: true, strategy: walkerNode, elsewhere: { news, since: () => expect.unreachable() } }), asked };
    }

    it("takes in what is new, once it was checked", () => {
      const { joinTab, endTurn, turnsLeft, save, asked, text, documentsOpened } = setUpElsewhere();
      const a = joinTab(1);
      const update = longUpdate(a);
      numbered(a, 1, update);
      expect(asked.map((one) => one.update)).toEqual([update]);
      while (turnsLeft() > 0) endTurn();
      expect(acksIn(a)).toEqual([]);
      asked[0]!.take(update);
      while (turnsLeft() > 0) endTurn();
      save();
      expect(acksIn(a)).toEqual([1]);
      expect(documentsOpened()).toBe(0);
      expect(text()).toBe(a.replica.text());
    });

    it("closes the connection that brought what cannot be, with its code", () => {
      const { joinTab, endTurn, turnsLeft, asked, appended } = setUpElsewhere();
      const [a, b] = [joinTab(1), joinTab(2)];
      const before = appended();
      numbered(a, 1, longUpdate(a));
      asked[0]!.take(new ProtocolError(4400, "It cannot be"));
      while (turnsLeft() > 0) endTurn();
      expect([a.closes, b.closes, appended()]).toEqual([[4400], [], before]);
    });

    it("asks for what it lacks, and acknowledges nothing", () => {
      const { joinTab, endTurn, turnsLeft, asked, save } = setUpElsewhere();
      const a = joinTab(1);
      numbered(a, 1, longUpdate(a));
      asked[0]!.take(null);
      while (turnsLeft() > 0) endTurn();
      save();
      expect(a.types()).toEqual(["sync-step-1"]);
    });

    it("holds nothing of who has left while another's update is checked", async () => {
      const { joinTab, asked } = setUpElsewhere();
      const [a, b] = [joinTab(1), joinTab(2)];
      numbered(a, 1, longUpdate(a));
      const left = ((): WeakRef<object> => {
        const message = encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update: typed(b, "b".repeat(30_000)) } });
        b.session.onFrame(message);
        return new WeakRef(message.buffer);
      })();
      expect([asked.length, b.isRead]).toEqual([1, false]);
      b.session.onClose({ code: 1006, reason: "" });
      // What a weak reference was made of is held until then.
      await settled();
      collectGarbage();
      expect(left.deref()).toBeUndefined();
    });

    it("takes a short one, and a long word, at once", () => {
      const { joinTab, asked, save } = setUpElsewhere();
      const a = joinTab(1);
      numbered(a, 1, typed(a, "a"));
      numbered(a, 2, typed(a, "long ".repeat(10_000)));
      save();
      expect([asked, acksIn(a)]).toEqual([[], [2]]);
    });
  });
});
