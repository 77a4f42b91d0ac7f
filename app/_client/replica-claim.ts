/**
 * Which replica this tab is. An id is reused only together with its stored state and only under its lock, so
 * that a duplicated tab becomes another replica. Nothing of this is kept in sessionStorage, which browsers copy
 * with a duplicated tab.
 */

import { mintReplicaId, parseReplicaId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { Prng } from "../../crdt/base/prng.ts";

const RECENT_KEY = "riftpad.recent-replicas";
const BURNT_KEY = "riftpad.burnt-replicas";
const RECENT_MAX = 32;
/** A reloaded page may ask before the page before it has let go. */
const RELOAD_WAIT_MS = 500;

interface Recent {
  readonly id: ReplicaId;
  readonly name: string;
  readonly releasedAtMs: number;
}

export interface Claim {
  readonly replicaId: ReplicaId;
  /** The name under which it was known; null: a new one. */
  readonly name: string | null;
  /** Whether nobody else can have this id: false where the browser has no Web Locks. */
  readonly isLocked: boolean;
}

/**
 * Claims the first of: a replica with unsaved work in this note, the one released last, a new one. `unsaved`
 * are the candidates with unsaved work; `stored` those that have stored anything.
 */
export async function claimReplica(unsaved: readonly ReplicaId[], stored: readonly ReplicaId[], prng: Prng): Promise<Claim> {
  const recents = readRecents();
  const recent = recents.map(({ id }) => id).filter((id) => stored.includes(id));
  const reloaded = recent.slice(0, 1).filter((id) => wasReleasedNow(recents, id));
  const burnt = readBurnt();
  const candidates = [...new Set([...reloaded, ...unsaved, ...recent, ...stored])].filter((id) => !burnt.includes(id));
  if (!hasLocks()) return { replicaId: mintReplicaId(prng), name: null, isLocked: false };
  for (const replicaId of candidates) {
    const waitMs = wasReleasedNow(recents, replicaId) ? RELOAD_WAIT_MS : 0;
    if (await lock(replicaId, waitMs)) {
      releaseWithPage(replicaId);
      return { replicaId, name: recents.find(({ id }) => id === replicaId)?.name ?? null, isLocked: true };
    }
  }
  const replicaId = mintReplicaId(prng);
  const isLocked = await lock(replicaId, 0);
  releaseWithPage(replicaId);
  return { replicaId, name: null, isLocked };
}

/** What the server calls this replica, for the next time. */
export function rememberName(replicaId: ReplicaId, name: string): void {
  const recents = readRecents();
  const known = recents.find(({ id }) => id === replicaId);
  if (known?.name === name) return;
  write(RECENT_KEY, [...recents.filter((recent) => recent !== known), { id: replicaId, name, releasedAtMs: 0 }]);
}

/** This id has sent what its storage could not keep: nobody may ever begin again from what is stored under it. */
export function burnReplica(replicaId: ReplicaId): void {
  const burnt = readBurnt();
  if (!burnt.includes(replicaId)) write(BURNT_KEY, [replicaId, ...burnt]);
}

function hasLocks(): boolean {
  // Absent where the page is not served securely.
  return (navigator as { readonly locks?: LockManager }).locks !== undefined;
}

/** Holds the lock for as long as the page lives. */
function lock(replicaId: ReplicaId, waitMs: number): Promise<boolean> {
  const options: LockOptions = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks
      .request(`riftpad replica ${replicaId}`, options, (held) => {
        resolve(held !== null);
        return held === null ? undefined : new Promise<never>(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

function releaseWithPage(id: ReplicaId): void {
  window.addEventListener("pagehide", () => {
    const recents = readRecents();
    const name = recents.find((recent) => recent.id === id)?.name ?? "";
    write(RECENT_KEY, [{ id, name, releasedAtMs: Date.now() }, ...recents.filter((recent) => recent.id !== id)].slice(0, RECENT_MAX));
  });
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: the next page begins as a new replica.
  }
}

function readBurnt(): ReplicaId[] {
  return readList(BURNT_KEY).flatMap((id) => parseReplicaId(String(id)) ?? []);
}

function wasReleasedNow(recents: readonly Recent[], replicaId: ReplicaId): boolean {
  const releasedAtMs = recents.find(({ id }) => id === replicaId)?.releasedAtMs ?? 0;
  return Date.now() - releasedAtMs < 5_000;
}

/** Replicas of this browser, and what the server called them; the one released last first. */
export function readRecents(): Recent[] {
  return readList(RECENT_KEY).flatMap((item) => {
    const { id, name, releasedAtMs } = Object(item) as Partial<Record<keyof Recent, unknown>>;
    const replicaId = typeof id === "string" ? parseReplicaId(id) : null;
    if (replicaId === null) return [];
    return [{ id: replicaId, name: typeof name === "string" ? name : "", releasedAtMs: Number(releasedAtMs) || 0 }];
  });
}

function readList(key: string): unknown[] {
  try {
    const json: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(json) ? (json as unknown[]) : [];
  } catch {
    return [];
  }
}
