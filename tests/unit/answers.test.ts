/** What a room answers who asks what they lack: at once, or a step in a turn; turns are counted, not timed. */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { PeerRoom } from "../../crdt/cluster/peer-room.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import type { Relay } from "../../crdt/strategy/strategy.ts";
import { Answers, type AnswerType } from "../../crdt/sync/answers.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import { setUpRoom } from "../support/room-setup.ts";

const KNOWN = Uint8Array.of(1, 7);
const OTHER = Uint8Array.of(1, 8);

/** A note whose answers take so many steps, and say how often it had changed when they were begun. */
function setUp(steps: number) {
  let [changes, begun, taken] = [0, 0, 0];
  let turn: (() => void)[] = [];
  const stepsOfTurns: number[] = [];
  const said = (version: Uint8Array): Uint8Array => Uint8Array.of(version.length, changes);
  const relay: Relay = {
    receive: () => ({ forward: null, reply: null, isWaiting: false, losses: [] }),
    version: () => EMPTY_BYTES,
    since(version) {
      if (version[0] === 255) throw new DecodeError("No version", 0);
      return said(version);
    },
    sinceInSteps(version) {
      if (version[0] === 255) throw new DecodeError("No version", 0);
      begun++;
      const answer = said(version);
      return (function* () {
        for (let n = 1; n < steps; n++) {
          taken++;
          yield;
        }
        taken++;
        return answer;
      })();
    },
    seen: () => EMPTY_BYTES,
  };
  const answers = new Answers({ relay, defer: (task) => void turn.push(task) });
  const got: string[] = [];
  /** Who gets what, and after how many turns. */
  const gone = new Set<string>();
  const ask = (who: string, version: Uint8Array, type: AnswerType = "sync-step-2"): void => {
    const take = (make: () => readonly Uint8Array[]): void => {
      const [frame] = make();
      const decoded = decodeFrame(frame!) as { type: AnswerType; update: Uint8Array };
      got.push(`${who} ${decoded.type} ${decoded.update[1]} in turn ${stepsOfTurns.length}`);
    };
    answers.soon(version, type, false, take, () => gone.has(who));
  };
  /** Ends the turn. Returns whether anything is left for the next. */
  const endTurn = (): boolean => {
    const [tasks, before] = [turn, taken];
    turn = [];
    stepsOfTurns.push(0);
    for (const task of tasks) task();
    stepsOfTurns[stepsOfTurns.length - 1] = taken - before;
    return turn.length > 0;
  };
  const change = (): void => {
    changes++;
    answers.onNews();
  };
  return { answers, relay, ask, gone, got, endTurn, change, begun: () => begun, stepsOfTurns };
}

