import { describe, expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { otStrategy } from "../../crdt/strategy/ot-strategy.ts";
import { encodeFrame, encodePieces } from "../../crdt/sync/frames.ts";
import { type Peer, setUpRoom, typed } from "../support/room-setup.ts";

/** Updates that a peer was sent since it was last looked at, taken into its copy. */
function taken(peer: Peer): Uint8Array[] {
  const updates = peer.inbox.splice(0).flatMap((frame) => (frame.type === "update" || frame.type === "sync-step-2" ? [frame.update] : []));
  for (const update of updates) peer.replica.receive(update);
  return updates;
}

const setUp = () => {
  const world = setUpRoom({ strategy: otStrategy });
  const [a, b] = [world.joinTab(1), world.joinTab(2)];
  let seq = 0;
  const propose = (peer: Peer, update: Uint8Array): void => peer.send({ type: "numbered", seq: ++seq, frame: { type: "update", update } });
  return { ...world, a, b, propose };
};

describe("a room of an ordered note", () => {
  it("[OR1] tells nobody of an entry before it is durable, then everybody, its proposer included, and acknowledges it", () => {
    const { a, b, propose, save, text } = setUp();
    propose(a, typed(a, "soon"));
    b.send({ type: "sync-step-1", version: EMPTY_BYTES });
    expect([taken(a), taken(b).length, b.replica.text(), text(), a.replica.unconfirmed]).toEqual([[], 1, "", "", 1]);
    save();
    expect(a.inbox.map(({ type }) => type)).toContain("ack");
    expect([taken(a).length, taken(b).length]).toEqual([1, 1]);
    expect([a.replica.unconfirmed, a.replica.text(), b.replica.text(), text()]).toEqual([0, "soon", "soon", "soon"]);
  });

  it("[OR2] answers a repeated proposal with its entry, and not before that is durable", () => {
    const { a, propose, save, text } = setUp();
    const update = typed(a, "once");
    propose(a, update);
    propose(a, update);
    expect(taken(a)).toEqual([]);
    save();
    const [entry, again] = taken(a);
    expect([again, text(), a.replica.unconfirmed]).toEqual([entry, "once", 0]);
  });

  it("decides about a long paste in several turns, and tells two long ones with one number apart", () => {
    const { joinTab, join, save, text, endTurn, turnsLeft } = setUpRoom({ strategy: otStrategy, isManual: true });
    const settle = (): void => {
      while (turnsLeft() > 0) endTurn();
    };
    const a = joinTab(1);
    const long = "pasted ".repeat(100_000);
    const paste = (peer: Peer, inserted: string): void => {
      const frame = encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update: typed(peer, inserted) } });
      for (const piece of encodePieces(frame)) peer.session.onFrame(piece);
    };
    paste(a, long);
    endTurn();
    save();
    expect([text(), taken(a)]).toEqual(["", []]);
    settle();
    save();
    settle();
    expect(text()).toBe(long);
    const twin = join(1, "tab");
    twin.send({ type: "epoch", epoch: null });
    paste(twin, `${long.slice(0, -1)}!`);
    settle();
    expect(twin.closes).toEqual([4400]);
    const same = join(1, "tab");
    same.send({ type: "epoch", epoch: null });
    paste(same, long);
    settle();
    expect(same.closes).toEqual([]);
  });

  it("[OR2] closes a peer that uses a number for something else", () => {
    const { a, b, join, propose, save } = setUp();
    propose(a, typed(a, "one"));
    save();
    const twin = join(1, "tab");
    twin.send({ type: "epoch", epoch: null });
    propose(twin, typed(twin, "two"));
    expect([twin.closes, a.closes, b.closes]).toEqual([[4400], [], []]);
  });

  it("[OR3] takes no entry from a tab", () => {
    const { a, b, propose, save, text } = setUp();
    propose(a, typed(a, "true"));
    save();
    const [entry] = taken(a);
    const forged = setUp();
    forged.propose(forged.a, entry!);
    forged.save();
    expect([forged.text(), taken(forged.b), taken(b).length, text()]).toEqual(["", [], 1, "true"]);
  });

  it("[OR4] asks every tab for what is not committed when it may order again", () => {
    const { a, b, room } = setUp();
    room.askAgain();
    expect([a.types(), b.types()]).toEqual([["sync-step-1"], ["sync-step-1"]]);
  });

  it("takes in entries that another node has made, and passes them on", () => {
    const leader = setUp();
    leader.propose(leader.a, typed(leader.a, "from the leader"));
    leader.save();
    const [entry] = taken(leader.a);
    const follower = setUp();
    follower.room.commit(entry!);
    expect(taken(follower.b)).toEqual([]);
    follower.save();
    expect([taken(follower.a).length, follower.b.inbox.length > 0, follower.text()]).toEqual([1, true, "from the leader"]);
  });
});
