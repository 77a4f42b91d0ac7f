/** One repetition of a scenario: whole worlds of sessions, links, a room and its disk, played again and again. */

import { EMPTY_BYTES } from "../../base/bytes.ts";
import { VirtualClock } from "../../base/clock.ts";
import { replicaIdFrom } from "../../base/ids.ts";
import type { Strategy } from "../../strategy/strategy.ts";
import { Player } from "../player.ts";
import { type Script, writerAfter } from "../script.ts";
import { DisagreementError, type Measured, timed, tombstoneShareOf } from "./measure.ts";

/**
 * Plays `script` `count` times, each with a seed of its own. Bytes and tombstones are those of the first; times are means,
 * of loading over `loads`.
 * @throws DisagreementError where its replicas and its node do not agree in the end.
 */
export async function measureScenario(
  script: Script,
  strategy: Strategy,
  nowMs: () => number,
  count: number,
  loads = count,
): Promise<Measured> {
  let first: Omit<Measured["sample"], "writeMs" | "loadMs"> | null = null;
  let state: Uint8Array = EMPTY_BYTES;
  let totalMs = 0;
  for (let n = 0; n < count; n++) {
    const fromMs = nowMs();
    const player = new Player({ ...script, seed: `${script.seed} ${n}` }, strategy);
    try {
      await player.begin();
      for (const [at, { atMs, action }] of script.actions.entries()) await player.act(atMs, action, writerAfter(script, at));
      const { isConverged } = await player.end();
      totalMs += nowMs() - fromMs;
      if (!isConverged) throw new DisagreementError(`Playing ${n + 1} of ${count}: the replicas and their node do not agree`);
      if (first !== null) continue;
      const node = player.world.node.replica;
      state = node.since(EMPTY_BYTES);
      const entries = player.world.journal.since();
      first = {
        applyMs: null,
        encodedBytes: state.length,
        wireBytes: entries.reduce((sum, entry) => (entry.kind === "entered" ? sum + entry.bytes : sum), 0),
        keystrokes: entries.filter(({ kind }) => kind === "intent").length,
        tombstoneShare: tombstoneShareOf(node),
        endsAsRecorded: null,
      };
    } finally {
      player.close();
    }
  }
  if (first === null) throw new RangeError(`Invalid count ${count}: expected 1 or more`);
  const loadMs = timed(nowMs, loads, () => {
    for (let n = 0; n < loads; n++) strategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock(), state }).text();
  });
  return { state, sample: { ...first, writeMs: totalMs / count, loadMs } };
}
