/** How long agreement took after each heal of a note, kept for this browser tab's session, over reloads too. */

import type { NoteId } from "../../crdt/base/ids.ts";
import type { HealRecord } from "./heal-watch.ts";

const HEALS_MAX = 50;
const keyOf = (noteId: NoteId): string => `riftpad.heals.${noteId}`;
const NONE: readonly HealRecord[] = [];
const known = new Map<NoteId, readonly HealRecord[]>();
const listeners = new Set<() => void>();

/** Oldest first. The same list until something is added. */
export function healsOf(noteId: NoteId | null): readonly HealRecord[] {
  if (noteId === null) return NONE;
  let heals = known.get(noteId);
  if (heals === undefined) known.set(noteId, (heals = stored(noteId)));
  return heals;
}

/** Adds one. Does nothing for one that is there already. */
export function keepHeal(noteId: NoteId, heal: HealRecord): void {
  const before = healsOf(noteId);
  if (before.some(({ healedAtMs }) => healedAtMs === heal.healedAtMs)) return;
  const heals = [...before, heal].slice(-HEALS_MAX);
  known.set(noteId, heals);
  try {
    sessionStorage.setItem(keyOf(noteId), JSON.stringify(heals));
  } catch {
    // Kept until the page is left.
  }
  for (const listener of listeners) listener();
}

export function subscribeHeals(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(noteId: NoteId): readonly HealRecord[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(keyOf(noteId)) ?? "[]");
    return Array.isArray(list) ? (list as unknown[]).filter(isHeal) : NONE;
  } catch {
    return NONE;
  }
}

function isHeal(value: unknown): value is HealRecord {
  const { healedAtMs, agreedAfterMs } = Object(value) as Partial<Record<keyof HealRecord, unknown>>;
  return Number.isFinite(healedAtMs) && Number.isFinite(agreedAfterMs);
}
