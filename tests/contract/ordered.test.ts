/**
 * Strategies whose writes one node orders, through one suite: what holds whatever their rule is. Chosen by trait,
 * never by name.
 */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng, shuffle } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import { decodeMessage } from "../../crdt/strategy/ordered-codec.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import { loadNodeStrategy, STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { Authority, NoteRelay, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { Ordering } from "../support/ordering.ts";

const SEEDS = Math.ceil(40 * Number(process.env.FUZZ_SCALE ?? 1));
const ORDERED = (await Promise.all(STRATEGY_NAMES.map(loadNodeStrategy))).filter(({ traits }) => traits.isOrdered);

const insert = (index: number, text: string): Splice[] => [{ index, remove: 0, insert: text }];

function randomEdit(prng: Prng, length: number): Splice[] {
  const index = prng.int(0, length + 1);
  const remove = prng.float() < 0.4 ? prng.int(0, Math.min(5, length - index) + 1) : 0;
  return [{ index, remove, insert: prng.float() < 0.8 ? ["a", "bc", "😀", "\n", "é"][prng.int(0, 5)]! : "" }];
}

function made(copy: Replica, splices: readonly Splice[]): Uint8Array {
  const edited = copy.edit(splices);
  if (!edited.isAccepted) throw new Error(edited.reason);
  return edited.update;
}