describe("the answers of a room", () => {
  it("[SY1] what nobody waits for any more is not begun", () => {
    const { ask, gone, got, endTurn, begun } = setUp(3);
    for (const [n, who] of ["a", "b", "c", "d"].entries()) ask(who, Uint8Array.of(1, n));
    for (const who of ["a", "b", "c"]) gone.add(who);
    while (endTurn());
    expect([got.at(-1), begun()]).toEqual(["d sync-step-2 0 in turn 5", 2]);
  });

  it("[SY1] what takes one step is handed over at once", () => {
    const { ask, got, endTurn } = setUp(1);
    ask("a", EMPTY_BYTES);
    ask("b", KNOWN, "update");
    expect([got, endTurn()]).toEqual([["a sync-step-2 0 in turn 0", "b update 0 in turn 0"], false]);
  });

  it("[SY1] what takes more is made a step in a turn, once for all who know nothing until there is news", () => {
    const { ask, got, endTurn, change, begun, stepsOfTurns } = setUp(5);
    ask("a", EMPTY_BYTES);
    ask("b", Uint8Array.of(0));
    while (endTurn());
    ask("c", EMPTY_BYTES);
    // Four more steps, and another turn for each further one who gets it; who comes then gets what is known.
    expect(got).toEqual(["a sync-step-2 0 in turn 4", "b sync-step-2 0 in turn 5", "c sync-step-2 0 in turn 5"]);
    expect([begun(), stepsOfTurns]).toEqual([1, [1, 1, 1, 1, 0]]);
    change();
    ask("d", EMPTY_BYTES);
    while (endTurn());
    expect([got.at(-1), begun()]).toEqual(["d sync-step-2 1 in turn 9", 2]);
  });

  it("[SY1] news while it is made: whoever asked before gets it as it was, whoever asks then another, which is kept", () => {
    const { ask, got, endTurn, change, begun } = setUp(4);
    ask("a", EMPTY_BYTES);
    endTurn();
    change();
    ask("b", EMPTY_BYTES);
    change();
    // It is begun when its turn comes, and has that as well.
    ask("c", EMPTY_BYTES);
    while (endTurn());
    ask("d", EMPTY_BYTES);
    expect(got.map((line) => line.slice(0, 15))).toEqual(["a sync-step-2 0", "b sync-step-2 2", "c sync-step-2 2", "d sync-step-2 2"]);
    expect(begun()).toBe(2);
  });

  it("[SY1] a crowd that comes back takes a step in a turn together; who lacks the same shares an answer", () => {
    const { ask, got, endTurn, begun, stepsOfTurns } = setUp(3);
    for (const [n, version] of [KNOWN, OTHER, EMPTY_BYTES, KNOWN, Uint8Array.of(1, 8)].entries()) ask(`${n}`, version);
    while (endTurn());
    expect(got.map((line) => line[0])).toEqual(["0", "3", "1", "4", "2"]);
    expect([begun(), Math.max(...stepsOfTurns)]).toEqual([3, 1]);
  });

  it("[SY1] a version that makes no sense is told to whoever sent it, whenever its turn comes, and the others are answered", () => {
    const { answers, ask, got, endTurn } = setUp(3);
    const refused: unknown[] = [];
    const take = (make: () => unknown): void => {
      try {
        make();
      } catch (error) {
        refused.push(error instanceof DecodeError);
      }
    };
    const askNonsense = (): void => answers.soon(Uint8Array.of(255, 1), "sync-step-2", false, take, () => false);
    askNonsense();
    expect(refused).toEqual([true]);
    ask("a", KNOWN);
    askNonsense();
    ask("b", OTHER);
    while (endTurn());
    expect([refused, got.map((line) => line[0])]).toEqual([
      [true, true],
      ["a", "b"],
    ]);
  });

  it("hands nothing over once it is closed", () => {
    const { answers, ask, got, endTurn } = setUp(3);
    ask("a", KNOWN);
    ask("b", EMPTY_BYTES);
    endTurn();
    answers.close();
    while (endTurn());
    expect(got).toEqual([]);
  });

  it("says the same now as soon, in frames that are kept", () => {
    const { answers, ask, endTurn } = setUp(3);
    ask("a", EMPTY_BYTES);
    while (endTurn());
    const now = answers.now(EMPTY_BYTES, "sync-step-2", true);
    expect(answers.now(Uint8Array.of(0), "sync-step-2", true)).toBe(now);
    expect(now.map(toBase64)).toEqual(answers.now(EMPTY_BYTES, "sync-step-2", false).map(toBase64));
  });
});

describe("another node that asks", () => {
  /** A note of several steps, and a peer that is a list of frames. */
  const setUpPeer = () => {
    const { room, relay, endTurn } = setUpRoom({ isManual: true, strategy: fugueStrategy });
    const prng = createPrng("peer");
    const document = relay.document();
    for (let n = 0; n < 2_500; n++) document.edit([{ index: prng.int(0, document.length + 1), remove: 0, insert: "ab" }]);
    const sent: Frame[] = [];
    const untrue: Error[] = [];
    const onUntrue = (error: Error): void => void untrue.push(error);
    const peer = new PeerRoom({ room, remote: new Map(), send: (bytes) => sent.push(decodeFrame(bytes)), onUntrue });
    sent.length = 0;
    const ask = (version: Uint8Array): void => peer.receive(encodeFrame({ type: "sync-step-1", version }));
    const endTurns = (): void => {
      for (let n = 0; n < 20; n++) endTurn();
    };
    return { peer, document, sent, untrue, ask, endTurns };
  };

  it("is answered in later turns where that takes long, and no more once it has gone", () => {
    const { document, sent, ask, endTurns } = setUpPeer();
    ask(EMPTY_BYTES);
    expect(sent).toEqual([]);
    endTurns();
    expect(sent.map(({ type }) => type)).toEqual(["sync-step-2"]);
    const copy = fugueStrategy.open({ replica: replicaIdFrom(5), clock: new VirtualClock() });
    copy.receive((sent[0] as { update: Uint8Array }).update);
    expect(copy.hash()).toEqual(document.hash());
    const gone = setUpPeer();
    gone.ask(EMPTY_BYTES);
    gone.peer.end();
    gone.endTurns();
    expect(gone.sent).toEqual([]);
  });

  it("with a version that makes no sense says what cannot be, whenever that is found out, and the room goes on", () => {
    const { sent, untrue, ask, endTurns } = setUpPeer();
    const nonsense = Uint8Array.of(255, 255);
    ask(nonsense);
    expect(untrue).toEqual([expect.any(DecodeError)]);
    ask(EMPTY_BYTES);
    ask(nonsense);
    endTurns();
    expect(sent.map(({ type }) => type)).toEqual(["sync-step-2"]);
    expect(untrue).toEqual([expect.any(DecodeError), expect.any(DecodeError)]);
  });
});
