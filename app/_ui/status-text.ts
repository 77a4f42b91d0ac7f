/** The status chip in words. Its severity is that of the writer's own unsaved work, not of the connection. Pure. */

import type { SessionStatus } from "../../crdt/sync/replica-session.ts";

export interface StatusText {
  readonly state: "ok" | "info" | "warn" | "bad";
  readonly text: string;
  /** What changes each second: shown, and not read aloud. */
  readonly aside?: string;
}

/** From when on it is no longer said that edits are being saved. */
const SILENCE_S = 3;

/** What is known beside the session's own status. */
export interface StatusAround {
  /** Whether the note cannot begin on this side (birth-wait.ts). */
  readonly isUnborn?: boolean;
  /** Whether something that was set on purpose lets nothing pass: said at once, though the connection still seems up. */
  readonly isCut?: boolean;
  /** For how many seconds edits have waited without anything being saved. */
  readonly waitingS?: number;
}

/** What a person who has typed should know at a glance. */
export function statusText(
  { connection, unsaved, storage, isLoaded, loading, refusal, pause }: SessionStatus,
  { isUnborn = false, isCut = false, waitingS = 0 }: StatusAround = {},
): StatusText {
  if (!isLoaded) return { state: "info", text: "Loading" };
  const edits = `${unsaved} ${unsaved === 1 ? "edit" : "edits"}`;
  if (connection === "refused") return { state: "bad", text: unsaved === 0 ? "Refused" : `Refused, ${edits} not sent` };
  const isLinked = connection === "synced" && !isCut;
  // The reason is in the details.
  if (isLinked && refusal !== null) {
    if (unsaved === 0) return { state: "warn", text: "Server cannot save" };
    return storage === "ok"
      ? { state: "warn", text: `Server cannot save, ${edits} kept on this device` }
      : { state: "bad", text: `Server cannot save, ${edits} in this tab alone` };
  }
  if (unsaved > 0 && storage !== "ok" && !isLinked) {
    return { state: "bad", text: storage === "full" ? "Not kept: storage is full" : "Not kept: this browser stores nothing" };
  }
  if (unsaved > 0 && isLinked && pause !== null) return { state: "warn", text: `Paused, ${edits} kept as a draft` };
  if (unsaved > 0 && isLinked) {
    return waitingS < SILENCE_S
      ? { state: "info", text: `Saving ${edits}` }
      : { state: "warn", text: `Not yet saved: ${edits}`, aside: `waiting for ${waitingS} s` };
  }
  if (isCut)
    return unsaved === 0
      ? { state: "info", text: "Cut on purpose, nothing unsaved" }
      : { state: "warn", text: `Cut on purpose, ${edits} kept on this device` };
  if (isUnborn && !isLinked)
    return { state: "warn", text: unsaved === 0 ? "Waits for a majority" : `Waits for a majority, ${edits} kept on this device` };
  if (unsaved > 0) return { state: "warn", text: `Offline, ${edits} kept on this device` };
  if (loading !== null) return { state: "info", text: `Loading ${Math.floor((100 * loading.receivedBytes) / loading.totalBytes)} %` };
  return isLinked
    ? { state: "ok", text: "Saved" }
    : { state: "info", text: connection === "waiting" ? "Offline, nothing unsaved" : "Connecting" };
}

/** Whether leaving the page would lose work: neither the server nor this device has it. */
export function wouldLoseWork({ unsaved, unstored, storage }: SessionStatus): boolean {
  return unsaved > 0 && (unstored > 0 || storage !== "ok");
}
