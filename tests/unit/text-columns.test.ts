import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { ColumnWriter } from "../../crdt/text/event-columns.ts";
import { DELETE, DELETE_BACK, INSERT } from "../../crdt/text/event-log.ts";
import { packState, unpackState } from "../../crdt/text/packed-codec.ts";
import { TextState } from "../../crdt/text/text-state.ts";

/** An edit of one of three, most of whom have seen everything; some have not. */
function edit(prng: Prng, state: TextState): void {
  const { log } = state;
  const agent = log.agentIndexOf(replicaIdFrom(prng.int(1, 4)));
  const at = prng.int(0, state.length + 1);
  const isLate = prng.float() < 0.2 && log.lastLvOf(agent) >= 0;
  const parents = isLate ? [log.lastLvOf(agent)] : null;
  const kind = prng.float() < 0.5 ? INSERT : prng.float() < 0.5 ? DELETE : DELETE_BACK;
  const length = prng.float() < 0.6 ? 1 : prng.int(1, 5);
  const position = kind === DELETE_BACK ? at + length : at;
  state.add(agent, parents, kind, position, length, kind === INSERT ? "abcde".slice(0, length) : "", null);
}

const codeOf = (state: TextState): Uint8Array => ColumnWriter.ofNothing(state.log).write(state.log, state.criticalRanges());

describe("columns", () => {
  it.each([1, 2, 3, 4, 5, 6])("go on after a write, and after a load, as if they were written at once; seed %i", (seed) => {
    const prng = createPrng(`columns/${seed}`);
    let state = new TextState();
    for (let n = 0; n < 300; n++) {
      edit(prng, state);
      if (prng.float() < 0.1) expect(state.codes.columns.write(state.log, state.criticalRanges())).toEqual(codeOf(state));
      if (prng.float() < 0.05) state = unpackState(packState(state, "full"), { isTrusted: prng.float() < 0.5 });
    }
    expect(state.codes.columns.write(state.log, state.criticalRanges())).toEqual(codeOf(state));
    state.checkInvariants();
  });
});