describe.each(ORDERED.map((strategy: Strategy) => [strategy.name, strategy] as const))("%s", (name, strategy) => {
  const setUp = () => {
    const clock = new VirtualClock(1_000);
    const open = (n: number, state: Uint8Array = EMPTY_BYTES): Replica => strategy.open({ replica: replicaIdFrom(n), clock, state });
    const hold = (
      updates: readonly Uint8Array[] = [],
      more: { authority?: Authority; handOver?: (bytes: Uint8Array) => boolean } = {},
    ): NoteRelay => openRelay(strategy, { replica: replicaIdFrom(90), clock, updates, onDocumentOpened: () => undefined, ...more });
    return { clock, open, hold, ordering: new Ordering(strategy, clock) };
  };

  it("counts an edit as unsaved until its entry has come", () => {
    const { open, ordering } = setUp();
    const a = open(1);
    const update = made(a, insert(0, "hi"));
    expect([a.text(), a.unconfirmed]).toEqual(["hi", 1]);
    const { forward } = ordering.bring(update);
    expect(a.unconfirmed).toBe(1);
    a.receive(forward!);
    expect([a.text(), a.unconfirmed, ordering.relay.document().text()]).toEqual(["hi", 0, "hi"]);
  });

  it("answers a proposal that was committed before with its entry, and does it once (an ack was lost)", () => {
    const { open, ordering } = setUp();
    const a = open(1);
    const update = made(a, insert(0, "once"));
    const { forward } = ordering.bring(update);
    // The entry was lost on its way; the tab comes back and proposes again.
    const again = ordering.bring(a.since(ordering.relay.version()));
    expect(again.forward).toBeNull();
    const retried = ordering.bring(update);
    expect([retried.forward, retried.reply]).toEqual([null, forward]);
    a.receive(retried.reply!);
    expect([a.text(), a.unconfirmed, ordering.relay.document().text()]).toEqual(["once", 0, "once"]);
  });

  it("refuses a number that comes again with other content", () => {
    const { open, ordering } = setUp();
    ordering.bring(made(open(1), insert(0, "one")));
    expect(() => ordering.bring(made(open(1), insert(0, "two")))).toThrow(ProtocolError);
  });

  it("joined, proposals say what they say one by one: a tab that is faster than its acks sends them so", () => {
    const { open, ordering } = setUp();
    const a = open(1);
    const updates = Array.from("quick", (letter, n) => made(a, insert(n, letter)));
    // Proposed twice, as after a refusal.
    a.receive(ordering.commit(a, strategy.merge!([...updates, ...updates])));
    expect([ordering.relay.document().text(), a.text(), a.unconfirmed]).toEqual(["quick", "quick", 0]);
  });

  it("[OR6] turns away a copy with other entries, and one that is further than whoever orders", () => {
    const { open, ordering, hold } = setUp();
    const [a, b] = [open(1), open(2)];
    a.receive(ordering.commit(a, made(a, insert(0, "ours"))));
    const { relay: other } = setUp().ordering;
    const { forward } = other.receive(made(b, insert(0, "theirs")));
    other.settle!(forward!);
    expect(() => a.receive(forward!)).toThrow(expect.objectContaining({ closeCode: 4411 }));
    expect(a.text()).toBe("ours");
    const further = setUp().hold();
    for (const relay of [other, further]) expect(() => relay.since(a.version())).toThrow(expect.objectContaining({ closeCode: 4411 }));
    // A node that follows may be behind, and one that folded its entries cannot tell.
    const follower = hold([], { authority: { token: () => null, reason: () => "Another orders" } });
    expect(decodeMessage(follower.since(a.version())).entries).toEqual([]);
  });

  it("waits for an entry that is missing, and for nothing else", () => {
    const { open, ordering } = setUp();
    const [a, reader] = [open(1), open(2)];
    const first = ordering.commit(a, made(a, insert(0, "a")));
    const second = ordering.commit(a, made(a, insert(1, "b")));
    const early = reader.receive(second);
    expect([early.isWaiting, early.forward, reader.text()]).toEqual([true, null, ""]);
    expect(reader.receive(first).isWaiting).toBe(false);
    expect([reader.receive(second).isWaiting, reader.text()]).toEqual([false, "ab"]);
  });

  it("shows nobody what is not durable", () => {
    const { open, hold } = setUp();
    const relay = hold();
    const empty = relay.since(EMPTY_BYTES);
    const { forward } = relay.receive(made(open(1), insert(0, "soon")));
    expect([relay.version(), relay.since(EMPTY_BYTES), relay.document().text()]).toEqual([EMPTY_BYTES, empty, ""]);
    // The log's own state has it: it is on its way there.
    expect(open(3, relay.state!()).text()).toBe("soon");
    relay.settle!(forward!);
    expect([open(2, relay.since(EMPTY_BYTES)).text(), relay.document().text()]).toEqual(["soon", "soon"]);
  });

  it("keeps a pending edit through a reload, and proposes it then", () => {
    const { open, ordering } = setUp();
    const [a, b] = [open(1), open(2)];
    const base = ordering.commit(a, made(a, insert(0, "base ")));
    b.receive(base);
    made(b, insert(5, "mine"));
    const again = open(2, b.since(EMPTY_BYTES));
    expect([again.text(), again.unconfirmed]).toEqual(["base mine", 1]);
    // Also out of single rows, after what came from the node later.
    const other = ordering.commit(a, made(a, insert(0, "more ")));
    const rows = open(3, base);
    const row = made(rows, insert(5, "late"));
    const loaded = open(3, base);
    loaded.receive(other);
    loaded.receive(row);
    expect(loaded.unconfirmed).toBe(1);
    loaded.checkInvariants();
    ordering.commit(again, again.since(ordering.relay.version()));
    expect([again.unconfirmed, ordering.relay.document().hash()]).toEqual([0, again.hash()]);
  });

  it("shows after a reload what of its own was committed before it, with what was not", () => {
    const { open, ordering } = setUp();
    const a = open(1);
    for (const [n, word] of ["one ", "two ", "three "].entries()) ordering.commit(a, made(a, insert([0, 4, 8][n]!, word)));
    made(a, insert(14, "four"));
    const again = open(1, a.since(EMPTY_BYTES));
    expect([again.text(), again.unconfirmed]).toEqual(["one two three four", 1]);
    again.checkInvariants();
    ordering.commit(again, again.since(ordering.relay.version()));
    expect([again.text(), again.unconfirmed, ordering.relay.document().text()]).toEqual(["one two three four", 0, "one two three four"]);
  });

  it("refuses with the reason where nobody may order, keeps the edit, and commits it once somebody may", () => {
    const { open, hold } = setUp();
    let token: number | null = null;
    const reason = "This side has 1 of 3 servers, so saving is paused.";
    const relay = hold([], { authority: { token: () => token, reason: () => reason } });
    const a = open(1);
    const refused = relay.receive(made(a, insert(0, "kept")));
    expect(refused.forward).toBeNull();
    a.receive(refused.reply!);
    expect([a.text(), a.unconfirmed, a.pause]).toEqual(["kept", 1, reason]);
    token = 7;
    const { forward } = relay.receive(a.since(relay.version()));
    a.receive(forward!);
    expect([a.text(), a.unconfirmed, a.pause]).toEqual(["kept", 0, null]);
    expect(decodeMessage(forward!).entries.map((entry) => entry.token)).toEqual([7]);
  });

  it("hands a proposal over to the node that may order, and takes in what comes of it", () => {
    const { open, hold } = setUp();
    const leader = hold();
    const handed: Uint8Array[] = [];
    const follower = hold([], { authority: { token: () => null, reason: () => "no" }, handOver: (bytes) => handed.push(bytes) > 0 });
    const a = open(1);
    expect(follower.receive(made(a, insert(0, "hi")))).toEqual({ forward: null, reply: null, isWaiting: false, losses: [] });
    const { forward } = leader.receive(handed[0]!);
    const taken = follower.commit!(forward!);
    expect(taken.forward).toEqual(forward);
    follower.settle!(taken.forward!);
    a.receive(taken.forward!);
    expect([a.unconfirmed, follower.document().hash()]).toEqual([0, a.hash()]);
    expect(follower.commit!(forward!).forward).toBeNull();
  });

  it("refuses entries under a token lower than one that it has seen, and does not hear of an order from a tab", () => {
    const { open, hold } = setUp();
    const under = (token: number): NoteRelay => hold([], { authority: { token: () => token, reason: () => "" } });
    const [old, fresh, node] = [under(3), under(4), hold()];
    const [a, b] = [open(1), open(2)];
    const first = fresh.receive(made(a, insert(0, "new"))).forward!;
    node.commit!(first);
    old.commit!(first.slice(0, 0));
    old.receive(made(b, insert(0, "old")));
    const stale = old.receive(made(b, insert(3, "er"))).forward!;
    expect(() => node.commit!(stale)).toThrow(ProtocolError);
    const before = node.state!();
    expect(node.receive(stale)).toEqual({ forward: null, reply: null, isWaiting: false, losses: [] });
    expect(node.state!()).toEqual(before);
  });

  it("is after a restart what it was, and lets a long log begin with a text", () => {
    const { open, hold } = setUp();
    const relay = hold();
    const a = open(1);
    const reader = open(2);
    const forwards: Uint8Array[] = [];
    for (let n = 0; n < 2_100; n++) {
      const { forward } = relay.receive(made(a, insert(a.length % 7, "x")));
      relay.settle!(forward!);
      a.receive(forward!);
      forwards.push(forward!);
      if (n === 50) reader.receive(relay.since(EMPTY_BYTES));
    }
    expect(decodeMessage(relay.state!()).snapshot).not.toBeNull();
    for (const again of [hold(forwards), hold([relay.state!()]), hold([relay.state!(), ...forwards])])
      expect([again.document().hash(), again.version()]).toEqual([relay.document().hash(), relay.version()]);
    // A reader that is further behind than the log reaches is given the text.
    reader.receive(relay.since(reader.version()));
    expect(reader.hash()).toEqual(a.hash());
    expect([relay.document().stats().typed, relay.document().stats().kept]).toEqual([2_100, 2_100]);
  });

  it("answers broken proposals with DecodeError or ProtocolError, and commits nothing of them", () => {
    const { open, hold } = setUp();
    const relay = hold();
    const a = open(1);
    const good = [made(a, insert(0, "hello")), a.since(EMPTY_BYTES)];
    const prng = createPrng(`${name}/broken`);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const bytes = Uint8Array.from(good[prng.int(0, 2)]!);
      bytes[prng.int(0, bytes.length)] = prng.int(0, 256);
      const before = relay.state!();
      try {
        relay.receive(bytes);
      } catch (error) {
        refused++;
        if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
        expect(relay.state!()).toEqual(before);
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  it("converges through the node whatever is late, lost, doubled or made anew, and no edit is done twice", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { clock, open, hold } = setUp();
      const prng = createPrng(`ordered ${name} ${seed}`);
      const relay = hold();
      const members = [1, 2, 3].map((n) => ({ copy: open(n), editor: "", edits: 0 }));
      const proposals: Uint8Array[] = [];
      const entries: Uint8Array[] = [];
      const bring = (update: Uint8Array, member: (typeof members)[number] | null): void => {
        const { forward, reply } = relay.receive(update);
        if (forward !== null) {
          relay.settle!(forward);
          entries.push(forward);
        }
        if (reply !== null && member !== null) take(member, reply);
      };
      const take = (member: (typeof members)[number], update: Uint8Array): void => {
        const received = member.copy.receive(update);
        member.editor = applySplices(member.editor, received.splices);
        expect(member.editor, `seed ${seed}`).toBe(member.copy.text());
        if (received.reply !== null) proposals.push(received.reply);
      };
      for (let step = 0; step < 60; step++) {
        clock.advance(prng.int(0, 2_000));
        const member = members[prng.int(0, 3)]!;
        const dice = prng.float();
        if (dice < 0.4) {
          const splices = randomEdit(prng, member.copy.length);
          const edited = member.copy.edit(splices);
          if (!edited.isAccepted) continue;
          member.editor = applySplices(applySplices(member.editor, splices), edited.correction);
          if (edited.update.length > 0) member.edits++;
          if (edited.update.length > 0) proposals.push(edited.update);
        } else if (dice < 0.6 && proposals.length > 0) bring(proposals[prng.int(0, proposals.length)]!, null);
        else if (dice < 0.8 && entries.length > 0) take(member, entries[prng.int(0, entries.length)]!);
        else if (dice < 0.9) take(member, relay.since(member.copy.version()));
        else bring(member.copy.since(relay.version()), member);
        member.copy.checkInvariants();
      }
      for (let round = 0; round < 10; round++) {
        for (const member of shuffle(prng, [...members])) {
          take(member, relay.since(member.copy.version()));
          bring(member.copy.since(relay.version()), member);
          take(member, relay.since(member.copy.version()));
        }
      }
      const { hash } = { hash: relay.document().hash() };
      for (const { copy } of members)
        expect([copy.text(), copy.hash(), copy.unconfirmed], `seed ${seed}`).toEqual([relay.document().text(), hash, 0]);
      // Every edit is covered by one entry, and by no other.
      const committed = new Map<string, number>();
      for (const { replica, first, last } of decodeMessage(relay.state!()).entries.filter((entry) => entry.first > 0)) {
        expect(first, `seed ${seed}`).toBe((committed.get(replica) ?? 0) + 1);
        committed.set(replica, last);
      }
      for (const [n, { edits }] of members.entries()) expect(committed.get(replicaIdFrom(n + 1)) ?? 0, `seed ${seed}`).toBe(edits);
      const { typed, kept } = relay.document().stats();
      if (strategy.traits.losesWrites) expect(kept).toBeLessThanOrEqual(typed);
      else expect(kept).toBe(typed);
    }
  });
});
