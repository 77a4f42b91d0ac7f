/** One session in the sandbox that has something of everything: bots, people, cuts, held messages, clocks. */

import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";

export const SESSION_MS = 12_000;

const STEPS: readonly (readonly [atMs: number, command: SandboxCommand])[] = [
  [0, { do: "bot", by: 0, isOn: true }],
  [0, { do: "bot", by: 1, isOn: true }],
  [10, { do: "link", by: 1, direction: "both", set: { latencyMs: 220, jitterMs: 30 } }],
  [500, { do: "caret", by: 2, anchor: 2, head: 4 }],
  [1_000, { do: "clock", by: 1, offsetMs: 60_000 }],
  [1_500, { do: "cut", by: 1, direction: "up" }],
  [2_000, { do: "edit", by: 2, splices: [{ index: 0, remove: 1, insert: "Cy: " }], caret: 4 }],
  [3_000, { do: "hold", isHeld: true }],
  [3_500, { do: "hold", isHeld: false }],
  [5_000, { do: "cut", by: 0, direction: "both" }],
  [7_000, { do: "heal", by: 1 }],
  [8_000, { do: "heal-all" }],
  [9_000, { do: "bot", by: 1, isOn: false }],
  [9_000, { do: "lock", by: 2, act: "ask" }],
];

/** Plays the session, `haste` times as fast; time goes by in pieces of these lengths, over and over. */
export async function labSession(options: SandboxOptions, piecesMs: readonly number[], haste = 1): Promise<Sandbox> {
  const sandbox = await Sandbox.open(options);
  let n = 0;
  const runTo = async (atMs: number): Promise<void> => {
    while (sandbox.nowMs < atMs) await sandbox.advance(Math.min(piecesMs[n++ % piecesMs.length]!, atMs - sandbox.nowMs));
  };
  for (const [atMs, command] of STEPS) {
    await runTo(Math.round(atMs / haste));
    await sandbox.act(command);
  }
  await runTo(Math.round(SESSION_MS / haste));
  return sandbox;
}
