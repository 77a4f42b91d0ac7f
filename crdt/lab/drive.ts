/** Makes a run of the sandbox out of something else: drives one, and what it was told on the way is the run's record. */

import { replicaIdFrom } from "../base/ids.ts";
import type { SandboxRecord } from "./sandbox-record.ts";
import { Sandbox } from "./sandbox.ts";
import { isChatter } from "./time-machine.ts";

/** Time goes by in pieces of this while something is awaited. */
const PIECE_MS = 10;
/** So long must nothing be on its way, before a world counts as at rest. */
const QUIET_MS = 1_500;
const REST_MS_MAX = 120_000;
const LOCK_MS_MAX = 10_000;

/** A run that was made, and what of its source could not be made part of it, in sentences. */
export interface Driven {
  readonly record: SandboxRecord;
  readonly texts: readonly string[];
  /** Unsent work that was given up, by replica. */
  readonly drafts: readonly (string | null)[];
  /** Whether something of a replica is not saved at the end. */
  readonly unsaved: readonly boolean[];
  readonly told: readonly string[];
}

export async function runTo(sandbox: Sandbox, atMs: number): Promise<void> {
  if (atMs > sandbox.nowMs) await sandbox.advance(atMs - sandbox.nowMs);
}

/** Lets time go by until `isDone`, for so long at most. Returns whether it is. */
export async function runUntil(sandbox: Sandbox, durationMsMax: number, isDone: () => boolean, pieceMs = PIECE_MS): Promise<boolean> {
  const untilMs = sandbox.nowMs + durationMsMax;
  while (!isDone()) {
    if (sandbox.nowMs >= untilMs) return false;
    await sandbox.advance(pieceMs);
  }
  return true;
}

export function isCut(sandbox: Sandbox, replica: number): boolean {
  const { up, down } = sandbox.view(replica);
  return up.cut !== "open" || down.cut !== "open";
}

/** Lets time go by until whoever is not cut has said and heard everything. */
export async function rest(sandbox: Sandbox): Promise<boolean> {
  let quietSinceMs: number | null = null;
  let seen = sandbox.time.events.length;
  const replicas = Array.from({ length: sandbox.options.replicas }, (_, replica) => replica);
  return await runUntil(sandbox, REST_MS_MAX, () => {
    const { events } = sandbox.time;
    let isQuiet = replicas.every((replica) => {
      if (isCut(sandbox, replica)) return true;
      const { connection, unsaved } = sandbox.view(replica);
      return connection === "synced" && unsaved === 0;
    });
    for (; seen < events.length; seen++) if (events[seen]!.message >= 0 && !isChatter(events[seen]!)) isQuiet = false;
    quietSinceMs = isQuiet ? (quietSinceMs ?? sandbox.nowMs) : null;
    return quietSinceMs !== null && sandbox.nowMs - quietSinceMs >= QUIET_MS;
  });
}

/** Where a writer must hold a lock: whoever has it gives it up, and `by` has it. Returns whether `by` may write. */
export async function takeLock(sandbox: Sandbox, by: number): Promise<boolean> {
  const own = replicaIdFrom(by + 1);
  const holder = (): string | null => sandbox.view(by).lock?.holder ?? null;
  if (sandbox.view(by).lock === null || holder() === own) return true;
  if (isCut(sandbox, by)) return false;
  for (let other = 0; other < sandbox.options.replicas; other++)
    if (holder() === replicaIdFrom(other + 1)) await sandbox.act({ do: "lock", by: other, act: "release" });
  await sandbox.act({ do: "lock", by, act: "ask" });
  return await runUntil(sandbox, LOCK_MS_MAX, () => holder() === own);
}

/** What came of it; the sandbox is closed. */
export function finish(sandbox: Sandbox, told: readonly string[]): Driven {
  const replicas = Array.from({ length: sandbox.options.replicas }, (_, replica) => replica);
  const texts = replicas.map((replica) => sandbox.textOf(replica));
  const drafts = replicas.map((replica) => sandbox.view(replica).draft);
  const unsaved = replicas.map((replica) => sandbox.view(replica).unsaved > 0);
  const driven = { record: sandbox.record(), texts, drafts, unsaved, told };
  sandbox.close();
  return driven;
}
