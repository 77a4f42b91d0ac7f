/**
 * `ot` against @codemirror/collab: the same random histories through both, equal texts after every step. Its functions are
 * given one update at a time: a batch they compose first, and the result then hangs on how long the batch was.
 */

import { collab, getSyncedVersion, rebaseUpdates, receiveUpdates, sendableUpdates, type Update } from "@codemirror/collab";
import { ChangeSet, EditorState } from "@codemirror/state";
import fc from "fast-check";
import { expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { otStrategy } from "../../crdt/strategy/ot-strategy.ts";
import { Ordering } from "../support/ordering.ts";

const RUNS = Math.ceil(300 * Number(process.env.FUZZ_SCALE ?? 1));
const CLIENTS = 3;

const moves = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("edit" as const),
      who: fc.nat(CLIENTS - 1),
      at: fc.nat(30),
      remove: fc.nat(4),
      insert: fc.constantFrom("", "a", "bc", "\n"),
    }),
    fc.record({ kind: fc.constant("push" as const), who: fc.nat(CLIENTS - 1) }),
    fc.record({ kind: fc.constant("pull" as const), who: fc.nat(CLIENTS - 1) }),
  ),
  { minLength: 30, maxLength: 80 },
);

it("orders and rebases like @codemirror/collab", () => {
  let overtaken = 0;
  fc.assert(
    fc.property(moves, (history) => {
      const clock = new VirtualClock(1);
      const ordering = new Ordering(otStrategy, clock);
      const log: Update[] = [];
      const members = Array.from({ length: CLIENTS }, (_, n) => ({
        copy: otStrategy.open({ replica: replicaIdFrom(n + 1), clock }),
        state: EditorState.create({ extensions: [collab({ clientID: `${n}` })] }),
      }));
      const push = (member: (typeof members)[number]): void => {
        ordering.bring(member.copy.since(ordering.relay.version()));
        const version = getSyncedVersion(member.state);
        let updates: readonly Update[] = sendableUpdates(member.state);
        if (version < log.length && updates.length > 0) overtaken++;
        for (const over of log.slice(version)) updates = rebaseUpdates(updates, [over]);
        log.push(...updates);
      };
      const pull = (member: (typeof members)[number]): void => {
        member.copy.receive(ordering.relay.since(member.copy.version()));
        for (const update of log.slice(getSyncedVersion(member.state))) member.state = receiveUpdates(member.state, [update]).state;
      };
      for (const move of history) {
        const member = members[move.who]!;
        if (move.kind === "push") push(member);
        else if (move.kind === "pull") pull(member);
        else {
          const { length } = member.copy;
          const index = Math.min(move.at, length);
          const remove = Math.min(move.remove, length - index);
          member.copy.edit([{ index, remove, insert: move.insert }]);
          // An edit that changes nothing is none to us.
          const after = member.copy.text();
          if (after !== member.state.doc.toString())
            member.state = member.state.update({
              changes: ChangeSet.of([{ from: index, to: index + remove, insert: move.insert }], length),
            }).state;
        }
        expect(member.copy.text()).toBe(member.state.doc.toString());
      }
      for (const member of members) push(member);
      for (const member of members) pull(member);
      for (const { copy, state } of members) expect(copy.text()).toBe(state.doc.toString());
      expect(new Set(members.map(({ copy }) => copy.text())).size).toBe(1);
    }),
    { numRuns: RUNS, seed: 11 },
  );
  // The histories are ones in which writes meet.
  expect(overtaken).toBeGreaterThan(RUNS);
});
